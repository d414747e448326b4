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
	max   int
	slots fetchSlots
	host  fetchHost
}

// NewFetchTransport returns a transport. It does no I/O. It fails where there is
// no fetch.
func NewFetchTransport(o FetchOptions) (*FetchTransport, error) {
	t := &FetchTransport{fetch: o.Fetch, max: o.MaxInFlight}
	if t.fetch.IsUndefined() {
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
	x, err := t.begin(ctx, req)
	if err != nil {
		return NotSent(err)
	}
	defer x.end()
	answer, err := x.send(t, req)
	if err == nil {
		err = x.receive(t, answer, req.MaxResponse, resp)
	}
	if err != nil {
		x.abandon()
	}
	return err
}

// Stream implements [Streamer].
func (t *FetchTransport) Stream(ctx context.Context, req *Request) (*Stream, error) {
	x, err := t.begin(ctx, req)
	if err != nil {
		return nil, NotSent(err)
	}
	answer, err := x.send(t, req)
	var s *Stream
	if err == nil {
		s, err = x.stream(t, answer)
	}
	if err != nil {
		x.abandon()
		x.end()
		return nil, err
	}
	x.leave() // the stream may last
	x.stopTimer()
	return s, nil
}

// begin waits for a slot. Nothing has been sent when it fails.
func (t *FetchTransport) begin(ctx context.Context, req *Request) (*fetchExchange, error) {
	if ctx.Err() != nil {
		return nil, httpEnded(ctx)
	}
	x := &fetchExchange{ctx: ctx, host: invocationOf(ctx)}
	if !req.Deadline.IsZero() {
		left := time.Until(req.Deadline)
		if left <= 0 {
			return nil, errRequestDeadline
		}
		x.timer = time.NewTimer(left)
		x.late = x.timer.C
	}
	if t.max > 0 {
		x.slots = &t.slots
		if x.host != nil {
			x.slots = &x.host.slots
		}
		if err := x.slots.acquire(ctx, t.max, x.late); err != nil {
			x.slots = nil
			x.stopTimer()
			return nil, err
		}
	}
	x.register()
	return x, nil
}

// errNoFetch is returned by New on a host without fetch.
var errNoFetch = errors.New("upstash: the host has no fetch function; set FetchOptions.Fetch or Config.Transport")

var (
	_ Transport = (*FetchTransport)(nil)
	_ Streamer  = (*FetchTransport)(nil)
)
