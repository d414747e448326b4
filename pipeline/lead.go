package pipeline

import (
	"context"
	"runtime"

	"github.com/yesgoddess/edgeredis/upstash"
)

// lead gathers and sends a batch on behalf of the caller who began it with cmd.
func (b *batch) lead(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if !b.ready(ctx) {
		b.handOver()
		return upstash.Reply{}, &UnsentError{Command: nameOf(&cmd), Err: ended(ctx)}
	}
	n := b.seal()
	switch {
	case b.items[0].unsent:
		if n == 0 {
			b.finish()
		} else {
			go b.run(b.detach())
		}
		return upstash.Reply{}, &UnsentError{Command: nameOf(&cmd), Err: ended(ctx)}
	case n == 1:
		return b.sendOwn(ctx, cmd)
	case ctx.Done() == nil:
		b.run(ctx)
		return b.answer(0)
	}
	// The request belongs to all callers: it must not end with this one's ctx,
	// and this one must not wait for it when its ctx ends.
	go b.run(b.detach())
	return b.await(ctx, 0, cmd)
}

// leadOn gathers and sends a batch that no caller leads: it was begun by Go, or
// its leader left.
func (b *batch) leadOn() {
	b.ready(context.Background())
	if b.seal() == 0 {
		b.finish()
		return
	}
	b.run(b.detach())
}

// ready waits until the batch may be sealed. It reports false when ctx ended
// first.
func (b *batch) ready(ctx context.Context) bool {
	switch {
	case b.after != nil:
		select {
		case <-b.after:
		case <-ctx.Done():
			return false
		}
	case !b.alone && !b.solo:
		b.yield()
	}
	slots := b.auto.slots
	if slots == nil || b.alone {
		return true
	}
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	b.holds = true
	return true
}

// maxYields bounds how often a leader lets others run.
const maxYields = 4

// yield lets callers that are about to run join. When some did there may be
// more: on several processors a leader that yields is picked up again before
// all have had their turn.
//
// It is not for a caller that is alone: where another processor is idle, to
// yield wakes it up. On loopback a lone GET then took half as much CPU again.
func (b *batch) yield() {
	for n, i := 1, 0; i < maxYields; i++ {
		runtime.Gosched()
		b.auto.mu.Lock()
		now := len(b.cmds)
		b.auto.mu.Unlock()
		if now == n {
			return
		}
		n = now
	}
}

// handOver is how a leader leaves whose ctx ended before the batch was ready.
func (b *batch) handOver() {
	b.auto.mu.Lock()
	b.leaveLocked(0)
	others := b.here > 0
	if !others {
		b.sealLocked()
	}
	b.auto.mu.Unlock()
	if others {
		go b.leadOn()
		return
	}
	b.finish()
}

// seal ends the gathering and returns the number of commands to send. Those
// whose ctx has ended are left out.
func (b *batch) seal() int {
	b.auto.mu.Lock()
	defer b.auto.mu.Unlock()
	n := 0
	for i := range b.items {
		it := &b.items[i]
		if !it.gone && it.ctx.Err() != nil {
			b.leaveLocked(i)
		}
		if !it.unsent {
			n++
		}
	}
	b.sealLocked()
	return n
}

func (b *batch) sealLocked() {
	b.state = sealed
	if b.auto.open == b {
		b.auto.open = nil
	}
}

// detach returns the context for a request that belongs to several callers. It
// has the values of the first one's (for tracing), and ends when the last one
// has left.
func (b *batch) detach() context.Context {
	first := 0
	for b.items[first].unsent {
		first++
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.items[first].ctx))
	b.auto.mu.Lock()
	b.cancel = cancel
	abandoned := b.here == 0
	b.auto.mu.Unlock()
	if abandoned {
		cancel()
	}
	return ctx
}

// sendOwn sends the only command of the batch as its caller would without an
// Auto.
func (b *batch) sendOwn(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	defer b.finish()
	return b.auto.d.Do(ctx, cmd)
}

// run sends a sealed batch and finishes it, also when the code below panics.
func (b *batch) run(ctx context.Context) {
	defer b.finishRun()
	b.watch()
	if b.auto.o.MergeReads {
		b.merge()
	}
	b.deliver(ctx, b.toSend(), true)
}

// watch makes the queued commands leave when their ctx ends; nobody waits in
// their place.
func (b *batch) watch() {
	for i := range b.items {
		it := &b.items[i]
		if it.queued && !it.unsent && it.ctx.Done() != nil {
			it.stop = context.AfterFunc(it.ctx, func() { b.leave(i) })
		}
	}
}

// toSend returns the indexes of the commands to send, nil for all of them.
func (b *batch) toSend() []int {
	n := 0
	for i := range b.items {
		if !b.items[i].unsent && b.items[i].of == 0 {
			n++
		}
	}
	if n == len(b.items) {
		return nil
	}
	idx := make([]int, 0, n)
	for i := range b.items {
		if !b.items[i].unsent && b.items[i].of == 0 {
			idx = append(idx, i)
		}
	}
	return idx
}

// finishRun gives an error to commands that a panic left without a result, and
// finishes the batch. It must be deferred itself, because it recovers.
func (b *batch) finishRun() {
	cause := &PanicError{Value: recover()}
	for i := range b.items {
		it := &b.items[i]
		if !it.unsent && it.of == 0 && it.reply == nil && it.err == nil {
			it.err = onItsWay(&b.cmds[i], cause)
		}
		if it.stop != nil {
			it.stop()
		}
	}
	b.finish()
}

// finish takes the batch out of the books and wakes whoever waits for it.
func (b *batch) finish() {
	a := b.auto
	if b.holds {
		<-a.slots
	}
	a.mu.Lock()
	b.state = finished
	b.prev.next, b.next.prev = b.next, b.prev
	b.prev, b.next = nil, nil
	a.pending -= b.pending
	if len(b.items) == 1 && a.pending == 0 {
		a.quiet++
	} else {
		a.quiet = 0
	}
	cancel, done := b.cancel, b.done
	switch {
	case len(b.items) > 1:
		a.hint = min(max(len(b.items), a.hint-a.hint/8), maxHint) // shrinks slowly
	case done == nil: // nobody but its leader ever knew it
		b.cmds[0], b.items[0] = upstash.Command{}, item{}
		*b = batch{auto: a, cmds: b.cmds[:0], items: b.items[:0]}
		a.spare = b
	}
	a.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	if done != nil {
		close(done)
	}
}

// maxHint bounds the room that a batch makes because the last one was long.
const maxHint = 256
