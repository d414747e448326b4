//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// exampleLimiter allows 10 per hour, on an embedded Redis.
func exampleLimiter() (*ratelimit.Limiter, func()) {
	client, stop := exampleClient()
	policy := ratelimit.NewPolicy("demo", ratelimit.FixedWindow(10, time.Hour))
	limiter, err := ratelimit.New(client, policy, ratelimit.Options{Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	return limiter, stop
}

func ExampleLimiter_Allow() {
	limiter, stop := exampleLimiter()
	defer stop()
	d, err := limiter.Allow(context.Background(), "user-1")
	if err != nil {
		panic(err) // the context has ended, or the id cannot be one
	}
	fmt.Println(d.Allowed, d.Remaining, "of", d.Limit)
	// Output:
	// true 9 of 10
}

func ExampleLimiter_AllowN() {
	limiter, stop := exampleLimiter()
	defer stop()
	ctx := context.Background()
	for _, n := range []int64{8, 5, 2, 11} {
		d, err := limiter.AllowN(ctx, "user-1", n)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%d: allowed %t, %d left, never %t\n", n, d.Allowed, d.Remaining, d.Never())
	}
	// Output:
	// 8: allowed true, 2 left, never false
	// 5: allowed false, 2 left, never false
	// 2: allowed true, 0 left, never false
	// 11: allowed false, 0 left, never true
}

func ExampleLimiter_Do() {
	limiter, stop := exampleLimiter()
	defer stop()
	// Who has paid has a higher limit, under the same keys.
	pro := ratelimit.FixedWindow(1000, time.Hour)
	d, err := limiter.Do(context.Background(), ratelimit.Request{ID: "user-1", N: 50, Algorithm: pro})
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Allowed, d.Remaining)
	// Output:
	// true 950
}

func ExampleLimiter_Peek() {
	limiter, stop := exampleLimiter()
	defer stop()
	ctx := context.Background()
	for range 3 {
		d, err := limiter.Peek(ctx, "user-1")
		if err != nil {
			panic(err)
		}
		fmt.Println(d.Remaining)
	}
	// Output:
	// 10
	// 10
	// 10
}

func ExampleLimiter_Refund() {
	limiter, stop := exampleLimiter()
	defer stop()
	ctx := context.Background()
	d, err := limiter.AllowN(ctx, "user-1", 6)
	if err != nil {
		panic(err)
	}
	// The work was smaller than expected.
	fmt.Println(limiter.Refund(ctx, "user-1", d, 4))
	d, _ = limiter.Peek(ctx, "user-1")
	fmt.Println(d.Remaining)
	// Output:
	// 4 <nil>
	// 8
}

func ExampleLimiter_Reset() {
	limiter, stop := exampleLimiter()
	defer stop()
	ctx := context.Background()
	_, _ = limiter.AllowN(ctx, "user-1", 10)
	fmt.Println(limiter.Reset(ctx, "user-1"))
	d, _ := limiter.Peek(ctx, "user-1")
	fmt.Println(d.Remaining)
	// Output:
	// <nil>
	// 10
}

func ExampleLimiter_Reserve() {
	limiter, stop := exampleLimiter()
	defer stop()
	ctx := context.Background()
	_, _ = limiter.AllowN(ctx, "user-1", 10)
	ticket, err := limiter.Reserve(ctx, "user-1", 1, 2*time.Hour)
	if err != nil {
		panic(err)
	}
	fmt.Println(ticket.OK, ticket.Delay.Round(time.Minute))
	// A job that is scheduled for then needs no Wait.
	fmt.Println(ticket.Cancel(ctx))
	// Output:
	// true 1h0m0s
	// <nil>
}

func ExampleLimiter_AllowMany() {
	limiter, stop := exampleLimiter()
	defer stop()
	ds, err := limiter.AllowMany(context.Background(), []ratelimit.Request{
		{ID: "user-1"}, {ID: "user-2", N: 10}, {ID: "user-2"},
	})
	if err != nil {
		panic(err)
	}
	for _, d := range ds {
		fmt.Println(d.Allowed, d.Remaining)
	}
	// Output:
	// true 9
	// true 0
	// false 0
}

func ExampleNewPolicy() {
	// A kind of one's own catalogue, or just a name.
	kind := keys.Declare(keys.RateLimit, "search", time.Minute)
	search := ratelimit.Policy{Kind: kind, Algorithm: ratelimit.GCRA(30, time.Minute, 5)}
	likes := ratelimit.NewPolicy("likes", ratelimit.TokenBucket(10, time.Minute, 100))
	// A preset with another number.
	uploads := ratelimit.Upload().With(ratelimit.SlidingWindow(500, time.Hour))
	for _, p := range []ratelimit.Policy{search, likes, uploads} {
		fmt.Println(p.Kind.Key("user-1"), p.Algorithm, p.Algorithm.Limit())
	}
	// Output:
	// ratelimit:search:user-1 GCRA 5
	// ratelimit:likes:user-1 token bucket 100
	// ratelimit:upload:user-1 sliding window 500
}

// What happens when Redis is away is up to each limiter; the decision tells.
func ExampleDecision_Degraded() {
	down := upstashtest.NewFake(func(context.Context, []string) (any, error) { return nil, errors.New("connection refused") })
	for _, policy := range []ratelimit.FailurePolicy{ratelimit.FailAllow, ratelimit.FailDeny, ratelimit.FailLocal} {
		limiter, err := ratelimit.New(down, ratelimit.Login(), ratelimit.Options{OnFailure: policy, LocalLimit: 1})
		if err != nil {
			panic(err)
		}
		for range 2 {
			d, err := limiter.Allow(context.Background(), "ann@example.com")
			if err != nil {
				panic(err)
			}
			fmt.Println(policy, d.Allowed, d.Degraded(), d.Err)
		}
	}
	// Output:
	// allow true true connection refused
	// allow true true connection refused
	// deny false true connection refused
	// deny false true connection refused
	// local true true connection refused
	// local false true connection refused
}

func ExampleFastHTTPMiddleware() {
	limiter, stop := exampleLimiter()
	defer stop()
	limit := ratelimit.FastHTTPMiddleware(limiter, ratelimit.HTTPOptions[*fasthttp.RequestCtx]{
		Key:  ratelimit.FastHTTPHeaderKey("X-API-Key"),
		Cost: func(*fasthttp.RequestCtx) int64 { return 10 },
	})
	handler := limit(func(ctx *fasthttp.RequestCtx) { ctx.SetBodyString("hello") })
	for range 2 {
		var ctx fasthttp.RequestCtx
		ctx.Init(&fasthttp.Request{}, nil, nil)
		ctx.Request.Header.Set("X-API-Key", "k")
		handler(&ctx)
		fmt.Printf("%d %s\n", ctx.Response.StatusCode(), ctx.Response.Header.Peek("RateLimit-Policy"))
	}
	// Output:
	// 200 "demo";q=10;w=3600
	// 429 "demo";q=10;w=3600
}

// The client is any Doer; a process-wide one is upstash.Default.
func ExampleNew() {
	var client upstash.Doer = upstashtest.NewFake(nil)
	_, err := ratelimit.New(client, ratelimit.NewPolicy("api", ratelimit.SlidingWindow(0, time.Hour)), ratelimit.Options{})
	fmt.Println(err)
	// Output:
	// ratelimit: Policy.Algorithm cannot work: the limit is below 1
}
