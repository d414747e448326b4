package health_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// A world is what a fake server does in a Deep check.
type world struct {
	skew   time.Duration
	delay  map[string]time.Duration
	fail   map[string]error
	forget bool // GET does not find what SET wrote
	values map[string]string
}

func (w *world) answer(ctx context.Context, args []string) (any, error) {
	select {
	case <-time.After(w.delay[args[0]]):
	case <-ctx.Done():
		return nil, &upstash.TransportError{Command: args[0], Sent: true, Err: ctx.Err()}
	}
	if err := w.fail[args[0]]; err != nil {
		return nil, err
	}
	switch args[0] {
	case "TIME":
		now := time.Now().Add(w.skew)
		return []any{now.Unix(), now.Nanosecond() / 1000}, nil
	case "SET":
		if !strings.HasPrefix(args[1], "edgeredis:health:") || args[3] != "PX" && args[3] != "EX" {
			return errors.New("ERR unexpected"), nil
		}
		w.values[args[1]] = args[2]
		return "OK", nil
	case "GET":
		if v, ok := w.values[args[1]]; ok && !w.forget {
			return v, nil
		}
		return nil, nil
	case "DEL":
		delete(w.values, args[1])
		return 1, nil
	}
	return "PONG", nil
}

func TestDeepTellsCausesApart(t *testing.T) {
	t.Parallel()
	refuse := func(command, text string) map[string]error {
		return map[string]error{command: upstashtest.Refuse(text)}
	}
	everything := func(err error) map[string]error {
		return map[string]error{"TIME": err, "SET": err, "GET": err, "DEL": err}
	}
	all := func(d time.Duration) map[string]time.Duration {
		return map[string]time.Duration{"TIME": d, "SET": d, "GET": d, "DEL": d}
	}
	for name, tc := range map[string]struct {
		world  world
		o      health.Options
		want   string
		status health.Status
		steps  string
	}{
		"well":               {world{}, health.Options{}, "", health.Healthy, "time write read delete"},
		"read-only token":    {world{fail: refuse("SET", "NOPERM this user has no permissions")}, health.Options{}, "read_only_token", health.Degraded, "time write! read"},
		"meant to read only": {world{fail: refuse("SET", "NOPERM this user")}, health.Options{ReadOnly: true}, "", health.Healthy, "time read"},
		"wrong token":        {world{fail: everything(upstashtest.Refuse("WRONGPASS invalid"))}, health.Options{}, "wrong_token", health.Unhealthy, "time!"},
		"quota":              {world{fail: everything(upstashtest.Refuse("ERR max daily request limit exceeded. Limit: 1"))}, health.Options{}, "quota_exhausted", health.Unhealthy, "time!"},
		"full":               {world{fail: refuse("SET", "ERR DB capacity quota exceeded")}, health.Options{}, "database_full", health.Degraded, "time write! read"},
		"upgrade":            {world{fail: refuse("SET", "READONLY Writes are temporarily rejected due to server upgrade")}, health.Options{}, "writes_rejected", health.Degraded, "time write! read"},
		"clock ahead":        {world{skew: time.Minute}, health.Options{}, "clock_skew", health.Degraded, "time write read delete"},
		"clock behind":       {world{skew: -time.Minute}, health.Options{}, "clock_skew", health.Degraded, "time write read delete"},
		"clock a little off": {world{skew: 4 * time.Second}, health.Options{}, "", health.Healthy, "time write read delete"},
		"slow link":          {world{delay: all(700 * time.Millisecond)}, health.Options{}, "slow_link", health.Degraded, "time write read delete"},
		"one slow command":   {world{delay: map[string]time.Duration{"SET": time.Second}}, health.Options{}, "", health.Healthy, "time write read delete"},
		"no link":            {world{fail: everything(upstash.NotSent(errors.New("refused")))}, health.Options{}, "unreachable", health.Unhealthy, "time!"},
		"no answer":          {world{delay: all(time.Minute)}, health.Options{}, "timeout,slow_link", health.Unhealthy, "time!"},
		"stale read":         {world{forget: true}, health.Options{}, "stale_read", health.Degraded, "time write read delete"},
		"no TIME":            {world{fail: refuse("TIME", "ERR unknown command 'TIME'")}, health.Options{}, "", health.Healthy, "time write read delete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := tc.world
				w.values = map[string]string{}
				check := newChecker(t, upstashtest.NewFake(w.answer), tc.o)
				r := check.Deep(t.Context())
				if r.Status != tc.status || codes(r) != tc.want {
					t.Errorf("got %v %q, want %v %q", r.Status, codes(r), tc.status, tc.want)
				}
				var steps []string
				for _, s := range r.Steps {
					if !s.OK {
						s.Name += "!"
					}
					steps = append(steps, s.Name)
				}
				if got := strings.Join(steps, " "); got != tc.steps {
					t.Errorf("steps %q, want %q", got, tc.steps)
				}
				if len(w.values) != 0 {
					t.Error("the canary was left behind")
				}
				for _, reason := range r.Reasons {
					if reason.Message == "" || reason.Advice == "" {
						t.Errorf("%s says nothing", reason.Code)
					}
				}
			})
		})
	}
}

// A caller that gives up after the write leaves nothing behind.
func TestDeepCleansUpAfterCancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := world{values: map[string]string{}, delay: map[string]time.Duration{"GET": time.Hour}}
		check := newChecker(t, upstashtest.NewFake(w.answer), health.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if r := check.Deep(ctx); r.Status != health.Unknown {
			t.Errorf("got %v", r.Status)
		}
		if len(w.values) != 0 {
			t.Error("the canary was left behind")
		}
	})
}

func TestDeepKeepsTheAllowance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := world{values: map[string]string{}}
		fake := upstashtest.NewFake(w.answer)
		check := newChecker(t, fake, health.Options{ProbesPerDay: 80})
		for i := range 5 {
			r := check.Deep(t.Context())
			if refused := r.Has("probe_allowance_used"); refused != (i >= 2) {
				t.Errorf("check %d: %v %q", i, r.Status, codes(r))
			}
		}
		if n := len(fake.Calls()); n != 8 {
			t.Errorf("%d commands, want 2 checks of %d", n, health.DeepCost)
		}
	})
}

// A URL with a path makes other commands of those of a check: the database cannot
// be used, whatever it answers.
func TestURLWithPathIsNotRedis(t *testing.T) {
	t.Parallel()
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	for _, path := range []string{"/rest/v1", "/get"} {
		client, err := upstash.New(upstash.Config{URL: srv.URL + path, Token: upstash.Secret(srv.Token)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		for _, readOnly := range []bool{false, true} {
			c, err := health.New(client, health.Options{ReadOnly: readOnly})
			if err != nil {
				t.Fatal(err)
			}
			for name, r := range map[string]health.Report{"Ready": c.Ready(t.Context()), "Deep": c.Deep(t.Context())} {
				if r.Status != health.Unhealthy || len(r.Reasons) == 0 || r.Reasons[0].Code != "not_redis" {
					t.Errorf("%s of %s: %v %v", name, path, r.Status, r.Reasons)
				}
			}
		}
	}
}
