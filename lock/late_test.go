//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A lateClock is a process whose timers have not run yet, because it was stopped.
type lateClock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func (c *lateClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *lateClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *lateClock) AfterFunc(time.Duration, func()) lock.Timer { return noTimer{} }

type noTimer struct{}

func (noTimer) Stop() bool { return true }

// TestLateTimers: a process that was stopped goes by its clocks, not by timers
// that are still to run.
func TestLateTimers(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"Valid", "Extend that takes too long", "Release", "Detach"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			clock := &lateClock{now: time.Now()}
			took := time.Duration(0)
			d := doerFunc(func(cmd upstash.Command) upstash.Reply {
				clock.advance(took)
				if cmd.Args()[len(cmd.Args())-1] == "NX" || cmd.Name() == "SET" && took == 0 {
					return upstash.ReplyOf(nil)
				}
				return upstash.ReplyOf("OK")
			})
			lease := take(t, newLocker(t, d, lock.Options{TTL: time.Second, NoFence: true}.WithClock(clock)), "a")
			if !lease.Valid() {
				t.Fatal("not valid at first")
			}
			var err error
			switch what {
			case "Valid":
				clock.advance(time.Second)
				if lease.Valid() {
					t.Error("valid after its end")
				}
				return
			case "Extend that takes too long":
				took = 2 * time.Second
				err = lease.Extend(t.Context())
			case "Release":
				clock.advance(time.Second)
				err = lease.Release(t.Context())
			case "Detach":
				clock.advance(time.Second)
				_, err = lease.Detach()
			}
			if !errors.Is(err, lock.ErrLost) || !errors.Is(context.Cause(lease.Context()), lock.ErrLost) {
				t.Errorf("%v, cause %v", err, context.Cause(lease.Context()))
			}
		})
	}
}

// TestTurnAfterLoss: a lease that is lost passes the turn in its process on.
func TestTurnAfterLoss(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.TTL = 9 * time.Second
		l := newLocker(t, p, o)
		lost := take(t, l, "a")
		time.AfterFunc(10*time.Second, func() { w.exec(upstash.NewCommand("DEL", "a")) })
		lease, err := l.Acquire(t.Context(), "a")
		ok(t, err)
		if !errors.Is(context.Cause(lost.Context()), lock.ErrLost) {
			t.Errorf("cause %v", context.Cause(lost.Context()))
		}
		ok(t, lease.Release(t.Context()))
	})
}

// TestLostIsGivenBack: a renewal whose answer was lost keeps the key alive although
// the lease has ended here; Release frees it.
func TestLostIsGivenBack(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.TTL = 9 * time.Second
		lease := take(t, newLocker(t, p, o), "a")
		p.network(func(n *network) { n.replyLost = 1 })
		<-lease.Context().Done()
		if w.owner("a") != lock.OwnerOf(lease) {
			t.Error("the renewals were not applied: this shows nothing")
		}
		if err := lease.Release(t.Context()); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Release: %v", err)
		}
		w.flights.Wait()
		if w.owner("a") != "" {
			t.Error("the lock stays until its TTL ends")
		}
	})
}

// An echo is a process whose releases the network can repeat later.
type echo struct {
	*process
	releases []upstash.Command
}

func (e *echo) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if src, _ := cmd.ScriptSource(); cmd.Name() == "DELEX" || src == lock.ReleaseSource || src == lock.HandoverSource {
		e.releases = append(e.releases, cmd)
	}
	return e.process.Do(ctx, cmd)
}

func (e *echo) repeat() {
	for _, cmd := range e.releases {
		e.w.exec(cmd)
	}
}

// brokenStream subscribes with a connection breaks.
type brokenStream struct{}

func (brokenStream) Subscribe(context.Context, string, upstash.StreamOptions) iter.Seq2[upstash.Event, error] {
	return func(yield func(upstash.Event, error) bool) { yield(upstash.Event{}, errNet) }
}

// TestRepeatedRelease: a release that the network repeats does not touch what was
// obtained after it. (Found by history 1813, where a waiter that had left the line
// went on under the same owner's value.)
func TestRepeatedRelease(t *testing.T) {
	t.Parallel()
	t.Run("of a waiter whose stream broke", func(t *testing.T) {
		t.Parallel()
		simulated(t, func(t *testing.T, w *world, p *process) {
			e := &echo{process: p}
			holder := take(t, newLocker(t, p, lock.Options{}.WithClock(p)), "a")
			time.AfterFunc(time.Second, func() { ok(t, holder.Release(t.Context())) })
			lease, err := newLocker(t, e, lock.Options{Wake: brokenStream{}.Subscribe}.WithClock(p)).Acquire(t.Context(), "a")
			ok(t, err)
			if len(e.releases) == 0 {
				t.Error("the waiter did not leave the line")
			}
			e.repeat()
			if w.owner("a") != lock.OwnerOf(lease) {
				t.Error("the lock is gone")
			}
			ok(t, lease.Release(t.Context()))
		})
	})
	t.Run("of a minority", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var es []*echo
			var ds []upstash.Doer
			for i := range 3 {
				e := &echo{process: newWorld(t, 1).process(1, perfect(), uint64(i))}
				es, ds = append(es, e), append(ds, e)
			}
			l, err := lock.NewQuorum(ds, lock.Options{}.WithClock(es[0].process))
			ok(t, err)
			es[0].w.exec(upstash.NewCommand("SET", "a", "other", "PX", "1000"))
			es[1].w.exec(upstash.NewCommand("SET", "a", "other", "PX", "1000"))
			if _, err := l.TryAcquire(t.Context(), "a"); !errors.Is(err, lock.ErrHeld) {
				t.Errorf("two of three are taken: %v", err)
			}
			if es[2].w.owner("a") != "" {
				t.Error("a minority stays locked")
			}
			lease, err := l.Acquire(t.Context(), "a")
			ok(t, err)
			for _, e := range es {
				if len(e.releases) == 0 {
					t.Error("a database was not asked to release")
				}
				e.repeat()
				if e.w.owner("a") != lock.OwnerOf(lease) {
					t.Error("the lock is gone")
				}
			}
			ok(t, lease.Release(t.Context()))
			for _, e := range es {
				e.w.flights.Wait()
			}
		})
	})
}

// TestWakeMissed: a lock that is handed over before the stream stands is found.
func TestWakeMissed(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, _ *world, p *process) {
		holder := take(t, newLocker(t, p, lock.Options{Wake: p.Subscribe}.WithClock(p)), "a")
		refused := make(chan struct{}, 1)
		o := lock.Options{Wake: slowStream{p}.Subscribe, Observe: func(e lock.Event) {
			if e.Kind == lock.Contended {
				refused <- struct{}{}
			}
		}}.WithClock(p)
		go func() {
			<-refused
			ok(t, holder.Release(context.WithoutCancel(t.Context())))
		}()
		began := time.Now()
		lease, err := newLocker(t, p, o).Acquire(t.Context(), "a")
		ok(t, err)
		if d := time.Since(began); d > 200*time.Millisecond {
			t.Errorf("noticed after %v", d)
		}
		ok(t, lease.Release(t.Context()))
	})
}

// slowStream takes a while to stand.
type slowStream struct{ *process }

func (s slowStream) Subscribe(ctx context.Context, channel string, o upstash.StreamOptions) iter.Seq2[upstash.Event, error] {
	return func(yield func(upstash.Event, error) bool) {
		time.Sleep(100 * time.Millisecond)
		for e, err := range s.process.Subscribe(ctx, channel, o) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// TestWakePanic: the stream of a waiter ends with the wait, also by a panic of what
// is the caller's.
func TestWakePanic(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, _ *world, p *process) {
		holder := take(t, newLocker(t, p, lock.Options{}.WithClock(p)), "a")
		ended := make(chan struct{})
		wake := func(ctx context.Context, _ string, _ upstash.StreamOptions) iter.Seq2[upstash.Event, error] {
			return func(func(upstash.Event, error) bool) {
				<-ctx.Done()
				close(ended)
			}
		}
		began := time.Now()
		o := lock.Options{Wake: wake, Observe: func(lock.Event) {
			if time.Since(began) > 0 { // not the first try, after which the stream begins
				panic("the caller's")
			}
		}}.WithClock(p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		func() {
			defer func() { _ = recover() }()
			_, err := newLocker(t, p, o).Acquire(ctx, "a")
			t.Errorf("Acquire returned %v", err)
		}()
		<-ended
		if d := time.Since(began); d > time.Minute {
			t.Errorf("the stream ended after %v", d)
		}
		_ = holder.Release(t.Context())
	})
}

// TestSomebodyElsesNotSent: a lock that may have been taken is given back, even if
// what ended ctx is another call's error that says nothing was sent.
func TestSomebodyElsesNotSent(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, w *world, p *process) {
		ctx, cancel := context.WithCancelCause(t.Context())
		d := &cancelOn{process: p, cancel: func() { cancel(upstash.NotSent(errors.New("somebody else's"))) }}
		if _, err := newLocker(t, d, lock.Options{}.WithClock(p)).Acquire(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		w.flights.Wait()
		if w.owner("a") != "" {
			t.Error("the lock is not given back")
		}
	})
}
