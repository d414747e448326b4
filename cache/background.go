package cache

import (
	"context"
	"sync"
)

// A background counts what goes on without a caller who waits for it: reloads of
// stale entries, and loads whose last waiter has left until their lease is given
// back. It is no sync.WaitGroup, because Wait may be called while work begins.
type background struct {
	mu   sync.Mutex
	n    int           // guarded by mu
	idle chan struct{} // closed when n gets 0; guarded by mu
	// closed lets nothing begin that may be left out.
	closed bool      // guarded by mu
	_      [0]func() // not compared, so that there is no code for it
}

// begin counts work that may be left out, unless the cache is closed.
func (b *background) begin() bool {
	b.mu.Lock()
	ok := !b.closed
	if ok {
		b.addLocked()
	}
	b.mu.Unlock()
	return ok
}

// add counts work that has begun already.
func (b *background) add() {
	b.mu.Lock()
	b.addLocked()
	b.mu.Unlock()
}

func (b *background) addLocked() {
	if b.n == 0 {
		b.idle = make(chan struct{})
	}
	b.n++
}

func (b *background) end() {
	b.mu.Lock()
	b.n--
	if b.n == 0 {
		close(b.idle)
	}
	b.mu.Unlock()
}

func (b *background) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// wait returns when nothing goes on, or with the cause of ctx.
func (b *background) wait(ctx context.Context) error {
	b.mu.Lock()
	idle := b.idle
	busy := b.n > 0
	b.mu.Unlock()
	if !busy {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
