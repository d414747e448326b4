package cache

import (
	"sync"
	"time"
)

// A breaker keeps a Redis that is down from slowing every call by a timeout:
// after some failures in a row it lets one call through per pause.
type breaker struct {
	mu       sync.Mutex
	failures int       // in a row; guarded by mu
	next     time.Time // when the next call may pass; guarded by mu
	last     error     // guarded by mu
	_        [0]func() // not compared, so that there is no code for it
}

const (
	breakerFailures = 3
	breakerPause    = time.Second
)

// allow returns nil when a call may be made, else the last failure.
func (b *breaker) allow() error {
	b.mu.Lock()
	var last error
	if b.failures >= breakerFailures {
		if now := time.Now(); now.Before(b.next) {
			last = b.last
		} else {
			b.next = now.Add(breakerPause)
		}
	}
	b.mu.Unlock()
	return last
}

// settle takes the outcome of a call; nil means that Redis answered.
func (b *breaker) settle(err error) {
	b.mu.Lock()
	b.last = err
	b.failures++
	if err == nil {
		b.failures = 0
	} else if b.failures == breakerFailures {
		b.next = time.Now().Add(breakerPause)
	}
	b.mu.Unlock()
}
