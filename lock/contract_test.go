//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

type plainDoer func(context.Context, upstash.Command) (upstash.Reply, error)

func (f plainDoer) Do(ctx context.Context, c upstash.Command) (upstash.Reply, error) {
	return f(ctx, c)
}

// TestQuorumReleaseIsNotLost: a quorum of which one database is away and another one
// is away for a moment at the release.
func TestQuorumReleaseIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ds []upstash.Doer
		var releasing atomic.Bool
		var once sync.Once
		for i := range 3 {
			p := newWorld(t, 1).process(1, network{delay: time.Millisecond, timeout: time.Second}, uint64(i)) //nolint:gosec // small
			ds = append(ds, plainDoer(func(ctx context.Context, c upstash.Command) (upstash.Reply, error) {
				refused := i == 2 // away all the time: connections are refused
				if i == 1 && releasing.Load() {
					once.Do(func() { refused = true }) // away for a moment
				}
				if refused {
					return upstash.Reply{}, &upstash.TransportError{Command: c.Name(), Err: errNet}
				}
				return p.Do(ctx, c)
			}))
		}
		l, err := lock.NewQuorum(ds, lock.Options{TTL: 10 * time.Second, Renew: -1})
		ok(t, err)
		lease := take(t, l, "a")
		<-time.After(time.Second)
		if !lease.Valid() {
			t.Fatal("not valid")
		}
		releasing.Store(true)
		if err := lease.Release(t.Context()); err != nil {
			t.Errorf("a valid lease, released by its holder alone: %v", err)
		}
	})
}

// TestMarginLongerThanTheTTL: options with which no lease can ever be.
func TestMarginLongerThanTheTTL(t *testing.T) {
	for name, o := range map[string]lock.Options{
		"margin as long as the TTL": {TTL: time.Second, Margin: time.Second},
		"margin longer":             {TTL: 10 * time.Second, Margin: 15 * time.Second},
		"MinTTL":                    {TTL: lock.MinTTL},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1)
			l, err := lock.New(w.process(1, network{timeout: time.Second}, 1), o)
			if err != nil {
				return // refused: good
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			lease, err := l.Acquire(ctx, "a")
			if err != nil {
				t.Errorf("%s: New accepts it, and nobody ever gets a free lock, from a server that answers at once: %v", name, err)
				return
			}
			_ = lease.Release(ctx)
		})
	}
}

// TestRetryMaxWithoutBound: RetryMax as "no bound", with Wake.
func TestRetryMaxWithoutBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int64
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		d := upstashtest.NewFake(func(_ context.Context, args []string) (any, error) {
			if args[0] == "GET" {
				return "somebody", nil
			}
			if tries.Add(1) > 10_000 {
				cancel() // no time passes
			}
			return []any{int64(0), int64(-1)}, nil // held by a key without a TTL
		})
		o := lock.Options{RetryMax: math.MaxInt64, Wake: func(ctx context.Context, _ string, _ upstash.StreamOptions) iter.Seq2[upstash.Event, error] {
			return func(yield func(upstash.Event, error) bool) {
				yield(upstash.Event{Kind: upstash.EventReady}, nil)
				<-ctx.Done()
			}
		}}
		l, err := lock.New(d, o)
		if err != nil {
			return
		}
		_, err = l.Acquire(ctx, "a")
		if n := tries.Load(); n > 100 {
			t.Errorf("%d tries in at most 10 s: %v", n, err)
		}
	})
}

// TestFenceAfterFlush: fencing tokens over a lost counter.
func TestFenceAfterFlush(t *testing.T) {
	s := serve(t, redistest.StartOwn(t).URL)
	sem, err := lock.NewSemaphore(s.client, 100_000, lock.Options{Renew: -1, TTL: time.Minute})
	ok(t, err)
	first, err := sem.TryAcquire(t.Context(), "a")
	ok(t, err)
	began := time.Now()
	var most atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 100 {
				le, err := sem.TryAcquire(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				for m := most.Load(); le.Fence() > m && !most.CompareAndSwap(m, le.Fence()); m = most.Load() {
				}
				_ = le.Release(t.Context())
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	if _, err := s.client.Do(t.Context(), upstash.NewCommand("FLUSHALL")); err != nil {
		t.Fatal(err)
	}
	le, err := sem.TryAcquire(t.Context(), "a")
	ok(t, err)
	t.Logf("6400 acquisitions in %v; first %d, most %d, after the flush %d", took, first.Fence(), most.Load(), le.Fence())
	if le.Fence() <= most.Load() {
		t.Errorf("after a flush the token is %d, %d below an earlier one", le.Fence(), most.Load()-le.Fence())
	}
}

// TestFenceAfterFlushLock: the same with an exclusive lock.
func TestFenceAfterFlushLock(t *testing.T) {
	s := serve(t, redistest.StartOwn(t).URL)
	l := newLocker(t, s.client, lock.Options{Renew: -1})
	before := int64(0)
	began := time.Now()
	for range 3000 {
		le := take(t, l, "a")
		before = le.Fence()
		ok(t, le.Release(t.Context()))
	}
	took := time.Since(began)
	if _, err := s.client.Do(t.Context(), upstash.NewCommand("FLUSHALL")); err != nil {
		t.Fatal(err)
	}
	le := take(t, l, "a")
	t.Logf("3000 in %v: %d then %d", took, before, le.Fence())
	if le.Fence() <= before {
		t.Errorf("%d, then after a flush %d", before, le.Fence())
	}
}

// TestLineOutlivesThePause: the line of waiters ends while they sleep.
func TestLineOutlivesThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		p, q := w.process(1, perfect(), 1), w.process(1, perfect(), 2)
		o := lock.Options{TTL: 10 * time.Second, Retry: 30 * time.Minute}
		o.Wake = p.Subscribe
		holder, err := lock.New(p, o)
		ok(t, err)
		o.Wake = q.Subscribe
		waiter, err := lock.New(q, o)
		ok(t, err)
		lease := take(t, holder, "a")
		got := make(chan time.Time, 1)
		var wg sync.WaitGroup
		wg.Go(func() {
			le, err := waiter.Acquire(t.Context(), "a")
			if err == nil {
				got <- time.Now()
				_ = le.Release(context.Background())
			}
		})
		<-time.After(2 * time.Minute)
		ok(t, lease.Release(t.Context()))
		released := time.Now()
		if late := (<-got).Sub(released); late > time.Second {
			t.Errorf("woken %v after the release", late)
		}
		wg.Wait()
		w.flights.Wait()
	})
}

// TestObservePanics: Observe panics once, and the caller recovers.
func TestObservePanics(t *testing.T) {
	for _, kind := range []lock.EventKind{lock.Contended, lock.Acquired} {
		t.Run(kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1)
				p := w.process(1, perfect(), 1)
				var armed atomic.Bool
				l := newLocker(t, p, lock.Options{TTL: 10 * time.Second, Observe: func(e lock.Event) {
					if e.Kind == kind && armed.CompareAndSwap(true, false) {
						panic("the caller's")
					}
				}})
				other := newLocker(t, w.process(1, perfect(), 2), lock.Options{TTL: 10 * time.Second})
				var lease *lock.Lease
				if kind == lock.Contended {
					lease = take(t, other, "a")
				}
				armed.Store(true)
				func() {
					defer func() { _ = recover() }()
					_, _ = l.Acquire(t.Context(), "a")
				}()
				if lease != nil {
					ok(t, lease.Release(t.Context()))
				}
				<-time.After(time.Minute) // more than a TTL
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				le, err := l.Acquire(ctx, "a")
				if err != nil {
					t.Errorf("%v: a minute after the panic: %v", kind, err)
					return
				}
				_ = le.Release(ctx)
				w.flights.Wait()
			})
		})
	}
}

// TestNilDoer: nothing to ask is a bad argument, before anything is asked.
func TestNilDoer(t *testing.T) {
	t.Parallel()
	_, plain := lock.New(nil, lock.Options{})
	_, semaphore := lock.NewSemaphore(nil, 2, lock.Options{})
	with := lock.With(t.Context(), nil, "a", time.Second, func(context.Context, *lock.Lease) error {
		t.Error("was called")
		return nil
	})
	_, quorum := lock.NewQuorum(make([]upstash.Doer, 3), lock.Options{})
	for name, err := range map[string]error{"New": plain, "NewSemaphore": semaphore, "With": with, "NewQuorum": quorum} {
		if !errors.Is(err, upstash.ErrBadArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
