//go:build js

package upstash

import (
	"context"
	"errors"
	"syscall/js"
	"time"
)

// FetchOptions configures [NewFetchTransport]. The zero value is what [New] uses
// on GOOS=js when Config.Transport is nil.
type FetchOptions struct {
	// MaxInFlight bounds the requests under way at a time: of one invocation,
	// where the context carries one (see [WithInvocation]), or else of the
	// transport. Others wait in line until their ctx or their deadline ends. A
	// stream counts until its header is there. 0 means 6, the connections that
	// an invocation of a Cloudflare Worker may have; negative means no bound.
	MaxInFlight int
	// Fetch is the function that sends, like the fetch of a service binding
	// (bound to it). Undefined means the global fetch.
	Fetch js.Value
}

const defaultFetchInFlight = 6

// A FetchTransport is the [Transport] of GOOS=js: the host's fetch, called
// through syscall/js, in browsers, Node, Deno, Bun and Cloudflare Workers. It is
// safe for concurrent use.
//
// No cookies are sent, no cache is asked and no redirect is followed; browsers
// hide where a redirect leads, so there it is an error. The host keeps the
// connections. One callback serves all requests of the process, so there is
// nothing to release and nothing that a request whose answer never comes could
// leave behind.
//
// fetch does not tell how far a request got. An error is wrapped by [NotSent]
// when ctx or the deadline ended before fetch was called, when the host refused
// the URL or a header, and when Node names a connection that was never made.
// Everything else may have reached the server: a page that is offline, a host
// name that does not exist, a Worker that cannot connect. A browser may by itself
// send a request again whose kept-alive connection was closed without an answer.
type FetchTransport struct {
	fetch js.Value
	own   bool // fetch is the host's own
	max   int
	slots fetchSlots
	host  fetchHost
}

// NewFetchTransport returns a transport. It does no I/O. It fails where there is
// no fetch.
func NewFetchTransport(o FetchOptions) (*FetchTransport, error) {
	t := &FetchTransport{fetch: o.Fetch, max: o.MaxInFlight, own: o.Fetch.IsUndefined()}
	if t.own {
		t.fetch = js.Global().Get("fetch")
	}
	if t.fetch.Type() != js.TypeFunction {
		return nil, errNoFetch
	}
	if t.max == 0 {
		t.max = defaultFetchInFlight
	}
	t.host.init()
	return t, nil
}

// RoundTrip implements [Transport].
func (t *FetchTransport) RoundTrip(ctx context.Context, req *Request, resp *Response) error {
	resp.Reset()
	return t.run(ctx, req, resp, nil)
}

// Stream implements [Streamer].
func (t *FetchTransport) Stream(ctx context.Context, req *Request) (s *Stream, err error) {
	err = t.run(ctx, req, nil, func(x *fetchExchange, answer js.Value) error {
		s, err = x.stream(t, answer)
		return err
	})
	return s, err
}

// run reads the answer into resp or, when that is nil, lets take have it and what
// comes after it.
func (t *FetchTransport) run(ctx context.Context, req *Request, resp *Response, take func(*fetchExchange, js.Value) error) error {
	if ctx.Err() != nil {
		return NotSent(httpEnded(ctx))
	}
	x := newFetchExchange(ctx)
	err := x.run(t, req, resp, take)
	switch {
	case err != nil:
		if !x.sent {
			err = NotSent(err)
		}
		x.abandon()
		x.end(false)
	case resp == nil:
		x.leave() // the stream may last
	default:
		// Promises of the host settle once: nobody calls x back any more.
		x.end(t.own)
	}
	return err
}

// run does all of an exchange. x.sent tells whether it can have reached the server.
func (x *fetchExchange) run(t *FetchTransport, req *Request, resp *Response, take func(*fetchExchange, js.Value) error) (err error) {
	defer thrown(&err)
	if !req.Deadline.IsZero() {
		left := time.Until(req.Deadline)
		if left <= 0 {
			return errRequestDeadline
		}
		x.limit(left)
	}
	if t.max > 0 {
		slots := &t.slots
		if x.host != nil {
			slots = &x.host.slots
		}
		if err := slots.acquire(x, t.max); err != nil {
			return err
		}
		x.slots = slots
	}
	answer, err := x.send(t, req, resp)
	switch {
	case err != nil:
		return err
	case resp == nil:
		return take(x, answer[0])
	case x.posted:
		return readPosted(answer, resp)
	}
	return x.receive(t, answer[0], req.MaxResponse, resp)
}

// errNoFetch is returned by New on a host without fetch.
var errNoFetch = errors.New("upstash: the host has no fetch function; set FetchOptions.Fetch or Config.Transport")

var (
	_ Transport = (*FetchTransport)(nil)
	_ Streamer  = (*FetchTransport)(nil)
)
