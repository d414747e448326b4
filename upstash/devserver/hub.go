//go:build !wasm

package devserver

import (
	"context"
	"errors"
	"sort"
	"sync"
)

// maxQueued bounds the messages waiting for one slow reader. A reader that falls
// further behind is cut off, as Redis does with its output buffer limit.
const maxQueued = 4096

var errSlowReader = errors.New("devserver: the reader of a stream is too slow")

// A hub is the pub/sub of the embedded Redis.
type hub struct {
	mu   sync.Mutex
	subs map[*hubStream]struct{} // guarded by mu
}

type hubMessage struct{ pattern, channel, payload string }

// A hubStream is one subscription.
type hubStream struct {
	h       *hub
	pattern bool
	name    string
	queue   chan hubMessage // closed when the stream is cut off; sends under h.mu
}

func newHub() *hub { return &hub{subs: map[*hubStream]struct{}{}} }

func (h *hub) subscribe(pattern bool, name string) *hubStream {
	s := &hubStream{h: h, pattern: pattern, name: name, queue: make(chan hubMessage, maxQueued)}
	h.mu.Lock()
	h.subs[s] = struct{}{}
	h.mu.Unlock()
	return s
}

// publish returns how many subscriptions got the message.
func (h *hub) publish(channel, payload string) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var n int64
	for s := range h.subs {
		m := hubMessage{channel: channel, payload: payload}
		if s.pattern {
			if !globMatch(s.name, channel) {
				continue
			}
			m.pattern = s.name
		} else if s.name != channel {
			continue
		}
		select {
		case s.queue <- m:
			n++
		default:
			h.dropLocked(s)
		}
	}
	return n
}

func (h *hub) dropLocked(s *hubStream) {
	if _, ok := h.subs[s]; ok {
		delete(h.subs, s)
		close(s.queue)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		h.dropLocked(s)
	}
}

// channels lists the channels with subscribers that match pattern ("" is all).
func (h *hub) channels(pattern string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]bool{}
	names := []string{}
	for s := range h.subs {
		if !s.pattern && !seen[s.name] && (pattern == "" || globMatch(pattern, s.name)) {
			seen[s.name] = true
			names = append(names, s.name)
		}
	}
	sort.Strings(names)
	return names
}

func (h *hub) count(channel string) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var n int64
	for s := range h.subs {
		if !s.pattern && s.name == channel {
			n++
		}
	}
	return n
}

// patterns counts the distinct patterns with subscribers.
func (h *hub) patterns() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]bool{}
	for s := range h.subs {
		if s.pattern {
			seen[s.name] = true
		}
	}
	return int64(len(seen))
}

func (s *hubStream) close() {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	s.h.dropLocked(s)
}

func (s *hubStream) next(ctx context.Context) (pattern, channel, payload string, err error) {
	select {
	case m, ok := <-s.queue:
		if !ok {
			return "", "", "", errSlowReader
		}
		return m.pattern, m.channel, m.payload, nil
	case <-ctx.Done():
		return "", "", "", ctx.Err()
	}
}
