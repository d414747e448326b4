//go:build !wasm

package upstash

import (
	"context"
	"net"
	"syscall"
	"time"
)

// An httpConn is one connection. One exchange at a time uses it.
type httpConn struct {
	h      *httpHost
	stream net.Conn // TLS, or wire itself
	wire   httpWire
	peek   httpPeeker

	abort       func() // c.expireNow, bound once
	hasDeadline bool   // whether wire has a deadline that must be cleared
	used        int64  // when its last exchange began; wall clock, ns
}

// An httpWire is the TCP connection below TLS. It notes whether anything was written.
type httpWire struct {
	net.Conn
	wrote bool
}

func (w *httpWire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	if n > 0 {
		w.wrote = true
	}
	return n, err
}

// newHTTPConn prepares a connection over raw. The caller sets stream.
func newHTTPConn(h *httpHost, raw net.Conn) *httpConn {
	c := &httpConn{h: h, wire: httpWire{Conn: raw}}
	c.stream = &c.wire
	c.abort = c.expireNow
	if sc, ok := raw.(syscall.Conn); ok {
		if rc, err := sc.SyscallConn(); err == nil {
			c.peek.init(rc)
		}
	}
	return c
}

// expireNow makes reads and writes under way return at once.
func (c *httpConn) expireNow() { _ = c.wire.SetDeadline(time.Unix(1, 0)) }

// setDeadline bounds the exchange. It skips the system when there is nothing to
// set or to clear.
func (c *httpConn) setDeadline(d time.Time) error {
	if d.IsZero() && !c.hasDeadline {
		return nil
	}
	c.hasDeadline = !d.IsZero()
	return c.wire.SetDeadline(d)
}

// close closes the connection. Politely means that TLS says goodbye, which is a
// write that may block and so is left out after a failure.
func (c *httpConn) close(politely bool) {
	if politely {
		_ = c.stream.Close()
		return
	}
	_ = c.wire.Close()
}

// roundTrip writes m and reads resp, bounded by ctx and the deadline of m. It
// reports whether the connection can serve another exchange.
func (c *httpConn) roundTrip(ctx context.Context, m httpMessage, resp *Response) (keep bool, err error) {
	c.wire.wrote = false
	if err = c.setDeadline(m.req.Deadline); err != nil {
		return false, &httpWireError{"connection cannot be used", err}
	}
	// After setDeadline, which would undo what abort does.
	var stop func() bool
	if ctx.Done() != nil {
		stop = context.AfterFunc(ctx, c.abort)
	}
	keep, err = c.exchange(m, resp)
	if stop != nil && !stop() {
		keep = false // abort has run or is about to: it would hit the next exchange
	}
	if err == nil {
		return keep, nil
	}
	return false, c.reason(ctx, m.req.Deadline, err)
}

// reason replaces the connection's timeout by what caused it.
func (c *httpConn) reason(ctx context.Context, deadline time.Time, err error) error {
	switch {
	case !isTimeout(err):
		return err
	case ctx.Err() != nil:
		return httpEnded(ctx)
	case !deadline.IsZero() && !time.Now().Before(deadline):
		return errRequestDeadline
	}
	return err // the system's own, such as ETIMEDOUT
}
