//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// TestCycle: what a lock is for, on each server and path.
func TestCycle(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		for _, noFence := range []bool{false, true} {
			o.NoFence = noFence
			name := keys.PayoutLock("7")
			a, b := newLocker(t, d, o), newLocker(t, s.client, o)
			lease := take(t, a, name)
			if !lease.Valid() || lease.Context().Err() != nil || lease.Name() != name {
				t.Fatal("the lease is not in force")
			}
			_, err := b.TryAcquire(t.Context(), name)
			held, _ := errors.AsType[*lock.HeldError](err)
			if held == nil || !errors.Is(err, lock.ErrHeld) || held.Remaining <= 0 || held.Remaining > o.TTL {
				t.Fatalf("second holder: %v", err)
			}
			ok(t, lease.Extend(t.Context()))
			ok(t, lease.Release(t.Context()))
			if cause := context.Cause(lease.Context()); !errors.Is(cause, lock.ErrReleased) || lease.Valid() {
				t.Errorf("after the release: %v", cause)
			}
			for what, err := range map[string]error{"Release": lease.Release(t.Context()), "Extend": lease.Extend(t.Context())} {
				if !errors.Is(err, lock.ErrReleased) {
					t.Errorf("%s after the release: %v", what, err)
				}
			}
			second := take(t, b, name)
			if (second.Fence() > lease.Fence()) == noFence || (lease.Fence() == 0) != noFence {
				t.Errorf("fencing tokens %d, %d", lease.Fence(), second.Fence())
			}
			ok(t, second.Release(t.Context()))
			if n, err := upstash.Exists(name).Do(t.Context(), d); err != nil || n != 0 {
				t.Errorf("the key is still there: %d, %v", n, err)
			}
			if want := !o.Scripts && d == upstash.Doer(s.client); lock.Lean(a) != want {
				t.Errorf("what the server has was not found out: lean = %t", lock.Lean(a))
			}
		}
	})
}

// TestTakenAway: a lease whose key was deleted or overwritten knows it at the next
// contact, and changes nothing of the new holder's.
func TestTakenAway(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		l := newLocker(t, d, o)
		for _, extend := range []bool{true, false} {
			lease := take(t, l, "lock:x:1")
			if _, err := upstash.Set("lock:x:1", "thief").Do(t.Context(), s.client); err != nil {
				t.Fatal(err)
			}
			if extend {
				if err := lease.Extend(t.Context()); !errors.Is(err, lock.ErrLost) {
					t.Errorf("Extend: %v", err)
				}
				if !errors.Is(context.Cause(lease.Context()), lock.ErrLost) {
					t.Errorf("cause: %v", context.Cause(lease.Context()))
				}
			}
			if err := lease.Release(t.Context()); !errors.Is(err, lock.ErrLost) {
				t.Errorf("Release: %v", err)
			}
			if v, err := upstash.Get("lock:x:1").Do(t.Context(), s.client); err != nil || v != "thief" {
				t.Errorf("the thief's lock is gone: %q, %v", v, err)
			}
			if _, err := upstash.Del("lock:x:1").Do(t.Context(), s.client); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestSeveralNames: all or none.
func TestSeveralNames(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		a, b := newLocker(t, d, o), newLocker(t, s.client, o)
		one := take(t, a, "lock:m:2")
		before := s.meter.Totals().Requests
		_, err := b.TryAcquireAll(t.Context(), "lock:m:1", "lock:m:2", "lock:m:3")
		if !errors.Is(err, lock.ErrHeld) {
			t.Fatalf("with one name held: %v", err)
		}
		if n := s.meter.Totals().Requests - before; n > 2 { // EVALSHA, once EVAL
			t.Errorf("%d requests", n)
		}
		if n, _ := upstash.Exists("lock:m:1", "lock:m:3").Do(t.Context(), s.client); n != 0 {
			t.Errorf("%d names stayed locked", n)
		}
		ok(t, one.Release(t.Context()))
		all, err := b.TryAcquireAll(t.Context(), "lock:m:1", "lock:m:2", "lock:m:3")
		ok(t, err)
		if all.FenceOf("lock:m:2") <= one.Fence() || all.FenceOf("lock:m:1") == 0 || all.FenceOf("other") != 0 {
			t.Errorf("fencing tokens %d, %d", all.FenceOf("lock:m:1"), all.FenceOf("lock:m:2"))
		}
		if _, err := a.TryAcquire(t.Context(), "lock:m:3"); !errors.Is(err, lock.ErrHeld) {
			t.Errorf("one of several: %v", err)
		}
		ok(t, all.Extend(t.Context()))
		ok(t, all.Release(t.Context()))
		if n, _ := upstash.Exists("lock:m:1", "lock:m:2", "lock:m:3").Do(t.Context(), s.client); n != 0 {
			t.Errorf("%d names stayed locked after the release", n)
		}
	})
}

// TestRefusedBeforeIO: bad input costs no request.
func TestRefusedBeforeIO(t *testing.T) {
	t.Parallel()
	d := upstashtest.NewFake(nil)
	for name, o := range map[string]lock.Options{
		"TTL under a millisecond":    {TTL: 500 * time.Microsecond},
		"negative TTL":               {TTL: -time.Second},
		"TTL over 24 days":           {TTL: 24*24*time.Hour + time.Millisecond},
		"renewal not before the TTL": {TTL: time.Second, Renew: time.Second},
		"negative margin":            {Margin: -1},
		"negative retry":             {Retry: -1},
	} {
		if _, err := lock.New(d, o); !errors.Is(err, upstash.ErrBadArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := lock.With(t.Context(), d, "x", 0, nil); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("With without a TTL: %v", err)
	}
	l := newLocker(t, d, lock.Options{})
	long := strings.Repeat("n", keys.MaxLength+1)
	for what, names := range map[string][]string{
		"empty": {""}, "too long": {long}, "fence counter too long": {strings.Repeat(":", keys.MaxLength-10)},
		"not UTF-8": {"\xff"}, "twice": {"a", "a"}, "none": {}, "too many": strings.Split(strings.Repeat("x,", 65), ","),
	} {
		if _, err := l.AcquireAll(t.Context(), names...); !errors.Is(err, upstash.ErrBadArgument) {
			t.Errorf("%s: %v", what, err)
		} else if strings.Contains(err.Error(), long) {
			t.Errorf("%s: the error contains the name", what)
		}
		if len(names) == 1 {
			_, err1 := l.Acquire(t.Context(), names[0])
			_, err2 := l.TryAcquire(t.Context(), names[0])
			if !errors.Is(err1, upstash.ErrBadArgument) || !errors.Is(err2, upstash.ErrBadArgument) {
				t.Errorf("%s: %v, %v", what, err1, err2)
			}
		}
	}
	if n := len(d.Calls()); n != 0 {
		t.Errorf("%d commands were sent", n)
	}
}

// TestWrongType: a key of another type is the server's refusal, at once.
func TestWrongType(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		if _, err := s.client.Do(t.Context(), upstash.NewCommand("LPUSH", "lock:list:1", "x")); err != nil {
			t.Fatal(err)
		}
		l := newLocker(t, d, o)
		_, err := l.Acquire(t.Context(), "lock:list:1")
		if !errors.Is(err, upstash.ErrWrongType) || errors.Is(err, lock.ErrHeld) || errors.Is(err, lock.ErrUnreachable) {
			t.Errorf("Acquire of a list: %v", err)
		}
	})
}

// TestWith: the everyday helper.
func TestWith(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "value")
	boom := errors.New("boom")
	err := lock.With(ctx, s.client, "lock:with:1", time.Minute, func(ctx context.Context, lease *lock.Lease) error {
		if ctx.Value(key{}) != "value" || lease.Context().Value(key{}) != "value" {
			t.Error("the context lost its values")
		}
		if lease.Fence() == 0 {
			t.Error("no fencing token")
		}
		return boom
	})
	if err != boom { //nolint:errorlint // exactly fn's
		t.Errorf("error of fn: %v", err)
	}
	err = lock.With(ctx, s.client, "lock:with:1", time.Minute, func(ctx context.Context, lease *lock.Lease) error {
		if _, err := upstash.Del(lease.Name()).Do(ctx, s.client); err != nil {
			return err
		}
		return nil
	})
	if !errors.Is(err, lock.ErrLost) {
		t.Errorf("lock deleted under the work: %v", err)
	}
	err = lock.With(ctx, s.client, "lock:with:1", time.Minute, func(ctx context.Context, lease *lock.Lease) error {
		if _, err := upstash.Del(lease.Name()).Do(ctx, s.client); err != nil {
			return err
		}
		if err := lease.Extend(ctx); !errors.Is(err, lock.ErrLost) {
			t.Errorf("Extend: %v", err)
		}
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, lock.ErrLost) {
			t.Errorf("cause: %v", cause)
		}
		return boom
	})
	if !errors.Is(err, lock.ErrLost) || !errors.Is(err, boom) {
		t.Errorf("lost and failed: %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = lock.With(ctx, s.client, "lock:with:1", time.Minute, func(context.Context, *lock.Lease) error { panic("in fn") })
	}()
	if n, _ := upstash.Exists("lock:with:1").Do(ctx, s.client); n != 0 {
		t.Error("a panic left the lock")
	}
}

// TestZeroLease: nothing panics.
func TestZeroLease(t *testing.T) {
	t.Parallel()
	for _, le := range []*lock.Lease{nil, {}} {
		if le.Valid() || le.Fence() != 0 || le.FenceOf("x") != 0 || le.Name() != "" || le.Names() != nil || !le.Expires().IsZero() {
			t.Error("a zero lease holds something")
		}
		_, detach := le.Detach()
		for what, err := range map[string]error{
			"Extend": le.Extend(t.Context()), "Release": le.Release(t.Context()), "Detach": detach, "Context": context.Cause(le.Context()),
		} {
			if !errors.Is(err, lock.ErrNotHeld) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}
