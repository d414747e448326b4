//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// fiveAtOnce are algorithms that let 5 pass at once, and 5 more a second later.
var fiveAtOnce = []ratelimit.Algorithm{
	ratelimit.FixedWindow(5, time.Second), ratelimit.SlidingWindow(5, time.Second), ratelimit.SlidingLog(5, time.Second),
	ratelimit.TokenBucket(5, time.Second, 5), ratelimit.GCRA(5, time.Second, 5),
}

// TestWaitersAreServedInOrder: 40 waiters, each asks once, none acts before its
// ticket is due, and never do more act than the model allows.
func TestWaitersAreServedInOrder(t *testing.T) {
	t.Parallel()
	for i, alg := range fiveAtOnce {
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				db := newTickingDB(t)
				l := newLimiter(t, db, alg, ratelimit.Options{})
				var mu sync.Mutex
				var order []int
				var at []time.Duration
				began := time.Now()
				var wg sync.WaitGroup
				for w := range 40 {
					wg.Go(func() {
						if err := l.Wait(t.Context(), "x"); err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						order, at = append(order, w), append(at, time.Since(began))
					})
					synctest.Wait() // the waiters come one after the other
				}
				wg.Wait()
				if requests, _, _ := db.counts(); requests != 40 {
					t.Errorf("%d requests for 40 waiters", requests)
				}
				if !slices.IsSorted(at) {
					t.Errorf("served at %v", at)
				}
				checkServed(t, i, alg, at, order)
			})
		})
	}
}

// checkServed holds the instants at which waiters were served against the model.
func checkServed(t *testing.T, i int, alg ratelimit.Algorithm, at []time.Duration, order []int) {
	t.Helper()
	m := []model{
		&modelFixed{limit: 5, window: 1000}, &modelSlide{limit: 5, window: 1000}, &modelLog{limit: 5, window: 1000},
		&modelBucket{burst: 5, interval: 1000, refill: 5}, &modelGCRA{rate: 5, period: 1000, burst: 5},
	}[i]
	for j, d := range at {
		if !m.fits(d.Milliseconds(), 1) {
			t.Errorf("waiter %d was served too early, at %v", order[j], d)
		}
		m.take(d.Milliseconds(), 1)
	}
	if last := at[len(at)-1]; last > 14*time.Second {
		t.Errorf("the last of 40 was served after %v", last)
	}
}

// TestReservationsHoldOthersBack: while a ticket is pending nobody passes it.
func TestReservationsHoldOthersBack(t *testing.T) {
	t.Parallel()
	for _, alg := range fiveAtOnce {
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			db := newLuaDB(t)
			l := db.on(alg, ratelimit.Options{Remember: -1})
			allow(t, l, "x", 3, true)
			r, err := l.Reserve(t.Context(), "x", 5, time.Minute)
			if err != nil || !r.OK || r.Delay <= 0 {
				t.Fatalf("Reserve = %+v, %v", r, err)
			}
			d := allow(t, l, "x", 1, false) // 2 would be free, but somebody waits for 5
			if d.RetryAfter <= r.Delay || d.Remaining != 0 {
				t.Errorf("behind a ticket due in %v: %+v", r.Delay, d)
			}
			if ttl := db.ttl("ratelimit:test:x"); ttl < r.Delay {
				t.Errorf("the key ends in %v, before the ticket in %v", ttl, r.Delay)
			}
			db.advance(d.RetryAfter - 2*time.Millisecond)
			allow(t, l, "x", 1, false)
			db.advance(2 * time.Millisecond)
			allow(t, l, "x", 1, true)
		})
	}
}

// TestReserveWithinLimitOnly: a wait that is too long takes nothing.
func TestReserveWithinLimitOnly(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(1, time.Minute), ratelimit.Options{Remember: -1})
	allow(t, l, "x", 1, true)
	_, _, before := db.counts()
	r, err := l.Reserve(t.Context(), "x", 1, 30*time.Second)
	if err != nil || r.OK || r.Decision.RetryAfter != time.Minute {
		t.Errorf("Reserve = %+v, %v", r, err)
	}
	if _, _, after := db.counts(); after != before {
		t.Error("a reservation that was not made wrote")
	}
	if err := r.Wait(t.Context()); !errors.Is(err, ratelimit.ErrLimited) {
		t.Errorf("Wait without a ticket: %v", err)
	}
	if r, err = l.Reserve(t.Context(), "x", 2, time.Hour); err != nil || r.OK || !r.Decision.Never() {
		t.Errorf("Reserve of the impossible = %+v, %v", r, err)
	}
}

// TestLostReservation: the ticket that was given is found again.
func TestLostReservation(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(1, time.Minute), ratelimit.Options{Remember: -1})
	allow(t, l, "x", 1, true)
	db.fail = func(try int) error {
		if try == 2 {
			db.now += 1000
			return lostAnswer()
		}
		return nil
	}
	r, err := l.Reserve(t.Context(), "x", 1, time.Hour)
	if err != nil || !r.OK || r.Delay != 59*time.Second {
		t.Errorf("Reserve = %+v, %v, want the ticket due in 59 s", r, err)
	}
	if r, err = l.Reserve(t.Context(), "x", 1, time.Hour); err != nil || r.Delay != 119*time.Second {
		t.Errorf("the next ticket = %+v, %v, want it due in 119 s", r, err)
	}
}

// TestWaitGivesUp: at once when the deadline is nearer than the token, and with
// the ticket given back when ctx ends first.
func TestWaitGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newTickingDB(t)
		l := newLimiter(t, db, ratelimit.GCRA(1, time.Second, 1), ratelimit.Options{})
		if err := l.Wait(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		near, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		began := time.Now()
		err := l.Wait(near, "x")
		limited, ok := errors.AsType[*ratelimit.LimitedError](err)
		if !ok || limited.Decision.RetryAfter != time.Second || time.Since(began) != 0 {
			t.Errorf("Wait = %v after %v", err, time.Since(began))
		}
		ctx, stop := context.WithCancelCause(t.Context())
		mine := errors.New("mine")
		time.AfterFunc(100*time.Millisecond, func() { stop(mine) })
		if err := l.Wait(ctx, "x"); !errors.Is(err, mine) {
			t.Errorf("Wait = %v, want the cause", err)
		}
		if d, err := l.Peek(t.Context(), "x"); err != nil || d.ResetAfter > 900*time.Millisecond {
			t.Errorf("after giving up: %+v, %v, want the ticket given back", d, err)
		}
	})
}

// TestWaitWithAClockThatStandsStill: only Sleep is asked, once.
func TestWaitWithAClockThatStandsStill(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	frozen := time.UnixMilli(5)
	var slept []time.Duration
	l := newLimiter(t, db, ratelimit.SlidingLog(1, time.Second), ratelimit.Options{
		Sleep: func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil },
	})
	l.SetNow(func() time.Time { return frozen })
	for range 3 {
		if err := l.Wait(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(slept, []time.Duration{time.Second, 2 * time.Second}) {
		t.Errorf("slept %v", slept)
	}
}

// TestWaitWhenRedisIsDown follows the failure policy.
func TestWaitWhenRedisIsDown(t *testing.T) {
	t.Parallel()
	fake := upstashtest.NewFake(brokenRedis["error"])
	open := newLimiter(t, fake, ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{})
	if err := open.Wait(t.Context(), "x"); err != nil {
		t.Errorf("fail open: %v", err)
	}
	closed := newLimiter(t, fake, ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{OnFailure: ratelimit.FailDeny})
	if err := closed.Wait(t.Context(), "x"); !errors.Is(err, ratelimit.ErrLimited) || !errors.Is(err, errDown) {
		t.Errorf("fail closed: %v", err)
	}
}
