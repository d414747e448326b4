package ratelimit

import (
	"errors"
	"strconv"
)

// Errors that callers match with errors.Is.
var (
	// ErrLimited is matched by every [LimitedError].
	ErrLimited = errors.New("ratelimit: limited")
	// ErrBadOption is matched by every [OptionError].
	ErrBadOption = errors.New("ratelimit: bad option")
	// ErrUncertain is the cause of a degraded decision whose answer was lost and
	// about which the server could no longer tell whether it had been counted.
	ErrUncertain = errors.New("ratelimit: an answer was lost, and whether the decision was counted is not known")
	// ErrReleased is returned for a slot that is no longer held: it was released,
	// or its lease had ended.
	ErrReleased = errors.New("ratelimit: the slot is no longer held")
)

// A LimitedError means that a call was refused. [Limiter.Wait], [Intercept] and
// others that return no Decision return it.
type LimitedError struct {
	// Decision says by whom and until when.
	Decision Decision
}

func (e *LimitedError) Error() string {
	text := "ratelimit: limited"
	if e.Decision.Policy != "" {
		text += " by policy " + e.Decision.Policy
	}
	switch {
	case e.Decision.Never():
		text += ": the cost is above the limit"
	case e.Decision.RetryAfter > 0:
		text += ": retry after " + strconv.FormatInt(e.Decision.RetryAfter.Milliseconds(), 10) + " ms"
	}
	return text
}

// Is matches [ErrLimited].
func (e *LimitedError) Is(target error) bool { return target == ErrLimited }

// Unwrap returns why Redis could not decide, when that is the reason.
func (e *LimitedError) Unwrap() error { return e.Decision.Err }

// An OptionError is a setting or an argument that cannot work. It never contains
// an id.
type OptionError struct {
	_ [0]func() // nobody compares it: code less in WebAssembly

	// Option names the field or argument.
	Option string
	// Reason says what is wrong.
	Reason string
}

func (e *OptionError) Error() string { return "ratelimit: " + e.Option + " " + e.Reason }

// Is matches [ErrBadOption].
func (e *OptionError) Is(target error) bool { return target == ErrBadOption }

// bothError are two errors, both of which errors.Is finds: errors.Join for less code.
type bothError struct {
	_          [0]func()
	one, other error
}

func (e *bothError) Error() string { return e.one.Error() + "\n" + e.other.Error() }
func (e *bothError) Unwrap() []error {
	both := make([]error, 2) // a literal would have code to compare arrays linked
	both[0], both[1] = e.one, e.other
	return both
}
