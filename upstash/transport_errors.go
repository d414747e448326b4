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

// An httpCtxError is the end of the caller's ctx. It matches ctx.Err() and the cause.
type httpCtxError struct {
	err, cause error
}

func (e *httpCtxError) Error() string   { return "upstash: request abandoned: " + e.cause.Error() }
func (e *httpCtxError) Unwrap() []error { return []error{e.err, e.cause} }

// httpEnded is the error for a ctx that has ended.
func httpEnded(ctx context.Context) error {
	return &httpCtxError{ctx.Err(), context.Cause(ctx)}
}
