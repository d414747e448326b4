//go:build !wasm

package upstash

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http/httputil"
	"sync"
	"time"
)

// Stream implements [Streamer]. A stream has its connection to itself and does
// not count for MaxConns.
func (t *FastHTTPTransport) Stream(ctx context.Context, req *Request) (*Stream, error) {
	h, m, err := t.prepare(ctx, req)
	if err != nil {
		return nil, NotSent(err)
	}
	defer h.buffers.ReleaseWriter(m.w)
	c, err := h.get(ctx, req.Deadline)
	if err != nil {
		return nil, NotSent(err)
	}
	s, err := c.openStream(ctx, m)
	if err != nil {
		c.close(false)
		if !c.wire.wrote {
			err = NotSent(err)
		}
		return nil, err
	}
	return s, nil
}

// openStream sends m and reads the header of the answer.
func (c *httpConn) openStream(ctx context.Context, m httpMessage) (*Stream, error) {
	c.wire.wrote = false
	if err := c.setDeadline(m.req.Deadline); err != nil {
		return nil, &httpWireError{"connection cannot be used", err}
	}
	b := &httpStream{c: c, ctx: ctx, stop: context.AfterFunc(ctx, c.abort)}
	s, err := b.begin(m)
	if err != nil {
		b.stop()
		return nil, c.reason(ctx, m.req.Deadline, err)
	}
	return s, nil
}

// An httpStream is the body of a Stream.
type httpStream struct {
	c    *httpConn
	ctx  context.Context //nolint:containedctx // it bounds the stream
	stop func() bool
	body io.Reader
	once sync.Once
}

// begin sends m and reads the header. Buffers are the stream's own, since Close
// may be called while a Read uses them.
func (b *httpStream) begin(m httpMessage) (*Stream, error) {
	if err := m.send(b.c); err != nil {
		return nil, &httpWireError{"sending the request", err}
	}
	var h httpHeader
	var resp Response
	r := bufio.NewReader(b.c.stream)
	if err := readFinalHeader(r, &h, &resp); err != nil {
		return nil, readFailed("waiting for the response", err)
	}
	switch h.length {
	case lengthChunked:
		b.body = httputil.NewChunkedReader(r)
	case lengthUnknown:
		b.body = r
	default:
		b.body = io.LimitReader(r, int64(h.length))
	}
	if err := b.c.setDeadline(time.Time{}); err != nil {
		return nil, &httpWireError{"connection cannot be used", err}
	}
	if b.ctx.Err() != nil {
		b.c.abort() // which setDeadline may just have undone
	}
	return &Stream{Status: resp.Status, ContentType: string(resp.ContentType), Body: b}, nil
}

// Read implements io.Reader.
func (b *httpStream) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	switch {
	case err == nil:
		return n, nil
	case b.ctx.Err() != nil:
		return n, httpEnded(b.ctx)
	case errors.Is(err, io.EOF):
		return n, io.EOF
	}
	return n, &httpWireError{"reading the stream", err}
}

// Close implements io.Closer.
func (b *httpStream) Close() error {
	b.once.Do(func() {
		b.stop()
		b.c.close(false)
	})
	return nil
}
