//go:build !wasm

package upstash

import (
	"context"
	"errors"
)

// An httpError is a failure that has no cause of another package.
type httpError string

func (e httpError) Error() string { return "upstash: " + string(e) }

// An httpWireError is a failure of the network: what was being done, and the cause.
type httpWireError struct {
	doing string
	err   error
}

func (e *httpWireError) Error() string { return "upstash: " + e.doing + ": " + e.err.Error() }
func (e *httpWireError) Unwrap() error { return e.err }

// An httpTimeoutError is a limit of ours that has passed. It matches
// [context.DeadlineExceeded].
type httpTimeoutError string

func (e httpTimeoutError) Error() string { return "upstash: " + string(e) }
func (e httpTimeoutError) Timeout() bool { return true }
func (e httpTimeoutError) Unwrap() error { return context.DeadlineExceeded }

// errRequestDeadline is returned when Request.Deadline has passed.
var errRequestDeadline error = httpTimeoutError("the request's deadline has passed")

// errDialTimeout is returned when FastHTTPOptions.DialTimeout has passed.
var errDialTimeout error = httpTimeoutError("no connection within FastHTTPOptions.DialTimeout")

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

// isTimeout reports whether err is the deadline of a connection.
func isTimeout(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && e.Timeout()
}
