package health_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

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

func ExampleRegisterCache() {
	metrics := health.NewMetrics(health.MetricsOptions{})
	client, done := exampleClient(metrics)
	defer done()
	checker, _ := health.New(client, health.Options{Metrics: metrics})

	// With a cache of package cache: health.RegisterCache(metrics, users.Name(), users.Stats)
	health.RegisterCache(metrics, "users", func() fakeCache { return fakeCache{lookups: 200, hits: 100} })
	checker.Snapshot(context.Background())
	for _, alert := range checker.Alerts() {
		fmt.Println(alert.Name, alert.Of+":", alert.Message)
	}
	// Output: hit_rate users: only 50.0 % of the lookups are found
}

func ExampleParseInfo() {
	info := health.ParseInfo("used_memory:1024\r\nkeyspace_hits:3\r\n")
	fmt.Println(*info.UsedMemory, info.MaxMemory == nil)
	// Output: 1024 true
}
