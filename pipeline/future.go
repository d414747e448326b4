package pipeline

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A Future is the result of one queued command: its value, its error and what is
// known about its effect. It is safe for concurrent use once its pipeline has
// been executed; the futures of [Go] always are.
type Future[T any] struct {
	decode func(upstash.Reply) (T, error) // the command itself is kept by src
	src    source
	index  int
}

// A source is what futures take their replies from.
type source interface {
	// result returns the reply to command i, or ErrPending.
	result(i int) (upstash.Reply, error)
	// wait returns nil when result will not return ErrPending any more, or
	// cannot be waited for; an error when ctx ended first.
	wait(ctx context.Context) error
	// command returns command i.
	command(i int) *upstash.Command
	// mayBeSent reports whether a pending command can be on its way.
	mayBeSent() bool
}

// Result returns the value of the command, or [ErrPending] before it has been
// answered. The errors are those of [upstash.Client.Do], as if the command had
// been sent by itself: [upstash.ErrNil] for a nil reply, an
// *[upstash.ServerError] when the server refused it, an
// *[upstash.MaybeAppliedError] when the answer was lost; and an *[UnsentError]
// when it was never sent. The reply is decoded anew by each call.
func (f *Future[T]) Result() (T, error) {
	var zero T
	if f.src == nil {
		return zero, ErrPending
	}
	r, err := f.src.result(f.index)
	if err != nil {
		return zero, err
	}
	if f.decode != nil {
		if v, err := f.decode(r); err == nil {
			return v, nil
		}
	}
	return upstash.As(*f.src.command(f.index), f.decode).Decode(r) // its error names the command
}

// Err returns the error of Result.
func (f *Future[T]) Err() error {
	_, err := f.Result()
	return err
}

// Outcome tells what is known about the effect of the command, as
// [upstash.OutcomeOf] does for the error of Result. While the command is
// pending it is [upstash.NotApplied] in a pipeline that has not been executed,
// and [upstash.MaybeApplied] when the command may be on its way.
func (f *Future[T]) Outcome() upstash.Outcome {
	err := f.Err()
	if f.src != nil && errors.Is(err, ErrPending) {
		if !f.src.mayBeSent() || f.src.command(f.index).ReadOnly() {
			return upstash.NotApplied
		}
		return upstash.MaybeApplied
	}
	return upstash.OutcomeOf(err)
}

// Wait waits until the command has been answered or ctx ends, and returns as
// Result does. When ctx ends first the command goes on and can be waited for
// again; the error matches [ErrPending] and the end of ctx, and
// [upstash.ErrMaybeApplied] when the command writes.
//
// A [Pipeline] is executed by Exec alone: its futures do not wait.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	if f.src != nil {
		if err := f.src.wait(ctx); err != nil {
			var zero T
			return zero, onItsWay(f.src.command(f.index), err)
		}
	}
	return f.Result()
}

// failed is the source of futures whose commands were not accepted.
type failed struct{ err error }

func (s *failed) result(int) (upstash.Reply, error) { return upstash.Reply{}, s.err }
func (*failed) wait(context.Context) error          { return nil }
func (*failed) command(int) *upstash.Command        { return &upstash.Command{} }
func (*failed) mayBeSent() bool                     { return false }

// A slab hands out futures of one type from blocks, so that a long pipeline does
// not allocate once per command.
type slab[T any] struct{ free []Future[T] }

// The first block is small; each further one doubles.
const (
	minSlab = 4
	maxSlab = 1024
)

func (s *slab[T]) take(queued, room int) *Future[T] {
	if len(s.free) == 0 {
		n := min(max(minSlab, queued), maxSlab)
		s.free = make([]Future[T], max(n, room))
	}
	f := &s.free[0]
	s.free = s.free[1:]
	return f
}
