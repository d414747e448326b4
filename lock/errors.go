package lock

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// What callers match with errors.Is. An error of this package matches at most one
// of these and the two context errors; what matches none is the server's refusal
// (*[upstash.ServerError]: no permission, quota, a key of another type) or a bad
// argument (*[upstash.ArgumentError]), as package upstash returns them.
var (
	// ErrHeld: somebody else holds the lock; see [HeldError] for how long.
	ErrHeld = errors.New(heldText)
	// ErrLost: the lease was held and ended before it was released. It is the
	// cause of the end of its context. Another holder may be at work.
	ErrLost = errors.New(lostText)
	// ErrNotHeld: nothing is held: a zero Lease, or a handle whose lease has
	// ended or was resumed before.
	ErrNotHeld = errors.New("lock: not held")
	// ErrReleased: the lease was released or detached already. It is the cause
	// of the end of its context.
	ErrReleased = errors.New("lock: lease released")
	// ErrUnreachable: no usable answer came; see [UnreachableError].
	ErrUnreachable = errors.New(unreachableText)
)

const (
	heldText        = "lock: held by someone else"
	lostText        = "lock: lease lost"
	unreachableText = "lock: server unreachable"
)

// A HeldError says that somebody else holds the lock. It matches [ErrHeld].
type HeldError struct {
	// Remaining is how long the lock stays held unless its holder renews or
	// releases it; negative when it does not end by itself, or when that is not
	// known.
	Remaining time.Duration
}

func (e *HeldError) Error() string {
	if e.Remaining < 0 {
		return heldText
	}
	return heldText + " for up to " + span(e.Remaining)
}

// Is matches [ErrHeld].
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// A LostError says why a lease was lost. It matches [ErrLost].
type LostError struct {
	// Reason says what happened, without names.
	Reason string
}

func (e *LostError) Error() string { return lostText + ": " + e.Reason }

// Is matches [ErrLost].
func (e *LostError) Is(target error) bool { return target == ErrLost }

// The ways to lose a lease.
var (
	errExpired = &LostError{Reason: "it was not renewed in time"}
	errTaken   = &LostError{Reason: "the server no longer has it"}
	errSlow    = &LostError{Reason: "the answer came after its end"}
	errStale   = &LostError{Reason: "a guarded command was refused"}
)

// An UnreachableError says that no usable answer came, although ctx had not
// ended. It matches [ErrUnreachable], and what its cause matches apart from the
// context errors: a timeout of the transport is not the end of ctx.
//
// From Acquire it means that the lock was not obtained (what may have been
// obtained was given back, or ends after one TTL); from Release that it is not
// known whether the lock is free already: it will be after one TTL at the latest.
//
// errors.As finds what Err wraps; on WebAssembly, of a timeout only the errors of
// package upstash named below.
type UnreachableError struct {
	// Err is what the Doer returned, usually a *[upstash.TransportError] or a
	// *[upstash.MaybeAppliedError].
	Err error
}

func (e *UnreachableError) Error() string { return unreachableText + ": " + e.Err.Error() }

// Is matches [ErrUnreachable].
func (e *UnreachableError) Is(target error) bool { return target == ErrUnreachable }

// Unwrap returns Err, or where that matches a context error, the same without it.
func (e *UnreachableError) Unwrap() error { return veiled(e.Err) }

// veiled returns err with a timeout inside it hidden. (Methods Is and As of an
// UnreachableError could do that, but errors.As costs 11 kB of a compressed
// WebAssembly program, and errors.AsType does not need it.)
func veiled(err error) error {
	if !isContext(err) {
		return err
	}
	switch e := err.(type) { //nolint:errorlint // each layer by itself
	case *upstash.MaybeAppliedError:
		return &upstash.MaybeAppliedError{Err: veiled(e.Err)}
	case *upstash.TransportError:
		out := *e
		out.Err = veiled(e.Err)
		return &out
	}
	return &veil{err}
}

func isContext(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// A veil is a timeout that is not the end of the caller's ctx.
type veil struct{ err error }

func (v *veil) Error() string { return v.err.Error() }

// Timeout reports what a deadline is.
func (v *veil) Timeout() bool { return errors.Is(v.err, context.DeadlineExceeded) }

// Is matches what the cause matches apart from the context errors.
func (v *veil) Is(target error) bool { return !isContext(target) && errors.Is(v.err, target) }

// A WaitError says that ctx ended before the lock was obtained. It matches
// ctx.Err() and the cause of ctx.
type WaitError struct {
	// Err is ctx.Err(), joined with the cause of ctx when there is one.
	Err error
	// Tries counts the requests for the lock, and Waited is the time since the
	// call began.
	Tries  int
	Waited time.Duration
	// Last is what the last try said that ctx did not cut short: a *[HeldError]
	// or an *[UnreachableError], nil without one. errors.Is does not match it.
	Last error
}

func (e *WaitError) Error() string {
	s := "lock: not obtained in " + strconv.Itoa(e.Tries) + " tries and " + span(e.Waited) + ": " + e.Err.Error()
	if e.Last == nil {
		return s
	}
	return s + " (" + e.Last.Error() + ")"
}

// Unwrap returns Err.
func (e *WaitError) Unwrap() error { return e.Err }

// span is d.String, not inlined.
//
//go:noinline
func span(d time.Duration) string { return d.String() }

// ended is the error of a ctx that has ended, with its cause.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return &bothError{one: err, other: cause, between: ": "}
}

// bothError are two errors, both of which errors.Is finds.
type bothError struct {
	_          [0]func() // nobody compares it, so no code for that need be linked
	one, other error
	between    string
}

func (e *bothError) Error() string { return e.one.Error() + e.between + e.other.Error() }
func (e *bothError) Unwrap() []error {
	both := make([]error, 2) // a literal would have code to compare arrays linked
	both[0], both[1] = e.one, e.other
	return both
}

// origin returns the *ServerError or *DecodeError that err is or wraps, nil when
// there is none. errors.AsType would be 2 kB more of a WebAssembly program.
func origin(err error) error {
	switch e := err.(type) { //nolint:errorlint // this is what unwraps
	case *upstash.ServerError, *upstash.DecodeError:
		return err
	case interface{ Unwrap() error }:
		return origin(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if found := origin(one); found != nil {
				return found
			}
		}
	}
	return nil
}

// refusal returns the server's own refusal, nil if err is none, or if an earlier
// attempt may have been applied.
func refusal(err error) *upstash.ServerError {
	e, ok := origin(err).(*upstash.ServerError) //nolint:errorlint // unwrapped by origin
	if !ok || errors.Is(err, upstash.ErrMaybeApplied) {
		return nil
	}
	return e
}

// answered reports whether err is the server's own refusal, or was found before
// anything was sent: then nothing can have been applied.
func answered(err error) bool {
	return refusal(err) != nil || errors.Is(err, upstash.ErrNotSent) && !errors.Is(err, upstash.ErrMaybeApplied)
}

// typed turns the error of a Doer into one of this package.
func typed(err error) error {
	if refusal(err) != nil || errors.Is(err, upstash.ErrClosed) {
		return err
	}
	if _, ok := origin(err).(*upstash.DecodeError); ok || errors.Is(err, upstash.ErrBadArgument) { //nolint:errorlint // likewise
		return err
	}
	return &UnreachableError{Err: err}
}

// passable are pointers so that no code fills the table.
var passable = [...]*error{&ErrHeld, &ErrLost, &ErrUnreachable, &upstash.ErrReadOnly, &upstash.ErrThrottled}

// passing reports whether a failed try may succeed when it is repeated.
//
//go:noinline
func passing(err error) bool {
	for _, target := range passable {
		if errors.Is(err, *target) {
			return true
		}
	}
	return false
}

// badArgument is a refusal before any I/O.
//
//go:noinline
func badArgument(reason string) error {
	return &upstash.ArgumentError{Command: "lock", Reason: reason}
}
