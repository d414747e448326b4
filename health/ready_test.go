package health_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

func TestReadyIsFreeWhileThereIsTraffic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
		for range 600 { // ten minutes
			gets(t.Context(), c, 1)
			time.Sleep(time.Second)
			if r := check.Ready(t.Context()); r.Status != health.Healthy || r.Source != health.FromTraffic {
				t.Fatalf("got %v from %s", r.Status, r.Source)
			}
		}
		if n := w.count("PING"); n != 0 {
			t.Errorf("%d PINGs beside traffic", n)
		}
	})
}

func TestReadyOfAnIdleProcessKeepsTheAllowance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
		for range 24 * 60 * 6 { // a probe each 10 s, for a day
			if r := check.Ready(t.Context()); r.Status != health.Healthy {
				t.Fatalf("got %v: %s", r.Status, codes(r))
			}
			time.Sleep(10 * time.Second)
		}
		if n := w.count("PING"); n != 720 {
			t.Errorf("%d PINGs in a day, want the documented 720", n)
		}
		if a := check.Allowance(); a.Sent != 720 || a.PerDay != 1000 || a.PerMonth != 31000 {
			t.Errorf("allowance %+v", a)
		}
	})
}

func TestReadyNeverGoesBeyondTheAllowance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{ProbesPerDay: 200})
		w.set(func(w *wire) { w.status = 503 })
		for range 24 * 60 * 60 {
			if r := check.Ready(t.Context()); r.Status != health.Unhealthy {
				t.Fatalf("got %v: %s", r.Status, codes(r))
			}
			time.Sleep(time.Second)
		}
		if n := w.count("PING"); n < 190 || n > 200 {
			t.Errorf("%d PINGs in a day, allowed are 200", n)
		}
	})
}

func TestWhatIsNotSentIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{ProbesPerDay: 10})
		w.set(func(w *wire) { w.fail = upstash.NotSent(errors.New("refused")) })
		for range 600 {
			if r := check.Ready(t.Context()); codes(r) != "unreachable" {
				t.Fatalf("got %q", codes(r))
			}
			time.Sleep(time.Second)
		}
		w.set(func(w *wire) { w.fail = nil })
		if r := check.Ready(t.Context()); r.Status != health.Healthy {
			t.Errorf("after ten minutes away: %v %s", r.Status, codes(r))
		}
	})
}

func TestReadyJudgesFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*wire)
		want   string
		status health.Status
		first  health.Status // after a single attempt
	}{
		"killed":      {func(w *wire) { w.fail = upstash.NotSent(errors.New("x")) }, "unreachable", health.Unhealthy, health.Healthy},
		"lost":        {func(w *wire) { w.fail = errors.New("reset") }, "connection_lost", health.Unhealthy, health.Healthy},
		"timeout":     {func(w *wire) { w.fail = context.DeadlineExceeded }, "timeout", health.Unhealthy, health.Healthy},
		"gateway":     {func(w *wire) { w.status = 502; w.refuse = "bad gateway" }, "server_failing", health.Unhealthy, health.Healthy},
		"quota":       {func(w *wire) { w.refuse = "ERR max requests limit exceeded. Limit: 1, Usage: 1" }, "quota_exhausted", health.Unhealthy, health.Unhealthy},
		"wrong token": {func(w *wire) { w.status = 401; w.refuse = "WRONGPASS invalid" }, "wrong_token", health.Unhealthy, health.Unhealthy},
		"no writes":   {func(w *wire) { w.refuse = "NOPERM this user" }, "read_only_token", health.Degraded, health.Degraded},
		"full":        {func(w *wire) { w.refuse = "ERR DB capacity quota exceeded" }, "database_full", health.Degraded, health.Degraded},
		"throttled":   {func(w *wire) { w.status = 429; w.refuse = "ERR slow" }, "throttled", health.Degraded, health.Degraded},
		"slow":        {func(w *wire) { w.delay = time.Second }, "slow_link", health.Degraded, health.Healthy},
		"own mistake": {func(w *wire) { w.refuse = "WRONGTYPE wrong kind" }, "", health.Healthy, health.Healthy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, c, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
				gets(t.Context(), c, 5)
				w.set(tc.change)
				gets(t.Context(), c, 1)
				if r := check.Ready(t.Context()); r.Status != tc.first {
					t.Errorf("after one attempt: %v %q, want %v", r.Status, codes(r), tc.first)
				}
				gets(t.Context(), c, 4)
				if r := check.Ready(t.Context()); r.Status != tc.status || codes(r) != tc.want {
					t.Errorf("got %v %q, want %v %q", r.Status, codes(r), tc.status, tc.want)
				}
				w.set(func(n *wire) { n.fail, n.status, n.refuse, n.delay = nil, 0, "", 0 })
				time.Sleep(1900 * time.Millisecond)
				gets(t.Context(), c, 6)
				time.Sleep(100 * time.Millisecond)
				if r := check.Ready(t.Context()); r.Status != health.Healthy {
					t.Errorf("2 s after the repair: %v %q", r.Status, codes(r))
				}
				if n := w.count("PING"); n != 0 {
					t.Errorf("%d PINGs", n)
				}
			})
		})
	}
}

// When a bad state stops the traffic, probes find out that it is over.
func TestReadyRecoversWithoutTraffic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
		w.set(func(w *wire) { w.fail = errors.New("reset") })
		gets(t.Context(), c, 3)
		if r := check.Ready(t.Context()); r.HTTPStatus() != 503 {
			t.Fatalf("got %v", r.Status)
		}
		time.Sleep(5 * time.Second)
		if r := check.Ready(t.Context()); r.HTTPStatus() != 503 || r.Source != health.FromProbe {
			t.Fatalf("got %v from %s", r.Status, r.Source)
		}
		w.set(func(w *wire) { w.fail = nil })
		time.Sleep(time.Second)
		if r := check.Ready(t.Context()); r.Status != health.Healthy {
			t.Errorf("got %v %q", r.Status, codes(r))
		}
	})
}

func TestReadySharesOnePing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
		w.set(func(w *wire) { w.delay = 100 * time.Millisecond })
		first, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { // leads, and gives up
			if r := check.Ready(first); r.Status != health.Unknown {
				t.Errorf("the one that gave up got %v", r.Status)
			}
		})
		synctest.Wait()
		for range 50 {
			wg.Go(func() {
				if r := check.Ready(t.Context()); r.Status != health.Healthy {
					t.Errorf("got %v", r.Status)
				}
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		if n := w.count("PING"); n != 2 {
			t.Errorf("%d PINGs, want that of the leader who gave up and one more", n)
		}
	})
}

func TestLiveDoesNoIO(t *testing.T) {
	t.Parallel()
	w, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
	w.set(func(w *wire) { w.fail = errors.New("x") })
	if r := check.Live(); r.Status != health.Healthy || len(w.names) != 0 {
		t.Errorf("got %v, %d requests", r.Status, len(w.names))
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	c := newClient(t, &wire{}, nil)
	for name, o := range map[string]health.Options{
		"negative timeout": {Timeout: -1},
		"tiny allowance":   {ProbesPerDay: 5},
		"threshold":        {Alerts: health.AlertOptions{Memory: 85}},
	} {
		if _, err := health.New(c, o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := health.New(nil, health.Options{}); err == nil {
		t.Error("a nil client was accepted")
	}
}

// What the Checker sends by itself is not the application's traffic.
func TestOwnCommandsAreNotTraffic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
		check.Ready(t.Context())
		time.Sleep(time.Second)
		_, _, _ = check.Server(t.Context())
		if r := check.Ready(t.Context()); r.Source != health.FromProbe {
			t.Errorf("judged from %s", r.Source)
		}
	})
}
