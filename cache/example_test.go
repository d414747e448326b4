//go:build !wasm

package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// exampleDB is a client on a dev server; a program has upstash.Default() instead.
func exampleDB() (*upstash.Client, func()) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		panic(err)
	}
	db, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		panic(err)
	}
	return db, func() { db.Close(); srv.Close() }
}

func Example() {
	db, stop := exampleDB()
	defer stop()
	ctx := context.Background()
	users, err := cache.Users[user](db, cache.Options{})
	if err != nil {
		panic(err)
	}
	load := func(context.Context) (user, error) {
		fmt.Println("loading")
		return user{7, "Ann"}, nil
	}
	for range 2 {
		u, err := users.GetOrLoad(ctx, "7", load)
		fmt.Println(u.Name, err)
	}
	stored, _ := upstash.Get(keys.User("7")).Do(ctx, db)
	fmt.Println(stored)
	// Output:
	// loading
	// Ann <nil>
	// Ann <nil>
	// {"id":7,"name":"Ann"}
}

func ExampleCache_Fetch() {
	db, stop := exampleDB()
	defer stop()
	ctx := context.Background()
	prices, err := cache.New(db, cache.Text(), cache.Options{
		Prefix: "price:", TTL: time.Minute, Stale: time.Hour, NegativeTTL: time.Minute,
	})
	if err != nil {
		panic(err)
	}
	e, err := prices.Fetch(ctx, "print-1", func(context.Context) (cache.Loaded[string], error) {
		return cache.Loaded[string]{Value: "20 €", TTL: 5 * time.Minute}, nil
	})
	fmt.Println(e.Value, e.Source, e.Stale, err)
	_, err = prices.Fetch(ctx, "print-2", func(context.Context) (cache.Loaded[string], error) {
		return cache.Loaded[string]{}, cache.ErrNotFound
	})
	fmt.Println(err)
	_, err = prices.Get(ctx, "print-2") // remembered
	fmt.Println(errors.Is(err, cache.ErrNotFound))
	// Output:
	// 20 € origin false <nil>
	// cache: not found
	// true
}

func ExampleCache_GetOrLoadMany() {
	db, stop := exampleDB()
	defer stop()
	ctx := context.Background()
	names, err := cache.New(db, cache.Text(), cache.Options{Kind: keys.KindBrand})
	if err != nil {
		panic(err)
	}
	_ = names.Set(ctx, "1", "cached")
	got, err := names.GetOrLoadMany(ctx, []string{"1", "2", "3"}, func(_ context.Context, missing []string) (map[string]string, error) {
		fmt.Println("loading", len(missing))
		return map[string]string{"2": "loaded"}, nil // there is no 3
	})
	fmt.Println(got, err)
	// Output:
	// loading 2
	// map[1:cached 2:loaded] <nil>
}

// One command makes everything a miss that was made from a creator, however many
// entries that is.
func ExampleInvalidateTags() {
	db, stop := exampleDB()
	defer stop()
	ctx := context.Background()
	lists, err := cache.New(db, cache.JSON[[]string](), cache.Options{
		Kind: keys.KindList,
		Tags: func(creatorID string) []string { return []string{keys.KindCreator.Tag(creatorID)} },
	})
	if err != nil {
		panic(err)
	}
	_ = lists.Set(ctx, "7", []string{"print-1", "print-2"})
	got, err := lists.Get(ctx, "7")
	fmt.Println(got, err)
	_ = cache.InvalidateTags(ctx, db, keys.KindCreator.Tag("7"))
	_, err = lists.Get(ctx, "7")
	fmt.Println(err)
	// Output:
	// [print-1 print-2] <nil>
	// cache: miss
}

// On an edge worker the host has to know of work that goes on after the answer.
// Here the host is a wait group; there it is waitUntil with a promise.
func ExampleOptions_background() {
	db, stop := exampleDB()
	defer stop()
	ctx := context.Background()
	var host sync.WaitGroup
	prices, err := cache.New(db, cache.Text(), cache.Options{
		Prefix: "price:", TTL: time.Millisecond, Stale: time.Hour,
		Background: func(_ context.Context, run func()) { host.Go(run) },
	})
	if err != nil {
		panic(err)
	}
	_ = prices.Set(ctx, "print-1", "20 €")
	<-time.After(5 * time.Millisecond) // it is stale now
	v, err := prices.GetOrLoad(ctx, "print-1", func(context.Context) (string, error) {
		fmt.Println("loading, when the answer may have been sent")
		return "25 €", nil
	})
	host.Wait()
	fmt.Println(v, err)
	// Output:
	// loading, when the answer may have been sent
	// 20 € <nil>
}
