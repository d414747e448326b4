package ratelimit

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestWithin: the budget's context ends by its time, with its parent, and when the
// function is called, whichever is first.
func TestWithin(t *testing.T) {
	t.Parallel()
	type key struct{}
	why := errors.New("why")
	parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, 7))

	ctx, stop := within(parent, time.Millisecond)
	<-ctx.Done()
	stop()
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(context.Cause(ctx), context.DeadlineExceeded) || ctx.Value(key{}) != 7 {
		t.Errorf("by time: %v, %v", ctx.Err(), context.Cause(ctx))
	}

	ctx, stop = within(parent, time.Hour)
	end, ok := ctx.Deadline()
	if left := time.Until(end); !ok || left < 59*time.Minute || left > time.Hour {
		t.Errorf("the deadline is in %v", left)
	}
	if ctx.Err() != nil {
		t.Errorf("ended at once: %v", ctx.Err())
	}
	cancel(why)
	<-ctx.Done()
	stop()
	if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(context.Cause(ctx), why) {
		t.Errorf("by the parent: %v, %v", ctx.Err(), context.Cause(ctx))
	}

	ctx, stop = within(parent, time.Hour) // which has ended
	if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(context.Cause(ctx), why) {
		t.Errorf("at once: %v, %v", ctx.Err(), context.Cause(ctx))
	}
	<-ctx.Done()
	stop()

	near, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	ctx, stop = within(near, time.Hour)
	if end, _ := ctx.Deadline(); time.Until(end) > time.Minute {
		t.Error("the parent's deadline is nearer")
	}
	stop()
	<-ctx.Done()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("by the function: %v", ctx.Err())
	}
}
