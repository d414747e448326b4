package nethttp

import (
	"context"
	"errors"
	"io"
	"net/http/httptrace"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Stream implements [upstash.Streamer]. The given client's Timeout does not
// apply: it would end every stream. Over HTTP/1.1 a stream has a connection to
// itself, which is closed when the stream ends. net/http hands out a chunk of
// the body when all of it has arrived or when it fills the reader's buffer: a
// server that announces a chunk and lets it trickle delivers late.
func (t *transport) Stream(ctx context.Context, req *upstash.Request) (*upstash.Stream, error) {
	if ctx.Err() != nil {
		return nil, upstash.NotSent(ended(ctx))
	}
	inner, cancel := context.WithCancelCause(ctx)
	timely := func() bool { return true } // ends the deadline and reports whether it has been kept
	if !req.Deadline.IsZero() {
		timely = time.AfterFunc(time.Until(req.Deadline), func() { cancel(errDeadline) }).Stop
	}
	p := &progress{body: body{data: req.Body}}
	defer p.body.detach()
	hr, err := newRequest(httptrace.WithClientTrace(inner, p.trace()), req, &p.body)
	if err != nil {
		cancel(err)
		return nil, upstash.NotSent(err)
	}
	client := t.client
	client.Timeout = 0
	r, err := client.Do(hr) //nolint:bodyclose // the caller closes it
	if !timely() && err == nil {
		_ = r.Body.Close()
		cancel(errDeadline)
		return nil, errDeadline
	}
	if err != nil {
		notSent := p.notSent(len(req.Body))
		err = reason(ctx, inner, err)
		cancel(err)
		if notSent {
			return nil, upstash.NotSent(err)
		}
		return nil, err
	}
	s := &stream{ctx: ctx, inner: inner, cancel: cancel, body: r.Body}
	return &upstash.Stream{Status: r.StatusCode, ContentType: r.Header.Get("Content-Type"), Body: s}, nil
}

// A stream is the body of an answer that is still arriving.
type stream struct {
	ctx, inner context.Context //nolint:containedctx // they bound the stream
	cancel     context.CancelCauseFunc
	body       io.ReadCloser
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, ended(s.ctx) // even if more has been buffered
	}
	n, err := s.body.Read(p)
	switch {
	case err == nil:
		return n, nil
	case s.ctx.Err() != nil:
		return n, ended(s.ctx) // a clean end, too: it is the server's reaction
	case s.inner.Err() != nil:
		return n, errGone // by Close
	case errors.Is(err, io.EOF):
		return n, io.EOF
	}
	return n, reason(s.ctx, s.inner, err)
}

// Close implements io.Closer. Ending the context also ends a Read under way.
func (s *stream) Close() error {
	s.cancel(errGone)
	return s.body.Close()
}

var _ upstash.Streamer = (*transport)(nil)
