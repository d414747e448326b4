package lock

import (
	"context"
	"errors"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A waker shortens the pauses of one wait: it listens on the waiter's own channel
// for the message with which the last holder hands the lock over. It starts with
// the first pause and does nothing without Options.Wake.
type waker struct {
	l *Locker
	h *hold

	cancel context.CancelFunc
	ended  chan struct{} // closed when the listening goroutine has ended
	signal chan struct{} // a message came, or the stream stands, or is down
	handed chan struct{} // a message came
}

// safetyNet is how much longer than RetryMax a waiter sleeps that is going to be
// woken: it may wait for a holder that does not know of the line, or that crashed
// after others were handed the lock.
const safetyNet = 4

// pause waits for d, or with a stream until the lock is handed over.
func (w *waker) pause(ctx context.Context, d time.Duration, err error) error {
	if w.l.o.Wake == nil || len(w.h.names) > 1 || w.h.plain || !errors.Is(err, ErrHeld) {
		return sleep(ctx, w.l.o.clock, d, nil)
	}
	w.start(ctx)
	d = safetyNet * w.l.o.RetryMax
	if left, ok := holderLeft(err); ok {
		d = min(d, left+upperHalf(w.l.o.Retry))
	}
	ends := w.l.o.clock.Now().Add(d)
	for {
		if err := sleep(ctx, w.l.o.clock, max(0, ends.Sub(w.l.o.clock.Now())), w.signal); err != nil {
			return err
		}
		select {
		case <-w.handed:
			return nil
		case <-w.ended:
			w.giveUp(ctx)
			return nil
		default:
		}
		if !w.l.o.clock.Now().Before(ends) || w.mine(ctx) {
			return nil
		}
	}
}

// mine reports whether the lock was handed over before the stream stood: then the
// message was missed.
func (w *waker) mine(ctx context.Context) bool {
	s, ok := w.l.site.(*store)
	if !ok {
		return false
	}
	value, err := upstash.Get(w.h.names[0]).Do(ctx, s.d)
	return err == nil && value == w.h.owner || errors.Is(err, upstash.ErrNil)
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
	ctx, w.cancel = context.WithCancel(ctx)
	w.ended = make(chan struct{})
	w.signal = make(chan struct{}, 1)
	w.handed = make(chan struct{}, 1)
	go w.listen(ctx)
}

func (w *waker) listen(ctx context.Context) {
	defer ring(w.signal)
	defer close(w.ended)
	for e, err := range w.l.o.Wake(ctx, wakePrefix+w.h.owner, upstash.StreamOptions{}) {
		if err != nil {
			if errors.Is(err, upstash.ErrNoStreaming) {
				w.l.deaf.Store(true)
			}
			return
		}
		switch e.Kind {
		case upstash.EventMessage:
			ring(w.handed)
			ring(w.signal)
		case upstash.EventReady:
			ring(w.signal)
		}
	}
}

// ring puts a signal into a channel that holds one.
func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// stop ends the stream and waits for its goroutine.
func (w *waker) stop() {
	if w.cancel == nil {
		return
	}
	w.cancel()
	<-w.ended
	w.cancel = nil
}
