//go:build !wasm

package ratelimit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// allow fails the test unless an Allow of n ends as wanted.
func allow(t *testing.T, l *ratelimit.Limiter, id string, n int64, want bool) ratelimit.Decision {
	t.Helper()
	d, err := l.AllowN(t.Context(), id, n)
	if err != nil || d.Allowed != want || d.Degraded() {
		t.Fatalf("AllowN(%d) = %+v, %v, want allowed %t", n, d, err, want)
	}
	return d
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	good := ratelimit.SlidingWindow(1, time.Second)
	foreign := ratelimit.Policy{Kind: keys.KindUser, Algorithm: good}
	for _, tc := range []struct {
		name string
		d    upstash.Doer
		p    ratelimit.Policy
		o    ratelimit.Options
		want string
	}{
		{"no doer", nil, ratelimit.API(), ratelimit.Options{}, "the Doer is nil"},
		{"zero policy", upstashtest.NewFake(nil), ratelimit.Policy{}, ratelimit.Options{}, "Policy.Kind is not declared"},
		{"bad name", upstashtest.NewFake(nil), ratelimit.NewPolicy("A b", good), ratelimit.Options{}, "Policy.Kind is not declared"},
		{"foreign kind", upstashtest.NewFake(nil), foreign, ratelimit.Options{}, "not of the category ratelimit"},
		{"no algorithm", upstashtest.NewFake(nil), ratelimit.API().With(ratelimit.Algorithm{}), ratelimit.Options{}, "Policy.Algorithm is not set"},
		{"limit 0", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.SlidingWindow(0, time.Second)), ratelimit.Options{}, "the limit is below 1"},
		{"window 0", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.FixedWindow(1, 0)), ratelimit.Options{}, "below a millisecond"},
		{"window of 1.5 ms", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.FixedWindow(1, 1500*time.Microsecond)), ratelimit.Options{}, "no whole number of milliseconds"},
		{"window of 20 years", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.FixedWindow(1, 20*365*24*time.Hour)), ratelimit.Options{}, "over ten years"},
		{"product too large", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.SlidingWindow(1<<40, time.Hour)), ratelimit.Options{}, "over 2^52"},
		{"log too long", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.SlidingLog(10_001, time.Hour)), ratelimit.Options{}, "use SlidingWindow"},
		{"refill 0", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.TokenBucket(0, time.Hour, 1)), ratelimit.Options{}, "the refill is below 1"},
		{"bucket never full", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.TokenBucket(1, time.Hour, 1<<40)), ratelimit.Options{}, "over ten years"},
		{"rate 0", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.GCRA(0, time.Hour, 1)), ratelimit.Options{}, "the rate is below 1"},
		{"burst too large", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.GCRA(7, time.Hour, 1<<50)), ratelimit.Options{}, "over 2^52"},
		{"burst never back", upstashtest.NewFake(nil), ratelimit.NewPolicy("x", ratelimit.GCRA(1, time.Hour, 1<<28)), ratelimit.Options{}, "over ten years"},
		{"failure policy", upstashtest.NewFake(nil), ratelimit.API(), ratelimit.Options{OnFailure: 9}, "Options.OnFailure is unknown"},
		{"local limit", upstashtest.NewFake(nil), ratelimit.API(), ratelimit.Options{LocalLimit: -1}, "Options.LocalLimit is negative"},
		{"skew", upstashtest.NewFake(nil), ratelimit.API(), ratelimit.Options{MaxSkew: -1}, "Options.MaxSkew"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := ratelimit.New(tc.d, tc.p, tc.o)
			if !errors.Is(err, ratelimit.ErrBadOption) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("New: %v, want an option error with %q", err, tc.want)
			}
		})
	}
}

func TestPresets(t *testing.T) {
	t.Parallel()
	for i, want := range []struct {
		key    string
		limit  int64
		window time.Duration
	}{
		{"ratelimit:api:u1", 1000, time.Hour},
		{"ratelimit:upload:u1", 50, time.Hour},
		{"ratelimit:message:u1", 100, time.Hour},
		{"ratelimit:export:u1", 10, time.Hour},
		{"ratelimit:login:u1", 5, 15 * time.Minute},
	} {
		p := ratelimit.Presets()[i]
		if p.Kind.Key("u1") != want.key || p.Algorithm.Limit() != want.limit || p.Algorithm.Window() != want.window {
			t.Errorf("preset %d is %s with %d in %v, want %+v", i, p.Kind.Key("u1"), p.Algorithm.Limit(), p.Algorithm.Window(), want)
		}
		db := newLuaDB(t)
		l, err := ratelimit.New(db, p, patient(db, ratelimit.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		allow(t, l, "u1", want.limit, true)
		allow(t, l, "u1", 1, false)
		if db.ttl(want.key) <= 0 {
			t.Errorf("%s has no TTL", want.key)
		}
	}
}

// TestBadArguments: nothing is sent, and the id is not in the error.
func TestBadArguments(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(5, time.Minute), ratelimit.Options{})
	long := strings.Repeat("secret", 10_000)
	for name, do := range map[string]func() error{
		"empty id":   func() error { _, err := l.Allow(t.Context(), ""); return err },
		"long id":    func() error { _, err := l.Allow(t.Context(), long); return err },
		"n 0":        func() error { _, err := l.AllowN(t.Context(), "x", 0); return err },
		"n negative": func() error { _, err := l.AllowAtMost(t.Context(), "x", -1); return err },
		"other sort": func() error {
			_, err := l.Do(t.Context(), ratelimit.Request{ID: "x", Algorithm: ratelimit.GCRA(1, time.Second, 1)})
			return err
		},
		"bad numbers": func() error {
			_, err := l.Do(t.Context(), ratelimit.Request{ID: "x", Algorithm: ratelimit.SlidingWindow(0, time.Second)})
			return err
		},
		"reset without id":  func() error { return l.Reset(t.Context(), "") },
		"refund of nothing": func() error { _, err := l.Refund(t.Context(), "x", ratelimit.Decision{}, 0); return err },
		"reserve too far":   func() error { _, err := l.Reserve(t.Context(), "x", 1, 25*time.Hour); return err },
		"many with bad one": func() error { _, err := l.AllowMany(t.Context(), []ratelimit.Request{{ID: "a"}, {}}); return err },
	} {
		err := do()
		if err == nil || strings.Contains(err.Error(), "secret") || len(err.Error()) > 200 {
			t.Errorf("%s: error %.300v", name, err)
		}
	}
	if requests, _, _ := db.counts(); requests != 0 {
		t.Errorf("%d requests were sent for bad arguments", requests)
	}
}

// TestNever: what is above the limit is told at once, and costs nothing.
func TestNever(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	for _, alg := range algorithms {
		l := db.on(alg, ratelimit.Options{})
		d, err := l.AllowN(t.Context(), "x", alg.Limit()+1)
		if err != nil || d.Allowed || !d.Never() || d.RetryAfter != 0 || d.Limit != alg.Limit() {
			t.Errorf("%s: %+v, %v", alg, d, err)
		}
		if s := l.Stats(); s.Never != 1 || s.Refused != 1 {
			t.Errorf("%s: %+v", alg, s)
		}
	}
	if requests, _, _ := db.counts(); requests != 0 {
		t.Errorf("%d requests", requests)
	}
}

func TestAllowAtMost(t *testing.T) {
	t.Parallel()
	for _, alg := range []ratelimit.Algorithm{
		ratelimit.FixedWindow(10, time.Minute), ratelimit.SlidingWindow(10, time.Minute), ratelimit.SlidingLog(10, time.Minute),
		ratelimit.TokenBucket(10, time.Minute, 10), ratelimit.GCRA(10, time.Minute, 10),
	} {
		db := newLuaDB(t)
		l := db.on(alg, ratelimit.Options{})
		for _, want := range []int64{4, 4, 2, 0} {
			d, err := l.AllowAtMost(t.Context(), "x", 4)
			if err != nil || d.Taken != want || d.Allowed != (want > 0) {
				t.Errorf("%s: AllowAtMost(4) = %+v, %v, want %d", alg, d, err, want)
			}
			if want == 0 {
				db.advance(d.RetryAfter)
				allow(t, l, "x", 1, true)
			}
		}
	}
}

func TestPeekTakesNothing(t *testing.T) {
	t.Parallel()
	for _, alg := range algorithms {
		db := newLuaDB(t)
		l := db.on(alg, ratelimit.Options{})
		for range 3 {
			if d, err := l.Peek(t.Context(), "x"); err != nil || !d.Allowed || d.Remaining != 2 || d.ResetAfter != 0 {
				t.Fatalf("%s: Peek = %+v, %v", alg, d, err)
			}
		}
		if _, _, writes := db.counts(); writes != 0 {
			t.Errorf("%s: Peek wrote", alg)
		}
		allow(t, l, "x", 2, true)
		d, err := l.Peek(t.Context(), "x")
		if err != nil || d.Allowed || d.Remaining != 0 || d.RetryAfter <= 0 {
			t.Errorf("%s: Peek = %+v, %v", alg, d, err)
		}
	}
}

// TestRefund: what is given back can be taken again, never more than was taken,
// and not in another window.
func TestRefund(t *testing.T) {
	t.Parallel()
	for _, alg := range []ratelimit.Algorithm{
		ratelimit.FixedWindow(10, time.Minute), ratelimit.SlidingWindow(10, time.Minute), ratelimit.SlidingLog(10, time.Minute),
		ratelimit.TokenBucket(10, time.Minute, 10), ratelimit.GCRA(10, time.Minute, 10),
	} {
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			db := newLuaDB(t)
			l := db.on(alg, ratelimit.Options{})
			d := allow(t, l, "x", 10, true)
			allow(t, l, "x", 1, false)
			if n, err := l.Refund(t.Context(), "x", d, 4); n != 4 || err != nil {
				t.Fatalf("Refund = %d, %v", n, err)
			}
			allow(t, l, "x", 5, false)
			allow(t, l, "x", 4, true)
			if _, err := l.Refund(t.Context(), "x", d, 11); !errors.Is(err, ratelimit.ErrBadOption) {
				t.Errorf("Refund of 11 of 10: %v", err)
			}
			if db.ttl("ratelimit:test:x") <= 0 {
				t.Error("the key has no TTL")
			}
			for range 3 {
				_, _ = l.Refund(t.Context(), "x", d, 10)
			}
			if d, err := l.Peek(t.Context(), "x"); err != nil || d.Remaining != 10 {
				t.Errorf("after too many refunds %d remain, want 10 (%v)", d.Remaining, err)
			}
			// Three windows later the old decision has nothing to give back.
			db.advance(3 * alg.Window())
			allow(t, l, "x", 10, true)
			n, err := l.Refund(t.Context(), "x", d, 10)
			if windowed := alg.Window() == time.Minute && alg.String() != "token bucket" && alg.String() != "GCRA"; windowed && (n != 0 || err != nil) {
				t.Errorf("Refund into another window = %d, %v, want 0", n, err)
			}
		})
	}
}

// TestResetIsExact: it deletes one key and searches for none.
func TestResetIsExact(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(1, time.Hour), ratelimit.Options{})
	for _, id := range []string{"a", "a:b", "*"} {
		allow(t, l, id, 1, true)
		allow(t, l, id, 1, false)
	}
	requests, billed, _ := db.counts()
	if err := l.Reset(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if r, b, _ := db.counts(); r != requests+1 || b != billed+1 {
		t.Errorf("Reset took %d requests and %d commands, want 1 and 1", r-requests, b-billed)
	}
	allow(t, l, "a", 1, true)
	allow(t, l, "a:b", 1, false)
	if err := l.Reset(t.Context(), "*"); err != nil {
		t.Fatal(err)
	}
	allow(t, l, "*", 1, true)
	allow(t, l, "a:b", 1, false)
}

// TestDynamicLimits: a call brings limits of its own.
func TestDynamicLimits(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(2, time.Hour), ratelimit.Options{})
	pro := ratelimit.SlidingWindow(5, time.Hour)
	allow(t, l, "x", 2, true)
	allow(t, l, "x", 1, false)
	d, err := l.Do(t.Context(), ratelimit.Request{ID: "x", N: 3, Algorithm: pro})
	if err != nil || !d.Allowed || d.Limit != 5 || d.Remaining != 0 {
		t.Errorf("with the larger limit: %+v, %v", d, err)
	}
	if d = allow(t, l, "x", 1, false); d.Remaining != 0 {
		t.Errorf("with the smaller limit %d remain", d.Remaining)
	}
}

// TestForeignKey: what is not a rate limit is not overwritten.
func TestForeignKey(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	if _, err := upstash.Set("ratelimit:test:x", "precious").Do(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	l := newLimiter(t, s, ratelimit.SlidingWindow(2, time.Hour), ratelimit.Options{OnFailure: ratelimit.FailDeny})
	d, err := l.Allow(t.Context(), "x")
	if err != nil || d.Allowed || !d.Degraded() || !strings.Contains(d.Err.Error(), "not a rate limit") {
		t.Errorf("Allow = %+v, %v", d, err)
	}
	if v, err := upstash.Get("ratelimit:test:x").Do(t.Context(), s); v != "precious" {
		t.Errorf("the key now holds %q, %v", v, err)
	}
}

// TestAnotherAlgorithmStartsAnew: a policy that changes its algorithm forgets.
func TestAnotherAlgorithmStartsAnew(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	for _, alg := range algorithms {
		l := db.on(alg, ratelimit.Options{})
		allow(t, l, "x", 2, true)
		allow(t, l, "x", 1, false)
	}
}
