package lock

import (
	"context"
	"sync"
)

// lines lets the goroutines of one Locker take turns at each name, first come
// first served, so that only one of them asks the server and a release is passed
// on without a request.
type lines struct {
	mu sync.Mutex
	m  map[string]*line // guarded by mu; a name without a line is free
}

// A line is a name that somebody in this process holds or asks for.
type line struct {
	holder  *lease          // nil while the one whose turn it is still asks
	waiting []chan struct{} // closed when it is their turn
}

// tryEnter takes the turn if nobody has it. in tells whether it did; holder is
// the valid lease in the way. With neither, another goroutine is asking.
func (q *lines) tryEnter(name string) (in bool, holder *lease) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.m[name]
	if l == nil {
		q.startLocked(name)
		return true, nil
	}
	return false, l.holder
}

func (q *lines) startLocked(name string) {
	if q.m == nil {
		q.m = map[string]*line{}
	}
	q.m[name] = &line{}
}

// enter waits for the turn.
func (q *lines) enter(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q.mu.Lock()
	l := q.m[name]
	if l == nil {
		q.startLocked(name)
		q.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	q.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	if !q.withdraw(name, turn) {
		q.leave(name) // the turn came at the same moment: pass it on
	}
	return ctx.Err()
}

// withdraw takes a waiter out of the line, false if it has the turn already.
func (q *lines) withdraw(name string, turn chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.m[name]
	for i, c := range l.waiting {
		if c == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// hold makes the lease known whose turn it is.
func (q *lines) hold(name string, s *lease) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.m[name].holder = s
}

// leave passes the turn on.
func (q *lines) leave(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.m[name]
	l.holder = nil
	if len(l.waiting) == 0 {
		delete(q.m, name)
		return
	}
	close(l.waiting[0])
	l.waiting = l.waiting[1:]
}
