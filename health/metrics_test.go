package health_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

func TestTrafficOverTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, m, _ := setUp(t, health.MetricsOptions{}, health.Options{})
		if tr := m.Traffic(); tr.LatencyP99MS != nil || tr.ErrorRate != nil {
			t.Errorf("figures from nothing: %+v", tr)
		}
		for i := range 1000 { // 1 to 100 ms, ten times each; 10 attempts a second or so
			w.set(func(w *wire) { w.delay = time.Duration(i%100+1) * time.Millisecond })
			gets(t.Context(), c, 1)
		}
		tr := m.Traffic()
		for _, q := range []struct {
			name string
			got  *float64
			want float64
		}{{"P50", tr.LatencyP50MS, 50}, {"P95", tr.LatencyP95MS, 95}, {"P99", tr.LatencyP99MS, 99}, {"max", tr.LatencyMaxMS, 100}} {
			if q.got == nil || math.Abs(*q.got-q.want) > 0.01*q.want+0.5 {
				t.Errorf("%s is %v, want %v within 1 %%", q.name, *q.got, q.want)
			}
		}
		if want := 1000 / 50.5; math.Abs(tr.OperationsPerSecond-want) > 0.1 || tr.WindowSeconds != 50.5 {
			t.Errorf("%v operations/s in %v s, want %v", tr.OperationsPerSecond, tr.WindowSeconds, want)
		}
		time.Sleep(time.Minute)
		if tr := m.Traffic(); tr.WindowRequests != 0 || tr.LatencyP50MS != nil || tr.TotalRequests != 1000 {
			t.Errorf("a minute later: %+v", tr)
		}
	})
}

func TestCountsByKind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, m, _ := setUp(t, health.MetricsOptions{}, health.Options{})
		gets(t.Context(), c, 6)
		w.set(func(w *wire) { w.refuse = "WRONGTYPE x" })
		gets(t.Context(), c, 1)
		w.set(func(w *wire) { w.refuse, w.fail = "", errors.New("reset") })
		_, _ = upstash.Incr("k").Do(t.Context(), c)
		gone, cancel := context.WithCancel(t.Context())
		w.set(func(w *wire) { w.fail, w.delay = nil, time.Second })
		time.AfterFunc(time.Millisecond, cancel)
		gets(gone, c, 1)
		tr := m.Traffic()
		if tr.TotalErrors["refused"] != 1 || tr.TotalErrors["lost"] != 1 || tr.TotalErrors["canceled"] != 1 || len(tr.TotalErrors) != 3 {
			t.Errorf("errors %v", tr.TotalErrors)
		}
		if tr.ErrorRate == nil || *tr.ErrorRate != 2.0/8 || tr.TotalMaybeApplied != 1 || tr.InFlight != 0 {
			t.Errorf("rate %v, maybe applied %d, in flight %d", *tr.ErrorRate, tr.TotalMaybeApplied, tr.InFlight)
		}
		if tr.TotalBytesSent == 0 || tr.TotalBytesReceived == 0 {
			t.Errorf("bytes %d %d", tr.TotalBytesSent, tr.TotalBytesReceived)
		}
	})
}

func TestBilledByLabelAndRegion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // the bubble's clock begins at 2000-01-01 00:00 UTC
		_, c, m, check := setUp(t, health.MetricsOptions{ReadRegions: 2, BilledThisMonth: 1000}, health.Options{})
		if b := m.Billed(); b.ProjectedMonth != nil {
			t.Error("a projection without a past")
		}
		users := health.WithLabel(t.Context(), "users")
		for range 12 { // 2 reads and 1 write each 5 minutes, for an hour: 60 billed
			gets(users, c, 2)
			_, _ = upstash.Set("k", "v").Do(t.Context(), c)
			time.Sleep(5 * time.Minute)
		}
		b := m.Billed()
		if b.Total != 60 || b.Month != 1060 || b.Day != 60 || b.ByLabel["users"] != 24 || b.ByLabel["unlabelled"] != 36 || b.Regions != 3 {
			t.Errorf("got %+v", b)
		}
		if want := int64(1060 + 60*(31*24-1)); b.ProjectedMonth == nil || *b.ProjectedMonth != want {
			t.Errorf("projected %v, want %d", *b.ProjectedMonth, want)
		}
		check.Deep(t.Context())
		if got := m.Billed().ByLabel["health"]; got == 0 {
			t.Error("the checker's own commands are not labelled")
		}
		time.Sleep(31 * 24 * time.Hour)
		if b := m.Billed(); b.Month != 0 || b.Day != 0 || *b.ProjectedMonth != 0 {
			t.Errorf("in February: %+v", b)
		}
	})
}

func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	_, c, m, _ := setUp(t, health.MetricsOptions{}, health.Options{})
	for i := range 1000 {
		gets(health.WithLabel(t.Context(), string(rune('a'+i))), c, 1)
	}
	b := m.Billed()
	if len(b.ByLabel) != 65 || b.ByLabel["other"] != 936 {
		t.Errorf("%d labels, %d other", len(b.ByLabel), b.ByLabel["other"])
	}
}

func TestMetricsAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	_, c, m, check := setUp(t, health.MetricsOptions{Window: 120 * time.Millisecond}, health.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				gets(t.Context(), c, 1)
				_ = check.Snapshot(t.Context())
			}
		})
	}
	wg.Wait()
	if tr := m.Traffic(); tr.TotalRequests < 1600 || tr.InFlight != 0 {
		t.Errorf("%d requests, %d in flight", tr.TotalRequests, tr.InFlight)
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want health.Kind
	}{
		"nil":       {nil, health.OK},
		"nil reply": {upstash.ErrNil, health.OK},
		"deadline":  {&upstash.TransportError{Sent: true, Err: context.DeadlineExceeded}, health.TimedOut},
		"not sent":  {&upstash.TransportError{Err: errors.New("x")}, health.NotSent},
		"gateway":   {&upstash.TransportError{Sent: true, Status: 502, Err: upstash.ErrWebPage}, health.Gateway},
		"protocol":  {&upstash.TransportError{Sent: true, Status: 200, Err: upstash.ErrProtocol}, health.Protocol},
		"noscript":  {&upstash.ServerError{Code: "NOSCRIPT"}, health.NoScript},
		"budget":    {&health.BudgetError{Period: "day"}, health.NotSent},
	} {
		if got := health.KindOf(tc.err); got != tc.want {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
}

// The parts of the window tell what happened when, also those without traffic, and
// the one under way grows.
func TestRecentParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, m, _ := setUp(t, health.MetricsOptions{Window: 12 * time.Second}, health.Options{})
		start := time.Now()
		parts := func() (ops []int64) {
			for _, p := range m.Traffic().Recent {
				ops = append(ops, p.Operations)
				if (p.LatencyP99MS == nil) != (p.Requests == 0) {
					t.Errorf("part with %d requests: P99 %v", p.Requests, p.LatencyP99MS)
				}
			}
			return ops
		}
		want := func(want ...int64) {
			t.Helper()
			if got := parts(); !slices.Equal(got, want) {
				t.Errorf("after %v: %v, want %v", time.Since(start), got, want)
			}
		}
		want(0)
		gets(t.Context(), c, 2)
		want(2)
		gets(t.Context(), c, 1)
		want(3) // a part that was looked at goes on
		time.Sleep(500 * time.Millisecond)
		if got := m.Traffic().Recent[0].Seconds; got != 0.5 {
			t.Errorf("half a second of the part has passed, it says %v", got)
		}
		time.Sleep(2 * time.Second)
		w.set(func(w *wire) { w.delay, w.refuse = 30*time.Millisecond, "WRONGTYPE x" })
		gets(t.Context(), c, 4)
		want(3, 0, 4)
		last := m.Traffic().Recent[2]
		if !last.Begins.Equal(start.Add(2*time.Second)) || math.Abs(last.Seconds-0.62) > 1e-9 || last.Failures != 4 || math.Abs(*last.LatencyP50MS-30) > 0.3 {
			t.Errorf("the part under way: %+v", last)
		}
		time.Sleep(10 * time.Second)
		want(0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // the first has left the window
		time.Sleep(time.Minute)
		want(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	})
}
