package lock

import (
	"context"
	"time"
)

// A clock is time as one process sees it. It is a seam for tests, in which
// processes pause and their clocks drift.
type clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) timer
}

type timer interface{ Stop() bool }

// remaining is the time from now to end, by whichever clock has less of it. The
// monotonic clock is immune to corrections, but on many systems it stands still
// while the machine is suspended or the function is frozen; the wall clock goes
// on. Both are right about a lease only when both say that it lasts.
func remaining(now, end time.Time) time.Duration {
	return min(end.Sub(now), time.Duration(end.UnixNano()-now.UnixNano()))
}

// The clock of a Locker. Like some others of this package, these functions are not
// inlined because they are called so often: a WebAssembly program gets smaller.

//go:noinline
func (l *Locker) now() time.Time {
	if c := l.o.clock; c != nil {
		return c.Now()
	}
	return time.Now()
}

//go:noinline
func (l *Locker) after(d time.Duration, f func()) timer {
	if c := l.o.clock; c != nil {
		return c.AfterFunc(d, f)
	}
	return time.AfterFunc(d, f)
}

// ends is when a lease is over whose request is sent now.
//
//go:noinline
func (l *Locker) ends() time.Time { return l.now().Add(l.o.validity()) }

func (l *Locker) since(t time.Time) time.Duration { return l.now().Sub(t) }

func (l *Locker) until(end time.Time) time.Duration { return remaining(l.now(), end) }

// sleep waits for d, for wake, or until ctx ends.
func (l *Locker) sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	if ctx.Err() == nil {
		rung := make(chan struct{})
		t := l.after(d, func() { close(rung) })
		select {
		case <-rung:
		case <-wake:
		case <-ctx.Done():
		}
		t.Stop()
	}
	return ctx.Err()
}

// bounded is context.WithTimeout by the Locker's clock.
func (l *Locker) bounded(ctx context.Context, d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := l.after(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		t.Stop()
		cancel(nil)
	}
}

// graceful returns a context that outlives ctx by Options.Grace, for clean-up
// that has to happen although the caller was cancelled.
func (l *Locker) graceful(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	if ctx.Done() == nil {
		return ctx, func(error) {}
	}
	out, cancel := context.WithCancelCause(detach(ctx))
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-ctx.Done():
			_ = l.sleep(out, l.o.Grace, nil)
			cancel(context.DeadlineExceeded)
		case <-out.Done():
		}
	}()
	return out, func(why error) {
		cancel(why)
		<-gone
	}
}

// detach is context.WithoutCancel, which is more than three times as much code.
func detach(ctx context.Context) context.Context {
	if ctx.Done() == nil {
		return ctx
	}
	return &detached{ctx: ctx}
}

// A detached context has the values of another one, but not its end.
type detached struct {
	_   [0]func()       // nobody compares it, so no code for that need be linked
	ctx context.Context //nolint:containedctx // it is one
}

func (*detached) Deadline() (end time.Time, ok bool) { return end, false }

func (*detached) Done() <-chan struct{} { return nil }

func (*detached) Err() error { return nil }

func (d *detached) Value(key any) any { return d.ctx.Value(key) }
