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
	var w pauser
	if l.waker != nil && len(h.names) == 1 {
		w = l.waker(h)
		defer w.stop() // also when something of the caller's panics
	}
	var lease *Lease
	var err, last error
	tries := 0
	for back := l.o.Retry; ctx.Err() == nil; back = min(2*back, l.o.RetryMax) {
		tries++
		lease, err = l.attempt(ctx, h, began, tries, inLine)
		if err == nil || ctx.Err() != nil && !errors.Is(err, ErrHeld) {
			break
		}
		last = err
		if !passing(err) {
			break
		}
		d := upperHalf(back)
		if w != nil {
			err = w.pause(ctx, d, err)
		} else {
			err = l.sleep(ctx, l.delay(d, err), nil)
		}
		if err != nil {
			break
		}
	}
	if w != nil {
		w.stop() // before giveBack, whose message would wake us
	}
	if lease != nil {
		return lease, nil
	}
	l.giveBack(ctx, h)
	if last != nil && !passing(last) {
		return nil, last
	}
	return nil, &WaitError{Err: ended(ctx), Tries: tries, Waited: l.since(began), Last: last}
}

// delay shortens d, how long to wait after a try that ended with err, to the
// remaining time of the holder in the way, if that is known.
func (l *Locker) delay(d time.Duration, err error) time.Duration {
	held, ok := err.(*HeldError) //nolint:errorlint // attempt's own, unwrapped
	if ok && held.Remaining >= 0 {
		d = min(d, held.Remaining+upperHalf(l.o.Retry))
	}
	return d
}

// upperHalf draws from d/2 to d.
func upperHalf(d time.Duration) time.Duration {
	return d - time.Duration(rand.Uint64()%uint64(d/2+1)) //nolint:gosec // jitter needs neither secrecy nor exactness
}
