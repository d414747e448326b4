//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// exampleClient is a client of a dev server with an embedded Redis. In a program
// it is upstash.Default() or upstash.NewFromEnv.
func exampleClient() (*upstash.Client, func()) {
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

func Example() {
	client, stop := exampleClient()
	defer stop()
	limiter, err := ratelimit.New(client, ratelimit.Login(), ratelimit.Options{OnFailure: ratelimit.FailDeny, Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	for range 6 {
		d, err := limiter.Allow(context.Background(), "ann@example.com")
		if err != nil {
			panic(err)
		}
		fmt.Println(d.Allowed, d.Remaining)
	}
	// Output:
	// true 4
	// true 3
	// true 2
	// true 1
	// true 0
	// false 0
}

func ExampleLimiter_AllowAtMost() {
	client, stop := exampleClient()
	defer stop()
	policy := ratelimit.NewPolicy("mail", ratelimit.GCRA(100, time.Hour, 100))
	limiter, err := ratelimit.New(client, policy, ratelimit.Options{Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	for _, batch := range []int64{70, 70} {
		d, err := limiter.AllowAtMost(ctx, "tenant-7", batch)
		if err != nil {
			panic(err)
		}
		fmt.Println("send", d.Taken, "of", batch)
	}
	// Output:
	// send 70 of 70
	// send 30 of 70
}

func ExampleMulti() {
	client, stop := exampleClient()
	defer stop()
	multi, err := ratelimit.NewMulti(client, []ratelimit.Policy{
		ratelimit.NewPolicy("user-minute", ratelimit.SlidingWindow(3, time.Minute)),
		ratelimit.NewPolicy("user-day", ratelimit.SlidingWindow(100, 24*time.Hour)),
		ratelimit.NewPolicy("everybody", ratelimit.FixedWindow(1000, time.Minute)),
	}, ratelimit.Options{Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	for range 4 {
		d, err := multi.Allow(context.Background(), "ann", "ann", "all")
		if err != nil {
			panic(err)
		}
		fmt.Println(d.Allowed, d.Policy, d.Each[1].Remaining)
	}
	// Output:
	// true user-minute 99
	// true user-minute 98
	// true user-minute 97
	// false user-minute 97
}

func ExampleLimiter_Wait() {
	client, stop := exampleClient()
	defer stop()
	policy := ratelimit.NewPolicy("crawl", ratelimit.GCRA(1, time.Hour, 1))
	limiter, err := ratelimit.New(client, policy, ratelimit.Options{Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(limiter.Wait(ctx, "example.com"))
	// The next token is further away than the deadline: no use in waiting.
	fmt.Println(errors.Is(limiter.Wait(ctx, "example.com"), ratelimit.ErrLimited))
	// Output:
	// <nil>
	// true
}

func ExampleConcurrency() {
	client, stop := exampleClient()
	defer stop()
	jobs, err := ratelimit.NewConcurrency(client, "render", ratelimit.ConcurrencyOptions{
		Limit: 1, TTL: time.Minute, Options: ratelimit.Options{Timeout: 5 * time.Second},
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	slot, d, _ := jobs.Acquire(ctx, "tenant-7")
	fmt.Println(d.Allowed)
	_, d, _ = jobs.Acquire(ctx, "tenant-7")
	fmt.Println(d.Allowed, d.RetryAfter > 59*time.Second)
	fmt.Println(slot.Release(ctx))
	// Output:
	// true
	// false true
	// <nil>
}

func ExampleLeased() {
	client, stop := exampleClient()
	defer stop()
	policy := ratelimit.NewPolicy("hot", ratelimit.FixedWindow(1000, time.Hour))
	limiter, err := ratelimit.New(client, policy, ratelimit.Options{Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	leased, err := ratelimit.NewLeased(limiter, ratelimit.LeaseOptions{Size: 100})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	for range 250 {
		if d, err := leased.Allow(ctx, "celebrity"); err != nil || !d.Allowed {
			panic("refused")
		}
	}
	_ = leased.Close(ctx) // 50 were left over
	d, _ := limiter.Peek(ctx, "celebrity")
	fmt.Println(d.Remaining)
	// Output:
	// 750
}

func ExampleMiddleware() {
	client, stop := exampleClient()
	defer stop()
	policy := ratelimit.NewPolicy("web", ratelimit.FixedWindow(1, time.Hour))
	limiter, err := ratelimit.New(client, policy, ratelimit.Options{Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	proxies, err := ratelimit.ParsePrefixes("10.0.0.0/8")
	if err != nil {
		panic(err)
	}
	limit := ratelimit.Middleware(limiter, ratelimit.HTTPOptions[*http.Request]{
		IP: ratelimit.ClientIP{Trusted: proxies},
	})
	handler := limit(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	for range 2 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("RateLimit-Policy"))
	}
	// Output:
	// 200 "web";q=1;w=3600
	// 429 "web";q=1;w=3600
}

func ExampleIntercept() {
	client, stop := exampleClient()
	defer stop()
	limiter, err := ratelimit.New(client, ratelimit.NewPolicy("greet", ratelimit.FixedWindow(1, time.Hour)), ratelimit.Options{Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	greet := func(_ context.Context, name string) (string, error) { return "hello " + name, nil }
	limit := ratelimit.Intercept[string, string](limiter, func(_ context.Context, name string) string { return name })
	for range 2 {
		reply, err := limit(context.Background(), "ann", greet)
		fmt.Println(reply, errors.Is(err, ratelimit.ErrLimited))
	}
	// Output:
	// hello ann false
	//  true
}

func ExampleAnalytics() {
	client, stop := exampleClient()
	defer stop()
	var analytics ratelimit.Analytics
	limiter, err := ratelimit.New(client, ratelimit.Export(), ratelimit.Options{OnDecision: analytics.Observe, Timeout: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	for range 12 {
		_, _ = limiter.Allow(context.Background(), "ann")
	}
	p := analytics.Policies()[0]
	fmt.Println(p.Policy, p.Allowed, p.Refused, p.FromMemory)
	fmt.Println(analytics.Offenders(1))
	// Output:
	// export 10 2 1
	// [{export ann 2 0}]
}
