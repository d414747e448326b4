package lock

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A Locker acquires leases on named locks. A name is the key of the lock in the
// database, like keys.PayoutLock(id). It is safe for concurrent use; share one,
// because goroutines that wait for the same name on one Locker line up in the
// process and only the first of them asks the server.
type Locker struct {
	o     Options
	site  site
	lines lines
	stats stats
	deaf  atomic.Bool // the transport behind Options.Wake cannot stream
}

// New checks o and returns a Locker that keeps locks in the database behind d. It
// does no I/O. A bad option is an *[upstash.ArgumentError].
func New(d upstash.Doer, o Options) (*Locker, error) {
	l, err := newLocker(o)
	if err != nil {
		return nil, err
	}
	l.site = newStore(d, &l.o)
	return l, nil
}

func newLocker(o Options) (*Locker, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &Locker{o: o}
	l.stats.locker = l
	return l, nil
}

// String names the type; a Locker prints nothing of what it knows.
func (l *Locker) String() string { return "lock.Locker" }

// GoString is String.
func (l *Locker) GoString() string { return "&lock.Locker{}" }

// TryAcquire asks once, with one request. When the lock is held the error matches
// [ErrHeld]; when this Locker itself has the lease it says so without a request.
// When no answer comes it gives back what it may have obtained and returns an
// error that matches [ErrUnreachable], or ctx's own.
func (l *Locker) TryAcquire(ctx context.Context, name string) (*Lease, error) {
	if err := checkNames([]string{name}); err != nil {
		return nil, err
	}
	in, holder := l.lines.tryEnter(name)
	if holder != nil {
		err := &HeldError{Remaining: max(0, remaining(l.o.clock.Now(), holder.ends()))}
		l.stats.note(Event{Kind: Contended, Class: l.class([]string{name})})
		return nil, err
	}
	lease, err := l.tryOnce(ctx, &hold{names: []string{name}, owner: newOwner(), plain: true}, in)
	if err != nil && in {
		l.lines.leave(name)
	}
	return lease, err
}

// TryAcquireAll is TryAcquire for several names at once: all or none, in one
// request. The lease is one; it is lost when one of the names is.
func (l *Locker) TryAcquireAll(ctx context.Context, names ...string) (*Lease, error) {
	if err := checkNames(names); err != nil {
		return nil, err
	}
	return l.tryOnce(ctx, &hold{names: append([]string(nil), names...), owner: newOwner()}, false)
}

// Acquire waits until it has the lock, or until ctx ends; then the error matches
// ctx's own and is a *[WaitError]. Other errors end the wait only when waiting
// cannot mend them: bad names, and refusals of the server like a missing
// permission.
func (l *Locker) Acquire(ctx context.Context, name string) (*Lease, error) {
	if err := checkNames([]string{name}); err != nil {
		return nil, err
	}
	began := l.o.clock.Now()
	if err := l.lines.enter(ctx, name); err != nil {
		return nil, &WaitError{Err: ended(ctx), Waited: l.o.clock.Now().Sub(began)}
	}
	h := &hold{names: []string{name}, owner: newOwner(), plain: l.deaf.Load()}
	lease, err := l.wait(ctx, h, began, true)
	if err != nil {
		l.lines.leave(name)
	}
	return lease, err
}

// AcquireAll is Acquire for several names at once, all or none. Whoever takes
// single names of these all the time can keep it waiting.
func (l *Locker) AcquireAll(ctx context.Context, names ...string) (*Lease, error) {
	if err := checkNames(names); err != nil {
		return nil, err
	}
	h := &hold{names: append([]string(nil), names...), owner: newOwner()}
	return l.wait(ctx, h, l.o.clock.Now(), false)
}

// tryOnce makes one attempt and cleans up after it.
func (l *Locker) tryOnce(ctx context.Context, h *hold, inLine bool) (*Lease, error) {
	if ctx.Err() != nil {
		return nil, &WaitError{Err: ended(ctx)}
	}
	began := l.o.clock.Now()
	lease, err := l.attempt(ctx, h, began, 1, inLine)
	if err == nil {
		return lease, nil
	}
	l.giveBack(ctx, h)
	if ctx.Err() != nil {
		e := &WaitError{Err: ended(ctx), Tries: 1, Waited: l.o.clock.Now().Sub(began)}
		if errors.Is(err, ErrHeld) {
			e.Last = err
		}
		return nil, e
	}
	return nil, err
}

// attempt sends one request for the locks of h. began is when the caller started
// to wait.
func (l *Locker) attempt(ctx context.Context, h *hold, began time.Time, tries int, inLine bool) (*Lease, error) {
	sent := l.o.clock.Now()
	g, err := l.site.acquire(ctx, h)
	switch {
	case err != nil:
		h.unsure = h.unsure || !answered(err) || partly(err)
		l.stats.note(Event{Kind: Failed, Class: l.class(h.names)})
		return nil, typed(err)
	case !g.ok:
		l.stats.note(Event{Kind: Contended, Class: l.class(h.names)})
		return nil, &HeldError{Remaining: time.Duration(g.left) * time.Millisecond}
	}
	now := l.o.clock.Now()
	ends := sent.Add(l.o.validity())
	if reached(now, ends) {
		h.unsure = true
		return nil, errSlow
	}
	lease := l.newLease(ctx, h, g.fences, ends, inLine)
	l.stats.note(Event{Kind: Acquired, Class: lease.s.class, Waited: now.Sub(began), Tries: tries})
	return lease, nil
}

// partly reports whether err is a refusal inside a script: what the script did
// before may stay.
func partly(err error) bool {
	e, ok := errors.AsType[*upstash.ServerError](err)
	return ok && (e.Command == "EVALSHA" || e.Command == "EVAL") && !errors.Is(err, upstash.ErrNoPermission)
}

// giveBack frees what requests for h may have obtained although they failed, and
// leaves the line of waiters. It works for a short time after ctx has ended.
func (l *Locker) giveBack(ctx context.Context, h *hold) {
	if !h.unsure && !h.queued {
		return
	}
	ctx, cancel := graceful(ctx, l.o.clock, l.o.Grace)
	defer cancel()
	ctx, stop := bounded(ctx, l.o.clock, max(l.o.Grace, time.Millisecond))
	defer stop()
	_, _ = l.site.release(ctx, h) // whatever comes of it, the TTL ends the lock
}

// With waits for the lock, runs fn while holding it, and releases it. See
// [Locker.With].
//
// It makes a Locker each time, which is right for now and then; keep one and call
// its method where a lock is taken all the time.
func With(ctx context.Context, d upstash.Doer, name string, ttl time.Duration, fn func(ctx context.Context, lease *Lease) error) error {
	if ttl == 0 {
		return badArgument("the TTL is shorter than a millisecond")
	}
	l, err := New(d, Options{TTL: ttl})
	if err != nil {
		return err
	}
	return l.With(ctx, name, fn)
}

// With waits for the lock as [Locker.Acquire] does, runs fn while holding it, and
// releases it. The context of fn is derived from ctx and ends with the cause
// [ErrLost] before another holder can come in.
//
// The error is fn's own. When the lease was lost before fn returned, or the
// server no longer had it at the release, it also matches [ErrLost], even if fn
// returned nil: the work may have overlapped with another holder's. That the
// answer to the release was lost is no error here.
func (l *Locker) With(ctx context.Context, name string, fn func(ctx context.Context, lease *Lease) error) error {
	lease, err := l.Acquire(ctx, name)
	if err != nil {
		return err
	}
	return lease.with(ctx, fn)
}

// with runs fn under the lease and releases it, also when fn panics.
func (le *Lease) with(ctx context.Context, fn func(ctx context.Context, lease *Lease) error) (err error) {
	inner, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(le.Context(), func() { cancel(context.Cause(le.Context())) })
	defer func() {
		stop()
		cancel(ErrReleased)
		if e := le.Release(ctx); errors.Is(e, ErrLost) {
			switch {
			case err == nil:
				err = e
			case !errors.Is(err, ErrLost):
				err = errors.Join(err, e)
			}
		}
	}()
	return fn(inner, le)
}

// class is the class of the first name.
func (l *Locker) class(names []string) string { return l.o.Class(names[0]) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
