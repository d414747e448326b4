package health_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/valyala/fasthttp"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// exampleClient is a client of a server in this process.
func exampleClient(hook upstash.Hook) (*upstash.Client, func()) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		panic(err)
	}
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Hook: hook})
	if err != nil {
		panic(err)
	}
	return client, func() { _ = client.Close(); _ = srv.Close() }
}

func Example() {
	metrics := health.NewMetrics(health.MetricsOptions{})
	client, done := exampleClient(metrics)
	defer done()
	checker, err := health.New(client, health.Options{Metrics: metrics})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := health.WithLabel(context.Background(), "greetings")
	_, _ = upstash.Set("greeting", "hello").Do(ctx, client)

	report := checker.Ready(ctx) // judged from the SET: nothing is sent
	fmt.Println(report.Status, "from", report.Source)
	fmt.Println("billed:", metrics.Billed().ByLabel)
	// Output:
	// healthy from traffic
	// billed: map[greetings:1]
}

func ExampleChecker_Deep() {
	client, done := exampleClient(nil)
	defer done()
	checker, _ := health.New(client, health.Options{})
	report := checker.Deep(context.Background())
	fmt.Print(report.Status, ":")
	for _, step := range report.Steps {
		fmt.Print(" ", step.Name)
	}
	fmt.Println()
	// Output: healthy: time write read delete
}

func ExampleEndpoints() {
	client, done := exampleClient(nil)
	defer done()
	checker, _ := health.New(client, health.Options{})
	authorize, _ := health.BearerToken("a secret of the operators")
	endpoints, _ := health.NewEndpoints(checker, health.EndpointOptions{Authorize: authorize})

	mux := http.NewServeMux()
	mux.Handle(health.HealthPath, endpoints.Health())
	mux.Handle(health.MetricsPath, endpoints.Metrics())

	for _, path := range []string{health.HealthPath, health.MetricsPath} {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(path, answer.Code)
	}
	// Output:
	// /api/health/redis 200
	// /api/admin/redis/metrics 401
}

func ExampleBudget() {
	metrics := health.NewMetrics(health.MetricsOptions{})
	client, done := exampleClient(metrics)
	defer done()
	guarded, _ := health.NewBudget(metrics, client, health.BudgetOptions{HardDay: 2})
	for range 3 {
		_, err := upstash.Incr("visits").Do(context.Background(), guarded)
		fmt.Println(errors.Is(err, health.ErrBudget))
	}
	// Output:
	// false
	// false
	// true
}

// users stands for a cache of package cache, which tells the same.
type users struct{ lookups, hits int64 }

func (u *users) Report(report func(name string, lookups, hits int64)) {
	report("users", u.lookups, u.hits)
}

func ExampleMetrics_RegisterCache() {
	metrics := health.NewMetrics(health.MetricsOptions{})
	client, done := exampleClient(metrics)
	defer done()
	checker, _ := health.New(client, health.Options{Metrics: metrics})

	metrics.RegisterCache(&users{lookups: 200, hits: 100})
	checker.Snapshot(context.Background())
	for _, alert := range checker.Alerts() {
		fmt.Println(alert.Name, alert.Of+":", alert.Message)
	}
	// Output: hit_rate users: only 50.0 % of the lookups are found
}

func ExampleMetrics_Traffic() {
	metrics := health.NewMetrics(health.MetricsOptions{})
	client, done := exampleClient(metrics)
	defer done()
	ctx := context.Background()
	_, _ = upstash.Set("greeting", "hello").Do(ctx, client)
	_, _ = upstash.Incr("greeting").Do(ctx, client) // not a number
	_, _ = client.DoBatch(ctx, upstash.Batch{Commands: []upstash.Command{
		upstash.Get("greeting").Command, upstash.LPush("greeting", "again").Command, // not a list
	}})

	t := metrics.Traffic()
	fmt.Println("operations:", t.TotalOperations, "in requests:", t.TotalRequests)
	fmt.Println("failed:", t.TotalErrors, "error rate:", *t.ErrorRate > 0.6)
	fmt.Println("refused within batches:", t.TotalRefused)
	fmt.Println("P99 is known:", t.LatencyP99MS != nil)
	// Output:
	// operations: 4 in requests: 3
	// failed: map[refused:2] error rate: true
	// refused within batches: map[refused:1]
	// P99 is known: true
}

func ExampleAlertOptions() {
	metrics := health.NewMetrics(health.MetricsOptions{})
	client, done := exampleClient(metrics)
	defer done()
	checker, _ := health.New(client, health.Options{Metrics: metrics, Alerts: health.AlertOptions{
		ErrorRate:   0.05,
		P99:         -1, // no alert
		MinAttempts: 10,
		OnChange: func(a health.Alert) {
			fmt.Println(a.Name, "begins:", a.Firing, "above", a.Threshold)
		},
	}})
	ctx := context.Background()
	for range 10 {
		_, _ = upstash.LPush("greeting", "hello").Do(ctx, client)
		_, _ = upstash.Get("greeting").Do(ctx, client) // not a string
	}
	checker.Snapshot(ctx) // or Checker.Run, in a goroutine of its own
	// Output: error_rate begins: true above 0.05
}

func ExampleKindOf() {
	client, done := exampleClient(nil)
	ctx := context.Background()
	_, err := upstash.LPush("list", "a").Do(ctx, client)
	fmt.Println(health.KindOf(err))
	_, err = upstash.Get("list").Do(ctx, client)
	fmt.Println(health.KindOf(err))
	done() // the database goes away
	_, err = upstash.Get("list").Do(ctx, client)
	fmt.Println(health.KindOf(err))
	// Output:
	// ok
	// refused
	// not_sent
}

func ExampleEndpoints_FastHealth() {
	client, done := exampleClient(nil)
	defer done()
	checker, _ := health.New(client, health.Options{})
	endpoints, _ := health.NewEndpoints(checker, health.EndpointOptions{}) // nobody may see the metrics

	healthHandler, metricsHandler := endpoints.FastHealth(), endpoints.FastMetrics()
	handler := func(rc *fasthttp.RequestCtx) {
		switch string(rc.Path()) {
		case health.HealthPath:
			healthHandler(rc)
		case health.MetricsPath:
			metricsHandler(rc)
		}
	}
	for _, path := range []string{health.HealthPath, health.MetricsPath} {
		var rc fasthttp.RequestCtx
		rc.Request.SetRequestURI(path)
		handler(&rc)
		fmt.Println(path, rc.Response.StatusCode())
	}
	// Output:
	// /api/health/redis 200
	// /api/admin/redis/metrics 403
}

func ExampleParseInfo() {
	info := health.ParseInfo("used_memory:1024\r\nkeyspace_hits:3\r\n")
	fmt.Println(*info.UsedMemory, info.MaxMemory == nil)
	// Output: 1024 true
}
