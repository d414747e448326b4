package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
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

// realRedis runs a redis-server that can be killed and started again.
type realRedis struct {
	t    *testing.T
	addr string
	cmd  *exec.Cmd
}

func startRedis(t *testing.T) *realRedis {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if strings.Contains(os.Getenv("EDGEREDIS_REQUIRE"), "redis") {
			t.Fatal("redis-server is required")
		}
		t.Skip("needs redis-server")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &realRedis{t: t, addr: ln.Addr().String()}
	_ = ln.Close()
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *realRedis) start() {
	_, port, _ := net.SplitHostPort(r.addr)
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	until(r.t, 10*time.Second, "Redis listens", func() bool {
		c, err := net.Dial("tcp", r.addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (r *realRedis) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
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

// TestFaultDrill breaks things under traffic over a real Redis behind the dev
// server, and demands that Ready, the alerts, both endpoints and Deep tell within
// 2 s, and that all is well again within 2 s of the repair.
func TestFaultDrill(t *testing.T) {
	redis := startRedis(t)
	srv, err := devserver.Start(devserver.Options{Redis: "redis://" + redis.addr, ReadOnlyToken: "read-only-token-of-the-drill"})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	s := &saboteur{next: nethttp.New(nil)}
	m := health.NewMetrics(health.MetricsOptions{Window: 500 * time.Millisecond})
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Transport: s, Hook: m, Retry: upstash.Retry{MaxAttempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	// The thresholds are those of a local, loaded machine: P99 is not the subject.
	check := newChecker(t, client, health.Options{Metrics: m, Linger: 500 * time.Millisecond, Alerts: health.AlertOptions{P99: 800 * time.Millisecond, MinAttempts: 3, HitRate: -1}})
	e := endpoints(t, check, authorized(t))
	web, fast := netSite(t, e), fastSite(t, e)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { check.Run(ctx) })
	for range 8 {
		wg.Go(func() { traffic(ctx, client) })
	}

	for _, tc := range []struct {
		name          string
		breakIt, mend func()
		code, alert   string
		status        int
		deep          string
	}{
		{"Redis killed", redis.kill, redis.start, "server_failing", "error_rate", 503, "server_failing"},
		{"server away", func() { s.set(func(s *saboteur) { s.away = true }) }, func() { s.set(func(s *saboteur) { s.away = false }) }, "unreachable", "error_rate", 503, "unreachable"},
		{"slow", func() { s.set(func(s *saboteur) { s.slow = make(chan struct{}) }) }, func() { s.set(func(s *saboteur) { close(s.slow); s.slow = nil }) }, "slow_link", "p99_latency", 200, "slow_link"},
		{"quota", func() { s.set(func(s *saboteur) { s.quota = true }) }, func() { s.set(func(s *saboteur) { s.quota = false }) }, "quota_exhausted", "error_rate", 503, "quota_exhausted"},
		{"token revoked", func() { s.set(func(s *saboteur) { s.token = "revoked" }) }, func() { s.set(func(s *saboteur) { s.token = "" }) }, "wrong_token", "error_rate", 503, "wrong_token"},
		{"read-only token", func() { s.set(func(s *saboteur) { s.token = "read-only-token-of-the-drill" }) }, func() { s.set(func(s *saboteur) { s.token = "" }) }, "read_only_token", "error_rate", 200, "read_only_token"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			until(t, 10*time.Second, "well before", func() bool { return wellEverywhere(t, web, fast, check) })
			tc.breakIt()
			took := until(t, 2*time.Second, tc.code+" with alert "+tc.alert, func() bool {
				return seen(t, web, fast, tc.status, tc.code, tc.alert) && check.Ready(ctx).Has(tc.code)
			})
			if r := check.Deep(ctx); !r.Has(tc.deep) {
				t.Errorf("Deep says %v %q, want %q", r.Status, codes(r), tc.deep)
			}
			tc.mend()
			back := until(t, 2*time.Second, "well again", func() bool { return wellEverywhere(t, web, fast, check) })
			t.Logf("seen after %v, well after %v", took.Round(10*time.Millisecond), back.Round(10*time.Millisecond))
		})
	}
}

// traffic is an application that reads and writes.
func traffic(ctx context.Context, c *upstash.Client) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		_, _ = upstash.Get("k").Do(ctx, c)
		_, _ = upstash.Set("k", "v").Do(ctx, c)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// seen asks both endpoints.
func seen(t *testing.T, web, fast site, status int, code, alert string) bool {
	t.Helper()
	resp, public := fast.do(t, "GET", health.HealthPath)
	var got health.Snapshot
	_, body := web.do(t, "GET", health.MetricsPath, "Authorization", "Bearer "+adminToken)
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	fired := map[string]bool{}
	for _, a := range got.Alerts {
		fired[a.Name] = true
	}
	return resp.StatusCode == status && strings.Contains(public, code) && strings.Contains(body, code) && fired[alert] && fired["status"]
}

func wellEverywhere(t *testing.T, web, fast site, check *health.Checker) bool {
	t.Helper()
	resp, public := fast.do(t, "GET", health.HealthPath)
	_, body := web.do(t, "GET", health.MetricsPath, "Authorization", "Bearer "+adminToken)
	return resp.StatusCode == 200 && strings.Contains(public, `"status":"healthy"`) && strings.Contains(body, `"alerts":[]`) &&
		check.Ready(t.Context()).Status == health.Healthy
}
