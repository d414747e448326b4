package cache

import (
	"context"
	"errors"
	"testing"
)

// TestRefreshing: the context of a reload has the caller's values, not its end, and
// ends with the cache, for what is derived from it too.
func TestRefreshing(t *testing.T) {
	t.Parallel()
	type key struct{}
	base, end := context.WithCancelCause(context.Background())
	caller, leave := context.WithCancel(context.WithValue(context.Background(), key{}, "v"))
	ctx := &refreshing{base: base, values: context.WithoutCancel(caller)}
	child, cancel := context.WithCancel(ctx)
	defer cancel()
	leave()
	if _, has := ctx.Deadline(); has || ctx.Err() != nil || child.Err() != nil || child.Value(key{}) != "v" {
		t.Errorf("before the end: %v, %v, %v", ctx.Err(), child.Err(), child.Value(key{}))
	}
	end(ErrClosed)
	<-ctx.Done()
	<-child.Done()
	for _, c := range []context.Context{ctx, child} {
		if !errors.Is(c.Err(), context.Canceled) || !errors.Is(context.Cause(c), ErrClosed) {
			t.Errorf("after the end: %v, %v", c.Err(), context.Cause(c))
		}
	}
}
