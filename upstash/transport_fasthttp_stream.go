//go:build !wasm

package upstash

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// Stream implements [Streamer]. A stream has a connection to itself, which is
// closed when the stream ends. It does not count for MaxConns: streams last, so
// a few of them would otherwise leave no room for commands.
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

// begin sends m and reads the header. The reader is the stream's own, since
// Close may be called while a Read uses it.
func (b *httpStream) begin(m httpMessage) (*Stream, error) {
	if err := m.send(b.c); err != nil {
		return nil, &httpWireError{"sending the request", err}
	}
	var h httpHeader
	var resp Response
	r := bufio.NewReaderSize(b.c.stream, httpBuffer)
	if err := readFinalHeader(r, &h, &resp); err != nil {
		return nil, readFailed("waiting for the response", err)
	}
	switch h.length {
	case lengthChunked:
		b.body = &httpChunks{b: httpBody{r: r}}
	case lengthUnknown:
		b.body = r
	default:
		b.body = &httpFixed{r: r, left: h.length}
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
	if b.ctx.Err() != nil {
		return 0, httpEnded(b.ctx) // even if more has been buffered
	}
	n, err := b.body.Read(p)
	switch {
	case err == nil:
		return n, nil
	case b.ctx.Err() != nil:
		return n, httpEnded(b.ctx)
	case errors.Is(err, io.EOF):
		return n, io.EOF
	}
	return n, readFailed("reading the stream", err)
}

// Close implements io.Closer.
func (b *httpStream) Close() error {
	b.once.Do(func() {
		b.stop()
		b.c.close(false)
	})
	return nil
}

// An httpFixed reads a body of known length.
type httpFixed struct {
	r    *bufio.Reader
	left int
}

// Read implements io.Reader.
func (f *httpFixed) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	n, err := f.r.Read(p[:min(len(p), f.left)])
	f.left -= n
	return n, noEOF(err)
}

// An httpChunks reads a body in chunks. It hands out what has arrived of a chunk
// at once, where net/http/httputil waits for the whole chunk or a full p.
type httpChunks struct {
	b     httpBody // for its reader
	left  int      // of the chunk
	later bool     // not the first chunk: the line end of the one before comes first
	err   error    // once it has failed or ended
}

// Read implements io.Reader.
func (c *httpChunks) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if c.left == 0 && c.err == nil {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.b.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	c.err = noEOF(err)
	return n, c.err
}

// next begins a chunk. io.EOF means that there is none.
func (c *httpChunks) next() error {
	if c.later {
		switch line, err := c.b.line(); {
		case err != nil:
			return err
		case len(line) > 0:
			return httpError("bad HTTP response: chunk longer than its size")
		}
	}
	c.later = true
	line, err := c.b.line()
	if err != nil {
		return err
	}
	size, ok := chunkSize(line)
	switch {
	case !ok:
		return httpError("bad HTTP response: malformed chunk size")
	case size > 0:
		c.left = size
		return nil
	}
	if err := c.b.trailer(); err != nil {
		return err
	}
	return io.EOF
}
