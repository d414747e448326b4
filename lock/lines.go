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
	holder *lease   // nil while the one whose turn it is still asks
	first  *waiter  // the next one
	end    **waiter // where another one is put
}

type waiter struct {
	turn chan struct{} // closed when it comes
	next *waiter
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
	l := &line{}
	l.end = &l.first
	q.m[name] = l
}

// enter waits for the turn.
func (q *lines) enter(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var w *waiter
	q.mu.Lock()
	if l := q.m[name]; l == nil {
		q.startLocked(name)
	} else {
		w = &waiter{turn: make(chan struct{})}
		*l.end = w
		l.end = &w.next
	}
	q.mu.Unlock()
	if w == nil {
		return nil
	}
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
	}
	if !q.withdraw(name, w) {
		q.leave(name) // the turn came at the same moment: pass it on
	}
	return ctx.Err()
}

// withdraw takes a waiter out of the line, false if it has the turn already.
func (q *lines) withdraw(name string, w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.m[name]
	p := &l.first
	for *p != nil && *p != w {
		p = &(*p).next
	}
	if *p == nil {
		return false
	}
	*p = w.next
	if w.next == nil {
		l.end = p
	}
	return true
}

// hold makes the lease known whose turn it is.
func (q *lines) hold(name string, s *lease) {
	q.mu.Lock()
	q.m[name].holder = s
	q.mu.Unlock()
}

// leave passes the turn on.
func (q *lines) leave(name string) {
	q.mu.Lock()
	l := q.m[name]
	l.holder = nil
	if w := l.first; w == nil {
		delete(q.m, name)
	} else {
		l.first = w.next
		if l.first == nil {
			l.end = &l.first
		}
		close(w.turn)
	}
	q.mu.Unlock()
}
