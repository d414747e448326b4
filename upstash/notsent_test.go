package upstash_test

import (
	"context"
	"errors"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestSomebodyElsesNotSent: the cause of a context's end may be another call's
// error, as with an errgroup, and that one may have sent nothing. It says nothing
// about the call that was ended.
func TestSomebodyElsesNotSent(t *testing.T) {
	closed, _ := newScripted(t, upstash.Config{}, lost)
	_ = closed.Close()
	_, ofClosed := upstash.Incr("k").Do(t.Context(), closed)
	_, ofBadArgument := closed.Do(t.Context(), upstash.NewCommand("INCR", "k", struct{}{}))
	for name, cause := range map[string]error{
		"closed client": ofClosed,
		"bad argument":  ofBadArgument,
		"transport":     upstash.NotSent(errors.New("no connection")),
	} {
		t.Run(name, func(t *testing.T) {
			if !errors.Is(cause, upstash.ErrNotSent) {
				t.Fatalf("the cause is %v", cause)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			h := &outcomes{}
			c, s := newScripted(t, upstash.Config{Hook: h}, func(ctx context.Context, _ exchange, _ *upstash.Response) error {
				cancel(cause) // while the answer is on its way
				return errors.Join(ctx.Err(), context.Cause(ctx))
			})
			_, err := upstash.Incr("k").Do(ctx, c)
			if !errors.Is(err, upstash.ErrMaybeApplied) || upstash.OutcomeOf(err) != upstash.MaybeApplied || !errors.Is(err, cause) || s.count() != 1 {
				t.Errorf("sent %d times: %v, outcome %v", s.count(), err, upstash.OutcomeOf(err))
			}
			if h.outcome != upstash.MaybeApplied || h.billed != 1 {
				t.Errorf("the hook is told %v and %d billed commands", h.outcome, h.billed)
			}
		})
	}
}

// outcomes are what a hook is told of the last attempt.
type outcomes struct {
	outcome upstash.Outcome
	billed  int
}

func (o *outcomes) Before(ctx context.Context, _ *upstash.Attempt) context.Context { return ctx }

func (o *outcomes) After(_ context.Context, a *upstash.Attempt) {
	o.outcome, o.billed = a.Outcome, a.Billed()
}
