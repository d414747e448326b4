package upstash

import "strings"

// A streamKind is how one of the three streams is asked for and read. What the
// server sends is documented in the vendor's REST page and by the tests of its
// SDK: "subscribe,CHANNEL,1" once and then "message,CHANNEL,PAYLOAD",
// "psubscribe,PATTERN,1" and "pmessage,PATTERN,CHANNEL,PAYLOAD", or "\"OK\"" and
// then one line per command.
type streamKind struct {
	name, path, arg string
	ready, message  string // how the frames begin
	channel         string // known in advance, or "" when the frame names it
	monitor         bool
}

// check refuses what a URL cannot carry as a segment of its path.
func (k *streamKind) check() error {
	reason := ""
	switch {
	case k.monitor:
	case k.arg == "":
		reason = "is empty, which a URL cannot carry"
	case k.arg == ".", k.arg == "..":
		reason = "is only dots, which a URL cannot carry"
	}
	if reason == "" {
		return nil
	}
	return &ArgumentError{Command: k.name, Position: 1, Reason: reason}
}

// parse reads one frame; ok is false for frames that mean nothing to the caller.
// The name that was asked for is matched as a whole, so it may have commas.
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
