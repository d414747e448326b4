package health_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// names of the alerts that are firing.
func firing(c *health.Checker) string {
	var out []string
	for _, a := range c.Alerts() {
		out = append(out, strings.TrimSuffix(a.Name+":"+a.Of, ":"))
	}
	return strings.Join(out, ",")
}

type fakeCache struct {
	name          string
	lookups, hits int64
}

func (f *fakeCache) Report(report func(string, int64, int64)) { report(f.name, f.lookups, f.hits) }

func TestAlertsFireAndEndWithHysteresis(t *testing.T) {
	t.Parallel()
	users := fakeCache{name: "users"}
	memory := "used_memory:1\nmaxmemory:100\n"
	set := func(s string) func() { return func() { memory = s } }
	hits := func(lookups, found int64) func() {
		return func() { users.lookups, users.hits = users.lookups+lookups, users.hits+found }
	}
	steps := []struct {
		change func()
		want   string
	}{
		{set("used_memory:85\nmaxmemory:100\n"), ""}, // not above
		{set("used_memory:86\nmaxmemory:100\n"), "memory"},
		{set("used_memory:80\nmaxmemory:100\n"), "memory"}, // not back by a tenth
		{set("used_memory:76\nmaxmemory:100\n"), ""},
		{hits(99, 0), ""},              // too few to mean something
		{hits(1, 0), "hit_rate:users"}, // 0 of 100
		{hits(100, 72), "hit_rate:users"},
		{hits(100, 74), ""},
		{set("keyspace_hits:60\nkeyspace_misses:40\n"), "hit_rate:server"},
	}
	synctest.Test(t, func(t *testing.T) {
		m := health.NewMetrics(health.MetricsOptions{})
		fake := upstashtest.NewFake(func(_ context.Context, args []string) (any, error) {
			if args[0] == "INFO" {
				return memory, nil
			}
			return "PONG", nil
		})
		var changes []string
		check := newChecker(t, fake, health.Options{Metrics: m, InfoEvery: time.Second, Alerts: health.AlertOptions{
			OnChange: func(a health.Alert) { changes = append(changes, a.Name) },
		}})
		m.RegisterCache(&users)
		for i, s := range steps {
			s.change()
			time.Sleep(time.Second)
			check.Snapshot(t.Context())
			if got := firing(check); got != s.want {
				t.Errorf("step %d: firing %q, want %q", i, got, s.want)
			}
		}
		if got := strings.Join(changes, " "); got != "memory memory hit_rate hit_rate hit_rate" {
			t.Errorf("callbacks: %s", got)
		}
	})
}

// A negative threshold turns its alert off, the smallest one too, and is not shown.
func TestAlertsThatAreOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, m, check := setUp(t, health.MetricsOptions{}, health.Options{Alerts: health.AlertOptions{Memory: -1, HitRate: -1, ErrorRate: -1, P99: -1}})
		m.RegisterCache(&fakeCache{"users", 200, 0})
		w.set(func(w *wire) { w.refuse, w.delay = "WRONGTYPE x", 300*time.Millisecond })
		gets(t.Context(), c, 30)
		s := check.Snapshot(t.Context())
		if len(s.Alerts) != 0 || s.Thresholds != (health.Thresholds{}) {
			t.Errorf("alerts %v, thresholds %s", s.Alerts, asJSON(t, s.Thresholds))
		}
	})
	_, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
	if got, want := asJSON(t, check.Snapshot(t.Context()).Thresholds), `{"memory_ratio":0.85,"hit_rate_ratio":0.7,"error_ratio":0.01,"p99_latency_ms":100}`; got != want {
		t.Errorf("by default %s, want %s", got, want)
	}
}

// The checks of the drill over a wire in memory: Run sees each fault and its end.
func TestRunSeesFaultsWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*wire)
		want   string
	}{
		"killed":  {func(w *wire) { w.fail = errors.New("reset") }, "error_rate,status"},
		"slow":    {func(w *wire) { w.delay = 600 * time.Millisecond }, "p99_latency,status"},
		"quota":   {func(w *wire) { w.refuse = "ERR max requests limit exceeded. Limit: 1" }, "error_rate,status"},
		"revoked": {func(w *wire) { w.status, w.refuse = 401, "WRONGPASS x" }, "error_rate,status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, c, _, check := setUp(t, health.MetricsOptions{Window: time.Second}, health.Options{})
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wg.Go(func() { check.Run(ctx) })
				for range 20 {
					wg.Go(func() {
						for ctx.Err() == nil {
							gets(ctx, c, 1)
							time.Sleep(20 * time.Millisecond)
						}
					})
				}
				time.Sleep(5 * time.Second)
				if got := firing(check); got != "" {
					t.Errorf("before: %s", got)
				}
				w.set(tc.change)
				time.Sleep(2 * time.Second)
				if got := firing(check); got != tc.want {
					t.Errorf("after 2 s: %q, want %q", got, tc.want)
				}
				w.set(func(w *wire) { w.fail, w.delay, w.refuse, w.status = nil, 0, "", 0 })
				time.Sleep(2*time.Second + 600*time.Millisecond) // those under way are slow yet
				if got := firing(check); got != "" {
					t.Errorf("2 s after the end: %q", got)
				}
				cancel()
				wg.Wait()
			})
		})
	}
}
