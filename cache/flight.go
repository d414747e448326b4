package cache

import (
	"context"
	"runtime"
	"sync"
)

// A group lets concurrent callers with the same key share one call. The first
// caller tries to answer it at once, on its own goroutine: a hit needs no other.
// What takes longer runs on a goroutine of its own and belongs to all who wait:
// each may leave when its own context ends, and when the last one has left the
// call is cancelled.
type group struct {
	mu      sync.Mutex
	flights map[string]*flight // guarded by mu
	// core hears of calls that go on for a moment although their last waiter has
	// left.
	core *core
}

type flight struct {
	done    chan struct{}
	cancel  context.CancelCauseFunc // nil while the first caller tries; guarded by group.mu
	waiters int                     // guarded by group.mu

	// Set before done is closed.
	value    answer
	err      error
	panicked *PanicError
}

// do returns what the task brings, shared with callers that come meanwhile.
func (g *group) do(ctx context.Context, key string, t *fetching) (v answer, shared bool, err error) {
	g.mu.Lock()
	f, shared := g.flights[key]
	if shared {
		f.waiters++
	} else {
		f = &flight{done: make(chan struct{}), waiters: 1, err: errExited}
		if g.flights == nil {
			g.flights = map[string]*flight{}
		}
		g.flights[key] = f
	}
	g.mu.Unlock()
	if !shared && !g.lead(ctx, key, f, t) {
		return v, false, context.Cause(ctx)
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		g.leave(ctx, key, f)
		return v, shared, context.Cause(ctx)
	}
	if f.panicked != nil {
		panic(f.panicked)
	}
	return f.value, shared, f.err
}

// lead is what the first caller does. It returns false when the caller's context
// has ended; those who came meanwhile are then served without it.
func (g *group) lead(ctx context.Context, key string, f *flight, t *fetching) bool {
	ok := false
	f.panicked = guard(func() { f.value, ok, f.err = t.try(ctx) })
	if ok || f.panicked != nil {
		g.remove(key, f)
		close(f.done)
		return true
	}
	left := ctx.Err() != nil
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	g.mu.Lock()
	if left {
		f.waiters--
	}
	alone := f.waiters == 0
	if !alone {
		f.cancel, f.err = cancel, errExited
	} else if g.flights[key] == f {
		delete(g.flights, key)
	}
	g.mu.Unlock()
	if alone {
		cancel(nil)
		return false
	}
	go func() {
		defer func() {
			g.remove(key, f)
			close(f.done)
			cancel(nil)
		}()
		f.panicked = guard(func() { f.value, f.err = t.finish(own) })
	}()
	return !left
}

// guard runs fn and returns its panic, or its runtime.Goexit, instead of letting
// it end the process or leave callers waiting.
func guard(fn func()) (panicked *PanicError) {
	normal := false
	defer func() {
		if !normal {
			v := recover()
			if p, ok := v.(*PanicError); ok {
				panicked = p
				return
			}
			panicked = &PanicError{Value: v, Stack: stack()}
		}
	}()
	fn()
	normal = true
	return nil
}

// stack is debug.Stack without package fmt, which is large on WebAssembly.
func stack() []byte {
	b := make([]byte, 16<<10)
	return b[:runtime.Stack(b, false)]
}

// leave takes one waiter off; the last one cancels the call, unless the first
// caller has answered it by itself.
func (g *group) leave(ctx context.Context, key string, f *flight) {
	g.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	if last && f.cancel != nil {
		f.cancel(errAbandoned)
	}
	if last && g.flights[key] == f {
		delete(g.flights, key)
	}
	g.mu.Unlock()
	if !last {
		return
	}
	select {
	case <-f.done:
	default:
		g.core.abandoned(ctx, f.done)
	}
}

func (g *group) remove(key string, f *flight) {
	g.mu.Lock()
	if g.flights[key] == f {
		delete(g.flights, key)
	}
	g.mu.Unlock()
}

// forget lets callers that come from now on start anew; those who wait already
// still get what they waited for.
func (g *group) forget(keys ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range keys {
		delete(g.flights, key)
	}
}

func (g *group) forgetAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.flights)
}
