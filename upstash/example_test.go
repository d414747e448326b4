//go:build !wasm

package upstash_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// connect starts a dev server for an example; a program would use NewFromEnv.
func connect() (client *upstash.Client, stop func()) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		log.Fatal(err)
	}
	client, err = upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		log.Fatal(err)
	}
	return client, func() { _ = srv.Close() }
}

func Example() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	if _, err := upstash.Set("greeting", "hello").Do(ctx, client); err != nil {
		log.Fatal(err)
	}
	text, err := upstash.Get("greeting").Do(ctx, client)
	fmt.Println(text, err)

	_, err = upstash.Get("missing").Do(ctx, client)
	fmt.Println(errors.Is(err, upstash.ErrNil))
	// Output:
	// hello <nil>
	// true
}

func ExampleNew() {
	_, err := upstash.New(upstash.Config{URL: "http://db.example.com", Token: "secret"})
	fmt.Println(err)
	// Output:
	// upstash: bad configuration: URL begins with http://, which would send the token in the clear; use https://, or set AllowPlainHTTP
}

func ExampleNewFromLookup() {
	bindings := map[string]string{"REDIS_REST_URL": "https://db.example.com"}
	_, err := upstash.NewFromLookup(func(name string) (string, bool) {
		v, ok := bindings[name]
		return v, ok
	}, upstash.Config{})
	fmt.Println(err)
	// Output:
	// upstash: bad configuration: REDIS_REST_TOKEN is empty; set it to the REST token of the database
}

func ExampleNewCommand() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	// Any command can be built and typed.
	length := upstash.As(upstash.NewCommand("STRLEN", "greeting"), upstash.Reply.Int64)
	fmt.Println(length.Do(ctx, client))

	// What cannot work over REST is refused before anything is sent.
	_, err := client.Do(ctx, upstash.NewCommand("BLPOP", "queue", 0))
	fmt.Println(err)
	// Output:
	// 0 <nil>
	// upstash: BLPOP: cannot be used: blocking commands are not served over REST; poll with LPOP
}

func ExampleClient_DoBatch() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	replies, err := client.DoBatch(ctx, upstash.Batch{
		Atomic: true, // a transaction
		Commands: []upstash.Command{
			upstash.Set("balance", 10).Command,
			upstash.IncrBy("balance", 5).Command,
			upstash.NewCommand("LPUSH", "balance", "x"), // fails; the others stay
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	n, err := replies[1].Int64()
	fmt.Println(n, err)
	fmt.Println(errors.Is(replies[2].Err(), upstash.ErrWrongType))
	// Output:
	// 15 <nil>
	// true
}

func ExampleScript() {
	client, stop := connect()
	defer stop()

	// Make a script once, in a package variable.
	bump := upstash.NewScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, upstash.Reply.Int64)

	fmt.Println(bump.Run(context.Background(), client, []string{"visits"}, 3))
	fmt.Println(bump.Run(context.Background(), client, []string{"visits"}, 4))
	// Output:
	// 3 <nil>
	// 7 <nil>
}

func ExampleOutcomeOf() {
	client, stop := connect()
	stop() // the server is gone
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	_, err := upstash.Incr("visits").Do(ctx, client)
	switch upstash.OutcomeOf(err) {
	case upstash.Applied:
		fmt.Println("counted")
	case upstash.MaybeApplied:
		fmt.Println("look before you count again")
	default:
		fmt.Println("not counted")
	}
	// Output:
	// not counted
}

func ExampleClient_WithSession() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	// One flow writes; its session travels to another process as text.
	if _, err := upstash.Set("k", "v").Do(ctx, client); err != nil {
		log.Fatal(err)
	}
	text, err := client.Session().MarshalText()
	if err != nil {
		log.Fatal(err)
	}

	// The other process reads what the first one wrote, whatever replica answers.
	var session upstash.Session
	if err := session.UnmarshalText(text); err != nil {
		log.Fatal(err)
	}
	fmt.Println(upstash.Get("k").Do(ctx, client.WithSession(session)))
	// Output:
	// v <nil>
}

func ExampleSecret() {
	fmt.Printf("%v %+v\n", upstash.Secret("s3cr3t"), upstash.Config{Token: "s3cr3t"}.Token)
	// Output:
	// [redacted] [redacted]
}
