package upstash

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"
)

// A streamRun is one loop over a stream.
type streamRun struct {
	client *Client
	kind   *streamKind
	opts   StreamOptions // complete
	yield  func(Event, error) bool
}

// run connects until there is a reason to stop.
func (r *streamRun) run(ctx context.Context) {
	failures, lost := 0, 0 // attempts that failed in a row, steps of the back-off
	for ctx.Err() == nil {
		stood, err := r.once(ctx)
		if err == nil || ctx.Err() != nil {
			return // the loop was left, or ctx ended
		}
		failures++
		lost++
		if !stood.IsZero() {
			failures = 0
			if time.Since(stood) >= r.opts.MaxBackoff {
				lost = 1
			}
		}
		if streamIsOver(err) || r.opts.MaxFailures > 0 && failures >= r.opts.MaxFailures {
			r.yield(Event{}, err)
			return
		}
		if !r.yield(Event{Kind: EventGap, Channel: r.kind.channel, Err: err}, nil) {
			return
		}
		if sleep(ctx, backoff(int64(r.opts.MinBackoff), int64(r.opts.MaxBackoff), lost)); ctx.Err() != nil {
			return
		}
	}
}

// streamIsOver reports whether connecting again is pointless.
func streamIsOver(err error) bool {
	if e, ok := errors.AsType[*ServerError](err); ok {
		return !e.gateway() && !e.temporary() && !errors.Is(e, ErrThrottled)
	}
	if e, ok := errors.AsType[*TransportError](err); ok && errors.Is(err, ErrProtocol) {
		return e.Status < 500 && e.Status != 408 && e.Status != 429 // a server that does not stream
	}
	return errors.Is(err, ErrNoStreaming) || errors.Is(err, ErrClosed) || errors.Is(err, ErrEventTooLarge)
}

// once holds one connection. stood is when the server accepted the stream, zero
// if it did not. A nil error means that the loop was left.
func (r *streamRun) once(ctx context.Context) (stood time.Time, err error) {
	s, err := r.open(ctx)
	if err != nil {
		return stood, err
	}
	body := &watchedBody{body: s.Body, limit: r.opts.IdleTimeout}
	defer s.Body.Close()
	confirmed := body.within(time.Duration(r.client.core.timeout))
	defer confirmed()
	frames := newSSEReader(body, r.opts.MaxEvent)
	for {
		frame, err := frames.next()
		if err != nil {
			return stood, r.failed(s.Status, true, streamEnd(err))
		}
		e, ok := r.kind.parse(frame)
		if !ok {
			continue
		}
		if ctx.Err() != nil {
			return stood, ctx.Err() // not what had been read before
		}
		if stood.IsZero() {
			stood = time.Now()
			confirmed()
			// A message without the word that announces messages says as much.
			if e.Kind != EventReady && !r.yield(Event{Kind: EventReady, Channel: r.kind.channel}, nil) {
				return stood, nil
			}
		}
		if !r.yield(e, nil) {
			return stood, nil
		}
	}
}

// failed types an error without a server's word.
func (r *streamRun) failed(status int, sent bool, err error) error {
	return &TransportError{Command: r.kind.name, Status: status, Attempts: 1, Sent: sent, Err: err}
}

var errStreamEnded = errors.New("upstash: the server ended the stream")

// streamEnd makes the end of a body an error that says what it means.
func streamEnd(err error) error {
	if err == io.EOF { //nolint:errorlint // a wrapped one is a failure that has its own text
		return errStreamEnded
	}
	return err
}

// open asks for the stream and reads the refusal if there is one.
func (r *streamRun) open(ctx context.Context) (*Stream, error) {
	core := r.client.core
	t, ok := core.transport.(Streamer)
	switch {
	case !ok:
		return nil, ErrNoStreaming
	case core.closed.Load():
		return nil, r.failed(0, false, ErrClosed)
	}
	var deadline time.Time
	if core.timeout > 0 {
		deadline = time.Now().Add(time.Duration(core.timeout))
	}
	url := core.base + r.kind.path
	if !r.kind.monitor {
		url = string(appendEscaped([]byte(url), '/', r.kind.arg))
	}
	s, err := t.Stream(ctx, &Request{
		URL: url,
		Header: []HeaderField{
			core.header[0], // Authorization
			{"Accept", eventStream},
			{"Cache-Control", "no-cache"},
		},
		Deadline: deadline,
	})
	if err != nil {
		return nil, r.failed(0, !isNotSent(err), err)
	}
	if s.Status == 200 && isEventStream(s.ContentType) {
		return s, nil
	}
	defer s.Body.Close()
	return nil, r.refusal(s)
}

const eventStream = "text/event-stream"

// isEventStream looks at a Content-Type, which may have parameters.
func isEventStream(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), eventStream)
}

// maxRefusal bounds the bytes of an answer that is no stream.
const maxRefusal = 64 << 10

// refusal turns an answer that is no stream into an error.
func (r *streamRun) refusal(s *Stream) error {
	w := &watchedBody{body: s.Body}
	defer w.within(time.Duration(r.client.core.timeout))()
	body, _ := io.ReadAll(io.LimitReader(w, maxRefusal)) // half an answer tells something, too
	k := call{client: r.client, one: [1]Command{{args: []string{r.kind.name}, class: uint8(ReadOnly)}}, sent: true}
	k.attempt.cmds, k.attempt.Number = k.one[:], 1
	k.resp = Response{Status: s.Status, ContentType: []byte(s.ContentType), Body: body}
	err := k.decode()
	if err == nil {
		err = protocolError("the answer is no event stream; the server does not stream", ErrProtocol)
	}
	return k.finalError(err)
}

// errStreamSilent is why a connection was given up.
var errStreamSilent error = silentError{}

// A silentError is a timeout.
type silentError struct{}

func (silentError) Error() string { return "upstash: the server has been silent for too long" }
func (silentError) Timeout() bool { return true }

// A watchedBody closes the body of a stream that is silent for too long.
type watchedBody struct {
	body  io.ReadCloser
	limit time.Duration // of one read; 0 means none
	fired atomic.Bool
}

// within gives the body up after d unless done is called before. 0 means never.
func (w *watchedBody) within(d time.Duration) (done func()) {
	if d <= 0 {
		return func() {}
	}
	t := time.AfterFunc(d, func() {
		w.fired.Store(true)
		_ = w.body.Close()
	})
	return func() { t.Stop() }
}

// Read implements io.Reader.
func (w *watchedBody) Read(p []byte) (int, error) {
	defer w.within(w.limit)()
	n, err := w.body.Read(p)
	if err != nil && w.fired.Load() {
		err = errStreamSilent
	}
	return n, err
}
