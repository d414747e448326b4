//go:build !wasm

package devserver

import (
	"net"
	"sync"
	"time"
)

// silentTime is how long a stopping server waits for the first byte of a
// connection. HTTP clients open connections which they then do not need, and keep
// them; fasthttp would wait for each until it is five seconds old.
const silentTime = 200 * time.Millisecond

// A silentConns holds the connections on which no byte has come.
type silentConns struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{} // guarded by mu
	ended bool                  // guarded by mu; there are to be none
}

func (s *silentConns) add(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		_ = c.Close()
		return
	}
	if s.conns == nil {
		s.conns = map[net.Conn]struct{}{}
	}
	s.conns[c] = struct{}{}
}

func (s *silentConns) remove(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// end closes them, and those to come.
func (s *silentConns) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for c := range s.conns {
		_ = c.Close()
	}
}
