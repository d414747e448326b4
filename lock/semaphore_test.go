//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestSemaphore: n holders and no more.
func TestSemaphore(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		sem, err := lock.NewSemaphore(d, 3, o)
		ok(t, err)
		var leases []*lock.Lease
		for range 3 {
			lease, err := sem.TryAcquire(t.Context(), "sem:x:1")
			ok(t, err)
			if len(leases) > 0 && lease.Fence() <= leases[len(leases)-1].Fence() {
				t.Error("the fencing token does not grow")
			}
			leases = append(leases, lease)
		}
		_, err = sem.TryAcquire(t.Context(), "sem:x:1")
		held, _ := errors.AsType[*lock.HeldError](err)
		if held == nil || held.Remaining <= 0 || held.Remaining > o.TTL {
			t.Errorf("a fourth holder: %v", err)
		}
		ok(t, leases[1].Extend(t.Context()))
		ok(t, leases[1].Release(t.Context()))
		again, err := sem.TryAcquire(t.Context(), "sem:x:1")
		ok(t, err)
		for _, lease := range []*lock.Lease{leases[0], leases[2], again} {
			ok(t, lease.Release(t.Context()))
		}
		if n, _ := upstash.Exists("sem:x:1").Do(t.Context(), s.client); n != 0 {
			t.Error("the set is left")
		}
		l := newLocker(t, d, o)
		plain := take(t, l, "sem:x:1")
		if _, err := sem.Acquire(t.Context(), "sem:x:1"); !errors.Is(err, upstash.ErrWrongType) {
			t.Errorf("a semaphore at a lock's name: %v", err)
		}
		ok(t, plain.Release(t.Context()))
	})
	if _, err := lock.NewSemaphore(nil, 0, lock.Options{}); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("no places: %v", err)
	}
}

// TestSemaphoreOverTime: crashed holders free their place, renewed ones keep it.
func TestSemaphoreOverTime(t *testing.T) {
	t.Parallel()
	simulated(t, func(t *testing.T, w *world, p *process) {
		o := lock.Options{TTL: 10 * time.Second}.WithClock(p)
		crashed := o
		crashed.Renew = -1
		a, err := lock.NewSemaphore(p, 2, o)
		ok(t, err)
		b, err := lock.NewSemaphore(p, 2, crashed)
		ok(t, err)
		kept, err := a.TryAcquire(t.Context(), "s")
		ok(t, err)
		_, err = b.TryAcquire(t.Context(), "s")
		ok(t, err)
		began := time.Now()
		third, err := a.Acquire(t.Context(), "s")
		ok(t, err)
		if d := time.Since(began); d < 10*time.Second || d > 10*time.Second+2*lock.DefaultRetry {
			t.Errorf("a crashed holder's place after %v of a TTL of 10s", d)
		}
		if !kept.Valid() {
			t.Error("a renewed place is lost")
		}
		ok(t, third.Release(t.Context()))
		ok(t, kept.Release(t.Context()))

		var wg sync.WaitGroup
		var mu sync.Mutex
		inside, most := 0, 0
		for range 12 {
			wg.Go(func() {
				ok(t, a.With(t.Context(), "s", func(context.Context, *lock.Lease) error {
					mu.Lock()
					inside++
					most = max(most, inside)
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					inside--
					mu.Unlock()
					return nil
				}))
			})
		}
		wg.Wait()
		if most != 2 {
			t.Errorf("%d at once", most)
		}
	})
}
