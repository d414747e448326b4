package pipeline

import (
	"context"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A Scope is one caller of an [Auto] that may have several commands under way: a
// request handler, an invocation, a goroutine. Commands queued by [Go] on one
// Scope reach the server in the order in which they were queued, and before
// those that are run afterwards with Do; commands of other callers travel in the
// same batches and never wait for them. It is an [upstash.Doer], safe for
// concurrent use, and costs nothing to make.
type Scope struct {
	a *Auto

	// Guarded by a.mu.
	last  *batch // the last batch with a command queued by Go
	tail  *batch // a batch that is sent after last
	fence bool   // nothing may follow the commands in last within its request
}

// Scope returns a new caller of a.
func (a *Auto) Scope() *Scope { return &Scope{a: a} }

// Isolated returns a caller whose commands share batches, and the bound of
// batches in flight, with nobody else. On Cloudflare Workers one invocation may
// not complete a promise of another; so make one Isolated per invocation, use it
// in place of the Auto, and Flush it before the invocation ends. It has the
// options of a and is closed with it.
func (a *Auto) Isolated() *Scope { return newAuto(a.d, a.o, a.closed).Scope() }

// Do runs cmd after the commands that were queued before, as [Auto.Do] does.
func (s *Scope) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	return s.a.do(ctx, s, cmd)
}

// DoBatch runs a batch of the caller's own after the commands that were queued
// before, as [Auto.DoBatch] does.
func (s *Scope) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	if err := s.flushQueued(ctx); err != nil {
		return nil, &UnsentError{Command: "the batch", Err: err}
	}
	return s.a.DoBatch(ctx, b)
}

// Flush waits until every command that was queued before has been answered, or
// ctx ends.
func (s *Scope) Flush(ctx context.Context) error { return s.flushQueued(ctx) }

func (s *Scope) flushQueued(ctx context.Context) error {
	s.a.mu.Lock()
	last := s.lastLocked()
	s.a.mu.Unlock()
	if last == nil {
		return nil
	}
	select {
	case <-last.done:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// Go queues c on s without waiting and returns its future. It is sent at once,
// together with what else is queued before other goroutines run. ctx is that of
// the command: when it ends before the batch is sent the command is not sent. A
// future keeps the replies of its whole batch in memory.
func Go[T any](ctx context.Context, s *Scope, c upstash.Cmd[T]) *Future[T] {
	b, i, lead, err := s.a.join(ctx, s, c.Command, true)
	if err != nil {
		return &Future[T]{src: &failed{err}}
	}
	if lead {
		go b.leadOn()
	}
	return &Future[T]{decode: c.Decoder(), src: b, index: i}
}

// lastLocked returns the last batch with a queued command, nil when it is
// finished: then there is nothing to come after.
func (s *Scope) lastLocked() *batch {
	if s.last != nil && s.last.state == finished {
		s.last, s.tail, s.fence = nil, nil, false
	}
	return s.last
}

// placeAfterLocked finds a batch for a command of s that must come after what is
// queued in last: last itself, or one that waits for it. The latter is private
// to s, so that other callers do not wait.
func (s *Scope) placeAfterLocked(last *batch, m member) (b *batch, isNew bool) {
	if !s.fence && last.fitsLocked(m) {
		return last, false
	}
	if s.tail != nil && s.tail.fitsLocked(m) {
		return s.tail, false
	}
	b = s.a.beginLocked()
	b.alone = m.alone
	b.after = last.doneLocked()
	b.doneLocked()
	s.tail = b
	return b, true
}

// queuedLocked notes that Go put cmd into b. A script that the server does not
// know is sent again after its batch, so nothing of s may follow it in there.
func (s *Scope) queuedLocked(b *batch, cmd upstash.Command) {
	name := cmd.Name()
	s.last, s.tail = b, nil
	s.fence = name == "EVALSHA" || name == "EVALSHA_RO"
}

var (
	_ DoerBatcher = (*Auto)(nil)
	_ DoerBatcher = (*Scope)(nil)
)
