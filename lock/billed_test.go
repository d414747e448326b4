//go:build !wasm

package lock_test

import (
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestBilled: what a lock costs, counted by the hook, and by the embedded Redis as
// the commands that really ran, those inside scripts included.
func TestBilled(t *testing.T) {
	t.Parallel()
	type cost struct{ acquire, extend, release, refused int }
	for _, tc := range []struct {
		name string
		o    lock.Options
		want cost
	}{
		{"IFEQ and DELEX, no fence", lock.Options{NoFence: true}, cost{1, 1, 1, 2}},
		{"IFEQ and DELEX, fence", lock.Options{}, cost{3, 1, 1, 4}},
		{"Lua, fence", lock.Options{Scripts: true}, cost{3, 3, 3, 4}},
		{"Lua, no fence", lock.Options{Scripts: true, NoFence: true}, cost{2, 3, 3, 4}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "")
			tc.o.TTL = time.Minute
			l, rival := newLocker(t, s.client, tc.o), newLocker(t, s.client, tc.o)
			measure := func(what string, want int, exact bool, f func()) {
				t.Helper()
				executed, hooked := s.Stats().Billed(), s.meter.Totals().Billed
				f()
				if n := int(s.Stats().Billed() - executed); n != want {
					t.Errorf("%s: %d commands ran, want %d", what, n, want)
				}
				if n := s.meter.Totals().Billed - hooked; exact && n != want {
					t.Errorf("%s: the hook counts %d, want %d", what, n, want)
				}
			}
			// The first cycle loads scripts, makes the fence counter, and finds
			// out what the server has.
			warm := take(t, l, "lock:b:1")
			ok(t, warm.Extend(t.Context()))
			_, err := lock.Guard(warm, upstash.Set("data", "0")).Do(t.Context(), s.client)
			ok(t, err)
			ok(t, warm.Release(t.Context()))

			var lease *lock.Lease
			measure("acquire", tc.want.acquire, true, func() { lease = take(t, l, "lock:b:1") })
			measure("extend", tc.want.extend, true, func() { ok(t, lease.Extend(t.Context())) })
			measure("refused", tc.want.refused, false, func() {
				if _, err := rival.TryAcquire(t.Context(), "lock:b:1"); err == nil {
					t.Error("two holders")
				}
			})
			measure("refused in the process", 0, true, func() {
				if _, err := l.TryAcquire(t.Context(), "lock:b:1"); err == nil {
					t.Error("two holders")
				}
			})
			measure("guarded SET", 3, true, func() {
				_, err := lock.Guard(lease, upstash.Set("data", "1")).Do(t.Context(), s.client)
				ok(t, err)
			})
			measure("release", tc.want.release, true, func() { ok(t, lease.Release(t.Context())) })
		})
	}
}

// TestBilledSemaphore does the same for semaphores.
func TestBilledSemaphore(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	sem, err := lock.NewSemaphore(s.client, 2, lock.Options{})
	ok(t, err)
	cycle := func(want [3]int64) {
		t.Helper()
		at := s.Stats().Billed()
		step := func(what string, want int64) {
			t.Helper()
			if n := s.Stats().Billed() - at; want > 0 && n != want {
				t.Errorf("%s: %d commands ran, want %d", what, n, want)
			}
			at = s.Stats().Billed()
		}
		lease, err := sem.TryAcquire(t.Context(), "sem:b:1")
		ok(t, err)
		step("acquire", want[0])
		ok(t, lease.Extend(t.Context()))
		step("extend", want[1])
		ok(t, lease.Release(t.Context()))
		step("release", want[2])
	}
	cycle([3]int64{})
	cycle([3]int64{9, 6, 1})
}
