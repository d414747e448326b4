package cache

import (
	"errors"
	"strconv"
)

// Errors that callers match with errors.Is.
var (
	// ErrMiss is returned by reads without a loader when there is no entry that
	// may be served.
	ErrMiss = errors.New("cache: miss")
	// ErrNotFound is returned by a loader to say that the thing does not exist,
	// and by the cache when it remembers that.
	ErrNotFound = errors.New("cache: not found")
	// ErrBackoff is returned while a key's loader is not called because it
	// failed a moment ago, here or in another process.
	ErrBackoff = errors.New("cache: the loader failed a moment ago and is not called again yet")
	// ErrLoadTimeout is returned when a loader takes longer than LoadTimeout.
	ErrLoadTimeout = errors.New("cache: the loader took too long")
	// ErrTooLarge is matched by every [SizeError].
	ErrTooLarge = errors.New("cache: the value is too large")
	// ErrUnavailable is matched when Redis is not asked because it failed
	// several times in a row, and when FailWhenDown is set and it failed.
	ErrUnavailable = errors.New("cache: Redis is unavailable")
	// ErrCorrupt is matched when an entry is not what this cache can have
	// written: damaged, compressed in an unknown way, or not decodable.
	ErrCorrupt = errors.New("cache: the entry cannot be decoded")
	// ErrBadOption is matched by every [OptionError].
	ErrBadOption = errors.New("cache: bad option")
	// ErrClosed is the cause (context.Cause) of the end of the context of a
	// background load that Close has cancelled.
	ErrClosed = errors.New("cache: closed")
)

// An OptionError says which option is bad.
type OptionError struct {
	// Option is the name of the field.
	Option string
	// Reason says what is wrong.
	Reason string
}

func (e *OptionError) Error() string { return "cache: option " + e.Option + " " + e.Reason }

// Is matches [ErrBadOption].
func (e *OptionError) Is(target error) bool { return target == ErrBadOption }

// A SizeError is a value that is over Options.MaxValue.
type SizeError struct {
	// Size and Max are in bytes, of the encoded value before compression.
	Size, Max int
}

func (e *SizeError) Error() string {
	return "cache: the value has " + strconv.Itoa(e.Size) + " bytes, the limit is " + strconv.Itoa(e.Max)
}

// Is matches [ErrTooLarge].
func (e *SizeError) Is(target error) bool { return target == ErrTooLarge }

// A PanicError is a panic of a loader or a codec. The goroutines that waited for the load
// panic with it; a background load reports it to Options.OnError.
type PanicError struct {
	// Value is what the loader panicked with; nil when it called
	// runtime.Goexit.
	Value any
	// Stack is the stack of the loader's goroutine.
	Stack []byte
}

func (e *PanicError) Error() string { return "cache: the loader panicked\n\n" + string(e.Stack) }

// An opError is a sentinel of this package with its cause.
type opError struct {
	text string
	errs []error
}

func (e *opError) Error() string   { return e.text }
func (e *opError) Unwrap() []error { return e.errs }

// corrupt does not repeat the text of err: decoders like to quote what they read.
func corrupt(what string, err error) error {
	e := &opError{text: "cache: " + what, errs: []error{ErrCorrupt}}
	if err != nil {
		e.errs = append(e.errs, err)
	}
	return e
}

func unavailable(err error) error {
	return &opError{text: "cache: Redis is unavailable: " + err.Error(), errs: []error{ErrUnavailable, err}}
}

var (
	errAbandoned = errors.New("cache: nobody waits for the load any more")
	errExited    = errors.New("cache: the load ended without an answer")
	errNoLease   = errors.New("cache: the entry cannot be replaced, its value is returned without being stored")
)
