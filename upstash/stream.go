package upstash

import (
	"context"
	"errors"
	"iter"
	"time"
)

// An EventKind says what an [Event] is.
type EventKind uint8

const (
	// EventMessage is a message of a channel, or a line of MONITOR.
	EventMessage EventKind = iota
	// EventReady says that the subscription stands: what is published from now
	// on arrives, until the next EventGap.
	EventReady
	// EventGap says that there is no connection: it was lost, or an attempt to
	// make one failed; Event.Err says why. What is published until the next
	// EventReady is missed. One comes per connection lost and per failed attempt,
	// the first included, so a stream that cannot get through is never silent.
	EventGap
)

// String returns "message", "ready" or "gap".
func (k EventKind) String() string {
	switch k {
	case EventMessage:
		return "message"
	case EventReady:
		return "ready"
	}
	return "gap"
}

// An Event is something that a stream delivered.
type Event struct {
	Kind EventKind
	// Channel is where a message was published. In events of other kinds it is
	// the channel of Subscribe. MONITOR has none.
	Channel string
	// Payload is the message as it was published (see [Client.Subscribe] about
	// line breaks), or the line of MONITOR.
	Payload string
	// Err is why there is no connection, for EventGap.
	Err error
}

// StreamOptions tune a stream; the zero value is good. Negative values are
// refused with a *[ConfigError], unless stated.
type StreamOptions struct {
	// MaxEvent bounds the bytes of one event, the channel's name included. 0
	// means Config.MaxResponse; negative means no bound.
	MaxEvent int
	// MinBackoff and MaxBackoff bound the wait before connecting anew: it is
	// drawn evenly from 0 to MinBackoff doubled per connection lost or not made
	// ("full jitter"). 0 means 100 ms and 5 s. The doubling starts over after a
	// connection that stood for MaxBackoff.
	MinBackoff, MaxBackoff time.Duration
	// MaxFailures ends the stream with the last error when so many attempts to
	// connect have failed in a row. 0 means never: only an error that waiting
	// cannot mend ends the stream.
	MaxFailures int
	// IdleTimeout takes a connection that has been silent for so long for lost.
	// 0 means never, because Upstash sends nothing at all on a quiet channel;
	// then a peer that vanished without a word is noticed by the keep-alive of
	// TCP, after minutes. Set it where something is published regularly, or
	// where the server sends comments to keep the connection alive.
	IdleTimeout time.Duration
}

// ErrNoStreaming is returned when the transport cannot stream.
var ErrNoStreaming = errors.New("upstash: the transport cannot stream (it is no Streamer)")

// Subscribe delivers what is published to channel until ctx ends or the loop is
// left:
//
//	for event, err := range client.Subscribe(ctx, "news", upstash.StreamOptions{}) {
//		if err != nil {
//			return err // the stream has ended
//		}
//		switch event.Kind {
//		case upstash.EventReady: // subscribed; load what was missed, if anything
//		case upstash.EventMessage: // event.Payload
//		case upstash.EventGap: // disconnected; event.Err says why
//		}
//	}
//
// Delivery is at most once. Redis keeps no messages for subscribers that are
// away, so what is published between an [EventGap] and the following
// [EventReady] is lost; what comes outside of gaps is complete, in order and
// intact. Read the state anew at each EventReady, or use a stream ([XAdd],
// [XRead]), where nothing may be lost.
//
// A lost connection is made anew by itself, after a wait. The sequence ends
// without an error when ctx ends, at once; and with one error when going on is
// pointless: a *[ServerError] (a wrong token, no permission), [ErrEventTooLarge],
// an answer that is no event stream ([ErrProtocol]), [ErrNoStreaming],
// [ErrClosed], or after StreamOptions.MaxFailures. All but the ServerError, a bad
// argument and ErrNoStreaming come in a *[TransportError].
//
// The sequence may be ranged over several times, also concurrently; each has a
// connection to itself while it runs, outside the transport's pool. No goroutine
// reads ahead: a loop that is slow makes the server queue, and a Redis cuts off
// a subscriber that is too far behind, which shows as an EventGap. Config.Timeout
// bounds each attempt to connect, up to the server's word that the subscription
// stands. Config.Hook sees nothing of streams.
//
// # What the server's format cannot carry
//
// Server-sent events are lines of text. The payload travels as it is, commas
// included, but a line feed in it arrives only if the server sends each of its
// lines as data, as package devserver does; a carriage return then arrives as a
// line feed. What Upstash does is not documented and could not be tried: if it
// sends a line break as it is, the rest of such a payload is lost, as with the
// official clients. Publish JSON, whose strings have no raw line breaks, or
// base64.
//
// # Cost
//
// Every connection is one HTTP request and one SUBSCRIBE, hence at least one
// billed command, and EventGap after EventGap is as many. Whether deliveries are
// billed is not documented. Publishing costs a PUBLISH per message, however many
// subscribers there are.
func (c *Client) Subscribe(ctx context.Context, channel string, o StreamOptions) iter.Seq2[Event, error] {
	return c.stream(ctx, streamKind{
		name: "SUBSCRIBE", path: "/subscribe", arg: channel,
		ready: "subscribe," + channel + ",", message: "message," + channel + ",", channel: channel,
	}, o)
}

// PSubscribe is [Client.Subscribe] for all channels that match a glob pattern.
// The names of the channels must not contain commas, which the API uses as
// separators: the part after the comma would become part of the payload.
func (c *Client) PSubscribe(ctx context.Context, pattern string, o StreamOptions) iter.Seq2[Event, error] {
	return c.stream(ctx, streamKind{
		name: "PSUBSCRIBE", path: "/psubscribe", arg: pattern,
		ready: "psubscribe," + pattern + ",", message: "pmessage," + pattern + ",",
	}, o)
}

// Monitor delivers a line for every command that the database runs, as
// [Client.Subscribe] delivers messages. The lines contain keys and values. It
// costs the database a lot and is not for read-only tokens; use it to debug.
func (c *Client) Monitor(ctx context.Context, o StreamOptions) iter.Seq2[Event, error] {
	return c.stream(ctx, streamKind{name: "MONITOR", path: "/monitor", monitor: true}, o)
}

// stream returns the sequence of a stream of kind k.
func (c *Client) stream(ctx context.Context, k streamKind, o StreamOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := k.check()
		if err == nil {
			err = o.check()
		}
		if err != nil {
			yield(Event{}, err)
			return
		}
		// A copy for each loop, since several may run at once.
		r := streamRun{client: c, kind: &k, opts: o.withDefaults(c.core.maxResponse), yield: yield}
		r.run(ctx)
	}
}

// check refuses negative values.
func (o *StreamOptions) check() error {
	for _, f := range []struct {
		name string
		bad  bool
	}{
		{"MinBackoff", o.MinBackoff < 0},
		{"MaxBackoff", o.MaxBackoff < 0},
		{"MaxFailures", o.MaxFailures < 0},
		{"IdleTimeout", o.IdleTimeout < 0},
	} {
		if f.bad {
			return &ConfigError{Setting: "StreamOptions." + f.name, Reason: "is negative"}
		}
	}
	return nil
}

// withDefaults fills in the defaults. maxResponse is 0 when there is no bound.
func (o StreamOptions) withDefaults(maxResponse int) StreamOptions {
	if o.MaxEvent == 0 {
		o.MaxEvent = maxResponse
	}
	if o.MinBackoff == 0 {
		o.MinBackoff = 100 * time.Millisecond
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = 5 * time.Second
	}
	o.MinBackoff = min(o.MinBackoff, o.MaxBackoff)
	return o
}
