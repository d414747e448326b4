package upstash

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"time"
)

// An EventKind says what an [Event] is.
type EventKind uint8

const (
	// EventMessage is a message of a channel, or a line of MONITOR.
	EventMessage EventKind = iota
	// EventReady says that the subscription stands: what is published from now
	// on arrives.
	EventReady
	// EventGap says that the connection was lost: messages may have been missed
	// until the next EventReady. Event.Err says why.
	EventGap
)

// An Event is something that a stream delivered.
type Event struct {
	Kind EventKind
	// Channel is where a message was published; "" for MONITOR.
	Channel string
	// Payload is the message as it was published, or the line of MONITOR.
	Payload string
	// Err is why the connection was lost, for EventGap.
	Err error
}

// StreamOptions tune a stream; the zero value is good.
type StreamOptions struct {
	// MaxEvent bounds the bytes of one event. 0 means Config.MaxResponse.
	MaxEvent int
	// MinBackoff and MaxBackoff bound the wait before connecting anew, drawn as
	// for Retry. 0 means 100 ms and 5 s. The wait starts over once a connection
	// stood.
	MinBackoff, MaxBackoff time.Duration
	// MaxFailures ends the stream with an error after so many failures to
	// connect in a row. 0 means never: only an error that waiting cannot mend
	// (a wrong token, a missing permission) ends the stream.
	MaxFailures int
}

// ErrNoStreaming is returned when the transport cannot stream.
var ErrNoStreaming = errors.New("upstash: the transport cannot stream (it is no Streamer)")

// Subscribe delivers what is published to channel until ctx ends or the loop is
// left. A lost connection is made anew by itself; an [EventGap] tells that
// messages may be missing, the following [EventReady] that none will be from
// there on. The sequence ends without an error when ctx ends, and with one when
// going on is pointless.
//
// Redis keeps no messages for subscribers that are away; use a stream (XADD,
// XREAD) where none may be lost.
func (c *Client) Subscribe(ctx context.Context, channel string, o StreamOptions) iter.Seq2[Event, error] {
	return c.stream(ctx, streamKind{
		name: "SUBSCRIBE", path: "/subscribe/", arg: channel,
		ready: "subscribe," + channel + ",", message: "message," + channel + ",", channel: channel,
	}, o)
}

// PSubscribe is Subscribe for all channels that match a glob pattern. The names
// of the channels must not contain commas, which the API uses as separators.
func (c *Client) PSubscribe(ctx context.Context, pattern string, o StreamOptions) iter.Seq2[Event, error] {
	return c.stream(ctx, streamKind{
		name: "PSUBSCRIBE", path: "/psubscribe/", arg: pattern,
		ready: "psubscribe," + pattern + ",", message: "pmessage," + pattern + ",",
	}, o)
}

// Monitor delivers a line for every command that the database runs. It costs
// the database a lot; use it to debug.
func (c *Client) Monitor(ctx context.Context, o StreamOptions) iter.Seq2[Event, error] {
	return c.stream(ctx, streamKind{name: "MONITOR", path: "/monitor", monitor: true}, o)
}

// A streamKind is how one of the three streams is asked for and read.
type streamKind struct {
	name, path, arg string
	ready, message  string // how the frames begin
	channel         string // known in advance, or "" when the frame names it
	monitor         bool
}

// parse reads one frame; ok is false for frames that mean nothing to the caller.
func (k *streamKind) parse(frame []byte) (e Event, ok bool) {
	s := string(frame)
	switch {
	case k.monitor:
		if s == `"OK"` || s == "OK" {
			return Event{Kind: EventReady}, true
		}
		return Event{Payload: s}, true
	case strings.HasPrefix(s, k.ready):
		return Event{Kind: EventReady, Channel: k.channel}, true
	case !strings.HasPrefix(s, k.message):
		return Event{}, false
	case k.channel != "":
		return Event{Channel: k.channel, Payload: s[len(k.message):]}, true
	}
	channel, payload, ok := strings.Cut(s[len(k.message):], ",")
	return Event{Channel: channel, Payload: payload}, ok
}

func (c *Client) stream(ctx context.Context, k streamKind, o StreamOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if err := c.checkStream(&k); err != nil {
			yield(Event{}, err)
			return
		}
		if o.MaxEvent <= 0 {
			o.MaxEvent = max(c.core.cfg.MaxResponse, 1<<20)
		}
		o.MinBackoff = defaultDuration(o.MinBackoff, 100*time.Millisecond)
		o.MaxBackoff = defaultDuration(o.MaxBackoff, 5*time.Second)
		for failures := 0; ; {
			stood, err := c.streamOnce(ctx, &k, o, yield)
			if err == nil || ctx.Err() != nil {
				return // the loop was left, or ctx ended
			}
			if stood {
				failures = 0
			}
			if failures++; final(err) || o.MaxFailures > 0 && failures > o.MaxFailures {
				yield(Event{}, err)
				return
			}
			if stood && !yield(Event{Kind: EventGap, Channel: k.channel, Err: err}, nil) {
				return
			}
			if sleep(ctx, backoff(o.MinBackoff, o.MaxBackoff, failures)) != nil {
				return
			}
		}
	}
}

func (c *Client) checkStream(k *streamKind) error {
	switch {
	case c.core.closed.Load():
		return ErrClosed
	case k.arg == "" && !k.monitor, k.arg == ".", k.arg == "..":
		return &ArgumentError{Command: k.name, Position: 1, Reason: "is empty or only dots, which a URL cannot carry"}
	}
	return nil
}

// final reports whether connecting again is pointless.
func final(err error) bool {
	if e, ok := errors.AsType[*ServerError](err); ok {
		return !e.gateway() && !e.temporary()
	}
	return errors.Is(err, ErrNoStreaming) || errors.Is(err, ErrResponseTooLarge)
}

// streamOnce holds one connection. stood tells whether the stream was accepted;
// a nil error means that the loop was left.
func (c *Client) streamOnce(ctx context.Context, k *streamKind, o StreamOptions, yield func(Event, error) bool) (stood bool, err error) {
	s, err := c.openStream(ctx, k)
	if err != nil {
		return false, err
	}
	defer s.Body.Close()
	r := newSSEReader(s.Body, o.MaxEvent)
	for {
		frame, err := r.next()
		if err != nil {
			return stood, &TransportError{Command: k.name, Status: s.Status, Attempts: 1, Sent: true, Err: err}
		}
		e, ok := k.parse(frame)
		if !ok {
			continue
		}
		stood = true
		if !yield(e, nil) {
			return stood, nil
		}
	}
}

// openStream asks for the stream and reads the refusal if there is one.
func (c *Client) openStream(ctx context.Context, k *streamKind) (*Stream, error) {
	t, ok := c.core.transport.(Streamer)
	if !ok {
		return nil, ErrNoStreaming
	}
	req := Request{
		URL: c.core.base + k.path + string(appendEscaped(nil, k.arg)),
		Header: []HeaderField{
			{"Authorization", "Bearer " + string(c.core.cfg.Token)},
			{"Accept", "text/event-stream"},
			{"Cache-Control", "no-cache"},
		},
		Deadline: attemptDeadline(time.Now(), c.core.cfg.Timeout, time.Time{}),
	}
	s, err := t.Stream(ctx, &req)
	if err != nil {
		return nil, &TransportError{Command: k.name, Attempts: 1, Sent: !isNotSent(err), Err: err}
	}
	if s.Status == 200 && strings.HasPrefix(s.ContentType, "text/event-stream") {
		return s, nil
	}
	defer s.Body.Close()
	return nil, c.streamRefusal(k, s)
}

// streamRefusal turns an answer that is no stream into an error.
func (c *Client) streamRefusal(k *streamKind, s *Stream) error {
	const most = 64 << 10
	var body bytes.Buffer
	for body.Len() < most {
		chunk := make([]byte, 4<<10)
		n, err := s.Body.Read(chunk)
		body.Write(chunk[:n])
		if err != nil {
			break
		}
	}
	call := call{client: c, one: [1]Command{{args: []string{k.name}, class: ReadOnly}}}
	call.attempt.cmds, call.attempt.Number = call.one[:], 1
	call.resp = Response{Status: s.Status, ContentType: []byte(s.ContentType), Body: body.Bytes()}
	err := call.decode()
	if err == nil {
		err = &protocolError{what: "the answer is no event stream"}
	}
	call.sent = true
	return call.finalError(err)
}
