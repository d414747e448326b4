package health_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// instant answers at once.
type instant struct{}

func (instant) RoundTrip(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
	resp.Status = 200
	resp.ContentType = append(resp.ContentType, "application/json"...)
	resp.Body = append(resp.Body, `{"result":"dg=="}`...)
	return nil
}

// TestMetricsAllocateNothing compares a GET with and without the hook.
func TestMetricsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	ctx := health.WithLabel(t.Context(), "feature")
	cmd := upstash.Get("k")
	allocs := func(m *health.Metrics) float64 {
		c := newClient(t, instant{}, m)
		return testing.AllocsPerRun(1000, func() { _, _ = cmd.Do(ctx, c) })
	}
	for name, o := range map[string]health.MetricsOptions{"one region": {}, "three regions": {ReadRegions: 2}} {
		if with, without := allocs(health.NewMetrics(o)), allocs(nil); with != without {
			t.Errorf("%s: %v allocations with metrics, %v without", name, with, without)
		}
	}
}

// BenchmarkHook is the hook alone.
func BenchmarkHook(b *testing.B) {
	for name, m := range map[string]*health.Metrics{"without": nil, "with": health.NewMetrics(health.MetricsOptions{})} {
		b.Run(name, func(b *testing.B) {
			c := newClient(b, instant{}, m)
			cmd := upstash.Get("k")
			b.ReportAllocs()
			for b.Loop() {
				_, _ = cmd.Do(b.Context(), c)
			}
		})
	}
}

// A scrape costs the window's histogram and the text, whatever was counted.
func BenchmarkScrape(b *testing.B) {
	for _, accept := range []string{"application/json", "text/plain"} {
		b.Run(accept, func(b *testing.B) {
			scrape := scraper(b, accept)
			b.ReportAllocs()
			for b.Loop() {
				scrape()
			}
		})
	}
}

// scraper returns a function that scrapes a busy checker once.
func scraper(t testing.TB, accept string) func() {
	m := health.NewMetrics(health.MetricsOptions{})
	c := newClient(t, instant{}, m)
	gets(t.Context(), c, 1000)
	m.RegisterCache(&fakeCache{"users", 200, 150})
	handler := endpoints(t, newChecker(t, c, health.Options{Metrics: m}), authorized(t)).Metrics()
	req := httptest.NewRequest("GET", health.MetricsPath, nil)
	req.Header.Set("Authorization", "Bearer "+adminToken)
	req.Header.Set("Accept", accept)
	return func() {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code != 200 {
			t.Fatal(rec.Code)
		}
	}
}

// TestScrapeAllocates bounds what a scrape allocates, measured: 108 for Prometheus.
func TestScrapeAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	if got := testing.AllocsPerRun(50, scraper(t, "text/plain")); got > 130 {
		t.Errorf("%v allocations", got)
	}
}

// TestMetricsCost measures a GET over a loopback connection with and without the
// hook, turn by turn in one run, and compares medians. It is run on demand,
// because a loaded machine says nothing: EDGEREDIS_MEASURE=1.
func TestMetricsCost(t *testing.T) {
	if os.Getenv("EDGEREDIS_MEASURE") == "" {
		t.Skip("set EDGEREDIS_MEASURE=1 to measure")
	}
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	client := func(h upstash.Hook) *upstash.Client {
		c, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Hook: h})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	clients := [2]*upstash.Client{client(nil), client(health.NewMetrics(health.MetricsOptions{}))}
	var took [2][]time.Duration
	cmd := upstash.Get("k")
	for round := range 20_000 {
		i := round % 2
		start := time.Now()
		_, err := cmd.Do(t.Context(), clients[i])
		took[i] = append(took[i], time.Since(start))
		if !errors.Is(err, upstash.ErrNil) {
			t.Fatal(err)
		}
	}
	slices.Sort(took[0])
	slices.Sort(took[1])
	without, with := took[0][len(took[0])/2], took[1][len(took[1])/2]
	ratio := float64(with) / float64(without)
	t.Logf("median GET: %v without, %v with metrics, ratio %.4f", without, with, ratio)
	if ratio > 1.03 {
		t.Errorf("metrics cost %.1f %%, allowed are 3 %%", 100*(ratio-1))
	}
}
