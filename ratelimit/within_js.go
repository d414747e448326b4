package ratelimit

import (
	"context"
	"time"
)

// within bounds ctx until the function is called, as it must be. What package
// context has for that costs 9 kB of the compressed module; its economy, that no
// goroutine watches a ctx that can end, is worth little where one request takes
// milliseconds.
func within(ctx context.Context, d time.Duration) (context.Context, func()) {
	b := &boundedCtx{parent: ctx, end: time.Now().Add(d), over: make(chan struct{})}
	if end, ok := ctx.Deadline(); ok && end.Before(b.end) {
		b.end = end
	}
	if b.err = ctx.Err(); b.err != nil { // b.run would tell only after somebody has waited
		close(b.over)
		return b, func() {}
	}
	done := make(chan struct{})
	go b.run(d, done)
	return b, func() { close(done) }
}

// A boundedCtx is a context that ends earlier.
type boundedCtx struct {
	_      [0]func()       // nobody compares it, so no code for that need be linked
	parent context.Context //nolint:containedctx // it is one
	end    time.Time
	over   chan struct{} // closed with err
	err    error         // read after over
}

func (b *boundedCtx) run(d time.Duration, done <-chan struct{}) {
	t := time.NewTimer(d)
	select {
	case <-t.C:
		b.err = context.DeadlineExceeded
	case <-done:
		b.err = context.Canceled
	case <-b.parent.Done():
		b.err = b.parent.Err()
	}
	t.Stop()
	close(b.over)
}

// Deadline, Done, Err and Value implement [context.Context].

func (b *boundedCtx) Deadline() (time.Time, bool) { return b.end, true }

func (b *boundedCtx) Done() <-chan struct{} { return b.over }

func (b *boundedCtx) Err() error {
	select {
	case <-b.over:
		return b.err
	default:
		return nil
	}
}

func (b *boundedCtx) Value(key any) any { return b.parent.Value(key) }
