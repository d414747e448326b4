package lock

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A Lease is one holding of a lock, or of several at once. It is safe for
// concurrent use. It renews itself in the background until it is released,
// detached or lost; nothing of it runs after that.
type Lease struct{ s *lease }

// lease is behind a pointer so that printing a Lease cannot reach the owner's
// value.
type lease struct {
	l        *Locker
	h        *hold
	fences   []int64
	inLine   bool
	acquired time.Time
	ctx      context.Context //nolint:containedctx // the lease is the thing whose life it describes
	cancel   context.CancelCauseFunc

	mu      sync.Mutex              // guards what follows
	why     error                   // why it is over: ErrReleased or a *LostError; nil while it lasts
	ends    time.Time               // end of the local validity
	expiry  timer                   // nil until the first extension, which comes before it
	renewal timer                   // nil when there is none
	too     context.CancelCauseFunc // ends another context with the lease; nil without one
	flights int                     // extensions in flight; none begins when it is over
	landed  chan struct{}           // closed when there are none; nil unless Release waits for that
	dropped bool                    // a lost lease has been given back as far as possible
}

// newLease starts the life of a lease whose request was sent so that it ends at
// the time ends.
func (l *Locker) newLease(ctx context.Context, h *hold, fences []int64, ends time.Time, inLine bool) *Lease {
	s := &lease{l: l, h: h, fences: fences, inLine: inLine, acquired: l.now(), ends: ends}
	s.ctx, s.cancel = context.WithCancelCause(detach(ctx))
	if inLine {
		l.books.hold(h.name, s)
	}
	s.mu.Lock()
	if renew, validity := l.o.Renew, l.o.validity(); renew > 0 && renew < validity {
		s.renewal = l.after(max(0, remaining(s.acquired, ends)-validity+renew), s.renew)
	} else {
		s.watchLocked()
	}
	s.mu.Unlock()
	return &Lease{s}
}

// notHeld is the context of a zero Lease.
func notHeld() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(ErrNotHeld)
	return ctx
}

// Context ends when the lease is released or detached (cause [ErrReleased]) or
// lost (cause matches [ErrLost]); the latter happens before the server can give
// the lock to somebody else, Options.Margin before as far as the process runs. It
// carries the values of the context that the lease was acquired with, not its
// end.
func (le *Lease) Context() context.Context {
	if le == nil || le.s == nil {
		return notHeld()
	}
	return le.s.ctx
}

// Valid reports whether the lease lasts at this moment. It reads the clocks, so
// it also notices what the timers behind Context notice late: that the process
// was stopped, or the machine suspended. Ask it right before an effect that
// cannot carry the fencing token.
func (le *Lease) Valid() bool {
	if le == nil || le.s == nil {
		return false
	}
	s := le.s
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why == nil && s.l.until(s.ends) > 0
}

// Fence returns the fencing token: a positive number that is greater than that of
// every earlier acquisition of the name. Hand it to whatever the work writes to,
// and let that refuse numbers lower than one it has seen. It is 0 without fencing
// (Options.NoFence, quorum), and the first name's for several names.
func (le *Lease) Fence() int64 {
	if le == nil || le.s == nil || len(le.s.fences) == 0 {
		return 0
	}
	return le.s.fences[0]
}

// FenceOf returns the fencing token of one of several names, 0 for a name that
// the lease does not have.
func (le *Lease) FenceOf(name string) int64 {
	if le == nil || le.s == nil {
		return 0
	}
	for i, n := range le.s.h.names {
		if n == name && i < len(le.s.fences) {
			return le.s.fences[i]
		}
	}
	return 0
}

// Name returns the name, the first one for several.
func (le *Lease) Name() string {
	if le == nil || le.s == nil {
		return ""
	}
	return le.s.h.name
}

// Names returns all names.
func (le *Lease) Names() []string {
	if le == nil || le.s == nil {
		return nil
	}
	return append([]string(nil), le.s.h.names...)
}

// Expires returns when the lease ends unless it is renewed, by the local clock and
// with the margin taken off.
func (le *Lease) Expires() time.Time {
	if le == nil || le.s == nil {
		return time.Time{}
	}
	le.s.mu.Lock()
	defer le.s.mu.Unlock()
	return le.s.ends
}

// String names the type.
func (le Lease) String() string { return "lock.Lease" }

// GoString is String.
func (le Lease) GoString() string { return "&lock.Lease{}" }

// Extend renews the lease now: the whole TTL begins anew. The error matches
// [ErrLost], [ErrReleased], ctx's own, or [ErrUnreachable]; after the latter the
// lease lasts as long as before.
func (le *Lease) Extend(ctx context.Context) error {
	if le == nil || le.s == nil {
		return ErrNotHeld
	}
	s := le.s
	if err := s.board(); err != nil {
		return err
	}
	defer s.land()
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(s.ctx, func() { cancel(ErrReleased) })
	defer stop()
	err := s.extend(inner)
	switch {
	case err == nil, s.over() != nil:
		return s.over()
	case ctx.Err() != nil:
		return ended(ctx)
	}
	return typed(err)
}

// Release gives the lock back. It works for a short time (Options.Grace) after
// ctx has ended. The outcome is one of
//
//   - nil: it was held until now, and is free;
//   - an error that matches [ErrLost]: it was not held any more, the work may
//     have overlapped with another holder's;
//   - an error that matches [ErrUnreachable]: it was held until now, and whether
//     it is free is unknown: it will be after one TTL at the latest;
//   - [ErrReleased]: it was released before;
//   - a refusal of the server (a token without permission): as for unreachable.
func (le *Lease) Release(ctx context.Context) error {
	if le == nil || le.s == nil {
		return ErrNotHeld
	}
	s := le.s
	was := s.close()
	if was == ErrReleased { //nolint:errorlint // close's own, unwrapped
		return was
	}
	ctx, cancel := s.l.graceful(ctx)
	defer cancel(nil)
	if was != nil {
		s.mu.Lock()
		drop := was == errExpired && !s.dropped //nolint:errorlint // likewise
		s.dropped = true
		s.mu.Unlock()
		if drop { // a renewal whose answer was lost may keep the key alive
			_, _ = s.l.site.release(ctx, s.h)
		}
		return was
	}
	err := s.sendRelease(ctx)
	s.left()
	kind := Released
	if err != nil {
		kind = ReleaseUnknown
		if errors.Is(err, ErrLost) {
			kind = Lost
		}
	}
	s.note(kind)
	return err
}

// sendRelease tries to release until it is known whether that happened. A first
// try whose answer was lost makes the second one find nothing: then the first
// one did it, because the lease was valid when Release was called.
func (s *lease) sendRelease(ctx context.Context) error {
	const most = 3
	maybe := false
	for try := 1; ; try++ {
		ok, err := s.l.site.release(ctx, s.h)
		switch {
		case err == nil && (ok || maybe):
			return nil
		case err == nil:
			return errTaken
		}
		maybe = maybe || !answered(err)
		if e := typed(err); try == most || ctx.Err() != nil || !passing(e) {
			return e
		}
		if s.l.sleep(ctx, s.l.o.Retry*time.Duration(try)/2, nil) != nil {
			return typed(err)
		}
	}
}
