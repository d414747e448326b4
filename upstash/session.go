package upstash

import (
	"sync"
)

// A Session stands for everything that a Client has seen so far. The database
// answers each request with a sync token; a replica that is shown the token
// catches up with it before it serves a read ("read your writes"). A Client
// keeps and sends the token by itself. Use a Session to hand it to another
// process: it is an immutable value, and serialises with MarshalText.
//
// The zero Session has seen nothing.
type Session struct{ token string }

// IsZero reports whether s has seen nothing.
func (s Session) IsZero() bool { return s.token == "" }

// MarshalText returns the sync token, which is not a secret.
func (s Session) MarshalText() ([]byte, error) { return []byte(s.token), nil }

// UnmarshalText accepts what MarshalText returned. A text that cannot be a
// header value is refused.
func (s *Session) UnmarshalText(text []byte) error {
	if len(text) > maxSyncToken {
		return &ArgumentError{Reason: "the session is too long"}
	}
	for _, b := range text {
		if b <= ' ' || b >= 0x7f {
			return &ArgumentError{Reason: "the session contains a character that it cannot have"}
		}
	}
	s.token = string(text)
	return nil
}

// syncTokenHeader is the last header of a request that has one.
const syncTokenHeader = "Upstash-Sync-Token"

// maxSyncToken bounds what a server can make the client keep and send.
const maxSyncToken = 1024

// syncState holds the newest sync token of one Client.
//
// Tokens are opaque, so their age must come from elsewhere: every attempt takes
// a number when it starts, and the token of an attempt never replaces one of an
// attempt that started later. Completion order would let a slow, early answer
// overwrite a newer one.
type syncState struct {
	_       [0]func() // nobody compares it, so no code for that need be linked
	mu      sync.Mutex
	started uint64 // number of the newest attempt that has started
	kept    uint64 // number of the attempt that token came from
	token   string
}

// start numbers an attempt and returns the token it must send.
func (s *syncState) start() (number uint64, token string) {
	s.mu.Lock()
	s.started++
	number, token = s.started, s.token
	s.mu.Unlock()
	return number, token
}

// done keeps the token of the answer to attempt number. An answer without one
// changes nothing.
func (s *syncState) done(number uint64, token []byte) {
	if len(token) == 0 || len(token) > maxSyncToken {
		return
	}
	s.mu.Lock()
	if number >= s.kept {
		s.kept = number
		if s.token != string(token) { // compared without allocating
			s.token = string(token)
		}
	}
	s.mu.Unlock()
}

func (s *syncState) session() Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Session{s.token}
}
