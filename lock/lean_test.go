//go:build !wasm

package lock_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// TestConstants: what is spelled out so that no code computes it at start.
func TestConstants(t *testing.T) {
	t.Parallel()
	for _, k := range []keys.Kind{lock.KindFence, lock.KindSeen, lock.KindLine} {
		if _, err := keys.NewKind(k.Category(), k.Entity(), k.TTL()); err != nil {
			t.Errorf("%v: %v", k, err)
		}
	}
	if got := fmt.Sprint(lock.KindFence.TTL().Milliseconds()); got != lock.FenceLifeText {
		t.Errorf("the scripts get %s, want %s", lock.FenceLifeText, got)
	}
	l := newLocker(t, instant(), lock.Options{})
	_, err := l.TryAcquireAll(t.Context())
	want := fmt.Sprintf("needs 1 to %d names", lock.MaxNames)
	if bad, ok := errors.AsType[*upstash.ArgumentError](err); !ok || bad.Reason != want {
		t.Errorf("%v, want %q", err, want)
	}
	_, err = l.TryAcquire(t.Context(), string(make([]byte, keys.MaxLength+1)))
	want = fmt.Sprintf("the name is too long for a key of %d bytes", keys.MaxLength)
	if bad, ok := errors.AsType[*upstash.ArgumentError](err); !ok || bad.Reason != want {
		t.Errorf("%v, want %q", err, want)
	}
}

// TestBase64 compares with the standard library.
func TestBase64(t *testing.T) {
	t.Parallel()
	var b []byte
	for i := range 300 {
		text := lock.AppendBase64(nil, b)
		if want := base64.RawURLEncoding.EncodeToString(b); string(text) != want {
			t.Fatalf("%d bytes: %s, want %s", len(b), text, want)
		}
		back, ok := lock.FromBase64(text)
		if !ok || !bytes.Equal(back, b) {
			t.Fatalf("%d bytes: %x, %v", len(b), back, ok)
		}
		b = append(b, byte(i*151))
	}
	for _, bad := range []string{"A=", "a b", "+/", "é"} {
		if _, ok := lock.FromBase64([]byte(bad)); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestTimeoutInside: a timeout of the transport is not the end of ctx, whatever it
// is wrapped in, and everything else is still found.
func TestTimeoutInside(t *testing.T) {
	t.Parallel()
	cause := fmt.Errorf("dial: %w", &odd{context.DeadlineExceeded})
	for name, err := range map[string]error{
		"maybe applied": &upstash.MaybeAppliedError{Err: &upstash.TransportError{Command: "SET", Sent: true, Err: cause}},
		"not sent":      &upstash.TransportError{Command: "SET", Err: cause},
		"by others":     fmt.Errorf("wrapped: %w", &upstash.TransportError{Command: "SET", Err: cause}),
		"cancelled":     &upstash.TransportError{Command: "SET", Err: &odd{context.Canceled}},
	} {
		e := error(&lock.UnreachableError{Err: err})
		if errors.Is(e, context.DeadlineExceeded) || errors.Is(e, context.Canceled) {
			t.Errorf("%s: is a context error", name)
		}
		if !errors.Is(e, lock.ErrUnreachable) || errors.Is(e, lock.ErrHeld) {
			t.Errorf("%s: not unreachable alone", name)
		}
		if errors.Is(e, upstash.ErrMaybeApplied) != errors.Is(err, upstash.ErrMaybeApplied) || errors.Is(e, upstash.ErrNotSent) != errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("%s: the outcome differs", name)
		}
		tr, ok := errors.AsType[*upstash.TransportError](e)
		if !ok || tr.Command != "SET" {
			t.Fatalf("%s: no TransportError", name)
		}
		if want := name != "cancelled"; tr.Timeout() != want {
			t.Errorf("%s: Timeout is %v", name, !want)
		}
		if _, ok := errors.AsType[*odd](e); !ok {
			t.Errorf("%s: the innermost is lost", name)
		}
		if e.Error() != lock.ErrUnreachable.Error()+": "+err.Error() {
			t.Errorf("%s: %v", name, e)
		}
	}
	plain := &upstash.TransportError{Command: "SET", Err: errors.New("reset")}
	if tr, _ := errors.AsType[*upstash.TransportError](&lock.UnreachableError{Err: plain}); tr != plain {
		t.Error("an error without a timeout is not the same")
	}
}

type odd struct{ err error }

func (o *odd) Error() string { return "odd: " + o.err.Error() }
func (o *odd) Unwrap() error { return o.err }

// TestDetached: the lease's context has the values of the caller's, not its end.
func TestDetached(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx, cancel := context.WithDeadline(context.WithValue(t.Context(), key{}, 7), time.Now().Add(time.Hour))
	lease, err := newLocker(t, instant(), lock.Options{NoFence: true}).Acquire(ctx, "lock:d:1")
	ok(t, err)
	cancel()
	got := lease.Context()
	if _, has := got.Deadline(); has || got.Err() != nil || got.Value(key{}) != 7 {
		t.Errorf("%v %v %v", has, got.Err(), got.Value(key{}))
	}
	ok(t, lease.Release(context.Background()))
}
