//go:build !wasm

package ratelimit_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// The tests of this file show that faults which other rate limiters have, or had,
// are not here. Each is named for the limiter and its fault.

// tenPerMinute are all algorithms with 10 at once.
var tenPerMinute = []ratelimit.Algorithm{
	ratelimit.FixedWindow(10, time.Minute), ratelimit.SlidingWindow(10, time.Minute), ratelimit.SlidingLog(10, time.Minute),
	ratelimit.TokenBucket(10, time.Minute, 10), ratelimit.GCRA(10, time.Minute, 10),
}

// each runs a test for every algorithm on a database of its own.
func each(t *testing.T, fn func(t *testing.T, db *luaDB, l *ratelimit.Limiter)) {
	t.Helper()
	for _, alg := range tenPerMinute {
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			db := newLuaDB(t)
			fn(t, db, db.on(alg, ratelimit.Options{}))
		})
	}
}

// @upstash/ratelimit: a refused request burns quota (its issue 161).
func TestPeerRefusalBurnsQuota(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *luaDB, l *ratelimit.Limiter) {
		allow(t, l, "x", 9, true)
		allow(t, l, "x", 10, false)
		allow(t, l, "x", 2, false)
		allow(t, l, "x", 1, true)
	})
}

// @upstash/ratelimit: asking a bucket for 500 of 10 stores -498 tokens for 508 s
// (its issue 156).
func TestPeerBucketBelowZero(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.TokenBucket(1, time.Second, 10), ratelimit.Options{})
	allow(t, l, "x", 8, true)
	allow(t, l, "x", 500, false)
	if ttl := db.ttl("ratelimit:test:x"); ttl != 8*time.Second {
		t.Errorf("the key lives %v, want the 8 s until the bucket is full", ttl)
	}
	allow(t, l, "x", 2, true)
}

// @upstash/ratelimit: keys without a TTL (its issues 95 and 157). The harness fails
// on any write without one; here every path is taken and the TTL is read.
func TestPeerKeysWithoutTTL(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *luaDB, l *ratelimit.Limiter) {
		check := func(what string) {
			t.Helper()
			if ttl := db.ttl("ratelimit:test:x"); ttl <= 0 || ttl > 4*time.Minute {
				t.Errorf("after %s the key lives %v", what, ttl)
			}
		}
		d := allow(t, l, "x", 1, true)
		check("the first take")
		for range 9 {
			allow(t, l, "x", 1, true)
			check("a take")
		}
		_, _ = l.Refund(t.Context(), "x", d, 1)
		check("a refund")
		_, _ = l.AllowAtMost(t.Context(), "x", 5)
		check("a partial take")
		_, _ = l.Reserve(t.Context(), "x", 3, time.Hour)
		check("a reservation")
	})
}

// @upstash/ratelimit: its cached fixed window let 8 instances pass 44 of 10.
func TestPeerCachedWindowOverAdmits(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	passed := 0
	for range 8 {
		s := newLeased(t, db, ratelimit.FixedWindow(10, time.Minute), ratelimit.Options{}, ratelimit.LeaseOptions{Size: 3})
		for range 10 {
			if d, err := s.Allow(t.Context(), "x"); err == nil && d.Allowed {
				passed++
			}
		}
	}
	if passed != 10 {
		t.Errorf("%d of 10 passed with leases", passed)
	}
}

// @upstash/ratelimit: the default ephemeral cache halves a sliding window: 32 of
// 50 pass when polling each 20 ms.
func TestPeerEphemeralCacheHalvesTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		alg := ratelimit.SlidingWindow(10, 2*time.Second)
		perWindow := func(remember int) (out []int) {
			l := newLimiter(t, newTickingDB(t), alg, ratelimit.Options{Remember: remember})
			for range 5 {
				n := 0
				for range 100 {
					if d, _ := l.Allow(t.Context(), "x"); d.Allowed {
						n++
					}
					time.Sleep(20 * time.Millisecond)
				}
				out = append(out, n)
			}
			return out
		}
		with, without := perWindow(0), perWindow(-1)
		t.Logf("per window: %v with the memory, %v without", with, without)
		for i := range with {
			if with[i] != without[i] || with[i] < 9 {
				t.Errorf("window %d: %d with the memory, %d without", i, with[i], without[i])
			}
		}
	})
}

// @upstash/ratelimit: resetting "a" also resets "a:b", "*" resets everybody, and
// one reset scans the whole database. See also TestResetIsExact.
func TestPeerResetByPattern(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	l := newLimiter(t, s, ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{})
	for _, id := range []string{"a", "a:b", "b"} {
		allow(t, l, id, 1, true)
	}
	real, _, _ := s.bill(t, func() {
		for _, id := range []string{"a", "*", "?"} {
			if err := l.Reset(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
	})
	if real != 3 {
		t.Errorf("3 resets ran %d commands", real)
	}
	for id, want := range map[string]bool{"a": true, "a:b": false, "b": false} {
		allow(t, l, id, 1, want)
	}
}

// @upstash/ratelimit: getRemaining of a bucket tells 0 with a reset in the past,
// where 5 is right.
func TestPeerStalePeek(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.TokenBucket(1, time.Second, 10), ratelimit.Options{})
	allow(t, l, "x", 10, true)
	db.advance(5 * time.Second)
	if d, err := l.Peek(t.Context(), "x"); err != nil || d.Remaining != 5 || d.ResetAfter != 5*time.Second {
		t.Errorf("Peek = %+v, %v, want 5 now and all in 5 s", d, err)
	}
}

// @upstash/ratelimit: a refund on a fresh bucket gives 15 of 10, without a TTL.
func TestPeerUnboundedRefund(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *luaDB, l *ratelimit.Limiter) {
		d := allow(t, l, "x", 5, true)
		for range 4 {
			if _, err := l.Refund(t.Context(), "x", d, 5); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Reset(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		_, _ = l.Refund(t.Context(), "x", d, 5)
		if d, _ := l.Peek(t.Context(), "x"); d.Remaining != 10 {
			t.Errorf("%d of 10 remain", d.Remaining)
		}
		allow(t, l, "x", 10, true)
		allow(t, l, "x", 1, false)
		if db.ttl("ratelimit:test:x") <= 0 {
			t.Error("no TTL")
		}
	})
}

// @upstash/ratelimit: a denial in one limiter denies in all others of the process.
func TestPeerDenialLeaksBetweenLimiters(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	strict, err := ratelimit.New(db, ratelimit.NewPolicy("strict", ratelimit.FixedWindow(1, time.Hour)), ratelimit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loose := db.on(ratelimit.FixedWindow(5, time.Hour), ratelimit.Options{})
	allow(t, strict, "x", 1, true)
	allow(t, strict, "x", 1, false)
	allow(t, loose, "x", 5, true)
}

// @upstash/ratelimit: blockUntilReady throws "This should not happen" for what is
// denied; on Workers, where the clock stands still, it never returns. See also
// TestWaitWithAClockThatStandsStill.
func TestPeerBlockUntilReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, newTickingDB(t), ratelimit.FixedWindow(2, time.Minute), ratelimit.Options{})
		allow(t, l, "x", 2, true)
		began := time.Now()
		if err := l.WaitN(t.Context(), "x", 2); err != nil || time.Since(began) != time.Minute {
			t.Errorf("WaitN = %v after %v, want a minute", err, time.Since(began))
		}
		if err := l.WaitN(t.Context(), "x", 3); err == nil {
			t.Error("WaitN of the impossible succeeded")
		}
	})
}

// @upstash/ratelimit: a server that takes 400 ms lets 5 of 1 pass when the timeout
// is 100 ms, while an error of the server throws. Here both follow the policy.
func TestPeerSlowIsOpenErrorThrows(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"slow", "error", "quota"} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, upstashtest.NewFake(brokenRedis[how]), ratelimit.FixedWindow(1, time.Hour),
				ratelimit.Options{Timeout: 100 * time.Millisecond, OnFailure: ratelimit.FailLocal})
			passed := 0
			for range 5 {
				d, err := l.Allow(t.Context(), "x")
				if err != nil || !d.Degraded() {
					t.Errorf("%s: %+v, %v", how, d, err)
				}
				if d.Allowed {
					passed++
				}
			}
			if passed != 1 {
				t.Errorf("%s: %d of 1 passed", how, passed)
			}
		})
	}
}

// @upstash/ratelimit: a client whose clock is 60 s ahead doubles the quota.
// rueidislimiter: a client 61 s ahead resets the counter for everybody.
func TestPeerClockAhead(t *testing.T) {
	t.Parallel()
	for _, clientTime := range []bool{false, true} {
		each(t, func(t *testing.T, db *luaDB, l *ratelimit.Limiter) {
			alg := l.Policy().Algorithm
			fleet := func(skew time.Duration) *ratelimit.Limiter {
				l := newLimiter(t, db, alg, ratelimit.Options{ClientTime: clientTime, Remember: -1})
				l.SetNow(func() time.Time { return db.time().Add(skew) })
				return l
			}
			passed := int64(0)
			for _, skew := range []time.Duration{0, 60 * time.Second, -60 * time.Second, 59 * time.Second} {
				d, err := fleet(skew).AllowAtMost(t.Context(), "x", 10)
				if err != nil || d.Degraded() {
					t.Fatal(d, err)
				}
				passed += d.Taken
			}
			if passed != 10 {
				t.Errorf("client time %t: %d of 10 passed", clientTime, passed)
			}
		})
	}
}

// @upstash/ratelimit: the map of refused ids grows without bound: 2,000 entries
// for 2,000 ids. See also TestMemoryIsBounded.
func TestPeerMemoryGrows(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{Remember: 100})
	for i := range 1000 {
		id := strconv.Itoa(i)
		allow(t, l, id, 1, true)
		allow(t, l, id, 1, false)
	}
	if l.Remembered() != 100 {
		t.Errorf("%d remembered, want 100", l.Remembered())
	}
}

// @upstash/ratelimit: tokens=1 never passes (its issue 39), a window of 0 divides
// by zero; see also TestNewRefusesBadOptions.
func TestPeerLimitOfOne(t *testing.T) {
	t.Parallel()
	for _, alg := range []ratelimit.Algorithm{
		ratelimit.FixedWindow(1, time.Millisecond), ratelimit.SlidingWindow(1, time.Millisecond), ratelimit.SlidingLog(1, time.Millisecond),
		ratelimit.TokenBucket(1, time.Millisecond, 1), ratelimit.GCRA(1, time.Millisecond, 1),
	} {
		db := newLuaDB(t)
		l := db.on(alg, ratelimit.Options{Remember: -1})
		for range 3 {
			allow(t, l, "x", 1, true)
			d := allow(t, l, "x", 1, false)
			db.advance(d.RetryAfter)
		}
	}
}

// redis_rate: AllowN(11) of burst 10 tells to retry after a second, for ever.
func TestPeerRetryForEver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *luaDB, l *ratelimit.Limiter) {
		if d := allow(t, l, "x", 11, false); !d.Never() || d.RetryAfter != 0 {
			t.Errorf("AllowN(11) of 10 = %+v", d)
		}
	})
}

// redis_rate: AllowAtMost with 1.9 tokens grants 1 and burns 1.9.
func TestPeerAtMostBurnsTheFraction(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.GCRA(1, time.Second, 10), ratelimit.Options{})
	allow(t, l, "x", 10, true)
	db.advance(1900 * time.Millisecond)
	if d, err := l.AllowAtMost(t.Context(), "x", 5); err != nil || d.Taken != 1 {
		t.Fatalf("AllowAtMost = %+v, %v, want 1", d, err)
	}
	if d := allow(t, l, "x", 1, false); d.RetryAfter != 100*time.Millisecond {
		t.Errorf("the next in %v, want 100 ms", d.RetryAfter)
	}
	db.advance(600 * time.Millisecond)
	allow(t, l, "x", 1, true)
}

// rueidislimiter: a refused n=3 leaves the counter at 7 of 5, and n=1 is refused.
func TestPeerCountsFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *luaDB, l *ratelimit.Limiter) {
		allow(t, l, "x", 8, true)
		allow(t, l, "x", 5, false)
		allow(t, l, "x", 2, true)
	})
}

// Callers of many limiters at once admit more than the limit when counting and
// deciding are two steps.
func TestPeerConcurrentCallers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *luaDB, l *ratelimit.Limiter) {
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if d, err := l.Allow(t.Context(), "x"); err == nil && !d.Degraded() && d.Allowed {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		if passed.Load() != 10 {
			t.Errorf("%d of 10 passed", passed.Load())
		}
	})
}
