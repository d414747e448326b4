//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// The faults of other lock libraries, each as a test that this one does not have
// it. The numbers are those of the project's notes on @upstash/lock (6.*), redsync
// (7.*) and redislock (8.*).

// simulated runs f in a world with a perfect network.
func simulated(t *testing.T, f func(t *testing.T, w *world, p *process)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		f(t, w, w.process(1, perfect(), 1))
		w.flights.Wait()
	})
}

// bothPaths runs f with SET IFEQ and DELEX, and with Lua.
func bothPaths(t *testing.T, f func(t *testing.T, w *world, p *process, o lock.Options)) {
	t.Helper()
	for _, path := range []string{"IFEQ and DELEX", "scripts"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			simulated(t, func(t *testing.T, w *world, p *process) {
				f(t, w, p, lock.Options{Scripts: path == "scripts"}.WithClock(p))
			})
		})
	}
}

func (w *world) ttl(key string) time.Duration {
	return time.Duration(w.exec(upstash.NewCommand("PTTL", key)).(int64)) * time.Millisecond
}

// 6.1 extend(1500) throws; 6.2 extend fails though the lock is held, because the
// TTL is read in whole seconds; 6.3 extend loses milliseconds.
func TestPeer_UpstashLock_ExtendIsExactToTheMillisecond(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		for _, ttl := range []time.Duration{400 * time.Millisecond, 1500 * time.Millisecond, 10399 * time.Millisecond} {
			o.TTL, o.Renew = ttl, -1
			name := "lock:ms:" + ttl.String()
			lease := take(t, newLocker(t, p, o), name)
			time.Sleep(300 * time.Millisecond)
			ok(t, lease.Extend(t.Context()))
			if got := w.ttl(name); got != ttl {
				t.Errorf("TTL %v after extending to %v", got, ttl)
			}
			ok(t, lease.Release(t.Context()))
		}
	})
}

// 6.4 A failed second acquire on the same object makes the first hold
// unreleasable.
func TestPeer_UpstashLock_SecondAcquireDoesNotHarmTheFirst(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		l := newLocker(t, p, o)
		lease := take(t, l, "a")
		if _, err := l.TryAcquire(t.Context(), "a"); !errors.Is(err, lock.ErrHeld) {
			t.Errorf("second: %v", err)
		}
		ok(t, lease.Release(t.Context()))
		if w.owner("a") != "" {
			t.Error("still held")
		}
	})
}

// 6.5 After a lost reply acquire says false, and nobody holds the key for the
// whole TTL.
func TestPeer_UpstashLock_LostReplyIsRecognised(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		for _, noFence := range []bool{false, true} {
			o.NoFence = noFence
			l := newLocker(t, d, o)
			ok(t, take(t, l, "lock:warm:1").Release(t.Context()))
			for name, fault := range map[string]upstashtest.Fault{
				"lost": upstashtest.ReplyLost(), "cut": upstashtest.Truncated(5),
				"502 after it was applied": upstashtest.ErrorPage(502).AfterApply(), "repeated": upstashtest.Duplicated(),
			} {
				s.faults.Add(fault)
				lease, err := l.TryAcquire(t.Context(), "lock:lost:1")
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				ok(t, lease.Extend(t.Context()))
				ok(t, lease.Release(t.Context()))
			}
		}
	})
}

// 6.5 as well: when no answer comes at all, what was obtained is given back.
func TestPeer_UpstashLock_NoOrphan(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, _ upstash.Doer, o lock.Options) {
		l := newLocker(t, s.client, o)
		ok(t, take(t, l, "lock:warm:1").Release(t.Context()))
		// The client tries three times; the fourth request is the clean-up.
		s.faults.Add(upstashtest.ReplyLost(), upstashtest.ReplyLost(), upstashtest.ReplyLost())
		_, err := l.TryAcquire(t.Context(), "lock:orphan:1")
		if !errors.Is(err, lock.ErrUnreachable) || errors.Is(err, lock.ErrHeld) {
			t.Fatalf("no answer: %v", err)
		}
		if n, err := upstash.Exists("lock:orphan:1").Do(t.Context(), s.client); n != 0 || err != nil {
			t.Errorf("the key is held by nobody: %d, %v", n, err)
		}
	})
}

// 6.6 A value of somebody else's that looks like a number is still a holder.
func TestPeer_UpstashLock_AnyValueIsAHolder(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		for _, value := range []string{"12345", "true", "", "null", `{"a":1}`} {
			_, err := upstash.Set("lock:any:1", value).Do(t.Context(), s.client)
			ok(t, err)
			for _, noFence := range []bool{false, true} {
				o.NoFence = noFence
				_, err = newLocker(t, d, o).TryAcquire(t.Context(), "lock:any:1")
				held, _ := errors.AsType[*lock.HeldError](err)
				if held == nil || held.Remaining >= 0 {
					t.Errorf("value %q without a TTL: %v", value, err)
				}
			}
		}
	})
}

// 6.7 Nothing is left without a TTL.
func TestPeer_UpstashLock_EveryKeyExpires(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		l := newLocker(t, d, o)
		lease := take(t, l, "lock:ttl:1")
		sem, err := lock.NewSemaphore(d, 2, o)
		ok(t, err)
		_, err = sem.TryAcquire(t.Context(), "sem:ttl:1")
		ok(t, err)
		_, err = lock.Fenced(lease.Fence(), upstash.SetWith("data", "x", upstash.SetOptions{TTL: time.Hour})).Do(t.Context(), d)
		ok(t, err)
		names, err := upstash.Keys("*").Do(t.Context(), s.client)
		ok(t, err)
		if len(names) != 6 {
			t.Errorf("keys %q", names)
		}
		for _, name := range names {
			if left, err := upstash.PTTL(name).Do(t.Context(), s.client); err != nil || left <= 0 {
				t.Errorf("%s lives for ever: %v, %v", name, left, err)
			}
		}
	})
}

// 6.8 is TestContenders. 6.9 A refusal is immediate: there is no sleep after the
// last try.
func TestPeer_UpstashLock_RefusalIsImmediate(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		ok(t, errIf(take(t, newLocker(t, p, o), "a") == nil))
		began := time.Now()
		if _, err := newLocker(t, p, o).TryAcquire(t.Context(), "a"); !errors.Is(err, lock.ErrHeld) {
			t.Error(err)
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("it took %v on a network without delay", d)
		}
		synctest.Wait()
	})
}

func errIf(bad bool) error {
	if bad {
		return errors.New("unexpected")
	}
	return nil
}

// 6.10 A holder past its lease gets a signal, before the server lets others in.
func TestPeer_UpstashLock_HolderIsTold(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.TTL, o.Renew = 10*time.Second, -1
		began := time.Now()
		lease := take(t, newLocker(t, p, o), "a")
		<-lease.Context().Done()
		if !errors.Is(context.Cause(lease.Context()), lock.ErrLost) {
			t.Errorf("cause %v", context.Cause(lease.Context()))
		}
		if d := time.Since(began); d >= 10*time.Second || d < 9*time.Second {
			t.Errorf("told after %v of a TTL of 10s", d)
		}
		if w.owner("a") != lock.OwnerOf(lease) {
			t.Error("told after the end")
		}
	})
}

// 7.1 Extend does not bring back a lease that somebody else has had in between.
func TestPeer_Redsync_ExtendDoesNotRevive(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		lease := take(t, newLocker(t, p, o), "a")
		w.exec(upstash.NewCommand("DEL", "a"))
		ok(t, take(t, newLocker(t, p, o), "a").Release(t.Context()))
		if err := lease.Extend(t.Context()); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Extend: %v", err)
		}
		if w.owner("a") != "" {
			t.Error("Extend took the lock again")
		}
	})
}

// 7.2 The end of ctx is the end of ctx.
func TestPeer_Redsync_ContextErrorsAreContextErrors(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		defer func(l *lock.Lease) { ok(t, l.Release(t.Context())) }(take(t, newLocker(t, p, o), "a"))
		cause := errors.New("shutting down")
		deadline, cancel1 := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel1()
		canceled, cancel2 := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel2(cause) })
		var both sync.WaitGroup
		for want, ctx := range map[error]context.Context{context.DeadlineExceeded: deadline, context.Canceled: canceled} {
			both.Go(func() {
				_, err := newLocker(t, p, o).Acquire(ctx, "a")
				if !errors.Is(err, want) || errors.Is(err, lock.ErrHeld) || errors.Is(err, lock.ErrUnreachable) || errors.Is(err, lock.ErrLost) {
					t.Errorf("want %v: %v", want, err)
				}
				wait, _ := errors.AsType[*lock.WaitError](err)
				if wait == nil || !errors.Is(wait.Last, lock.ErrHeld) || wait.Tries < 3 {
					t.Errorf("want %v: %+v", want, wait)
				}
			})
		}
		both.Wait()
		if _, err := newLocker(t, p, o).Acquire(canceled, "a"); !errors.Is(err, cause) {
			t.Errorf("the cause is gone: %v", err)
		}
	})
}

// 7.3 and 8.5 A wait lasts as long as ctx, not some number of tries or the TTL: it
// outlives a holder that has crashed.
func TestPeer_Redsync_WaitOutlivesACrashedHolder(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		o.TTL, o.Renew = 8*time.Second, -1
		began := time.Now()
		_ = take(t, newLocker(t, p, o), "a") // never released, never renewed
		lease, err := newLocker(t, p, o).Acquire(t.Context(), "a")
		ok(t, err)
		if d := time.Since(began); d < 8*time.Second || d > 8*time.Second+lock.DefaultRetry+time.Millisecond {
			t.Errorf("obtained after %v of a TTL of 8s", d)
		}
		ok(t, lease.Release(t.Context()))
	})
}

// 8.5 A short TTL does not shorten the wait.
func TestPeer_Redislock_WaitIsNotBoundByTheTTL(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		o.TTL = time.Second
		holder := take(t, newLocker(t, p, o), "a")
		time.AfterFunc(5*time.Second, func() { ok(t, holder.Release(t.Context())) })
		lease, err := newLocker(t, p, o).Acquire(t.Context(), "a")
		ok(t, err)
		ok(t, lease.Release(t.Context()))
	})
}

// 7.4 When ctx ends in the middle of acquire, what may have been obtained is given
// back all the same.
func TestPeer_Redsync_CancelledAcquireLeavesNothing(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		p.network(func(n *network) { n.delay = 40 * time.Millisecond })
		for i := range 50 {
			name := "lock:c:" + strconv.Itoa(i)
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Millisecond)
			lease, err := newLocker(t, p, o).TryAcquire(ctx, name)
			cancel()
			w.flights.Wait()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if lease != nil {
				ok(t, lease.Release(t.Context()))
			}
			// The clean-up can overtake the request on this network; then the
			// TTL ends the lock. On a connection in order it cannot.
			if left := w.ttl(name); left > lock.DefaultTTL {
				t.Errorf("%s is held for %v", name, left)
			}
		}
		p.network(func(n *network) { n.delay = 0 })
		ctx, cancel := context.WithCancel(t.Context())
		cut := &cancelOn{process: p, cancel: cancel}
		if _, err := newLocker(t, cut, o).TryAcquire(ctx, "lock:cut:1"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if w.owner("lock:cut:1") != "" {
			t.Error("the key stays until its TTL")
		}
	})
}

// cancelOn cancels the caller right after the first request was applied.
type cancelOn struct {
	*process
	cancel context.CancelFunc
	once   sync.Once
}

func (c *cancelOn) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	first := false
	c.once.Do(func() { first = true })
	if !first {
		return c.process.Do(ctx, cmd)
	}
	c.w.exec(cmd)
	c.cancel()
	ended := errors.Join(ctx.Err(), context.Cause(ctx))
	return upstash.Reply{}, &upstash.MaybeAppliedError{Err: &upstash.TransportError{Command: cmd.Name(), Sent: true, Err: ended}}
}

// 7.5 Release after the end says that the lease was lost, not that somebody else
// has it.
func TestPeer_Redsync_ReleaseAfterTheEndIsLost(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, w *world, p *process, o lock.Options) {
		o.TTL, o.Renew = time.Second, -1
		for _, next := range []bool{false, true} {
			lease := take(t, newLocker(t, p, o), "a")
			time.Sleep(2 * time.Second)
			if next {
				defer func(l *lock.Lease) { ok(t, l.Release(t.Context())) }(take(t, newLocker(t, p, o), "a"))
			}
			owner := w.owner("a")
			err := lease.Release(t.Context())
			if !errors.Is(err, lock.ErrLost) || errors.Is(err, lock.ErrHeld) || errors.Is(err, lock.ErrReleased) {
				t.Errorf("Release: %v", err)
			}
			if w.owner("a") != owner {
				t.Error("it released somebody else's lock")
			}
		}
	})
}

// 8.1 An owner's value counts as a whole: nobody gets in with the beginning of it.
func TestPeer_Redislock_NoPrefixes(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		l := newLocker(t, d, o)
		lease := take(t, l, "lock:p:1")
		owner := lock.OwnerOf(lease)
		for _, value := range []string{owner + "2", owner[:len(owner)-1]} {
			_, err := upstash.Set("lock:p:1", value).Do(t.Context(), s.client)
			ok(t, err)
			if _, err := lock.Guard(lease, upstash.Set("data", "x")).Do(t.Context(), d); !errors.Is(err, lock.ErrLost) {
				t.Errorf("Guard: %v", err)
			}
		}
		if err := lease.Extend(t.Context()); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Extend: %v", err)
		}
		if err := lease.Release(t.Context()); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Release: %v", err)
		}
	})
}

// 8.2 Each wait starts afresh: options are no shared state.
func TestPeer_Redislock_SharedOptionsAreNotUsedUp(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		holder := take(t, newLocker(t, p, o), "a")
		l := newLocker(t, p, o)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			_, err := l.Acquire(ctx, "a")
			cancel()
			if wait, _ := errors.AsType[*lock.WaitError](err); wait == nil || wait.Tries < 3 || wait.Waited != 3*time.Second {
				t.Errorf("wait: %+v", wait)
			}
		}
		ok(t, holder.Release(t.Context()))
	})
}

// 8.3 is TestRefusedBeforeIO. 8.4 A failure of the server does not end a wait.
func TestPeer_Redislock_ErrorsDoNotEndAWait(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		p.partition(10 * time.Second)
		began := time.Now()
		lease, err := newLocker(t, p, o).Acquire(t.Context(), "a")
		ok(t, err)
		if d := time.Since(began); d < 10*time.Second || d > 14*time.Second {
			t.Errorf("obtained after %v, the server was away for 10s", d)
		}
		ok(t, lease.Release(t.Context()))
	})
}

var upstashFaultLost = upstashtest.ReplyLost()
