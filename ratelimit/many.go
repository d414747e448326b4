package ratelimit

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
)

// AllowMany decides about several requests in one round trip, each by itself. The
// decisions match the requests one to one. Refusals that are remembered are not
// asked for. The Doer must be an upstash.Batcher too; one that is not is asked for
// each request in turn, within one decision budget.
//
// Errors are as for Allow; a bad request is an error before anything is sent.
func (l *Limiter) AllowMany(ctx context.Context, requests []Request) ([]Decision, error) {
	out := make([]Decision, len(requests))
	b := manyBatch{l: l, out: out}
	for i := range requests {
		r := requests[i]
		if r.N == 0 {
			r.N = 1
		}
		alg, err := l.check(&r)
		if err != nil {
			return nil, err
		}
		q, err := l.question(opTake, &r)
		if err != nil {
			return nil, err
		}
		// alg may point into r, which escapes here.
		b.items = append(b.items, manyItem{index: i, r: r, alg: *alg, q: q})
	}
	b.dropEarly()
	b.run(ctx)
	for i := range out {
		l.done(ctx, requests[i].ID, &out[i])
	}
	if b.failed {
		return out, ended(ctx)
	}
	return out, nil
}

// A manyItem is a request that Redis has to decide.
type manyItem struct {
	index int
	r     Request
	alg   Algorithm
	q     *question
	lost  error // why the first answer did not come
}

type manyBatch struct {
	l      *Limiter
	out    []Decision
	items  []manyItem
	failed bool
}

// dropEarly decides what can be decided without a request.
func (b *manyBatch) dropEarly() {
	kept := b.items[:0]
	for _, it := range b.items {
		if d, ok := b.l.early(opTake, &it.r, &it.alg); ok {
			b.out[it.index] = d
			continue
		}
		kept = append(kept, it)
	}
	b.items = kept
}

// run asks for everything, and once more for what got lost.
func (b *manyBatch) run(ctx context.Context) {
	ctx, cancel := b.l.budget(ctx)
	defer cancel()
	left := b.items
	for try := 1; len(left) > 0 && try <= maxAsk; try++ {
		left = b.ask(ctx, left, try)
	}
}

// ask asks about items and returns those whose answers were lost.
func (b *manyBatch) ask(ctx context.Context, items []manyItem, try int) (lost []manyItem) {
	sent, now, since := b.l.now(), b.l.clock(), b.l.memory.generation()
	cmds := make([]upstash.Command, len(items))
	for i := range items {
		cmds[i] = items[i].q.command(items[i].alg.script, now, try > 1)
	}
	replies, errs := b.l.doAll(ctx, cmds)
	for i := range items {
		it := &items[i]
		err := errs[i]
		if err == nil {
			var a answer
			a.sent = sent
			if err = a.read(&replies[i], 1); err == nil {
				b.out[it.index] = b.l.settle(it.r.ID, &it.alg, &a, it.r.N, since)
				continue
			}
		}
		if b.l.again(ctx, try, sent, err) {
			it.lost = err
			lost = append(lost, *it)
			continue
		}
		if it.lost != nil {
			err = &bothError{one: it.lost, other: err}
		}
		b.failed = true
		b.out[it.index] = b.l.degradeOne(&it.r, &it.alg, err)
	}
	return lost
}

// doAll runs commands, in one batch if the Doer can, with an error for each.
func (e *engine) doAll(ctx context.Context, cmds []upstash.Command) ([]upstash.Reply, []error) {
	errs := make([]error, len(cmds))
	batcher, ok := e.doer.(upstash.Batcher)
	if !ok {
		replies := make([]upstash.Reply, len(cmds))
		for i, c := range cmds {
			replies[i], errs[i] = e.doer.Do(ctx, c)
		}
		return replies, errs
	}
	replies, err := batcher.DoBatch(ctx, upstash.Batch{Commands: cmds})
	if partial, ok := errors.AsType[*upstash.PartialError](err); ok {
		for _, i := range partial.Items {
			errs[i] = err
		}
		err = nil
	}
	if err == nil && len(replies) != len(cmds) {
		err = errReply
	}
	for i := range errs {
		switch {
		case err != nil:
			errs[i] = err
		case errs[i] == nil:
			errs[i] = replies[i].Err()
		}
	}
	return replies, errs
}
