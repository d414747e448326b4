package pipeline

import (
	"context"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A batch is commands of several callers on their way to the server. It is
// gathered under the mutex of its Auto, then sealed; from then on the goroutine
// that runs it owns the commands and the results until done is closed, and the
// callers own nothing but their index.
type batch struct {
	auto *Auto

	// Guarded by auto.mu.
	state      batchState
	bytes      int
	pending    int           // members that count for MaxPending
	here       int           // members that still want an answer
	done       chan struct{} // closed at the end; nil while nobody needs it
	cancel     context.CancelFunc
	prev, next *batch // the ring of unfinished batches

	// Written under auto.mu while gathering, then only by the runner.
	cmds  []upstash.Command
	items []item
	after <-chan struct{} // closed when the batch may be sent; nil: now
	alone bool            // has one command and takes no other
	solo  bool            // began while nothing else was under way
	holds bool            // has an element in auto.slots
}

type batchState uint8

const (
	gathering batchState = iota
	sealed
	finished
)

// An item is what a batch knows about one command beside the command.
type item struct {
	ctx    context.Context
	scope  *Scope         // nil when the caller has none
	stop   func() bool    // ends the watch over ctx of a command queued by Go
	reply  *upstash.Reply // nil: none
	err    error
	queued bool  // by Go, on scope
	gone   bool  // the caller does not want the answer any more; guarded by auto.mu
	unsent bool  // the caller left, or its ctx ended, before the batch was sealed
	maybe  bool  // a lost request may have applied it
	of     int32 // 1 + the index of the item that has the reply for both; 0: this one
	reads  int32 // other items that take their reply from this one
}

// fitsLocked reports whether m may join.
func (b *batch) fitsLocked(m member) bool {
	o := &b.auto.o
	return !b.alone && b.state == gathering && !m.alone &&
		(o.MaxCommands == 0 || len(b.cmds) < o.MaxCommands) &&
		(o.MaxBytes == 0 || b.bytes+m.size <= o.MaxBytes)
}

// addLocked enters a command and returns its index.
func (b *batch) addLocked(ctx context.Context, cmd upstash.Command, m member) int {
	i := len(b.cmds)
	if i == 1 {
		b.growLocked(b.auto.hint)
	}
	b.cmds = append(b.cmds, cmd)
	b.items = append(b.items, item{ctx: ctx, scope: m.scope, queued: m.queued})
	b.bytes += m.size
	b.pending++
	b.here++
	b.auto.pending++
	if i > 0 || m.queued {
		b.doneLocked()
	}
	return i
}

// growLocked makes room for as many commands as the last batch had.
func (b *batch) growLocked(n int) {
	if n <= cap(b.cmds) {
		return
	}
	b.cmds = append(make([]upstash.Command, 0, n), b.cmds...)
	b.items = append(make([]item, 0, n), b.items...)
}

// doneLocked returns the channel that is closed when the batch is finished. It
// must not be finished yet.
func (b *batch) doneLocked() chan struct{} {
	if b.done == nil {
		b.done = make(chan struct{})
	}
	return b.done
}

// await waits for the answer to command i, which is cmd, or the end of ctx.
func (b *batch) await(ctx context.Context, i int, cmd upstash.Command) (upstash.Reply, error) {
	if ctx.Done() == nil {
		<-b.done
		return b.answer(i)
	}
	select {
	case <-b.done:
		return b.answer(i)
	case <-ctx.Done():
	}
	switch b.leave(i) {
	case finished:
		return b.answer(i)
	case gathering:
		return upstash.Reply{}, &UnsentError{Command: nameOf(&cmd), Err: ended(ctx)}
	}
	return upstash.Reply{}, onItsWay(&cmd, ended(ctx))
}

// onItsWay is the error of a caller that leaves a command to its fate.
func onItsWay(cmd *upstash.Command, why error) error {
	return maybeApplied(cmd, &upstash.TransportError{Command: nameOf(cmd), Attempts: 1, Sent: true, Err: why})
}

// leave notes that the caller of command i has gone, and returns how far the
// command had come: finished, gathering when it will not be sent, or sealed when
// it is on its way. The last caller to leave cancels the request.
func (b *batch) leave(i int) batchState {
	b.auto.mu.Lock()
	state := b.state
	if b.items[i].unsent {
		state = gathering
	}
	cancel := b.leaveLocked(i)
	b.auto.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	return state
}

func (b *batch) leaveLocked(i int) (cancel context.CancelFunc) {
	it := &b.items[i]
	if b.state == finished || it.gone {
		return nil
	}
	it.gone = true
	b.here--
	if b.state == gathering {
		it.unsent = true
		b.pending--
		b.auto.pending--
		return nil
	}
	if b.here == 0 {
		return b.cancel
	}
	return nil
}

// answer returns the result of command i of a finished batch.
func (b *batch) answer(i int) (upstash.Reply, error) {
	it := &b.items[i]
	cmd := &b.cmds[i]
	if it.unsent {
		return upstash.Reply{}, &UnsentError{Command: nameOf(cmd), Err: ended(it.ctx)}
	}
	if it.of > 0 {
		it = &b.items[it.of-1]
	}
	if it.err != nil {
		return upstash.Reply{}, it.err
	}
	if err := replyError(cmd, it.reply); err != nil {
		if it.maybe {
			err = maybeApplied(cmd, err)
		}
		return upstash.Reply{}, err
	}
	return *it.reply, nil
}

// result and wait make a batch the source of futures.
func (b *batch) result(i int) (upstash.Reply, error) {
	select {
	case <-b.done:
		return b.answer(i)
	default:
		return upstash.Reply{}, ErrPending
	}
}

func (b *batch) wait(ctx context.Context) error {
	select {
	case <-b.done:
		return nil
	default:
	}
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return &endedError{ErrPending, ended(ctx)}
	}
}

func (b *batch) command(i int) *upstash.Command {
	b.auto.mu.Lock() // others may still be joining
	defer b.auto.mu.Unlock()
	return &b.cmds[i]
}

func (b *batch) mayBeSent() bool { return true }
