package lock

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// wait tries until it has the locks of h or ctx ends.
//
// The time between tries grows from Retry to RetryMax. A try comes sooner when
// the present holder's TTL ends sooner: then, spread by up to Retry so that not
// all waiters ask in the same millisecond. Two tries are never less than Retry/2
// apart, so a wait of length w makes at most 1+2w/Retry of them, and about
// 6+w/RetryMax when the holder keeps renewing. A message from the last holder
// ends a pause at once.
func (l *Locker) wait(ctx context.Context, h *hold, began time.Time, inLine bool) (*Lease, error) {
	w := &waker{l: l, h: h}
	defer w.stop()
	var last error
	tries := 0
	for back := l.o.Retry; ctx.Err() == nil; back = min(2*back, l.o.RetryMax) {
		tries++
		lease, err := l.attempt(ctx, h, began, tries, inLine)
		if err == nil {
			return lease, nil
		}
		if ctx.Err() != nil && !errors.Is(err, ErrHeld) {
			break
		}
		last = err
		if !passing(err) {
			w.stop()
			l.giveBack(ctx, h)
			return nil, err
		}
		if w.pause(ctx, l.delay(back, err), err) != nil {
			break
		}
	}
	w.stop()
	l.giveBack(ctx, h)
	return nil, &WaitError{Err: ended(ctx), Tries: tries, Waited: l.o.clock.Now().Sub(began), Last: last}
}

// delay is how long to wait after a try that ended with err.
func (l *Locker) delay(back time.Duration, err error) time.Duration {
	d := upperHalf(back)
	if left, ok := holderLeft(err); ok {
		d = min(d, left+upperHalf(l.o.Retry))
	}
	return d
}

// holderLeft returns the remaining time of the holder in the way, if it is known.
func holderLeft(err error) (time.Duration, bool) {
	held, ok := errors.AsType[*HeldError](err)
	if !ok || held.Remaining < 0 {
		return 0, false
	}
	return held.Remaining, true
}

// upperHalf draws from d/2 to d.
func upperHalf(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d/2)+1)) //nolint:gosec // jitter needs no secrecy
}
