//go:build !wasm

package ratelimit_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func newConcurrency(t testing.TB, d upstash.Doer, o ratelimit.ConcurrencyOptions) *ratelimit.Concurrency {
	t.Helper()
	o.Options = patient(d, o.Options)
	c, err := ratelimit.NewConcurrency(d, "jobs", o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func acquire(t *testing.T, c *ratelimit.Concurrency, n int64, want bool) (*ratelimit.Slot, ratelimit.Decision) {
	t.Helper()
	slot, d, err := c.AcquireN(t.Context(), "x", n)
	if err != nil || d.Degraded() || (slot != nil) != want || d.Allowed != want {
		t.Fatalf("AcquireN(%d) = %v, %+v, %v, want %t", n, slot, d, err, want)
	}
	return slot, d
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	c := newConcurrency(t, db, ratelimit.ConcurrencyOptions{Limit: 3, TTL: 10 * time.Second})
	a, d := acquire(t, c, 1, true)
	if d.Remaining != 2 || d.Taken != 1 || d.ResetAfter != 10*time.Second {
		t.Errorf("%+v", d)
	}
	db.advance(4 * time.Second)
	b, _ := acquire(t, c, 2, true)
	_, _, before := db.counts()
	if _, d = acquire(t, c, 1, false); d.RetryAfter != 6*time.Second || d.Remaining != 0 {
		t.Errorf("full: %+v, want the first lease's end in 6 s", d)
	}
	if _, d = acquire(t, c, 3, false); d.RetryAfter != 10*time.Second {
		t.Errorf("full: %+v, want all leases' end in 10 s", d)
	}
	if _, d = acquire(t, c, 4, false); !d.Never() {
		t.Errorf("more than the limit: %+v", d)
	}
	if _, _, after := db.counts(); after != before {
		t.Error("refusals wrote")
	}
	if err := b.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Release(t.Context()); !errors.Is(err, ratelimit.ErrReleased) {
		t.Errorf("second release: %v", err)
	}
	if n, err := c.InFlight(t.Context(), "x"); n != 1 || err != nil {
		t.Errorf("%d in flight, %v, want 1", n, err)
	}
	if err := a.Extend(t.Context()); err != nil {
		t.Error(err)
	}
	db.advance(9 * time.Second)
	acquire(t, c, 3, false)
	if db.ttl("ratelimit:jobs:x") != time.Second {
		t.Errorf("the key lives %v, want 1 s", db.ttl("ratelimit:jobs:x"))
	}
	db.advance(time.Second)
	acquire(t, c, 3, true)
	if err := a.Extend(t.Context()); !errors.Is(err, ratelimit.ErrReleased) {
		t.Errorf("extending a lease that ended: %v", err)
	}
}

// TestConcurrencyLastReleaseDeletesTheKey.
func TestConcurrencyLastReleaseDeletesTheKey(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	c := newConcurrency(t, db, ratelimit.ConcurrencyOptions{Limit: 1})
	slot, _ := acquire(t, c, 1, true)
	if err := slot.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if db.ttl("ratelimit:jobs:x") != 0 {
		t.Error("an empty key was left behind")
	}
}

// TestConcurrencyLostAnswers: neither a slot nor its release counts twice.
func TestConcurrencyLostAnswers(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	db.fail = func(try int) error {
		if try%2 == 1 {
			return lostAnswer()
		}
		return nil
	}
	c := newConcurrency(t, db, ratelimit.ConcurrencyOptions{Limit: 2})
	slot, d := acquire(t, c, 1, true)
	if d.Remaining != 1 {
		t.Errorf("%+v, want one slot taken", d)
	}
	if err := slot.Release(t.Context()); err != nil {
		t.Errorf("release: %v", err)
	}
	if n, err := c.InFlight(t.Context(), "x"); n != 0 || err != nil {
		t.Errorf("%d in flight, %v", n, err)
	}
}

// TestConcurrencyModel plays random histories against a plain model.
func TestConcurrencyModel(t *testing.T) {
	t.Parallel()
	n := histories(2000)
	r := rand.New(rand.NewPCG(5, 5)) //nolint:gosec // a repeatable sequence is the purpose
	db := newLuaDB(t)
	type holder struct {
		slot *ratelimit.Slot
		n    int64
		ends int64
	}
	for range n {
		db.clear()
		limit, ttl := 1+r.Int64N(6), 1+r.Int64N(50)
		c := newConcurrency(t, db, ratelimit.ConcurrencyOptions{Limit: limit, TTL: millis(ttl)})
		var held []holder
		for range 3 + r.IntN(8) {
			db.advance(millis(r.Int64N(20)))
			used, live := int64(0), held[:0:0]
			for _, h := range held {
				if h.ends > db.now {
					live, used = append(live, h), used+h.n
				}
			}
			if i := r.IntN(4); i < 2 || len(held) == 0 {
				k := 1 + r.Int64N(limit)
				slot, d, err := c.AcquireN(t.Context(), "x", k)
				if err != nil || d.Allowed != (used+k <= limit) {
					t.Fatalf("AcquireN(%d) with %d of %d used = %+v, %v", k, used, limit, d, err)
				}
				if d.Allowed {
					held = append(live, holder{slot, k, db.now + ttl})
				} else if d.RetryAfter <= 0 || d.Remaining != limit-used {
					t.Fatalf("refused: %+v", d)
				}
				continue
			}
			i := r.IntN(len(held))
			err := held[i].slot.Release(t.Context())
			if still := held[i].ends > db.now; still != (err == nil) && still {
				t.Fatalf("releasing what is held: %v", err)
			}
			held = append(held[:i:i], held[i+1:]...)
		}
	}
}

// TestConcurrencyUnderLoad: never more than the limit at once, over real HTTP.
func TestConcurrencyUnderLoad(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	c := newConcurrency(t, s, ratelimit.ConcurrencyOptions{Limit: 4})
	var inFlight, most, done atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for done.Load() < 100 {
				slot, _, err := c.Acquire(t.Context(), "x")
				if err != nil {
					t.Error(err)
					return
				}
				if slot == nil {
					continue
				}
				n := inFlight.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				done.Add(1)
				inFlight.Add(-1)
				if err := slot.Release(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if most.Load() > 4 {
		t.Errorf("%d were in flight at once, want at most 4", most.Load())
	}
}

// TestConcurrencyFailure: the policy decides; a degraded slot needs no release.
func TestConcurrencyFailure(t *testing.T) {
	t.Parallel()
	fake := upstashtest.NewFake(brokenRedis["error"])
	open := newConcurrency(t, fake, ratelimit.ConcurrencyOptions{Limit: 1})
	slot, d, err := open.Acquire(t.Context(), "x")
	if err != nil || slot == nil || !d.Degraded() {
		t.Fatalf("Acquire = %v, %+v, %v", slot, d, err)
	}
	if err := slot.Release(t.Context()); err != nil {
		t.Error(err)
	}
	closed := newConcurrency(t, fake, ratelimit.ConcurrencyOptions{Limit: 1, Options: ratelimit.Options{OnFailure: ratelimit.FailDeny}})
	if slot, d, err := closed.Acquire(t.Context(), "x"); err != nil || slot != nil || !d.Degraded() {
		t.Errorf("Acquire = %v, %+v, %v", slot, d, err)
	}
	for name, o := range map[string]ratelimit.ConcurrencyOptions{
		"limit 0": {}, "limit": {Limit: 10_001}, "ttl": {Limit: 1, TTL: time.Microsecond},
	} {
		if _, err := ratelimit.NewConcurrency(fake, "jobs", o); !errors.Is(err, ratelimit.ErrBadOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ratelimit.NewConcurrency(fake, "Bad Name", ratelimit.ConcurrencyOptions{Limit: 1}); !errors.Is(err, ratelimit.ErrBadOption) {
		t.Errorf("name: %v", err)
	}
}
