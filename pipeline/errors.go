package pipeline

import (
	"context"
	"errors"
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Errors that callers match with errors.Is.
var (
	// ErrPending is returned by a [Future] whose command has not been answered
	// yet.
	ErrPending = errors.New("pipeline: the result is pending")
	// ErrExecuted is returned by a second Exec, and by the future of a command
	// that was added after the first.
	ErrExecuted = errors.New("pipeline: the pipeline has been executed already")
	// ErrClosed is matched by the [UnsentError] of a command that came after
	// Close.
	ErrClosed = errors.New("pipeline: the auto-pipeliner is closed")
	// ErrQueueFull is matched by the [UnsentError] of a command that came while
	// AutoOptions.MaxPending commands were waiting for their replies.
	ErrQueueFull = errors.New("pipeline: too many commands are pending")
	// ErrConflict is matched by every [ConflictError].
	ErrConflict = errors.New("pipeline: the value kept changing")
)

// An UnsentError means that a command was certainly not sent, for a reason that
// lies before the client. errors.Is matches [upstash.ErrNotSent] and the reason:
// [ErrClosed], [ErrQueueFull], [context.Canceled], [context.DeadlineExceeded].
type UnsentError struct {
	// Command is the name of the command.
	Command string
	// Err is the reason.
	Err error
}

func (e *UnsentError) Error() string {
	return "pipeline: " + e.Command + " was not sent: " + trimPrefix(e.Err.Error())
}

// Unwrap returns the reason.
func (e *UnsentError) Unwrap() error { return e.Err }

// Is matches [upstash.ErrNotSent].
func (e *UnsentError) Is(target error) bool { return target == upstash.ErrNotSent }

// A CommandError says which command of a pipeline failed.
type CommandError struct {
	// Index counts from 0 in the order of Add.
	Index int
	// Command is the name of the command.
	Command string
	Err     error
}

func (e *CommandError) Error() string {
	return "pipeline: command " + strconv.Itoa(e.Index+1) + " (" + e.Command + "): " + e.Err.Error()
}

// Unwrap returns the error of the command.
func (e *CommandError) Unwrap() error { return e.Err }

// An IncompleteError is returned by the Exec of a pipeline that was split into
// several requests when one of them failed. The replies of the requests before
// it are there; the commands of the requests after it were not sent. Each
// future tells its own part.
type IncompleteError struct {
	// Answered is how many of the Total commands have a reply.
	Answered, Total int
	// Err is what happened to the request that failed.
	Err error
}

func (e *IncompleteError) Error() string {
	return "pipeline: " + strconv.Itoa(e.Answered) + " of " + strconv.Itoa(e.Total) + " commands were answered: " + e.Err.Error()
}

// Unwrap returns the error of the request that failed.
func (e *IncompleteError) Unwrap() error { return e.Err }

// A TooLargeError means that a transaction is over a limit of its options. A
// transaction cannot be split, so nothing was sent. errors.Is matches
// [upstash.ErrNotSent].
type TooLargeError struct {
	// Commands and Bytes are the size of the transaction; Bytes is the length
	// of the request body.
	Commands, Bytes int
	// MaxCommands and MaxBytes are the limits; 0 means none.
	MaxCommands, MaxBytes int
}

func (e *TooLargeError) Error() string {
	if e.MaxCommands > 0 && e.Commands > e.MaxCommands {
		return "pipeline: a transaction of " + strconv.Itoa(e.Commands) + " commands is over the limit of " +
			strconv.Itoa(e.MaxCommands) + " and cannot be split"
	}
	return "pipeline: a transaction of " + strconv.Itoa(e.Bytes) + " bytes is over the limit of " +
		strconv.Itoa(e.MaxBytes) + " and cannot be split"
}

// Is matches [upstash.ErrNotSent].
func (e *TooLargeError) Is(target error) bool { return target == upstash.ErrNotSent }

// A DiscardedError means that the server refused a transaction as a whole: none
// of its commands has run.
type DiscardedError struct {
	// Err is the server's refusal, an *[upstash.ServerError].
	Err error
}

func (e *DiscardedError) Error() string {
	return "pipeline: the transaction was discarded, no command has run: " + e.Err.Error()
}

// Unwrap returns the server's refusal.
func (e *DiscardedError) Unwrap() error { return e.Err }

// A NonAtomicError means that commands of a transaction failed when they ran.
// Redis does not roll back: the others have taken effect, and so may have parts
// of a script that failed.
type NonAtomicError struct {
	// Failed are the indexes of the commands that failed, in ascending order.
	Failed []int
	// Total is the number of commands of the transaction.
	Total int
	// Err is the error of the first that failed, a *[CommandError].
	Err error
}

func (e *NonAtomicError) Error() string {
	if len(e.Failed) == e.Total {
		return "pipeline: every command of a transaction failed: " + trimPrefix(e.Err.Error())
	}
	return "pipeline: " + strconv.Itoa(len(e.Failed)) + " of the " + strconv.Itoa(e.Total) +
		" commands of a transaction failed and the others took effect: " + trimPrefix(e.Err.Error())
}

// Unwrap returns the error of the first command that failed.
func (e *NonAtomicError) Unwrap() error { return e.Err }

// A PanicError is the cause that every caller of a batch gets when the code
// below an [Auto] (a transport, a hook) panics: inside an
// *[upstash.MaybeAppliedError] for a command that writes, otherwise inside an
// *[upstash.TransportError]. Its text does not contain Value, which may hold
// anything. A command that travels by itself lets the panic pass to its caller.
type PanicError struct {
	// Value is what panic was called with, nil when the goroutine was ended by
	// runtime.Goexit.
	Value any
}

func (e *PanicError) Error() string { return "panic below the auto-pipeliner" }

// A ConflictError means that [Updater.Update] gave up because other writers
// changed the value between every read and write. Nothing of this call was
// written. errors.Is matches [ErrConflict].
type ConflictError struct {
	// Attempts is how often it was tried.
	Attempts int
}

func (e *ConflictError) Error() string {
	return "pipeline: the value kept changing in " + strconv.Itoa(e.Attempts) + " attempts"
}

// Is matches [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// refusedError is why the other commands of a pipeline were not sent when one
// was bad. It does not unwrap: the fault is not theirs.
type refusedError struct{ bad error }

func (e *refusedError) Error() string { return "the pipeline has a bad command: " + e.bad.Error() }

// earlierError is why the commands after a failed request of a split pipeline
// were not sent. It does not unwrap: what is known about the outcome of the
// earlier commands says nothing about these. Only the end of the context is
// shared.
type earlierError struct{ err error }

func (e *earlierError) Error() string { return "an earlier request failed: " + e.err.Error() }

func (e *earlierError) Is(target error) bool {
	return (target == context.Canceled || target == context.DeadlineExceeded) && errors.Is(e.err, target)
}

// ended returns why ctx has ended, with its cause when that says more.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return &endedError{err, cause}
}

// An endedError is the end of a context and the cause behind it; errors.Is finds
// both.
type endedError struct{ err, cause error }

func (e *endedError) Error() string   { return e.err.Error() + ": " + e.cause.Error() }
func (e *endedError) Unwrap() []error { return []error{e.err, e.cause} }

// trimPrefix removes the package name from the text of an error that is quoted
// by another of this package.
func trimPrefix(text string) string {
	const prefix = "pipeline: "
	if len(text) > len(prefix) && text[:len(prefix)] == prefix {
		return text[len(prefix):]
	}
	return text
}
