package upstash

import (
	"errors"
	"strconv"
)

// Errors that callers match with errors.Is.
var (
	// ErrNil is returned when the reply is nil: the key, field or element does
	// not exist. It is not a failure.
	ErrNil = errors.New("upstash: nil reply")
	// ErrClosed is returned by a Client after Close.
	ErrClosed = errors.New("upstash: client is closed")
	// ErrMaybeApplied is matched by every [MaybeAppliedError]: the command may
	// or may not have taken effect.
	ErrMaybeApplied = errors.New("upstash: the command may have been applied")
	// ErrNotSent is matched by every error that certainly happened before the
	// command could reach the server.
	ErrNotSent = errors.New("upstash: nothing was sent")
	// ErrBadConfig is matched by every [ConfigError].
	ErrBadConfig = errors.New("upstash: bad configuration")
	// ErrBadArgument is matched by every [ArgumentError].
	ErrBadArgument = errors.New("upstash: bad argument")
	// ErrProtocol is matched when an answer is not what the REST API may send:
	// a web page, truncated JSON, a batch of the wrong length.
	ErrProtocol = errors.New("upstash: not an answer of the Redis REST API")
	// ErrWebPage is the ErrProtocol of a web page: the URL is wrong, or
	// something in between (a proxy, a login) answered.
	ErrWebPage = errors.New("upstash: the answer is a web page")
	// ErrRedirect is the ErrProtocol of a redirect, which is never followed.
	ErrRedirect = errors.New("upstash: the answer is a redirect")
)

// A ConfigError says which setting is bad and what to do about it. It never
// contains the setting's value.
type ConfigError struct {
	_ [0]func() // nobody compares it: code less in WebAssembly

	// Setting is the name of the Config field or the environment variable.
	Setting string
	// Reason says what is wrong.
	Reason string
}

func (e *ConfigError) Error() string {
	return "upstash: bad configuration: " + e.Setting + " " + e.Reason
}

// Is matches [ErrBadConfig].
func (e *ConfigError) Is(target error) bool { return target == ErrBadConfig }

// An ArgumentError is a command that was refused before anything was sent. It
// never contains an argument's value.
type ArgumentError struct {
	_ [0]func() // nobody compares it: code less in WebAssembly

	Command string
	// Position counts arguments from 1; 0 means the command as a whole.
	Position int
	Reason   string
}

func (e *ArgumentError) Error() string {
	s := "upstash: "
	if e.Command != "" {
		s += e.Command + ": "
	}
	if e.Position > 0 {
		s += "argument " + strconv.Itoa(e.Position) + " "
	}
	return s + e.Reason
}

// Is matches [ErrBadArgument] and [ErrNotSent].
func (e *ArgumentError) Is(target error) bool {
	return target == ErrBadArgument || target == ErrNotSent
}

// A DecodeError means that a reply was not of the wanted shape. The command has
// run.
type DecodeError struct {
	_ [0]func() // nobody compares it: code less in WebAssembly

	Command string
	// Want and Got name shapes ("64-bit integer", "array of 3"), never values.
	Want, Got string
}

func (e *DecodeError) Error() string {
	prefix := "upstash: "
	if e.Command != "" {
		prefix += e.Command + ": "
	}
	return prefix + "reply is " + e.Got + ", want " + e.Want
}

// withCommand adds the command's name to an error of a decoder.
//
//go:noinline
func withCommand(err error, args []string) error {
	if e, ok := err.(*DecodeError); ok && e.Command == "" { //nolint:errorlint // only an unwrapped one is ours to complete
		return &DecodeError{Command: nameOf(args), Want: e.Want, Got: e.Got}
	}
	return err
}

// A TransportError means that no usable answer came back. errors.Is matches the
// cause ([context.Canceled], [context.DeadlineExceeded], [ErrResponseTooLarge],
// [ErrProtocol]), and [ErrNotSent] when Sent is false. A command that writes and
// may have been applied comes wrapped in a [MaybeAppliedError].
type TransportError struct {
	_ [0]func() // nobody compares it: code less in WebAssembly

	// Command is the name of the command, or "pipeline of 3" and the like.
	Command string
	// Status is the HTTP status of the last attempt, 0 when there was none.
	Status int
	// Attempts counts the HTTP requests that were tried.
	Attempts int
	// Sent is false when no attempt can have reached the server.
	Sent bool
	Err  error
}

func (e *TransportError) Error() string {
	name, status, attempts := e.Command+": ", "", ""
	if e.Status != 0 {
		status = "HTTP " + strconv.Itoa(e.Status) + ": "
	}
	if e.Attempts > 1 {
		attempts = " (after " + strconv.Itoa(e.Attempts) + " attempts)"
	}
	cause := trimPrefix(trimPrefix(e.Err.Error(), "upstash: "), name)
	return "upstash: " + name + status + cause + attempts
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Is matches [ErrNotSent] when nothing was sent.
func (e *TransportError) Is(target error) bool { return target == ErrNotSent && !e.Sent }

// Timeout reports whether a deadline passed, as net.Error does.
func (e *TransportError) Timeout() bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && t.Timeout()
}

// A MaybeAppliedError means that a command that writes was sent, and whether it
// took effect is not known: the answer was lost. Read the data before you
// repeat the command, or mark commands that may run twice as Retryable.
type MaybeAppliedError struct {
	// Err is a *[TransportError] that says what happened.
	Err error
}

func (e *MaybeAppliedError) Error() string {
	return e.Err.Error() + "; the command may have been applied"
}

// Unwrap returns the *[TransportError].
func (e *MaybeAppliedError) Unwrap() error { return e.Err }

// Is matches [ErrMaybeApplied].
func (e *MaybeAppliedError) Is(target error) bool { return target == ErrMaybeApplied }

// Outcome says what is known about the effect of a command.
type Outcome uint8

const (
	// Applied means that the server answered, the command has run.
	Applied Outcome = iota
	// Rejected means that the server answered with an error; a single command had
	// no effect, a script or a batch may have run in part.
	Rejected
	// NotApplied means that nothing was sent, or that what failed only reads.
	NotApplied
	// MaybeApplied means that the command was sent and the answer was lost.
	MaybeApplied
)

// String returns "applied", "rejected", "not applied" or "maybe applied".
func (o Outcome) String() string {
	switch o {
	case Applied:
		return "applied"
	case Rejected:
		return "rejected"
	case NotApplied:
		return "not applied"
	}
	return "maybe applied"
}

// OutcomeOf tells what err says about the effect of the command that returned
// it. nil, [ErrNil] and a [DecodeError] mean Applied.
func OutcomeOf(err error) Outcome {
	if err == nil || errors.Is(err, ErrNil) {
		return Applied
	}
	if errors.Is(err, ErrMaybeApplied) {
		return MaybeApplied
	}
	if _, ok := errors.AsType[*TransportError](err); ok {
		return NotApplied
	}
	if _, ok := errors.AsType[*ServerError](err); ok {
		return Rejected
	}
	if _, ok := errors.AsType[*DecodeError](err); ok {
		return Applied
	}
	return NotApplied
}
