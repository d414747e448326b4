package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A saboteur is a Transport in front of a real server.
type saboteur struct {
	next upstash.Transport

	mu    sync.Mutex
	token string        // sent instead of the client's
	quota bool          // the documented refusal, which the dev server has not
	away  bool          // no connection
	slow  chan struct{} // answers wait until it is closed
}

func (s *saboteur) set(change func(*saboteur)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *saboteur) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	s.mu.Lock()
	token, quota, away, slow := s.token, s.quota, s.away, s.slow
	s.mu.Unlock()
	switch {
	case away:
		return upstash.NotSent(errors.New("connection refused"))
	case quota:
		resp.Status, resp.ContentType = 400, append(resp.ContentType[:0], "application/json"...)
		resp.Body = append(resp.Body, `{"error":"ERR max requests limit exceeded. Limit: 500000, Usage: 500000."}`...)
		return nil
	case slow != nil:
		select {
		case <-slow:
		case <-time.After(900 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	case token != "":
		changed := *req
		changed.Header = append([]upstash.HeaderField{{Name: "Authorization", Value: "Bearer " + token}}, req.Header[1:]...)
		return s.next.RoundTrip(ctx, &changed, resp)
	}
	return s.next.RoundTrip(ctx, req, resp)
}

// until waits for a condition and returns how long it took.
func until(t *testing.T, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(start) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		<-tick.C
	}
	return time.Since(start)
}

// A theatre is where the faults are played: a real Redis behind the dev server, an
// application under traffic, and everything that watches it.
type theatre struct {
	t         *testing.T
	redis     *redistest.Server
	sabotage  *saboteur
	check     *health.Checker
	web, fast site
	page      *browser // nil when there is no chromium
}

const readOnlyToken = "read-only-token-of-the-drill"

func openTheatre(t *testing.T) *theatre {
	t.Helper()
	th := &theatre{t: t, redis: redistest.StartOwn(t), sabotage: &saboteur{next: nethttp.New(nil)}}
	srv, err := devserver.Start(devserver.Options{Redis: th.redis.URL, ReadOnlyToken: readOnlyToken})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	// A rate needs as long as the window to forget what was.
	m := health.NewMetrics(health.MetricsOptions{Window: 500 * time.Millisecond})
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Transport: th.sabotage, Hook: m, Retry: upstash.Retry{MaxAttempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	// The thresholds are those of a local, loaded machine: P99 is not the subject.
	th.check = newChecker(t, client, health.Options{Metrics: m, Alerts: health.AlertOptions{P99: 800 * time.Millisecond, MinAttempts: 3, HitRate: -1}})
	e := endpoints(t, th.check, authorized(t))
	th.web, th.fast = netSite(t, e), fastSite(t, e)
	if chromium(t) != "" {
		th.page = startBrowser(t)
		th.page.open(th.web.base, health.MetricsPath, adminToken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { th.check.Run(ctx) })
	for i := range 8 {
		wg.Go(func() { traffic(ctx, client, i%2 == 0) })
	}
	t.Cleanup(func() { cancel(); wg.Wait() })
	return th
}

// A fault, and what must be seen of it.
type fault struct {
	name          string
	breakIt, mend func(*theatre)
	code, alert   string
	http          int
}

var faults = []fault{
	{"Redis killed", func(th *theatre) { th.redis.Stop() }, func(th *theatre) { th.redis.Restart(th.t) }, "server_failing", "error_rate", 503},
	sabotaged("server away", "unreachable", "error_rate", 503, func(s *saboteur, on bool) { s.away = on }),
	sabotaged("slow", "slow_link", "p99_latency", 200, func(s *saboteur, on bool) {
		if on {
			s.slow = make(chan struct{})
			return
		}
		close(s.slow)
		s.slow = nil
	}),
	sabotaged("quota", "quota_exhausted", "error_rate", 503, func(s *saboteur, on bool) { s.quota = on }),
	sabotaged("token revoked", "wrong_token", "error_rate", 503, func(s *saboteur, on bool) { s.token = map[bool]string{true: "revoked"}[on] }),
	sabotaged("read-only token", "read_only_token", "error_rate", 200, func(s *saboteur, on bool) { s.token = map[bool]string{true: readOnlyToken}[on] }),
}

func sabotaged(name, code, alert string, status int, change func(s *saboteur, on bool)) fault {
	play := func(on bool) func(*theatre) {
		return func(th *theatre) { th.sabotage.set(func(s *saboteur) { change(s, on) }) }
	}
	return fault{name, play(true), play(false), code, alert, status}
}

// TestFaultDrill breaks things under traffic, and demands that Ready, the alerts,
// both endpoints and the dashboard in a browser tell within 2 s, and Deep when it is
// asked; and that all is well again within 2 s of the repair. A loaded machine may
// need more than one try for that.
func TestFaultDrill(t *testing.T) {
	th := openTheatre(t)
	const limit, tries = 2 * time.Second, 3
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			seen, well := time.Hour, time.Hour
			for try := 0; try < tries && max(seen, well) > limit; try++ {
				until(t, slack, "well before", func() bool { return th.well(t) })
				f.breakIt(th)
				seen = min(seen, until(t, slack, f.code+" with alert "+f.alert, func() bool { return th.sees(t, &f) }))
				if r := th.check.Deep(t.Context()); !r.Has(f.code) {
					t.Errorf("Deep says %v %q, want %q", r.Status, codes(r), f.code)
				}
				f.mend(th)
				well = min(well, until(t, slack, "well again", func() bool { return th.well(t) }))
				if r := th.check.Deep(t.Context()); r.Status != health.Healthy {
					t.Errorf("Deep says %v %q after the repair", r.Status, codes(r))
				}
			}
			t.Logf("seen after %v, well after %v", seen.Round(10*time.Millisecond), well.Round(10*time.Millisecond))
			if seen > limit || well > limit {
				t.Errorf("that is more than %v in each of %d tries", limit, tries)
			}
		})
	}
}

// sees asks everything that watches whether the fault is seen.
func (th *theatre) sees(t *testing.T, f *fault) bool {
	t.Helper()
	resp, public := th.fast.do(t, "GET", health.HealthPath)
	var got health.Snapshot
	_, body := th.web.do(t, "GET", health.MetricsPath, "Authorization", "Bearer "+adminToken)
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	fired := map[string]bool{}
	for _, a := range th.check.Alerts() {
		fired[a.Name] = true
	}
	status := health.Degraded
	if f.http == 503 {
		status = health.Unhealthy
	}
	return resp.StatusCode == f.http && strings.Contains(public, f.code) && strings.Contains(body, f.code) && got.Health.Status == status &&
		fired[f.alert] && fired["status"] && th.check.Ready(t.Context()).Has(f.code) && th.pageSays(status)
}

// well asks everything that watches whether all is well.
func (th *theatre) well(t *testing.T) bool {
	t.Helper()
	resp, public := th.fast.do(t, "GET", health.HealthPath)
	_, body := th.web.do(t, "GET", health.MetricsPath, "Authorization", "Bearer "+adminToken)
	return resp.StatusCode == 200 && strings.Contains(public, `"status":"healthy"`) && strings.Contains(body, `"alerts":[]`) &&
		th.check.Ready(t.Context()).Status == health.Healthy && th.pageSays(health.Healthy)
}

func (th *theatre) pageSays(s health.Status) bool {
	return th.page == nil || th.page.says("status") == s.String()
}

// traffic is an application that reads and writes, in batches or one by one.
func traffic(ctx context.Context, c *upstash.Client, batches bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	get, set := upstash.Get("k"), upstash.Set("k", "v")
	for ctx.Err() == nil {
		if batches {
			_, _ = c.DoBatch(ctx, upstash.Batch{Commands: []upstash.Command{get.Command, set.Command}})
		} else {
			_, _ = get.Do(ctx, c)
			_, _ = set.Do(ctx, c)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
