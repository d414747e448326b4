package lock

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A waker shortens the pauses of one wait: it listens on the waiter's own channel
// for the message with which the last holder hands the lock over. It starts with
// the first pause; there is none without Options.Wake.
type waker struct {
	l    *Locker
	h    *hold
	wake Subscribe

	cancel context.CancelFunc
	handed atomic.Bool   // a message came
	down   atomic.Bool   // listening has ended
	signal chan struct{} // one of them, or the stream stands
	ended  chan struct{} // closed when the listening goroutine has ended
}

// safetyNet is how much longer than RetryMax a waiter sleeps that is going to be
// woken: it may wait for a holder that does not know of the line, or that crashed
// after others were handed the lock.
const safetyNet = 4

// pause waits for d, or with a stream until the lock is handed over.
func (w *waker) pause(ctx context.Context, d time.Duration, err error) error {
	l := w.l
	if w.h.plain || !errors.Is(err, ErrHeld) {
		return l.sleep(ctx, l.delay(d, err), nil)
	}
	w.start(ctx)
	ends := l.now().Add(l.delay(safetyNet*l.o.RetryMax, err))
	for {
		if err := l.sleep(ctx, max(0, -l.since(ends)), w.signal); err != nil {
			return err
		}
		if w.handed.Swap(false) {
			return nil
		}
		if w.down.Load() {
			w.giveUp(ctx)
			return nil
		}
		if l.since(ends) >= 0 || w.mine(ctx) {
			return nil
		}
	}
}

// mine reports whether the lock was handed over before the stream stood: then the
// message was missed.
func (w *waker) mine(ctx context.Context) bool {
	r, err := oneDatabase(w.l.site).do(ctx, upstash.ReadOnly, "GET", w.h.name)
	if err != nil || r.IsNil() {
		return err == nil
	}
	value, err := r.Text()
	return err == nil && value == w.h.owner
}

// giveUp leaves the line, because without a stream nobody could wake this waiter;
// from now on it asks like others. It does so under a new owner's value: the
// request to leave may be repeated on the way, and would then release what the
// old value has obtained in the meantime.
func (w *waker) giveUp(ctx context.Context) {
	old := *w.h
	w.h.owner = newOwner()
	w.h.plain, w.h.queued, w.h.unsure = true, false, false
	w.l.giveBack(ctx, &old)
}

func (w *waker) start(ctx context.Context) {
	if w.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancelCause(ctx)
	w.cancel = func() { cancel(nil) }
	w.signal = make(chan struct{}, 1)
	w.ended = make(chan struct{})
	go w.listen(ctx)
}

func (w *waker) listen(ctx context.Context) {
	events := w.wake(ctx, wakePrefix+w.h.owner, upstash.StreamOptions{})
	events(func(e upstash.Event, err error) bool {
		switch {
		case errors.Is(err, upstash.ErrNoStreaming):
			w.l.deaf.Store(true)
		case err == nil && e.Kind == upstash.EventMessage:
			w.handed.Store(true)
			w.ring()
		case err == nil && e.Kind == upstash.EventReady:
			w.ring()
		}
		return err == nil
	})
	w.down.Store(true)
	w.ring()
	close(w.ended)
}

// ring ends a sleep, or the next one.
func (w *waker) ring() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// stop ends the stream and waits for its goroutine.
func (w *waker) stop() {
	if w.cancel != nil {
		w.cancel()
		<-w.ended
	}
}
