//go:build js

package upstash

import "sync"

// fetchSlots bounds what is under way. Whoever waits is served in the order of
// arrival.
type fetchSlots struct {
	mu    sync.Mutex // guards what follows
	used  int
	queue []*fetchExchange // each told by an event that it has a slot
}

// acquire takes a slot for x as soon as fewer than most are in use.
func (s *fetchSlots) acquire(x *fetchExchange, most int) error {
	s.mu.Lock()
	free := len(s.queue) == 0 && s.used < most
	if free {
		s.used++
	} else {
		x.most = most
		s.queue = append(s.queue, x)
	}
	s.mu.Unlock()
	if free {
		return nil
	}
	_, err := x.wait()
	if err != nil {
		s.withdraw(x)
	}
	return err
}

// withdraw takes x out of the queue, or gives its slot back.
func (s *fetchSlots) withdraw(x *fetchExchange) {
	s.mu.Lock()
	for i, other := range s.queue {
		if other == x {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			s.used++ // release takes one off
			break
		}
	}
	s.mu.Unlock()
	s.release()
}

// release gives a slot back, and hands free ones to those who wait longest.
//
//go:noinline
func (s *fetchSlots) release() {
	s.mu.Lock()
	s.used--
	for len(s.queue) > 0 && s.used < s.queue[0].most {
		s.used++
		s.queue[0].settle(fetchEvent{ok: true})
		s.queue[0] = nil
		s.queue = s.queue[1:]
	}
	s.mu.Unlock()
}
