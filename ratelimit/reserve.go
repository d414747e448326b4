package ratelimit

import (
	"context"
	"time"
)

// A Reservation is a ticket: its holder may act once Delay has passed.
type Reservation struct {
	// OK reports whether there is a ticket. If not, Decision says why.
	OK bool
	// Delay is how long to wait before acting; it counts from the answer.
	Delay time.Duration
	// Decision is what Redis said. Its Allowed is OK, and RetryAfter is Delay, or
	// how long the wait would have been.
	Decision Decision

	limiter *Limiter
	id      string
}

// maxWait bounds how far ahead a reservation may lie.
const maxWait = 24 * time.Hour

// Reserve takes n tokens at the first instant at which they fit, now or within
// longest, and returns how long to wait for it; nothing is taken when it would
// take longer. longest is at most a day.
//
// Tickets are handed out in order: while one is pending nobody else is let
// through before it, neither by Reserve nor by Allow, so that waiters neither
// starve nor stampede. When Redis fails the failure policy decides.
//
// Errors are as for Allow.
func (l *Limiter) Reserve(ctx context.Context, id string, n int64, longest time.Duration) (Reservation, error) {
	res := Reservation{limiter: l, id: id}
	r := &Request{ID: id, N: n}
	alg, err := l.check(r)
	if err != nil {
		return res, err
	}
	if longest < 0 || longest > maxWait {
		return res, &OptionError{Option: "longest", Reason: "is negative or over a day"}
	}
	if n > alg.limit {
		res.Decision = l.never(alg)
		l.done(ctx, id, &res.Decision)
		return res, nil
	}
	q, err := l.question(opReserve, r)
	if err != nil {
		return res, err
	}
	q.extra = longest.Milliseconds()
	var a answer
	if err = l.ask(ctx, alg.script, q, &a); err != nil {
		res.Decision, err = l.degradeOne(r, alg, err), ended(ctx)
	} else {
		res.Decision = l.fromServer(alg, &a)
		res.Decision.Allowed = a.taken > 0
	}
	res.OK = res.Decision.Allowed && err == nil
	if res.OK {
		res.Delay = res.Decision.RetryAfter
	}
	l.done(ctx, id, &res.Decision)
	return res, err
}

// Wait waits until the ticket is due, by one sleep of Options.Sleep: no clock is
// read, so it also works where the clock stands still between I/O. It returns the
// cause of ctx's end, after giving the ticket back; without a ticket it returns a
// *[LimitedError].
func (r Reservation) Wait(ctx context.Context) error {
	switch {
	case !r.OK:
		return &LimitedError{Decision: r.Decision}
	case r.Delay <= 0:
		return nil
	}
	err := r.limiter.opts.sleep(ctx, r.Delay)
	if err != nil {
		bound := r.limiter.opts.Timeout
		if bound < 0 { // here nothing else bounds it
			bound = defaultTimeout
		}
		cancelCtx, cancel := within(context.WithoutCancel(ctx), bound)
		defer cancel()
		_ = r.Cancel(cancelCtx) // if this fails the tokens lapse with their window
	}
	return err
}

// Cancel gives the tokens back. The instant stays taken: tickets behind this one
// keep theirs.
func (r Reservation) Cancel(ctx context.Context) error {
	if !r.OK || r.Decision.Taken == 0 {
		return nil
	}
	_, err := r.limiter.giveBack(ctx, r.id, r.Decision.Taken, r.Decision.stamp)
	return err
}

// Wait takes one token for id, waiting for it as long as ctx allows, at most a
// day. It returns a *[LimitedError] at once when ctx's deadline is nearer than the
// token, and the cause of ctx's end when ctx ends first. Waiters are served in
// the order in which they came.
func (l *Limiter) Wait(ctx context.Context, id string) error { return l.WaitN(ctx, id, 1) }

// WaitN is Wait for n tokens.
func (l *Limiter) WaitN(ctx context.Context, id string, n int64) error {
	longest := maxWait
	if deadline, ok := ctx.Deadline(); ok {
		longest = min(longest, max(0, deadline.Sub(l.now())))
	}
	r, err := l.Reserve(ctx, id, n, longest)
	if err != nil {
		return err
	}
	return r.Wait(ctx)
}
