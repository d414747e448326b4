package ratelimit

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// An engine is what all limiters share: asking Redis within the budget, and what
// happens when that fails.
type engine struct {
	doer  upstash.Doer
	opts  Options
	guard int64
	now   func() time.Time
	local fallback
	stats counters
}

func (e *engine) init(d upstash.Doer, o Options) error {
	if d == nil {
		return &OptionError{Option: "the Doer", Reason: "is nil"}
	}
	if err := o.complete(); err != nil {
		return err
	}
	e.doer, e.opts, e.guard, e.now = d, o, o.guard(), time.Now
	return nil
}

// clock is the script's argument for the time; "" lets it ask the server.
func (e *engine) clock() string {
	if !e.opts.ClientTime {
		return ""
	}
	return text(e.now().UnixMilli())
}

// budget bounds one decision.
func (e *engine) budget(ctx context.Context) (context.Context, func()) {
	if e.opts.Timeout < 0 {
		return ctx, func() {}
	}
	return within(ctx, e.opts.Timeout)
}

// maxAsk is how often a decision is asked for when answers are lost. The script
// finds out what it has decided before.
const maxAsk = 2

// recallable is how long after a question it may be asked again: half of the
// time for which the scripts remember (HORIZON), to leave room for the way.
const recallable = 5 * time.Second

// ask runs a script, and once more when the answer was lost. When that brings no
// certainty the error is that of the lost answer: it may have been counted.
func (e *engine) ask(ctx context.Context, s *script, q *question, a *answer) error {
	ctx, cancel := e.budget(ctx)
	first := e.now()
	var err, lost error
	for try := 1; try <= maxAsk; try++ {
		a.sent = e.now()
		var r upstash.Reply
		r, err = e.doer.Do(ctx, q.command(s, e.clock(), try > 1))
		if err == nil {
			err = a.read(&r, len(q.keys))
		}
		if err == nil || q.op == opRefund || !e.again(ctx, try, first, err) {
			break
		}
		lost = err
	}
	cancel()
	switch {
	case err == nil || lost == nil:
		return err
	case errors.Is(err, ErrUncertain):
		return &bothError{one: err, other: lost}
	}
	return lost
}

// again reports whether a question is to be asked once more after err.
func (e *engine) again(ctx context.Context, try int, first time.Time, err error) bool {
	return try < maxAsk && ctx.Err() == nil && errors.Is(err, upstash.ErrMaybeApplied) && e.now().Sub(first) <= recallable
}

// degrade is the decision when Redis cannot decide. needs has one entry for
// each policy. Allowed is what the failure policy says.
func (e *engine) degrade(needs []localNeed, n int64, cause error) Decision {
	d := Decision{
		Reason: ByFailure, Policy: needs[0].policy, Err: cause,
		Limit: needs[0].alg.limit, Window: needs[0].alg.window,
	}
	d.Allowed = e.opts.OnFailure == FailAllow
	if e.opts.OnFailure == FailLocal {
		which, wait := e.local.take(needs, n, e.now())
		d.Allowed = which < 0
		if which >= 0 {
			need := &needs[which]
			d.Policy, d.Limit, d.Window = need.policy, need.alg.limit, need.alg.window
			d.RetryAfter = roundUp(wait)
		}
	}
	return d
}

// done counts a decision and shows it to the hook.
func (e *engine) done(ctx context.Context, id string, d *Decision) {
	e.stats.count(d)
	if e.opts.OnDecision != nil {
		e.opts.OnDecision(ctx, Event{Policy: d.Policy, ID: id, Decision: *d})
	}
}

// ended returns why ctx ended, if it did: then nobody waits for a decision.
func ended(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}

// Stats count the decisions of a limiter since it was made.
type Stats struct {
	// Allowed and Refused count all decisions.
	Allowed, Refused int64
	// FromMemory counts the refusals that needed no request, FromLease the
	// tokens that had been taken in advance.
	FromMemory, FromLease int64
	// Degraded counts the decisions that the failure policy took.
	Degraded int64
	// Never counts the refusals of requests above the limit.
	Never int64
}

// counters count decisions, all and by their reason.
type counters struct {
	_                [0]func() // nobody compares it, so no code for that need be linked
	allowed, refused atomic.Int64
	by               [ByList + 1]atomic.Int64
}

func (c *counters) count(d *Decision) {
	c.by[d.Reason].Add(1)
	if d.Allowed {
		c.allowed.Add(1)
	} else {
		c.refused.Add(1)
	}
}

func (c *counters) stats() Stats {
	return Stats{
		Allowed: c.allowed.Load(), Refused: c.refused.Load(),
		FromMemory: c.by[ByMemory].Load(), FromLease: c.by[ByLease].Load(),
		Degraded: c.by[ByFailure].Load(), Never: c.by[ByCost].Load(),
	}
}
