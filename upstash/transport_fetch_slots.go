//go:build js

package upstash

import (
	"context"
	"sync"
	"time"
)

// fetchSlots bounds what is under way. Whoever waits is served in the order of
// arrival.
type fetchSlots struct {
	mu    sync.Mutex // guards what follows
	used  int
	queue []*fetchWaiter
}

type fetchWaiter struct {
	max    int // as many may be in use
	served bool
	ready  chan struct{} // closed when served
}

// acquire takes a slot as soon as fewer than limit are in use.
func (s *fetchSlots) acquire(ctx context.Context, limit int, late <-chan time.Time) error {
	s.mu.Lock()
	if len(s.queue) == 0 && s.used < limit {
		s.used++
		s.mu.Unlock()
		return nil
	}
	w := &fetchWaiter{max: limit, ready: make(chan struct{})}
	s.queue = append(s.queue, w)
	s.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		s.withdraw(w)
		return httpEnded(ctx)
	case <-late:
		s.withdraw(w)
		return errRequestDeadline
	}
}

// withdraw takes w out of the queue, or gives its slot back.
func (s *fetchSlots) withdraw(w *fetchWaiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.served {
		s.used--
	}
	for i := range s.queue {
		if s.queue[i] == w {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			break
		}
	}
	s.serveLocked()
}

// release gives a slot back.
func (s *fetchSlots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	s.serveLocked()
}

// serveLocked hands free slots to those who wait longest.
func (s *fetchSlots) serveLocked() {
	for len(s.queue) > 0 && s.used < s.queue[0].max {
		w := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		if len(s.queue) == 0 {
			s.queue = nil
		}
		w.served = true
		s.used++
		close(w.ready)
	}
}
