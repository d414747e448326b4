//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

var errDown = errors.New("connection refused")

// brokenRedis are the ways in which Redis can fail; all must look alike.
var brokenRedis = map[string]func(context.Context, []string) (any, error){
	"error": func(context.Context, []string) (any, error) { return nil, errDown },
	"quota": func(context.Context, []string) (any, error) {
		return nil, upstashtest.Refuse("ERR max daily request limit exceeded")
	},
	"auth": func(context.Context, []string) (any, error) {
		return nil, upstashtest.Refuse("WRONGPASS invalid password")
	},
	"hang":   func(ctx context.Context, _ []string) (any, error) { <-ctx.Done(); return nil, ctx.Err() },
	"absurd": func(context.Context, []string) (any, error) { return "what", nil },
	"slow": func(ctx context.Context, _ []string) (any, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(400 * time.Millisecond):
			return []any{}, nil
		}
	},
}

// TestFailurePolicies: whatever breaks, the policy decides within the budget, and
// the decision says so.
func TestFailurePolicies(t *testing.T) {
	t.Parallel()
	for how, fn := range brokenRedis {
		for _, tc := range []struct {
			policy ratelimit.FailurePolicy
			want   []bool
		}{
			{ratelimit.FailAllow, []bool{true, true, true, true}},
			{ratelimit.FailDeny, []bool{false, false, false, false}},
			{ratelimit.FailLocal, []bool{true, true, false, false}},
		} {
			t.Run(how+"/"+tc.policy.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					l := newLimiter(t, upstashtest.NewFake(fn), ratelimit.FixedWindow(10, time.Hour), ratelimit.Options{OnFailure: tc.policy, LocalLimit: 2})
					for i, want := range tc.want {
						began := time.Now()
						d, err := l.Allow(t.Context(), "x")
						if err != nil || d.Allowed != want || !d.Degraded() || d.Err == nil || d.Policy != "test" {
							t.Errorf("decision %d: %+v, %v, want %t", i, d, err, want)
						}
						if took := time.Since(began); took > 250*time.Millisecond {
							t.Errorf("decision %d took %v", i, took)
						}
						if tc.policy == ratelimit.FailLocal && !want && d.RetryAfter <= 0 {
							t.Errorf("decision %d: no RetryAfter", i)
						}
					}
					if s := l.Stats(); s.Degraded != 4 {
						t.Errorf("%+v", s)
					}
				})
			})
		}
	}
}

// TestLocalFallback: a share of the limit, per id and window, bounded in memory.
func TestLocalFallback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, upstashtest.NewFake(brokenRedis["error"]), ratelimit.FixedWindow(50, time.Minute), ratelimit.Options{OnFailure: ratelimit.FailLocal})
		count := func(id string) (n int) {
			for range 20 {
				if d, _ := l.Allow(t.Context(), id); d.Allowed {
					n++
				}
			}
			return n
		}
		if a, b := count("a"), count("b"); a != 5 || b != 5 {
			t.Errorf("%d and %d passed, want a tenth of 50 each", a, b)
		}
		time.Sleep(time.Minute)
		if a := count("a"); a != 5 {
			t.Errorf("%d passed in the next window, want 5", a)
		}
		for i := range ratelimit.MaxFallback + 500 {
			_, _ = l.Allow(t.Context(), "id"+strconv.Itoa(i))
		}
		if n := l.LocalWindows(); n > ratelimit.MaxFallback {
			t.Errorf("%d ids are counted locally, want at most %d", n, ratelimit.MaxFallback)
		}
	})
}

// TestCallerGivesUp: the end of the caller's context is an error, at once.
func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, upstashtest.NewFake(brokenRedis["hang"]), ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{Timeout: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		began := time.Now()
		d, err := l.Allow(ctx, "x")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 30*time.Millisecond {
			t.Errorf("Allow = %+v, %v after %v", d, err, time.Since(began))
		}
		mine := errors.New("mine")
		ctx2, cancel2 := context.WithCancelCause(t.Context())
		cancel2(mine)
		if _, err := l.Allow(ctx2, "x"); !errors.Is(err, mine) {
			t.Errorf("Allow = %v, want the cause", err)
		}
	})
}

// TestPeekAndResetReportErrors: there is nothing to decide, so nothing to hide.
func TestPeekAndResetReportErrors(t *testing.T) {
	t.Parallel()
	l := newLimiter(t, upstashtest.NewFake(brokenRedis["error"]), ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{})
	if _, err := l.Peek(t.Context(), "x"); !errors.Is(err, errDown) {
		t.Errorf("Peek: %v", err)
	}
	if err := l.Reset(t.Context(), "x"); !errors.Is(err, errDown) {
		t.Errorf("Reset: %v", err)
	}
}
