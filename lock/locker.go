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
	o     settings
	site  site
	books bookkeeping          // nil for the Locker of With
	waker func(h *hold) pauser // nil without Options.Wake
	deaf  atomic.Bool          // the transport behind Options.Wake cannot stream
}

// A pauser makes the pauses of one wait.
type pauser interface {
	// pause waits for d after a try that ended with err, or less.
	pause(ctx context.Context, d time.Duration, err error) error
	// stop ends what pause has begun.
	stop()
}

// New checks o and returns a Locker that keeps locks in the database behind d. It
// does no I/O. A bad option is an *[upstash.ArgumentError].
func New(d upstash.Doer, o Options) (*Locker, error) {
	l, err := newLocker(&o, d)
	if err != nil {
		return nil, err
	}
	switch s := newStore(d, &l.o); {
	case o.Wake != nil:
		l.site = &linedStore{s}
		l.waker = func(h *hold) pauser { return &waker{l: l, h: h, wake: o.Wake} }
	case o.NoFence:
		l.site = &plainStore{s}
	default:
		l.site = s
	}
	return l, nil
}

func newLocker(o *Options, ds ...upstash.Doer) (*Locker, error) {
	b := &books{classOf: o.Class, observe: o.Observe}
	if b.classOf == nil {
		b.classOf = classOf
	}
	l := &Locker{o: o.settings(), books: b}
	return l, l.o.complete(ds...)
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
	names := []string{name}
	if err := checkNames(names); err != nil {
		return nil, err
	}
	in, holder := l.lines().tryEnter(name)
	if holder != nil {
		l.note(Contended, l.books.class(name), 0, 0)
		return nil, &HeldError{Remaining: max(0, holder.remains())}
	}
	h := l.newHold(names)
	h.plain = true
	var lease *Lease
	defer func() { // also when something of the caller's panics
		if lease == nil && in {
			l.lines().leave(name)
		}
	}()
	lease, err := l.tryOnce(ctx, h, in)
	return lease, err
}

// TryAcquireAll is TryAcquire for several names at once: all or none, in one
// request. The lease is one; it is lost when one of the names is.
func (l *Locker) TryAcquireAll(ctx context.Context, names ...string) (*Lease, error) {
	if err := checkNames(names); err != nil {
		return nil, err
	}
	return l.tryOnce(ctx, l.newHold(append([]string(nil), names...)), false)
}

// Acquire waits until it has the lock, or until ctx ends; then the error matches
// ctx's own and is a *[WaitError]. Other errors end the wait only when waiting
// cannot mend them: bad names, and refusals of the server like a missing
// permission.
func (l *Locker) Acquire(ctx context.Context, name string) (*Lease, error) {
	names := []string{name}
	if err := checkNames(names); err != nil {
		return nil, err
	}
	began := l.now()
	if l.lines().enter(ctx, name) != nil {
		return nil, &WaitError{Err: ended(ctx), Waited: l.since(began)}
	}
	h := l.newHold(names)
	h.plain = l.deaf.Load()
	var lease *Lease
	defer func() { // also when something of the caller's panics
		if lease == nil {
			l.lines().leave(name)
		}
	}()
	lease, err := l.wait(ctx, h, began, true)
	return lease, err
}

// AcquireAll is Acquire for several names at once, all or none. Whoever takes
// single names of these all the time can keep it waiting.
func (l *Locker) AcquireAll(ctx context.Context, names ...string) (*Lease, error) {
	if err := checkNames(names); err != nil {
		return nil, err
	}
	return l.wait(ctx, l.newHold(append([]string(nil), names...)), l.now(), false)
}

// newHold is what is asked for, under a new owner's value.
func (l *Locker) newHold(names []string) *hold {
	h := &hold{name: names[0], names: names, owner: newOwner()}
	if l.books != nil {
		h.class = l.books.class(h.name)
	}
	return h
}

// tryOnce makes one attempt and cleans up after it.
func (l *Locker) tryOnce(ctx context.Context, h *hold, inLine bool) (*Lease, error) {
	if ctx.Err() != nil {
		return nil, &WaitError{Err: ended(ctx)}
	}
	began := l.now()
	lease, err := l.attempt(ctx, h, began, 1, inLine)
	if err == nil {
		return lease, nil
	}
	l.giveBack(ctx, h)
	if ctx.Err() != nil {
		e := &WaitError{Err: ended(ctx), Tries: 1, Waited: l.since(began)}
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
	ends := l.ends()
	g, err := l.site.acquire(ctx, h)
	if err != nil {
		h.unsure = h.unsure || !answered(err) || partly(err)
		l.note(Failed, h.class, 0, 0)
		return nil, typed(err)
	}
	if !g.ok {
		l.note(Contended, h.class, 0, 0)
		return nil, &HeldError{Remaining: time.Duration(g.left) * time.Millisecond}
	}
	if l.until(ends) <= 0 {
		h.unsure = true
		return nil, errSlow
	}
	l.note(Acquired, h.class, l.since(began), tries) // first: if it panics nobody has the lease to release it
	return l.newLease(ctx, h, g.fences, ends, inLine), nil
}

// partly reports whether err is a refusal inside a script: what the script did
// before may stay.
func partly(err error) bool {
	e, ok := origin(err).(*upstash.ServerError) //nolint:errorlint // unwrapped by origin
	return ok && (e.Command == "EVALSHA" || e.Command == "EVAL") && !errors.Is(err, upstash.ErrNoPermission)
}

// giveBack frees what requests for h may have obtained although they failed, and
// leaves the line of waiters. It works for a short time after ctx has ended.
func (l *Locker) giveBack(ctx context.Context, h *hold) {
	if !h.unsure && !h.queued {
		return
	}
	if l.o.Grace > 0 {
		ctx = detach(ctx)
	}
	ctx, cancel := l.bounded(ctx, max(l.o.Grace, time.Millisecond))
	defer cancel()
	_, _ = l.site.release(ctx, h) // whatever comes of it, the TTL ends the lock
}

// With waits for the lock, runs fn while holding it, and releases it. See
// [Locker.With].
//
// It makes a Locker each time, which is right for now and then; keep one and call
// its method where a lock is taken all the time. A WebAssembly program that has no
// other Locker is smaller, because it has no code for lines, statistics and streams.
func With(ctx context.Context, d upstash.Doer, name string, ttl time.Duration, fn func(ctx context.Context, lease *Lease) error) error {
	if ttl == 0 {
		return badArgument(shortTTL)
	}
	l := &Locker{o: settings{TTL: ttl}}
	err := l.o.complete(d)
	if err == nil {
		err = checkName(name)
	}
	if err != nil {
		return err
	}
	l.site = newStore(d, &l.o)
	lease, err := l.wait(ctx, l.newHold([]string{name}), l.now(), false)
	if err != nil {
		return err
	}
	return lease.with(ctx, fn)
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
	le.s.endsToo(cancel)
	defer func() {
		cancel(ErrReleased)
		switch e := le.Release(ctx); {
		case e == nil || !errors.Is(e, ErrLost) || errors.Is(err, ErrLost):
		case err == nil:
			err = e
		default:
			err = &bothError{one: err, other: e, between: "\n"}
		}
	}()
	return fn(inner, le)
}

// itoa is a number as an argument.
//
//go:noinline
func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// milliseconds is a time span as an argument.
//
//go:noinline
func milliseconds(d time.Duration) string { return itoa(d.Milliseconds()) }
