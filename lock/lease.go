package lock

import (
	"context"
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
	h        hold
	fences   []int64
	class    string
	inLine   bool
	acquired time.Time
	ctx      context.Context //nolint:containedctx // the lease is the thing whose life it describes
	cancel   context.CancelCauseFunc
	flights  sync.WaitGroup // extensions in flight; added to while live, under mu

	mu      sync.Mutex // guards what follows
	state   state
	until   time.Time  // end of the local validity
	expiry  timer      // nil until the first renewal, which comes before it
	renewal timer      // nil when there is none
	why     *LostError // why it was lost
	dropped bool       // a lost lease has been given back as far as possible
}

type state uint8

const (
	live state = iota
	lost
	released
)

// newLease starts the life of a lease whose request was sent so that it ends at
// the time ends.
func (l *Locker) newLease(ctx context.Context, h *hold, fences []int64, ends time.Time, inLine bool) *Lease {
	s := &lease{
		l: l, h: *h, fences: fences, class: l.class(h.names), inLine: inLine,
		acquired: l.o.clock.Now(), until: ends,
	}
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	if inLine {
		l.lines.hold(h.names[0], s)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.o.Renew > 0 && l.o.Renew < l.o.validity() {
		due := ends.Add(l.o.Renew - l.o.validity())
		s.renewal = l.o.clock.AfterFunc(max(0, remaining(s.acquired, due)), s.renew)
	} else {
		s.watchLocked()
	}
	return &Lease{s}
}

var notHeld = func() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(ErrNotHeld)
	return ctx
}()

// Context ends when the lease is released or detached (cause [ErrReleased]) or
// lost (cause matches [ErrLost]); the latter happens before the server can give
// the lock to somebody else, Options.Margin before as far as the process runs. It
// carries the values of the context that the lease was acquired with, not its
// end.
func (le *Lease) Context() context.Context {
	if le == nil || le.s == nil {
		return notHeld
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
	return s.state == live && !reached(s.l.o.clock.Now(), s.until)
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
	return le.s.h.names[0]
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
	return le.s.ends()
}

func (s *lease) ends() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.until
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
	defer s.flights.Done()
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

// board begins an extension: Release waits for its end.
func (s *lease) board() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.overLocked(); err != nil {
		return err
	}
	s.flights.Add(1)
	return nil
}

// over returns why the lease is no longer live, nil while it is.
func (s *lease) over() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.overLocked()
}

func (s *lease) overLocked() error {
	switch s.state {
	case lost:
		return s.why
	case released:
		return ErrReleased
	}
	return nil
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
	s.expireIfDue()
	s.mu.Lock()
	was, why := s.state, s.why
	drop := was == lost && !s.dropped && why == errExpired
	switch was {
	case live:
		s.closeLocked(released)
	case lost:
		s.dropped = true
	}
	s.mu.Unlock()
	if was == released {
		return ErrReleased
	}
	s.cancel(ErrReleased)
	s.flights.Wait()
	ctx, cancel := graceful(ctx, s.l.o.clock, s.l.o.Grace)
	defer cancel()
	if was == lost {
		if drop { // a renewal whose answer was lost may keep the key alive
			_, _ = s.l.site.release(ctx, &s.h)
		}
		return why
	}
	err := s.sendRelease(ctx)
	s.left()
	s.noteRelease(err)
	return err
}

// sendRelease tries to release until it is known whether that happened. A first
// try whose answer was lost makes the second one find nothing: then the first
// one did it, because the lease was valid when Release was called.
func (s *lease) sendRelease(ctx context.Context) error {
	const most = 3
	maybe := false
	for try := 1; ; try++ {
		ok, err := s.l.site.release(ctx, &s.h)
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
		if sleep(ctx, s.l.o.clock, s.l.o.Retry*time.Duration(try)/2, nil) != nil {
			return typed(err)
		}
	}
}

// closeLocked ends the lease locally.
func (s *lease) closeLocked(to state) {
	s.state = to
	if s.expiry != nil {
		s.expiry.Stop()
	}
	if s.renewal != nil {
		s.renewal.Stop()
	}
}

// left passes the turn in this process on.
func (s *lease) left() {
	if s.inLine {
		s.l.lines.leave(s.h.names[0])
	}
}
