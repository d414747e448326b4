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
}

const (
	breakerFailures = 3
	breakerPause    = time.Second
)

// allow returns nil when a call may be made, else the last failure.
func (b *breaker) allow() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakerFailures {
		return nil
	}
	now := time.Now()
	if now.Before(b.next) {
		return b.last
	}
	b.next = now.Add(breakerPause)
	return nil
}

// settle takes the outcome of a call; nil means that Redis answered.
func (b *breaker) settle(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.failures = 0
		b.last = nil
		return
	}
	b.failures++
	b.last = err
	if b.failures == breakerFailures {
		b.next = time.Now().Add(breakerPause)
	}
}
