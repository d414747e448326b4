package upstash

import "context"

// An httpError is a failure that has no cause of another package.
type httpError string

func (e httpError) Error() string { return "upstash: " + string(e) }

// An httpTimeoutError is a limit of ours that has passed. It matches
// [context.DeadlineExceeded].
type httpTimeoutError string

func (e httpTimeoutError) Error() string { return "upstash: " + string(e) }
func (e httpTimeoutError) Timeout() bool { return true }
func (e httpTimeoutError) Unwrap() error { return context.DeadlineExceeded }

// errRequestDeadline is returned when Request.Deadline has passed.
var errRequestDeadline error = httpTimeoutError("the request's deadline has passed")

// httpEnded is the error for a ctx that has ended. It matches ctx.Err() and the
// cause.
func httpEnded(ctx context.Context) error {
	cause := context.Cause(ctx)
	return fail("upstash: request abandoned", ctx.Err(), cause, cause)
}

// A failure is an error with two errors behind it; errors.Is finds them. It is one
// type for many errors, which would each be half a kilobyte of WebAssembly.
type failure struct {
	_          [0]func() // nobody compares it, so no code for that need be linked
	text       string
	err, cause error
}

// fail makes a failure whose text ends with that of because, if there is one.
//
//go:noinline
func fail(text string, err, cause, because error) error {
	if because != nil {
		text += ": " + because.Error()
	}
	return &failure{text: text, err: err, cause: cause}
}

func (e *failure) Error() string   { return e.text }
func (e *failure) Unwrap() []error { return append(make([]error, 0, 2), e.err, e.cause) }

// protocolError is an answer that is not one of the REST API. text says what kind of
// body came, never what was in it; sentinel says more, or is ErrProtocol again.
func protocolError(text string, sentinel error) error { return fail(text, sentinel, ErrProtocol, nil) }

// redirected is the error for a redirect.
//
//go:noinline
func redirected() error {
	return protocolError("the answer is a redirect, which is not followed because the token would go to another place; check the URL", ErrRedirect)
}
