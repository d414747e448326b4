//go:build !wasm

package lock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestResume: a lease goes on in another process, once.
func TestResume(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		first, second := newLocker(t, d, o), newLocker(t, d, o)
		for _, names := range [][]string{{"lock:h:1"}, {"lock:h:1", "lock:h:2"}} {
			lease, err := first.TryAcquireAll(t.Context(), names...)
			ok(t, err)
			handle, err := lease.Detach()
			ok(t, err)
			if err := lease.Release(t.Context()); !errors.Is(err, lock.ErrReleased) {
				t.Errorf("release after detaching: %v", err)
			}
			if cause := context.Cause(lease.Context()); !errors.Is(cause, lock.ErrReleased) {
				t.Errorf("cause after detaching: %v", cause)
			}
			if _, err := first.TryAcquire(t.Context(), names[0]); !errors.Is(err, lock.ErrHeld) {
				t.Errorf("the lock is free on the way: %v", err)
			}
			text, err := json.Marshal(handle) // as it travels
			ok(t, err)
			var arrived lock.Handle
			ok(t, json.Unmarshal(text, &arrived))
			resumed, err := second.Resume(t.Context(), arrived)
			ok(t, err)
			if resumed.Fence() != lease.Fence() || resumed.Fence() == 0 || arrived.Fence() != lease.Fence() {
				t.Errorf("fencing tokens %d, %d", lease.Fence(), resumed.Fence())
			}
			if _, err := first.Resume(t.Context(), handle); !errors.Is(err, lock.ErrNotHeld) {
				t.Errorf("resumed twice: %v", err)
			}
			ok(t, resumed.Extend(t.Context()))
			ok(t, resumed.Release(t.Context()))
			if _, err := second.Resume(t.Context(), arrived); !errors.Is(err, lock.ErrNotHeld) {
				t.Errorf("resumed after the release: %v", err)
			}
		}
		if _, err := first.Resume(t.Context(), lock.Handle{}); !errors.Is(err, lock.ErrNotHeld) {
			t.Errorf("zero handle: %v", err)
		}
		if n, _ := upstash.Exists("lock:h:1", "lock:h:2").Do(t.Context(), s.client); n != 0 {
			t.Errorf("%d keys left", n)
		}
	})
}

// TestResumeLostReply: the answer to Resume may be lost.
func TestResumeLostReply(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		l := newLocker(t, d, o)
		warm := take(t, l, "lock:h:1")
		ok(t, warm.Extend(t.Context())) // finds out what the server has
		handle, err := warm.Detach()
		ok(t, err)
		s.faults.Add(upstashFaultLost)
		lease, err := l.Resume(t.Context(), handle)
		ok(t, err)
		ok(t, lease.Release(t.Context()))
	})
}

// TestDetachLost: what is not held cannot be handed over.
func TestDetachLost(t *testing.T) {
	t.Parallel()
	bothPaths(t, func(t *testing.T, _ *world, p *process, o lock.Options) {
		o.Renew = -1
		lease := take(t, newLocker(t, p, o), "a")
		time.Sleep(time.Minute)
		if _, err := lease.Detach(); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Detach: %v", err)
		}
	})
}

// TestNothingSecretIsPrinted: neither the owner's value nor names come out of any
// way to print.
func TestNothingSecretIsPrinted(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	l := newLocker(t, s.client, lock.Options{})
	lease := take(t, l, "lock:secret-name:1")
	owner := lock.OwnerOf(lease)
	_, held := l.TryAcquire(t.Context(), "lock:secret-name:1")
	handle, err := lease.Detach()
	ok(t, err)
	sem, err := lock.NewSemaphore(s.client, 1, lock.Options{})
	ok(t, err)
	for _, v := range []any{l, lease, *lease, handle, &handle, sem, held, l.Stats()} {
		for _, f := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if out := fmt.Sprintf(f, v); strings.Contains(out, owner) || strings.Contains(out, "secret-name:1") {
				t.Errorf("%s of %T: %s", f, v, out)
			}
		}
	}
}

// FuzzHandle: no text panics, and one that is accepted is exactly what would be
// written.
func FuzzHandle(f *testing.F) {
	f.Add("lease1.")
	f.Add("lease1.A2FiYwEBYQEC")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		var h lock.Handle
		if err := h.UnmarshalText([]byte(text)); err != nil {
			return
		}
		out, err := h.MarshalText()
		if err != nil || string(out) != text {
			t.Errorf("%q became %q, %v", text, out, err)
		}
	})
}
