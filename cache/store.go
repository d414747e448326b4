package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A store is the part of a Cache that does not depend on the type of values: it
// talks to Redis in records.
type store struct {
	d       upstash.Doer
	o       Options
	stats   counters
	breaker breaker
	// What the server was found not to have; see cas.go.
	scripted atomic.Bool // conditions in SET
	plainNX  atomic.Bool // NX together with GET
	single   atomic.Bool // MSETEX
}

// do runs one command within Options.Timeout.
func (s *store) do(ctx context.Context, cmd upstash.Command) (r upstash.Reply, err error) {
	limited, cancel, err := s.begin(ctx, cmd.Billed())
	if err == nil {
		defer cancel()
		r, err = s.d.Do(limited, cmd)
		s.settle(ctx, err)
	}
	return r, err
}

// begin begins a conversation with Redis, if the breaker lets it.
func (s *store) begin(ctx context.Context, billed int) (context.Context, context.CancelFunc, error) {
	if last := s.breaker.allow(); last != nil {
		return nil, nil, unavailable(last)
	}
	s.stats.commands.Add(int64(billed))
	limited, cancel := context.WithTimeout(ctx, s.o.Timeout)
	return limited, cancel, nil
}

// doAll runs commands in as few requests as the Doer and their arguments allow.
// Each command has its own outcome.
func (s *store) doAll(ctx context.Context, cmds []upstash.Command) []outcome {
	out := make([]outcome, len(cmds))
	b, ok := s.d.(upstash.Batcher)
	if !ok || len(cmds) == 1 {
		for i, cmd := range cmds {
			out[i].reply, out[i].err = s.do(ctx, cmd)
		}
		return out
	}
	var batch []int
	size := 0
	flush := func() {
		s.doBatch(ctx, b, cmds, batch, out)
		batch, size = batch[:0], 0
	}
	for i, cmd := range cmds {
		n, text := weigh(cmd.Args()...)
		if !text { // bytes that are not UTF-8 travel only alone
			out[i].reply, out[i].err = s.do(ctx, cmd)
			continue
		}
		if len(batch) > 0 && (size+n > maxBatchBytes || len(batch) == maxBatch) {
			flush()
		}
		batch, size = append(batch, i), size+n
	}
	flush()
	return out
}

// An outcome is what became of one command of several.
type outcome struct {
	reply upstash.Reply
	err   error
}

// A request may have 10 MB on the smallest plan; JSON can make text up to six
// times as long.
const (
	maxBatchBytes = 1 << 20
	maxBatch      = 1000
)

func (s *store) doBatch(ctx context.Context, b upstash.Batcher, cmds []upstash.Command, which []int, out []outcome) {
	if len(which) == 0 {
		return
	}
	batch := make([]upstash.Command, len(which))
	billed := 0
	for j, i := range which {
		batch[j] = cmds[i]
		billed += batch[j].Billed()
	}
	var replies []upstash.Reply
	limited, cancel, err := s.begin(ctx, billed)
	if err == nil {
		defer cancel()
		replies, err = b.DoBatch(limited, upstash.Batch{Commands: batch})
		s.settle(ctx, err)
	}
	partial, ok := errors.AsType[*upstash.PartialError](err)
	ok = err == nil || ok && len(replies) == len(which)
	for j, i := range which {
		o := &out[i]
		if o.err = err; ok {
			o.reply = replies[j]
			o.err = o.reply.Err()
		}
	}
	if ok && partial != nil {
		for _, j := range partial.Items {
			out[which[j]] = outcome{err: partial.Err}
		}
	}
}

// weigh returns the size of arguments, and whether a batch can carry them.
func weigh(args ...string) (size int, text bool) {
	text = true
	for _, a := range args {
		size += len(a)
		text = text && utf8.ValidString(a)
	}
	return size, text
}

// settle tells the breaker. A refusal by the server is an answer, one that is too
// long as well, and a caller who leaves says nothing about Redis.
func (s *store) settle(ctx context.Context, err error) {
	if err == nil || errors.Is(err, upstash.ErrNil) {
		s.breaker.settle(nil)
		return
	}
	s.stats.errors.Add(1)
	if _, refused := errors.AsType[*upstash.ServerError](err); refused || errors.Is(err, upstash.ErrResponseTooLarge) {
		s.breaker.settle(nil)
		return
	}
	if ctx.Err() == nil && !errors.Is(err, upstash.ErrBadArgument) {
		s.breaker.settle(err)
	}
}

// report hands an error that the cache works around to the hook.
//
//go:noinline
func (s *store) report(ctx context.Context, op, key string, err error) {
	if s.o.OnError != nil {
		s.o.OnError(ctx, ErrorEvent{Cache: s.o.Name, Op: op, Key: key, Err: err})
	}
}

// detach returns a context for what must be done although the caller may have
// left: storing what was loaded, giving a lease back.
func (s *store) detach(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), s.o.Timeout)
}

// leaseTTL is how long a lease lasts: a load, and the command that ends it.
func (s *store) leaseTTL() time.Duration { return roundUp(s.o.LoadTimeout + s.o.Timeout) }
