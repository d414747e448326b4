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
	ErrHeld = errors.New("lock: held by someone else")
	// ErrLost: the lease was held and ended before it was released. It is the
	// cause of the end of its context. Another holder may be at work.
	ErrLost = errors.New("lock: lease lost")
	// ErrNotHeld: nothing is held: a zero Lease, or a handle whose lease has
	// ended or was resumed before.
	ErrNotHeld = errors.New("lock: not held")
	// ErrReleased: the lease was released or detached already. It is the cause
	// of the end of its context.
	ErrReleased = errors.New("lock: lease released")
	// ErrUnreachable: no usable answer came; see [UnreachableError].
	ErrUnreachable = errors.New("lock: server unreachable")
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
		return ErrHeld.Error()
	}
	return ErrHeld.Error() + " for up to " + e.Remaining.String()
}

// Is matches [ErrHeld].
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// A LostError says why a lease was lost. It matches [ErrLost].
type LostError struct {
	// Reason says what happened, without names.
	Reason string
}

func (e *LostError) Error() string { return ErrLost.Error() + ": " + e.Reason }

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
type UnreachableError struct {
	// Err is what the Doer returned, usually a *[upstash.TransportError] or a
	// *[upstash.MaybeAppliedError].
	Err error
}

func (e *UnreachableError) Error() string { return ErrUnreachable.Error() + ": " + e.Err.Error() }

// Is matches [ErrUnreachable] and what Err matches.
func (e *UnreachableError) Is(target error) bool {
	if target == context.Canceled || target == context.DeadlineExceeded {
		return false
	}
	return target == ErrUnreachable || errors.Is(e.Err, target)
}

// As finds types in Err.
func (e *UnreachableError) As(target any) bool { return errors.As(e.Err, target) }

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
	s := "lock: not obtained in " + strconv.Itoa(e.Tries) + " tries and " + e.Waited.String() + ": " + e.Err.Error()
	if e.Last != nil {
		s += " (" + e.Last.Error() + ")"
	}
	return s
}

// Unwrap returns Err.
func (e *WaitError) Unwrap() error { return e.Err }

// ended is the error of a ctx that has ended, with its cause.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return &endError{err, cause}
}

// An endError is a context error with the reason behind it; errors.Is finds both.
type endError struct{ err, cause error }

func (e *endError) Error() string   { return e.err.Error() + ": " + e.cause.Error() }
func (e *endError) Unwrap() []error { return []error{e.err, e.cause} }

// answered reports whether err is the server's own refusal, or was found before
// anything was sent: then nothing can have been applied.
func answered(err error) bool {
	if errors.Is(err, upstash.ErrNotSent) {
		return true
	}
	_, refused := errors.AsType[*upstash.ServerError](err)
	return refused && !errors.Is(err, upstash.ErrMaybeApplied)
}

// typed turns the error of a Doer into one of this package.
func typed(err error) error {
	if _, ok := errors.AsType[*upstash.ArgumentError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*upstash.ServerError](err); ok && !errors.Is(err, upstash.ErrMaybeApplied) {
		return err
	}
	if _, ok := errors.AsType[*upstash.DecodeError](err); ok || errors.Is(err, upstash.ErrClosed) {
		return err
	}
	return &UnreachableError{Err: err}
}

// passing reports whether a failed try may succeed when it is repeated.
func passing(err error) bool {
	switch {
	case errors.Is(err, ErrHeld), errors.Is(err, ErrLost), errors.Is(err, ErrUnreachable):
		return true
	}
	return errors.Is(err, upstash.ErrReadOnly) || errors.Is(err, upstash.ErrThrottled)
}

// badArgument is a refusal before any I/O.
func badArgument(reason string) error {
	return &upstash.ArgumentError{Command: "lock", Reason: reason}
}
