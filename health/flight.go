package health

import (
	"context"
	"sync"
)

// A flight lets concurrent callers share one conversation with the server, and
// keeps its outcome.
type flight[T any] struct {
	mu   sync.Mutex // guards what follows, never held during a conversation
	now  *trip[T]
	last *T
}

// A trip is one conversation. Its result is set before done is closed.
type trip[T any] struct {
	done   chan struct{}
	result T
	ok     bool
}

// latest returns the outcome of the last conversation, nil when there was none.
func (f *flight[T]) latest() *T {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// do runs talk, or waits for the one that runs. ok is false when ctx ended first.
// talk runs with the ctx of one caller; when that ends, another one begins anew.
func (f *flight[T]) do(ctx context.Context, talk func(context.Context) T) (result T, ok bool) {
	for {
		if ctx.Err() != nil {
			return result, false
		}
		f.mu.Lock()
		t := f.now
		if t == nil {
			t = &trip[T]{done: make(chan struct{})}
			f.now = t
			f.mu.Unlock()
			f.lead(ctx, t, talk)
			return t.result, t.ok
		}
		f.mu.Unlock()
		select {
		case <-t.done:
			if t.ok {
				return t.result, true
			}
		case <-ctx.Done():
			return result, false
		}
	}
}

func (f *flight[T]) lead(ctx context.Context, t *trip[T], talk func(context.Context) T) {
	defer func() {
		f.mu.Lock()
		f.now = nil
		if t.ok {
			f.last = &t.result
		}
		f.mu.Unlock()
		close(t.done)
	}()
	t.result = talk(ctx)
	t.ok = ctx.Err() == nil
}
