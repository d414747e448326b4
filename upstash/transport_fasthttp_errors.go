//go:build !wasm

package upstash

import "errors"

// An httpWireError is a failure of the network: what was being done, and the cause.
type httpWireError struct {
	doing string
	err   error
}

func (e *httpWireError) Error() string { return "upstash: " + e.doing + ": " + e.err.Error() }
func (e *httpWireError) Unwrap() error { return e.err }

// errDialTimeout is returned when FastHTTPOptions.DialTimeout has passed.
var errDialTimeout error = httpTimeoutError("no connection within FastHTTPOptions.DialTimeout")

// isTimeout reports whether err is the deadline of a connection.
func isTimeout(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && e.Timeout()
}
