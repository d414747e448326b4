//go:build !wasm

package lock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// client returns a client of an embedded server, in place of
// upstash.Default() with REDIS_REST_URL and REDIS_REST_TOKEN.
func exampleClient() (c *upstash.Client, stop func()) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		panic(err)
	}
	c, err = upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		panic(err)
	}
	return c, func() {
		_ = c.Close()
		_ = srv.Close()
	}
}

func ExampleWith() {
	client, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	err := lock.With(ctx, client, keys.PayoutLock("creator-7"), 5*time.Minute,
		func(ctx context.Context, lease *lock.Lease) error {
			// ctx ends before anybody else can come in.
			fmt.Println("paying out under", lease.Name())
			return nil
		})
	fmt.Println("error:", err)
	// Output:
	// paying out under lock:payout:creator-7
	// error: <nil>
}

func ExampleLocker_TryAcquire() {
	client, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	here, _ := lock.New(client, lock.Options{TTL: time.Minute})
	there, _ := lock.New(client, lock.Options{TTL: time.Minute})
	lease, err := here.TryAcquire(ctx, "lock:report:2026")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = there.TryAcquire(ctx, "lock:report:2026")
	if held, ok := errors.AsType[*lock.HeldError](err); ok {
		fmt.Println("held for up to", held.Remaining.Round(time.Minute))
	}
	fmt.Println("released:", lease.Release(ctx) == nil)
	// Output:
	// held for up to 1m0s
	// released: true
}

// A command that is guarded runs only while the database still has the lease.
func ExampleGuard() {
	client, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	locker, _ := lock.New(client, lock.Options{})
	lease, _ := locker.Acquire(ctx, "lock:balance:7")
	_, err := lock.Guard(lease, upstash.Set("balance:7", 100)).Do(ctx, client)
	fmt.Println("as the holder:", err)

	_ = lease.Release(ctx)
	_, err = lock.Guard(lease, upstash.Set("balance:7", 0)).Do(ctx, client)
	fmt.Println("later, lost:", errors.Is(err, lock.ErrLost))
	// Output:
	// as the holder: <nil>
	// later, lost: true
}

// Data in another place than the lock is guarded by the fencing token.
func ExampleFenced() {
	client, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	locker, _ := lock.New(client, lock.Options{})
	first, _ := locker.Acquire(ctx, "lock:balance:7")
	_ = first.Release(ctx)
	second, _ := locker.Acquire(ctx, "lock:balance:7")
	defer func() { _ = second.Release(ctx) }()

	_, err := lock.Fenced(second.Fence(), upstash.IncrBy("balance:7", 5)).Do(ctx, client)
	fmt.Println("second holder:", err)
	_, err = lock.Fenced(first.Fence(), upstash.IncrBy("balance:7", 5)).Do(ctx, client)
	fmt.Println("first holder, late:", err)
	// Output:
	// second holder: <nil>
	// first holder, late: lock: lease lost: a guarded command was refused
}

// One invocation of a function starts the work, the next one goes on.
func ExampleLocker_Resume() {
	client, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	first, _ := lock.New(client, lock.Options{TTL: time.Minute})
	lease, _ := first.Acquire(ctx, keys.RoyaltyRunLock("2026-11"))
	handle, _ := lease.Detach()
	message, _ := json.Marshal(handle) // travels in a queue, say

	var arrived lock.Handle
	_ = json.Unmarshal(message, &arrived)
	next, _ := lock.New(client, lock.Options{TTL: time.Minute})
	resumed, err := next.Resume(ctx, arrived)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("same token:", resumed.Fence() == lease.Fence())
	fmt.Println("released:", resumed.Release(ctx) == nil)
	// Output:
	// same token: true
	// released: true
}

func ExampleSemaphore() {
	client, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	renderers, _ := lock.NewSemaphore(client, 2, lock.Options{TTL: time.Minute})
	for range 3 {
		_, err := renderers.TryAcquire(ctx, "render:slots")
		fmt.Println("in:", err == nil, "full:", errors.Is(err, lock.ErrHeld))
	}
	// Output:
	// in: true full: false
	// in: true full: false
	// in: false full: true
}

func ExampleLocker_Stats() {
	client, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	locker, _ := lock.New(client, lock.Options{})
	for _, id := range []string{"1", "2", "3"} {
		_ = locker.With(ctx, keys.PayoutLock(id), func(context.Context, *lock.Lease) error { return nil })
	}
	for _, s := range locker.Stats() {
		fmt.Println(s.Class, "acquired", s.Acquired, "lost", s.Lost)
	}
	// Output:
	// lock:payout acquired 3 lost 0
}
