package upstash

import (
	"context"
	"errors"
	"io"
	"time"
)

// A Transport sends one POST and reads the whole answer.
//
// RoundTrip fills resp and returns nil for every HTTP answer, whatever its
// status. It returns an error when there is no usable answer: when it is
// certain that no byte of the request reached the server the error is wrapped
// by [NotSent], so that the client may try again even for commands such as
// INCR. It must
//
//   - return at once with an error that wraps ctx.Err() when ctx ends, and not
//     reuse the connection of an abandoned exchange,
//   - return an error that wraps [context.DeadlineExceeded] when req.Deadline
//     passes,
//   - stop reading at req.MaxResponse bytes and return [ErrResponseTooLarge],
//   - never retry, never follow a redirect, never keep or change req.Header or
//     req.Body after it has returned.
//
// A Transport is safe for concurrent use. upstashtest.TestTransport checks all
// of this for any implementation.
type Transport interface {
	RoundTrip(ctx context.Context, req *Request, resp *Response) error
}

// A Request is one POST. The caller owns it; its buffers are reused for the
// next request once RoundTrip has returned.
type Request struct {
	// URL is complete and percent-encoded: "https://host/pipeline".
	URL string
	// Header is sent as it is, in this order. Host and Content-Length are the
	// transport's own.
	Header []HeaderField
	// Body is sent as it is.
	Body []byte
	// Deadline bounds the exchange beside ctx. Zero means none.
	Deadline time.Time
	// MaxResponse bounds the bytes of the response body. 0 means no bound.
	MaxResponse int
}

// A HeaderField is one header of a Request.
type HeaderField struct {
	Name, Value string
}

// A Response is an HTTP answer read in full. The caller owns it; a Transport
// appends to its byte slices (cut to length 0 first), so that their memory is
// reused from call to call.
type Response struct {
	Status int
	Body   []byte
	// ContentType, SyncToken and RetryAfter are the values of the headers
	// Content-Type, Upstash-Sync-Token and Retry-After; empty when absent.
	ContentType, SyncToken, RetryAfter []byte
}

// Reset empties resp and keeps its memory.
func (r *Response) Reset() {
	r.Status = 0
	r.Body = r.Body[:0]
	r.ContentType = r.ContentType[:0]
	r.SyncToken = r.SyncToken[:0]
	r.RetryAfter = r.RetryAfter[:0]
}

// A Streamer is a Transport that can hand over an answer while it is still
// arriving; [Client.Subscribe] and its kin need one.
type Streamer interface {
	// Stream sends req and returns when the status and the headers are there.
	// req.Deadline bounds that, not the body; req.MaxResponse is not used. The
	// rules for errors and for req are those of RoundTrip.
	Stream(ctx context.Context, req *Request) (*Stream, error)
}

// A Stream is an answer whose body is still arriving.
type Stream struct {
	Status      int
	ContentType string
	// Body returns an error that wraps ctx.Err() as soon as the ctx given to
	// Stream ends. Close ends the exchange at once; its connection is not
	// reused. Close may be called while a Read is under way, and more than once.
	Body io.ReadCloser
}

// A Closer is a Transport that holds connections. [Client.Close] calls it.
type Closer interface {
	// CloseIdle closes the connections that are not in use.
	CloseIdle()
}

var (
	// ErrNoTransport is returned by New on platforms without a default
	// transport (WASI): set Config.Transport.
	ErrNoTransport = errors.New("upstash: no default transport on this platform; set Config.Transport")
	// ErrResponseTooLarge is returned when a reply is longer than
	// Config.MaxResponse. The command has run.
	ErrResponseTooLarge = errors.New("upstash: response is larger than Config.MaxResponse")
)

// NotSent wraps err to say that the request certainly did not reach the server.
// Transports use it; it returns nil for nil.
func NotSent(err error) error {
	if err == nil {
		return nil
	}
	return &notSentError{err}
}

type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// Is matches ErrNotSent, so that hooks can tell such an attempt, too.
func (e *notSentError) Is(target error) bool { return target == ErrNotSent }
