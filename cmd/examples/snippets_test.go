//go:build !wasm

package examples_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/keys"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// The snippets of the README are parts of these Examples; readme_test.go checks it.

// connect is what the README's snippets have before their first line.
func connect() (client *upstash.Client, stop func()) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		log.Fatal(err)
	}
	client, err = upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		log.Fatal(err)
	}
	return client, func() { _ = client.Close(); _ = srv.Close() }
}

func Example_commands() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	_, err := upstash.SetWith("user:1:name", "Ada", upstash.SetOptions{TTL: time.Hour}).Do(ctx, client)
	if err != nil {
		log.Fatal(err)
	}
	name, err := upstash.Get("user:1:name").Do(ctx, client)
	fmt.Println(name, err)

	db := client.Commands() // the same commands as methods
	_, err = db.Get(ctx, "user:2:name")
	fmt.Println(errors.Is(err, upstash.ErrNil))

	// Any other command, with a decoder.
	length := upstash.As(upstash.NewCommand("STRLEN", "user:1:name"), upstash.Reply.Int64)
	fmt.Println(length.Do(ctx, client))
	// Output:
	// Ada <nil>
	// true
	// 3 <nil>
}

// take says that running it twice takes twice: it is never repeated silently.
var take = upstash.NewScript(`
	if tonumber(redis.call('GET', KEYS[1]) or 0) < tonumber(ARGV[1]) then return -1 end
	return redis.call('DECRBY', KEYS[1], ARGV[1])`, upstash.Reply.Int64)

func Example_errors() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()
	_, _ = upstash.Set("stock:7", 5).Do(ctx, client)

	left, err := take.Run(ctx, client, []string{"stock:7"}, 2)
	switch upstash.OutcomeOf(err) {
	case upstash.Applied:
		fmt.Println("left:", left)
	case upstash.Rejected: // errors.Is(err, upstash.ErrQuota), ErrWrongType, ErrReadOnly ...
		fmt.Println("the database said no:", err)
	case upstash.NotApplied: // nothing was sent, or every attempt failed before that
		fmt.Println("safe to try again:", err)
	case upstash.MaybeApplied: // the answer was lost
		fmt.Println("look before you repeat:", err)
	}
	// Output:
	// left: 3
}

func Example_pipeline() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	p := pipeline.New(client) // pipeline.NewTx for a transaction
	pipeline.Add(p, upstash.Set("user:1:name", "Ada"))
	name := pipeline.Add(p, upstash.Get("user:1:name"))
	hits := pipeline.Add(p, upstash.Incr("hits"))
	if err := p.Exec(ctx); err != nil { // one request
		log.Fatal(err)
	}
	text, err := name.Result() // a string
	fmt.Println(text, err)
	n, err := hits.Result() // an int64
	fmt.Println(n, err)
	// Output:
	// Ada <nil>
	// 1 <nil>
}

// User is what the cache's snippet caches.
type User struct{ ID, Name string }

// loadUser stands for the database.
func loadUser(_ context.Context, id string) (User, error) {
	fmt.Println("loading", id)
	return User{ID: id, Name: "Ada"}, nil
}

func Example_cache() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()
	id := "7"

	users, err := cache.Users[User](client, cache.Options{}) // cache:user:{id}, an hour
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		user, err := users.GetOrLoad(ctx, id, func(ctx context.Context) (User, error) {
			return loadUser(ctx, id) // once, however many ask, in all processes
		})
		fmt.Println(user.Name, err)
	}
	fmt.Println(users.Invalidate(ctx, id)) // after an update; loads in flight are not stored
	// Output:
	// loading 7
	// Ada <nil>
	// Ada <nil>
	// <nil>
}

func Example_rateLimit() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	login, err := ratelimit.New(client, ratelimit.Login(), ratelimit.Options{OnFailure: ratelimit.FailLocal})
	if err != nil {
		log.Fatal(err)
	}
	d, err := login.Allow(ctx, "ada@example.com") // 5 in 15 minutes
	fmt.Println(d.Allowed, err)                   // when refused: d.RetryAfter, d.Header(w.Header().Set)

	limit := ratelimit.Middleware(login, ratelimit.HTTPOptions[*http.Request]{Key: ratelimit.HeaderKey("X-User")})
	http.Handle("/login", limit(http.NotFoundHandler()))
	// Output: true <nil>
}

func Example_lock() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	err := lock.With(ctx, client, keys.PayoutLock("creator-7"), 5*time.Minute,
		func(ctx context.Context, lease *lock.Lease) error {
			// ctx ends before anybody else can come in. Guard goes further: the
			// database runs the command only while this lease lasts.
			_, err := lock.Guard(lease, upstash.IncrBy("paid:creator-7", 120)).Do(ctx, client)
			return err
		})
	fmt.Println(err)
	// Output: <nil>
}

func Example_health() {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	cfg := upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)}

	metrics := health.NewMetrics(health.MetricsOptions{})
	cfg.Hook = metrics
	client, err := upstash.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	checker, err := health.New(client, health.Options{Metrics: metrics})
	if err != nil {
		log.Fatal(err)
	}
	endpoints, err := health.NewEndpoints(checker, health.EndpointOptions{})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle(health.HealthPath, endpoints.Health())   // /api/health/redis
	http.Handle(health.MetricsPath, endpoints.Metrics()) // refuses everybody until Authorize is set
	report := checker.Ready(context.Background())        // report.Status, and why: report.Reasons
	fmt.Println(report.Status != health.Unhealthy)
	// Output: true
}

func Example_keys() {
	invoice := keys.Declare(keys.Cache, "invoice", 10*time.Minute)
	fmt.Println(invoice.Key("2026-77"), invoice.TTL())
	fmt.Println(keys.User("12:3*")) // ids cannot become other keys, or patterns
	// Output:
	// cache:invoice:2026-77 10m0s
	// cache:user:12%3A3%2A
}

func Example_transport() {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	cfg := upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)}

	cfg.Transport = nethttp.New(&http.Client{Transport: http.DefaultTransport}) // yours
	client, err := upstash.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(upstash.Ping().Do(context.Background(), client))
	// Output: PONG <nil>
}

func Example_testing() {
	ctx := context.Background()

	db := upstashtest.NewFake(func(_ context.Context, args []string) (any, error) {
		return "hello " + args[1], nil // answers GET, and whatever else is asked
	})
	fmt.Println(upstash.Get("world").Do(ctx, db))
	fmt.Println(db.Calls())
	// Output:
	// hello world <nil>
	// [[GET world]]
}

func Example_devserver() {
	srv, err := devserver.Start(devserver.Options{}) // a Redis in this process
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(upstash.Incr("visits").Do(context.Background(), client))
	fmt.Println("billed:", srv.Stats().Billed())
	// Output:
	// 1 <nil>
	// billed: 1
}

func Example_lookup() {
	bindings := map[string]string{"REDIS_REST_URL": "https://db.example.com", "REDIS_REST_TOKEN": "secret"}

	client, err := upstash.NewFromLookup(func(name string) (string, bool) {
		value, ok := bindings[name] // a Worker's bindings, a secrets file
		return value, ok
	}, upstash.Config{})
	fmt.Println(client != nil, err)
	// Output: true <nil>
}

func Example_session() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	_, _ = upstash.Set("k", "v").Do(ctx, client)

	// One process hands over what it has seen,
	text, err := client.Session().MarshalText()
	if err != nil {
		log.Fatal(err)
	}
	w.Header().Set("X-Session", string(text))

	// and another one reads at least that, whichever replica answers.
	var session upstash.Session
	if err := session.UnmarshalText([]byte(r.Header.Get("X-Session"))); err != nil {
		log.Fatal(err)
	}
	fmt.Println(upstash.Get("k").Do(ctx, client.WithSession(session)))
	// Output: v <nil>
}
