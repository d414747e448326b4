//go:build !wasm

package lock_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestGuard: the database runs a guarded command for the present holder only.
func TestGuard(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		ctx := t.Context()
		l := newLocker(t, d, o)
		old := take(t, l, "lock:g:1")
		_, err := lock.Guard(old, upstash.Set("data", "old")).Do(ctx, d)
		ok(t, err)
		n, err := lock.Guard(old, upstash.IncrBy("count", 5)).Do(ctx, d)
		if err != nil || n != 5 {
			t.Errorf("IncrBy: %d, %v", n, err)
		}
		if v, err := lock.Guard(old, upstash.Get("data")).Do(ctx, d); err != nil || v != "old" {
			t.Errorf("Get: %q, %v", v, err)
		}
		if _, err := lock.Guard(old, upstash.Get("missing")).Do(ctx, d); !errors.Is(err, upstash.ErrNil) {
			t.Errorf("a missing key: %v", err)
		}
		if _, err := lock.Guard(old, upstash.IncrBy("data", 1)).Do(ctx, d); err == nil || errors.Is(err, lock.ErrLost) {
			t.Errorf("a command that fails: %v", err)
		}
		// The server gives the lock to another process while this one sleeps.
		_, err = upstash.Del("lock:g:1").Do(ctx, s.client)
		ok(t, err)
		young := take(t, newLocker(t, d, o), "lock:g:1")
		if _, err := lock.Guard(old, upstash.Set("data", "stale")).Do(ctx, d); !errors.Is(err, lock.ErrLost) {
			t.Errorf("the old holder: %v", err)
		}
		_, err = lock.Guard(young, upstash.Set("data", "new")).Do(ctx, d)
		ok(t, err)
		ok(t, young.Release(ctx))
		if _, err := lock.Guard(young, upstash.Set("data", "late")).Do(ctx, d); !errors.Is(err, lock.ErrLost) {
			t.Errorf("after the release: %v", err)
		}
		if v, _ := upstash.Get("data").Do(ctx, s.client); v != "new" {
			t.Errorf("the data is %q", v)
		}
		if _, err := lock.Guard(&lock.Lease{}, upstash.Set("data", "x")).Do(ctx, d); !errors.Is(err, lock.ErrLost) {
			t.Errorf("a zero lease: %v", err)
		}
	})
}

// TestFenced: the key remembers the highest fencing token, reads included.
func TestFenced(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, _ *server, d upstash.Doer, _ lock.Options) {
		ctx := t.Context()
		_, err := lock.Fenced(7, upstash.Set("data", "seven")).Do(ctx, d)
		ok(t, err)
		_, err = lock.Fenced(7, upstash.Set("data", "seven again")).Do(ctx, d)
		ok(t, err)
		if v, err := lock.Fenced(9, upstash.Get("data")).Do(ctx, d); err != nil || v != "seven again" {
			t.Errorf("read under 9: %q, %v", v, err)
		}
		if _, err := lock.Fenced(8, upstash.Set("data", "stale")).Do(ctx, d); !errors.Is(err, lock.ErrLost) {
			t.Errorf("8 after 9: %v", err)
		}
		if _, err := lock.Fenced(8, upstash.Set("other", "fresh")).Do(ctx, d); err != nil {
			t.Errorf("8 at another key: %v", err)
		}
	})
}

// TestGuardRefused: mistakes cost no request.
func TestGuardRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	lease := take(t, newLocker(t, s.client, lock.Options{NoFence: true}), "lock:g:1")
	sem, err := lock.NewSemaphore(s.client, 1, lock.Options{})
	ok(t, err)
	place, err := sem.TryAcquire(t.Context(), "sem:g:1")
	ok(t, err)
	before := s.meter.Totals().Requests
	for want, cmd := range map[string]upstash.Command{
		"lock: the fencing token is not positive":    lock.Fenced(lease.Fence(), upstash.Set("k", "v")).Command,
		"lock: the guarded command has no key":       lock.Guard(lease, upstash.Ping()).Command,
		"lock: a guard needs a lock in one database": lock.Guard(place, upstash.Set("k", "v")).Command,
		"SET: ": lock.Guard(lease, upstash.SetWith("k", "v", upstash.SetOptions{NX: true, XX: true})).Command,
	} {
		if _, err := s.client.Do(t.Context(), cmd); !errors.Is(err, upstash.ErrBadArgument) || !strings.HasPrefix(err.Error(), "upstash: "+want) {
			t.Errorf("%v, want one about %q", err, want)
		}
	}
	if err := lock.Fenced(3, upstash.Ping()).Err(); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("no key (fenced): %v", err)
	}
	if n := s.meter.Totals().Requests - before; n != 0 {
		t.Errorf("%d requests", n)
	}
}
