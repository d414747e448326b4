//go:build !wasm

package upstash

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// connect opens a connection: TCP, proxy, TLS. All of it ends with ctx, with
// deadline, or after DialTimeout.
func (h *httpHost) connect(ctx context.Context, deadline time.Time) (*httpConn, error) {
	end, cause := time.Now().Add(h.t.dialTimeout), errDialTimeout
	if !deadline.IsZero() && deadline.Before(end) {
		end, cause = deadline, errRequestDeadline
	}
	dialCtx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	c, err := h.open(dialCtx)
	switch {
	case err == nil:
		c.used = time.Now().UnixNano()
		return c, nil
	case ctx.Err() != nil:
		return nil, httpEnded(ctx)
	case dialCtx.Err() != nil || isTimeout(err) && !time.Now().Before(end):
		return nil, cause
	}
	return nil, err
}

// open does the work of connect.
func (h *httpHost) open(ctx context.Context) (*httpConn, error) {
	addr := h.addr
	if h.proxy != nil {
		addr = hostPort(h.proxy)
	}
	raw, err := h.t.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, &httpWireError{"connecting to " + addr, err}
	}
	c := newHTTPConn(h, raw)
	if h.proxy != nil {
		err = h.throughProxy(ctx, c)
	}
	if err == nil && h.tls != nil {
		err = c.handshake(ctx, h.tls)
	}
	if err != nil {
		c.close(false)
		return nil, err
	}
	return c, nil
}

// handshake puts TLS over the stream. It ends with ctx.
func (c *httpConn) handshake(ctx context.Context, config *tls.Config) error {
	t := tls.Client(c.stream, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return &httpWireError{"TLS handshake with " + config.ServerName, err}
	}
	c.stream = t
	return nil
}

var _ net.Conn = (*httpWire)(nil)
