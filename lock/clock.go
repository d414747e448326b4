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

type systemClock struct{}

func (systemClock) Now() time.Time                            { return time.Now() }
func (systemClock) AfterFunc(d time.Duration, f func()) timer { return time.AfterFunc(d, f) }

// reached reports whether end has come by either clock that a time carries. The
// monotonic clock is immune to corrections, but on many systems it stands still
// while the machine is suspended or the function is frozen; the wall clock goes
// on. Both are right about a lease only when both say that it lasts.
func reached(now, end time.Time) bool {
	return !now.Before(end) || !now.Round(0).Before(end.Round(0))
}

// remaining is the time from now to end, by the clock that has less of it.
func remaining(now, end time.Time) time.Duration {
	return min(end.Sub(now), end.Round(0).Sub(now.Round(0)))
}

// sleep waits for d, for wake, or until ctx ends.
func sleep(ctx context.Context, c clock, d time.Duration, wake <-chan struct{}) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	rung := make(chan struct{})
	t := c.AfterFunc(d, func() { close(rung) })
	defer t.Stop()
	select {
	case <-rung:
	case <-wake:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// bounded is context.WithTimeout by the clock c.
func bounded(ctx context.Context, c clock, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := c.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		t.Stop()
		cancel(nil)
	}
}

// graceful returns a context that outlives ctx by the time grace, for clean-up
// that has to happen although the caller was cancelled.
func graceful(ctx context.Context, c clock, grace time.Duration) (context.Context, context.CancelFunc) {
	if ctx.Done() == nil {
		return ctx, func() {}
	}
	out, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	done := make(chan timer, 1)
	stop := context.AfterFunc(ctx, func() {
		done <- c.AfterFunc(grace, func() { cancel(context.DeadlineExceeded) })
	})
	return out, func() {
		if !stop() {
			(<-done).Stop()
		}
		cancel(nil)
	}
}
