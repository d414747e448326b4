package health_test

import (
	"context"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

// fixed answers every request with one body.
type fixed struct {
	status int
	body   string
}

func (f *fixed) RoundTrip(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
	resp.Status, resp.ContentType = f.status, append(resp.ContentType[:0], "application/json"...)
	resp.Body = append(resp.Body, f.body...)
	return nil
}

// An application that sends batches only: what is refused inside them is seen for
// what it is.
func TestRefusalsInsideBatches(t *testing.T) {
	t.Parallel()
	const (
		ok       = `{"result":"dg=="}`
		quota    = `{"error":"ERR max requests limit exceeded. Limit: 5, Usage: 5."}`
		noPerm   = `{"error":"NOPERM this user has no permissions to run the 'set' command"}`
		mistake  = `{"error":"WRONGTYPE Operation against a key holding the wrong kind of value"}`
		noScript = `{"error":"NOSCRIPT No matching script."}`
	)
	for name, tc := range map[string]struct {
		body    string
		status  health.Status
		reason  string
		kind    string // of the attempt, "" when it does not count as an error
		failing bool
		refused map[string]int64
	}{
		"well":                 {"[" + ok + "," + ok + "," + ok + "]", health.Healthy, "", "", false, nil},
		"quota":                {"[" + ok + "," + mistake + "," + quota + "]", health.Unhealthy, "quota_exhausted", "quota", true, map[string]int64{"refused": 1, "quota": 1}},
		"read-only token":      {"[" + noScript + "," + noPerm + "," + noPerm + "]", health.Degraded, "read_only_token", "no_permission", true, map[string]int64{"noscript": 1, "no_permission": 2}},
		"the gravest is first": {"[" + quota + "," + noPerm + "," + ok + "]", health.Unhealthy, "quota_exhausted", "quota", true, map[string]int64{"quota": 1, "no_permission": 1}},
		"own mistakes":         {"[" + mistake + "," + ok + "," + mistake + "]", health.Healthy, "", "refused", true, map[string]int64{"refused": 2}},
		"unknown scripts":      {"[" + noScript + "," + ok + "," + ok + "]", health.Healthy, "", "noscript", false, map[string]int64{"noscript": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, m := &fixed{200, tc.body}, health.NewMetrics(health.MetricsOptions{})
				c := newClient(t, w, m)
				check := newChecker(t, c, health.Options{Metrics: m})
				batch := upstash.Batch{Commands: []upstash.Command{upstash.Get("a").Command, upstash.Get("b").Command, upstash.Set("c", "d").Command}}
				if _, err := c.DoBatch(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
				r := check.Ready(t.Context())
				if r.Status != tc.status || codes(r) != tc.reason || r.Source != health.FromTraffic {
					t.Errorf("got %v %q from %s, want %v %q", r.Status, codes(r), r.Source, tc.status, tc.reason)
				}
				tr := m.Traffic()
				want := map[string]int64{}
				if tc.kind != "" {
					want[tc.kind] = 1
				}
				if !maps.Equal(tr.Errors, want) || !maps.Equal(tr.TotalErrors, want) || !maps.Equal(tr.TotalRefused, tc.refused) {
					t.Errorf("errors %v, refused %v; want %v, %v", tr.TotalErrors, tr.TotalRefused, want, tc.refused)
				}
				if rate := *tr.ErrorRate; (rate == 1) != tc.failing {
					t.Errorf("error rate %v", rate)
				}
				w.body = "[" + ok + "," + ok + "," + ok + "]"
				time.Sleep(2 * time.Second)
				_, _ = c.DoBatch(t.Context(), batch)
				if r := check.Ready(t.Context()); r.Status != health.Healthy {
					t.Errorf("2 s later: %v %q", r.Status, codes(r))
				}
			})
		})
	}
}
