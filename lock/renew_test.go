//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestRenewal: a lease renews itself every third of its TTL, with one request, as
// long as it is held and not a moment longer.
func TestRenewal(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.TTL = 9 * time.Second
		lease := take(t, newLocker(t, p, o), "a")
		per := 1
		if o.Scripts {
			per = 3
		}
		before := w.ran()
		time.Sleep(10*o.TTL + time.Millisecond)
		if got := w.ran() - before; got != 30*per {
			t.Errorf("%d commands for 30 renewals", got)
		}
		if !lease.Valid() || w.owner("a") != lock.OwnerOf(lease) {
			t.Fatal("the lease did not last")
		}
		ok(t, lease.Release(t.Context()))
		before = w.ran()
		time.Sleep(10 * o.TTL)
		if w.ran() != before {
			t.Errorf("%d commands after the release", w.ran()-before)
		}
	})
}

// TestRenewalOff: without renewals the lease ends by itself.
func TestRenewalOff(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.Renew = -1
		lease := take(t, newLocker(t, p, o), "a")
		before := w.ran()
		<-lease.Context().Done()
		if w.ran() != before {
			t.Error("it was renewed")
		}
		if err := lease.Extend(t.Context()); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Extend: %v", err)
		}
	})
}

// TestRenewalOutlivesAFault: a failed renewal is repeated, sooner and sooner.
func TestRenewalOutlivesAFault(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.TTL = 9 * time.Second
		l := newLocker(t, p, o)
		lease := take(t, l, "a")
		time.Sleep(2900 * time.Millisecond)
		p.partition(4 * time.Second) // over the renewal at 3s
		time.Sleep(30 * time.Second)
		if !lease.Valid() || w.owner("a") != lock.OwnerOf(lease) {
			t.Errorf("lost by a fault of 4s: %v", context.Cause(lease.Context()))
		}
		if s := l.Stats(); s[0].RenewFailures == 0 || s[0].Renewals < 8 {
			t.Errorf("%+v", s)
		}
		ok(t, lease.Release(t.Context()))
	})
}

// TestLostInTime: cut off from the server, the holder is told before the server
// gives the lock away, whatever the drift that the margin covers.
func TestLostInTime(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0.991, 1, 1.009} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1)
			p := w.process(rate, perfect(), 1)
			lease := take(t, newLocker(t, p, lock.Options{TTL: 5 * time.Minute}.WithClock(p)), "a")
			time.Sleep(time.Minute)
			p.partition(time.Hour)
			<-lease.Context().Done()
			if cause := context.Cause(lease.Context()); !errors.Is(cause, lock.ErrLost) {
				t.Errorf("cause %v", cause)
			}
			if left := w.ttl("a"); left <= 0 || left > 7*time.Second {
				t.Errorf("rate %v: told %v before the end", rate, left)
			}
			if lease.Valid() {
				t.Error("still valid")
			}
			time.Sleep(2 * time.Hour)
			w.flights.Wait()
		})
	}
}

// TestReleaseOutcomes: released, lost and unknown are told apart.
func TestReleaseOutcomes(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		l := newLocker(t, p, o)

		// Although ctx is done.
		ctx, cancel := context.WithCancel(t.Context())
		lease := take(t, l, "a")
		cancel()
		ok(t, lease.Release(ctx))
		if w.owner("a") != "" {
			t.Error("not released after ctx was done")
		}

		// The answer is lost.
		lease = take(t, l, "a")
		p.network(func(n *network) { n.replyLost = 1 })
		time.AfterFunc(500*time.Millisecond, func() { p.network(func(n *network) { n.replyLost = 0 }) })
		ok(t, lease.Release(t.Context()))
		w.flights.Wait()
		if w.owner("a") != "" {
			t.Error("not released when the answer is lost")
		}

		// No answer at all, and ctx is done.
		lease = take(t, l, "a")
		p.partition(time.Minute)
		began := time.Now()
		err := lease.Release(ctx)
		if !errors.Is(err, lock.ErrUnreachable) || errors.Is(err, lock.ErrLost) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Release: %v", err)
		}
		if d := time.Since(began); d > lock.DefaultGrace+time.Millisecond {
			t.Errorf("it took %v after ctx had ended", d)
		}
		if _, is := errors.AsType[*upstash.MaybeAppliedError](err); !is {
			t.Errorf("the cause is hidden: %v", err)
		}
		time.Sleep(2 * time.Minute)

		// Somebody has deleted the key.
		lease = take(t, l, "a")
		w.exec(upstash.NewCommand("DEL", "a"))
		if err := lease.Release(t.Context()); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Release: %v", err)
		}
		s := l.Stats()[0]
		if s.Acquired != 4 || s.Released != 2 || s.ReleaseUnknown != 1 || s.Lost != 1 || s.Held != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestSlowAnswer: an answer that took longer than the lease is no lease.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.TTL = time.Second
		l := newLocker(t, p, o)
		gone := make(chan struct{})
		go func() { // the process stops right after its request has left
			defer close(gone)
			p.pause(3 * time.Second)
		}()
		p.network(func(n *network) { n.delay = time.Millisecond })
		time.Sleep(time.Microsecond)
		_, err := l.TryAcquire(t.Context(), "a")
		<-gone
		if err == nil {
			t.Error("a lease of the past")
		}
		w.flights.Wait()
	})
}

// TestStoppedProcess: the clocks tell what timers cannot yet have told.
func TestStoppedProcess(t *testing.T) {
	t.Parallel()
	now := time.Now()
	jumped := time.Unix(0, now.Add(time.Hour).UnixNano()) // a wall clock without a monotonic one
	for name, tc := range map[string]struct {
		now, end time.Time
		want     bool
	}{
		"before":                 {now, now.Add(time.Second), false},
		"after":                  {now.Add(time.Second), now, true},
		"equal":                  {now, now, true},
		"only the wall clock on": {jumped, now.Add(time.Second), true},
	} {
		if got := lock.Reached(tc.now, tc.end); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestReleaseAwaitsExtensions: the release is sent when no extension is under way
// any more, or one could come after it.
func TestReleaseAwaitsExtensions(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, w *world, p *process) {
		lease := take(t, newLocker(t, delayed{p}, lock.Options{TTL: time.Minute}.WithClock(p)), "a")
		began := time.Now()
		var extensions sync.WaitGroup
		for _, by := range []time.Duration{time.Second, 2 * time.Second} {
			extensions.Go(func() {
				_ = lease.Extend(context.WithValue(t.Context(), delayKey{}, by)) // may find the lease released
			})
		}
		time.Sleep(500 * time.Millisecond)
		ok(t, lease.Release(t.Context()))
		if d := time.Since(began); d < 2*time.Second {
			t.Errorf("released after %v, with an extension under way", d)
		}
		extensions.Wait()
		if owner := w.owner("a"); owner != "" {
			t.Error("the lock is there")
		}
	})
}

// delayed is a process whose requests start late when ctx says so.
type delayed struct{ *process }

type delayKey struct{}

func (d delayed) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if by, late := ctx.Value(delayKey{}).(time.Duration); late {
		time.Sleep(by)
	}
	return d.process.Do(ctx, cmd)
}

// TestReleaseTwice: whoever releases a lease again does not wait for what the
// first release waits for.
func TestReleaseTwice(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, _ *world, p *process) {
		lease := take(t, newLocker(t, delayed{p}, lock.Options{TTL: time.Minute}.WithClock(p)), "a")
		go func() { _ = lease.Extend(context.WithValue(t.Context(), delayKey{}, time.Second)) }()
		time.Sleep(time.Millisecond)
		go func() { ok(t, lease.Release(t.Context())) }()
		time.Sleep(time.Millisecond)
		began := time.Now()
		if err := lease.Release(t.Context()); !errors.Is(err, lock.ErrReleased) || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.Sleep(2 * time.Second)
	})
}
