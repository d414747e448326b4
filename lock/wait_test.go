//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// TestWaitIsBounded: however long the holder keeps the lock, a waiter asks a
// bounded number of times, and never twice in a short time.
func TestWaitIsBounded(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		holder := take(t, newLocker(t, p, o), "a") // renews
		const wait = 10 * time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		var last time.Time
		tries := 0
		o.Observe = func(e lock.Event) {
			if e.Kind != lock.Contended {
				return
			}
			if gap := time.Since(last); gap < lock.DefaultRetry/2 {
				t.Errorf("two tries within %v", gap)
			}
			last = time.Now()
			tries++
		}
		_, err := newLocker(t, p, o).Acquire(ctx, "a")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if most := 6 + int(2*wait/lock.DefaultRetryMax); tries > most || tries < most/3 {
			t.Errorf("%d tries in %v, at most %d", tries, wait, most)
		}
		ok(t, holder.Release(t.Context()))
	})
}

// TestTurns: goroutines of one Locker get the lock in the order in which they
// asked for it, with one request each.
func TestTurns(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		tries := 0
		o.Observe = func(e lock.Event) {
			if e.Kind == lock.Acquired || e.Kind == lock.Contended {
				tries++
			}
		}
		l := newLocker(t, p, o)
		var order []int
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				ok(t, l.With(t.Context(), "a", func(context.Context, *lock.Lease) error {
					order = append(order, i)
					time.Sleep(20 * time.Millisecond)
					return nil
				}))
			})
			synctest.Wait()
		}
		began := time.Now()
		wg.Wait()
		if !slices.IsSorted(order) || len(order) != 20 {
			t.Errorf("order %v", order)
		}
		if d := time.Since(began); d != 400*time.Millisecond {
			t.Errorf("%v for 20 times 20ms", d)
		}
		if tries != 20 {
			t.Errorf("%d requests", tries)
		}
	})
}

// TestTurnsAndCancel: those who give up leave the line, and pass on a turn that
// came at the same moment.
func TestTurnsAndCancel(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, _ *world, p *process) {
		l := newLocker(t, p, lock.Options{}.WithClock(p))
		holder := take(t, l, "a")
		var wg sync.WaitGroup
		var got atomic.Int32
		for i := range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i%2)*time.Second)
			wg.Go(func() {
				defer cancel()
				lease, err := l.Acquire(ctx, "a")
				if err == nil {
					got.Add(1)
					ok(t, lease.Release(ctx))
				} else if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Second)
		ok(t, holder.Release(t.Context()))
		wg.Wait()
		if got := got.Load(); got < 10 {
			t.Errorf("%d of 10 got their turn", got)
		}
		ok(t, take(t, l, "a").Release(t.Context()))
	})
}

// TestUnreachable: disjoint from everything else, and with the cause inside.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		p.partition(time.Hour)
		_, err := newLocker(t, p, o).TryAcquire(t.Context(), "a")
		for _, other := range []error{lock.ErrHeld, lock.ErrLost, lock.ErrNotHeld, lock.ErrReleased, context.Canceled, context.DeadlineExceeded} {
			if errors.Is(err, other) {
				t.Errorf("%v matches %v", err, other)
			}
		}
		if !errors.Is(err, lock.ErrUnreachable) || !errors.Is(err, upstash.ErrMaybeApplied) {
			t.Error(err)
		}
	})
}

// TestPermanentRefusal: waiting does not mend a missing permission.
func TestPermanentRefusal(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"NOPERM this user has no permissions to run the 'evalsha' command or its subcommand",
		"WRONGPASS invalid or missing auth token",
		"ERR max requests limit exceeded. Limit: 500000, Usage: 500000.",
	} {
		refuse := upstashtest.NewFake(func(context.Context, []string) (any, error) { return nil, upstashtest.Refuse(text) })
		_, err := newLocker(t, refuse, lock.Options{}).Acquire(t.Context(), "a")
		if _, is := errors.AsType[*upstash.ServerError](err); !is || errors.Is(err, lock.ErrUnreachable) || errors.Is(err, lock.ErrHeld) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestStats: what the counters and the observer tell.
func TestStats(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, _ *world, p *process) {
		var mu sync.Mutex
		var seen []lock.EventKind
		o := lock.Options{TTL: 9 * time.Second, Observe: func(e lock.Event) {
			if e.Class != "lock:payout" {
				t.Errorf("class %q", e.Class)
			}
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, e.Kind)
		}}.WithClock(p)
		l := newLocker(t, p, o)
		rival := take(t, newLocker(t, p, lock.Options{}.WithClock(p)), "lock:payout:7")
		time.AfterFunc(time.Second, func() { ok(t, rival.Release(t.Context())) })
		lease, err := l.Acquire(t.Context(), "lock:payout:7")
		ok(t, err)
		time.Sleep(4 * time.Second)
		ok(t, lease.Release(t.Context()))
		s := l.Stats()
		if len(s) != 1 || s[0].Class != "lock:payout" {
			t.Fatalf("%+v", s)
		}
		c := s[0]
		if c.Acquired != 1 || c.Waited != 1 || c.Contended < 3 || c.Tries != c.Contended+1 || c.Renewals != 1 ||
			c.Released != 1 || c.Held != 0 || c.HoldTime != 4*time.Second || c.MaxHold != 4*time.Second || c.WaitTime < time.Second || c.MaxWait != c.WaitTime {
			t.Errorf("%+v", c)
		}
		if seen[0] != lock.Contended || seen[len(seen)-1] != lock.Released {
			t.Errorf("events %v", seen)
		}
		for _, name := range []string{"plain", "one:two"} {
			ok(t, take(t, newLocker(t, p, lock.Options{}.WithClock(p)), name).Release(t.Context()))
		}
	})
}

// TestStatsAreBounded: a careless Class function costs no memory without end.
func TestStatsAreBounded(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, _ *world, p *process) {
		l := newLocker(t, p, lock.Options{Class: func(name string) string { return name }}.WithClock(p))
		for i := range 200 {
			ok(t, take(t, l, "lock:x:"+time.Duration(i).String()).Release(t.Context()))
		}
		if n := len(l.Stats()); n > 65 {
			t.Errorf("%d classes", n)
		}
	})
}
