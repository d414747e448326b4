package pipeline

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
)

// deliver sends the commands at idx, nil for all, and settles each of them.
// resend says whether those that may be repeated can be sent once more.
func (b *batch) deliver(ctx context.Context, idx []int, resend bool) {
	n := len(idx)
	if idx == nil {
		n = len(b.cmds)
	}
	switch n {
	case 0:
		return
	case 1:
		i := at(idx, 0)
		r, err := b.auto.d.Do(ctx, b.cmds[i])
		b.settle(i, &r, err)
		return
	}
	cmds := b.cmds
	if idx != nil {
		cmds = make([]upstash.Command, n)
		for j, i := range idx {
			cmds[j] = b.cmds[i]
		}
	}
	replies, err := b.auto.d.DoBatch(ctx, upstash.Batch{Commands: cmds})
	if part, ok := errors.AsType[*upstash.PartialError](err); ok && len(replies) == n {
		b.partial(ctx, idx, replies, part, resend)
		return
	}
	if err == nil {
		err = checkLength(cmds, len(replies))
	}
	if err != nil {
		if idx == nil {
			idx = count(n)
		}
		b.fail(ctx, idx, err, resend)
		return
	}
	for j := range replies {
		b.settle(at(idx, j), &replies[j], nil)
	}
}

// partial settles a batch of which some scripts have no reply.
func (b *batch) partial(ctx context.Context, idx []int, replies []upstash.Reply, part *upstash.PartialError, resend bool) {
	without := make([]bool, len(replies))
	for _, j := range part.Items {
		without[j] = true
	}
	lost := make([]int, 0, len(part.Items))
	for j := range replies {
		if without[j] {
			lost = append(lost, at(idx, j))
		} else {
			b.settle(at(idx, j), &replies[j], nil)
		}
	}
	b.fail(ctx, lost, part.Err, resend)
}

// fail settles commands whose request failed as a whole. The failure of a
// request says nothing about what would have become of each command by itself,
// so what the batch alone is to blame for is repeated without it:
//
//   - a command that cannot be encoded: all others are sent,
//   - a size limit of the reply: halves are sent, if they may be repeated,
//   - a lost answer that the client did not repeat because some command must
//     not be: those that may be are sent once more.
func (b *batch) fail(ctx context.Context, idx []int, err error, resend bool) {
	if ctx.Err() != nil {
		b.settleAll(idx, err)
		return
	}
	if errors.Is(err, upstash.ErrBadArgument) {
		b.halve(ctx, idx)
		return
	}
	if b.auto.o.NoResend || errors.Is(err, upstash.ErrNotSent) {
		b.settleAll(idx, err)
		return
	}
	again, final, mixed := b.repeatable(idx)
	switch {
	case errors.Is(err, upstash.ErrTooLarge), errors.Is(err, upstash.ErrResponseTooLarge):
		b.markMaybe(idx)
		b.settleAll(final, err)
		b.halve(ctx, again)
	case resend && mixed && passing(err):
		if errors.Is(err, upstash.ErrMaybeApplied) {
			b.markMaybe(again)
		}
		b.settleAll(final, err)
		b.deliver(ctx, nonNil(again), false)
	default:
		b.settleAll(idx, err)
	}
}

// halve sends the commands at idx in two requests, in order.
func (b *batch) halve(ctx context.Context, idx []int) {
	half := (len(idx) + 1) / 2
	b.deliver(ctx, nonNil(idx[:half]), true)
	b.deliver(ctx, nonNil(idx[half:]), true)
}

// repeatable divides commands into those to be sent again and the rest: those
// that must not be, and those that nobody waits for any more. Commands that one
// caller queued are repeated all together or not at all, because their order
// would be lost. mixed is set when the client had a reason not to repeat them.
func (b *batch) repeatable(idx []int) (again, final []int, mixed bool) {
	var broken map[*Scope]bool
	for _, i := range idx {
		if b.cmds[i].Repeatable() {
			continue
		}
		mixed = true
		if it := &b.items[i]; it.queued {
			if broken == nil {
				broken = map[*Scope]bool{}
			}
			broken[it.scope] = true
		}
	}
	b.auto.mu.Lock() // for gone
	defer b.auto.mu.Unlock()
	for _, i := range idx {
		it := &b.items[i]
		wanted := !it.gone || it.reads > 0
		if wanted && b.cmds[i].Repeatable() && (!it.queued || !broken[it.scope]) {
			again = append(again, i)
		} else {
			final = append(final, i)
		}
	}
	return again, final, mixed
}

// passing reports whether a request that failed with err can succeed when it is
// sent again; the same as the client's own rule.
func passing(err error) bool {
	if e, ok := errors.AsType[*upstash.ServerError](err); ok {
		return e.Status != 0 && passingStatus(e.Status) || errors.Is(e, upstash.ErrReadOnly)
	}
	e, ok := errors.AsType[*upstash.TransportError](err)
	return ok && passingStatus(e.Status)
}

// passingStatus: 0 and 2xx stand for an answer that was lost or damaged.
func passingStatus(status int) bool {
	switch status {
	case 0, 408, 429, 502, 503, 504:
		return true
	}
	return status >= 200 && status < 300
}

// markMaybe notes that a lost request may have applied the commands at idx.
func (b *batch) markMaybe(idx []int) {
	for _, i := range idx {
		b.items[i].maybe = true
	}
}

// settle gives command i its result.
func (b *batch) settle(i int, r *upstash.Reply, err error) {
	it := &b.items[i]
	if err == nil {
		it.reply = r
		return
	}
	it.err = itemError(&b.cmds[i], err)
	if it.maybe {
		it.err = maybeApplied(&b.cmds[i], it.err)
	}
}

func (b *batch) settleAll(idx []int, err error) {
	for _, i := range idx {
		b.settle(i, nil, err)
	}
}

// at returns element j of idx, where nil stands for 0, 1, 2 and so on.
func at(idx []int, j int) int {
	if idx == nil {
		return j
	}
	return idx[j]
}

// nonNil returns idx, or an empty list that is not nil: nil stands for all.
func nonNil(idx []int) []int {
	if idx == nil {
		return []int{}
	}
	return idx
}

// count returns 0, 1, 2 up to n-1.
func count(n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i
	}
	return idx
}
