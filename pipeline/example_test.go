//go:build !wasm

package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// newClient returns a client of a database of its own.
func newClient() (*upstash.Client, func()) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		panic(err)
	}
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		panic(err)
	}
	return client, func() { _ = client.Close(); _ = srv.Close() }
}

// Several commands travel in one request; each has a result of its own type.
func ExampleNew() {
	client, stop := newClient()
	defer stop()
	ctx := context.Background()

	p := pipeline.New(client)
	pipeline.Add(p, upstash.Set("user:1:name", "Ada"))
	name := pipeline.Add(p, upstash.Get("user:1:name"))
	hits := pipeline.Add(p, upstash.Incr("hits"))
	wrong := pipeline.Add(p, upstash.Incr("user:1:name"))
	if _, err := name.Result(); errors.Is(err, pipeline.ErrPending) {
		fmt.Println("not yet")
	}
	if err := p.Exec(ctx); err != nil {
		fmt.Println("the request failed:", err)
		return
	}

	text, _ := name.Result()
	n, _ := hits.Result()
	fmt.Println(text, n, wrong.Outcome())
	// Output:
	// not yet
	// Ada 1 rejected
}

// A transaction tells apart what has run.
func ExampleNewTx() {
	client, stop := newClient()
	defer stop()

	tx := pipeline.NewTx(client)
	pipeline.Add(tx, upstash.Set("name", "Ada"))
	pipeline.Add(tx, upstash.Incr("name")) // not a number
	pipeline.Add(tx, upstash.Incr("hits"))
	err := tx.Exec(context.Background())

	if _, ok := errors.AsType[*pipeline.DiscardedError](err); ok {
		fmt.Println("nothing has run")
	}
	if e, ok := errors.AsType[*pipeline.NonAtomicError](err); ok {
		fmt.Println("failed:", e.Failed, "of", e.Total)
	}
	// Output: failed: [1] of 3
}

// A long pipeline goes out in several requests and reports how far it is.
func ExampleNewWith() {
	client, stop := newClient()
	defer stop()

	p := pipeline.NewWith(client, pipeline.Options{
		MaxCommands: 400,
		Progress:    func(done, total int) { fmt.Println(done, "of", total) },
	})
	for i := range 1000 {
		pipeline.Add(p, upstash.Set("key:"+strconv.Itoa(i), "v"))
	}
	fmt.Println(p.Exec(context.Background()))
	// Output:
	// 400 of 1000
	// 800 of 1000
	// 1000 of 1000
	// <nil>
}

// Concurrent callers share requests without knowing of each other.
func ExampleAuto() {
	client, stop := newClient()
	defer stop()
	ctx := context.Background()

	auto := pipeline.NewAuto(client, pipeline.AutoOptions{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := upstash.Incr("hits").Do(ctx, auto); err != nil {
				fmt.Println(err)
			}
		})
	}
	wg.Wait()
	fmt.Println(upstash.Get("hits").Do(ctx, auto))
	fmt.Println(auto.Close(ctx))
	// Output:
	// 50 <nil>
	// <nil>
}

// One caller can queue commands without waiting; they run in order.
func ExampleGo() {
	client, stop := newClient()
	defer stop()
	ctx := context.Background()

	scope := pipeline.NewAuto(client, pipeline.AutoOptions{}).Scope()
	pipeline.Go(ctx, scope, upstash.Set("n", 41))
	n := pipeline.Go(ctx, scope, upstash.Incr("n"))
	fmt.Println(n.Wait(ctx))
	// Output: 42 <nil>
}

// A value is changed only if nobody else has changed it in the meantime.
func ExampleUpdater_Update() {
	client, stop := newClient()
	defer stop()
	ctx := context.Background()

	updater := pipeline.NewUpdater(client, pipeline.UpdateOptions{MaxAttempts: 100})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			_, err := updater.Update(ctx, "stars", func(old string, found bool) (string, error) {
				return old + "*", nil
			})
			if err != nil {
				fmt.Println(err)
			}
		})
	}
	wg.Wait()
	fmt.Println(upstash.Get("stars").Do(ctx, client))
	// Output: ***** <nil>
}
