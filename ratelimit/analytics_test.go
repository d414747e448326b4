package ratelimit_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func refuseEvent(id string) ratelimit.Event {
	return ratelimit.Event{Policy: "api", ID: id, Decision: ratelimit.Decision{Policy: "api"}}
}

func TestAnalytics(t *testing.T) {
	t.Parallel()
	var a ratelimit.Analytics
	ctx := context.Background()
	for i := range 100 {
		a.Observe(ctx, ratelimit.Event{Policy: "api", ID: "good", Decision: ratelimit.Decision{Allowed: true}})
		a.Observe(ctx, refuseEvent("bad"))
		if i%2 == 0 {
			a.Observe(ctx, refuseEvent("worse than good"))
		}
	}
	a.Observe(ctx, ratelimit.Event{Policy: "login", ID: "x", Decision: ratelimit.Decision{Reason: ratelimit.ByFailure, Allowed: true}})
	got := a.Policies()
	if len(got) != 2 || got[0].Policy != "api" || got[0].Allowed != 100 || got[0].Refused != 150 || got[1].Degraded != 1 {
		t.Errorf("Policies = %+v", got)
	}
	top := a.Offenders(1)
	if len(top) != 1 || top[0] != (ratelimit.Offender{Policy: "api", ID: "bad", Count: 100}) {
		t.Errorf("Offenders = %+v", top)
	}
	a.Reset()
	if len(a.Policies()) != 0 || len(a.Offenders(9)) != 0 {
		t.Error("Reset left something")
	}
}

// TestAnalyticsIsBounded: many ids do not drive out those that matter.
func TestAnalyticsIsBounded(t *testing.T) {
	t.Parallel()
	a := ratelimit.Analytics{Top: 10}
	for i := range 10_000 {
		a.Observe(context.Background(), refuseEvent(strconv.Itoa(i)))
		if i%5 == 0 {
			a.Observe(context.Background(), refuseEvent("bad"))
		}
	}
	top := a.Offenders(1000)
	if len(top) != 10 {
		t.Errorf("%d ids are kept, want 10", len(top))
	}
	if top[0].ID != "bad" || top[0].Count-top[0].Over > 2000 || top[0].Count < 2000 {
		t.Errorf("the worst is %+v, want bad with 2000", top[0])
	}
}

// TestOnDecisionSeesEverything, with the policy's name.
func TestOnDecisionSeesEverything(t *testing.T) {
	t.Parallel()
	var seen []ratelimit.Event
	l, err := ratelimit.New(upstashtest.NewFake(nil), ratelimit.Export(), ratelimit.Options{
		OnDecision: func(_ context.Context, e ratelimit.Event) { seen = append(seen, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = l.Allow(t.Context(), "a")
	_, _ = l.AllowN(t.Context(), "b", 11)
	if len(seen) != 2 || seen[0].Policy != "export" || seen[0].ID != "a" || !seen[0].Decision.Degraded() || !seen[1].Decision.Never() {
		t.Errorf("seen %+v", seen)
	}
}

func TestIntercept(t *testing.T) {
	t.Parallel()
	l, err := ratelimit.New(upstashtest.NewFake(nil), ratelimit.Export(), ratelimit.Options{OnFailure: ratelimit.FailDeny})
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	next := func(_ context.Context, req int) (string, error) {
		ran++
		return strconv.Itoa(req), nil
	}
	limit := ratelimit.Intercept[int, string](l, func(_ context.Context, req int) string {
		if req == 0 {
			return ""
		}
		return "user"
	})
	if got, err := limit(t.Context(), 0, next); got != "0" || err != nil {
		t.Errorf("uncounted: %q, %v", got, err)
	}
	got, err := limit(t.Context(), 1, next)
	limited, ok := errors.AsType[*ratelimit.LimitedError](err)
	if got != "" || !ok || !errors.Is(err, ratelimit.ErrLimited) || limited.Decision.Policy != "export" || ran != 1 {
		t.Errorf("refused: %q, %v, ran %d", got, err, ran)
	}
}

// newSlots returns a limit on what is in flight whose Redis is away.
func newSlots(t *testing.T) *ratelimit.Concurrency {
	t.Helper()
	c, err := ratelimit.NewConcurrency(upstashtest.NewFake(nil), "jobs", ratelimit.ConcurrencyOptions{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestHeaders spells the standard headers.
func TestHeaders(t *testing.T) {
	t.Parallel()
	base := ratelimit.Decision{Policy: "api", Limit: 1000, Remaining: 999, Window: time.Hour, ResetAfter: 1500 * time.Millisecond, Allowed: true}
	refused := base
	refused.Allowed, refused.Remaining, refused.RetryAfter, refused.ResetAfter = false, 0, 1001*time.Millisecond, time.Hour
	degraded := refused
	degraded.Reason, degraded.RetryAfter = ratelimit.ByFailure, 0
	for _, tc := range []struct {
		name string
		d    ratelimit.Decision
		want map[string]string
	}{
		{"allowed", base, map[string]string{
			"RateLimit-Policy": `"api";q=1000;w=3600`, "RateLimit": `"api";r=999;t=2`,
			"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "999", "X-RateLimit-Reset": "2",
		}},
		{"refused", refused, map[string]string{
			"RateLimit-Policy": `"api";q=1000;w=3600`, "RateLimit": `"api";r=0;t=2`, "Retry-After": "2",
			"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2",
		}},
		{"degraded", degraded, map[string]string{"RateLimit-Policy": `"api";q=1000;w=3600`}},
		{"nothing known", ratelimit.Decision{Allowed: true}, map[string]string{}},
	} {
		got := map[string]string{}
		set := func(k, v string) { got[k] = v }
		tc.d.Header(set)
		tc.d.LegacyHeader(set)
		if len(got) != len(tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
		for k, v := range tc.want {
			if got[k] != v {
				t.Errorf("%s: %s is %q, want %q", tc.name, k, got[k], v)
			}
		}
	}
	slots := map[string]string{}
	_, held, err := newSlots(t).Acquire(t.Context(), "x")
	if held.Header(func(k, v string) { slots[k] = v }); err != nil || slots["RateLimit-Policy"] != `"jobs";q=2;qu="concurrent-requests"` {
		t.Errorf("slots: %v, %v", slots, err)
	}
	got := map[string]string{}
	other := base
	other.Policy = "day"
	ratelimit.MultiDecision{Decision: base, Each: []ratelimit.Decision{base, other}}.Header(func(k, v string) { got[k] = v })
	if got["RateLimit-Policy"] != `"api";q=1000;w=3600, "day";q=1000;w=3600` || got["RateLimit"] != `"api";r=999;t=2, "day";r=999;t=2` {
		t.Errorf("several: %v", got)
	}
}
