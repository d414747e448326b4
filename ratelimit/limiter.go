package ratelimit

import (
	"context"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A Limiter decides whether ids may act, by one policy. It is safe for concurrent
// use; make one and share it.
type Limiter struct {
	engine
	policy Policy
	args   arguments
	memory *memory
}

// New returns a Limiter that counts on d. It does no I/O. Bad numbers give an
// *[OptionError].
func New(d upstash.Doer, p Policy, o Options) (*Limiter, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	l := &Limiter{policy: p}
	if err := l.init(d, o); err != nil {
		return nil, err
	}
	l.args = p.Algorithm.arguments(l.guard)
	l.memory = newMemory(l.opts.Remember)
	return l, nil
}

// Policy returns the policy.
func (l *Limiter) Policy() Policy { return l.policy }

// Stats returns the counters.
func (l *Limiter) Stats() Stats { return l.stats.stats() }

// A Request is a question with everything that may differ from call to call.
type Request struct {
	// ID is who asks. It is required, and escaped in the key.
	ID string
	// N is the cost in tokens; 0 means 1.
	N int64
	// Algorithm replaces the policy's for this call: another limit for another
	// tariff, say. It must be of the same sort, and an id should keep its window.
	// The zero Algorithm means the policy's.
	Algorithm Algorithm
}

// Allow takes one token for id. When Redis fails there is no error: the failure
// policy decides, and the Decision says so. Errors are an *[OptionError] for a
// bad argument, a *keys.KindError or *keys.LengthError for a bad id, and the
// cause of ctx's end.
func (l *Limiter) Allow(ctx context.Context, id string) (Decision, error) {
	return l.decide(ctx, opTake, Request{ID: id, N: 1})
}

// AllowN takes n tokens or none. Errors are as for Allow.
func (l *Limiter) AllowN(ctx context.Context, id string, n int64) (Decision, error) {
	return l.decide(ctx, opTake, Request{ID: id, N: n})
}

// AllowAtMost takes as many as there are, up to n: Decision.Taken tells. It is
// refused when there are none; RetryAfter then is for one. When the failure policy
// lets it pass, Taken is 0. Errors are as for Allow.
func (l *Limiter) AllowAtMost(ctx context.Context, id string, n int64) (Decision, error) {
	return l.decide(ctx, opAtMost, Request{ID: id, N: n})
}

// Do decides about a Request: AllowN with limits of its own. Errors are as for
// Allow.
func (l *Limiter) Do(ctx context.Context, r Request) (Decision, error) {
	if r.N == 0 {
		r.N = 1
	}
	return l.decide(ctx, opTake, r)
}

// Peek looks without taking anything: Allowed and RetryAfter are those of an
// Allow. Errors of Redis are returned.
func (l *Limiter) Peek(ctx context.Context, id string) (Decision, error) {
	alg := &l.policy.Algorithm
	q, err := l.question(opPeek, &Request{ID: id, N: 1})
	if err != nil {
		return Decision{}, err
	}
	var a answer
	if err = l.ask(ctx, alg.script, q, &a); err != nil {
		return Decision{}, err
	}
	d := l.fromServer(alg, &a)
	d.Allowed = d.RetryAfter == 0
	return d, nil
}

// Reset forgets id: it deletes one key, which is billed as one command. Errors of
// Redis are returned.
func (l *Limiter) Reset(ctx context.Context, id string) error {
	key, err := l.policy.Kind.Make(id)
	if err != nil {
		return err
	}
	_, err = upstash.Del(key).Retryable().Do(ctx, l.doer)
	l.memory.forget(id)
	return err
}

// Refund gives n tokens of an earlier decision about id back, at most
// d.Taken, and returns how many were accepted. What was taken in a window that
// is over is over with it and 0 comes back, so a refund never makes more of a
// limit than it is. A decision that did not come from Redis has nothing to
// refund. Refunding the same tokens twice is the caller's mistake to avoid.
// Errors of Redis are returned; a refund is not repeated after its answer was
// lost.
func (l *Limiter) Refund(ctx context.Context, id string, d Decision, n int64) (int64, error) {
	if n < 1 || n > d.Taken && d.Taken > 0 {
		return 0, &OptionError{Option: "n", Reason: "is below 1 or above what was taken"}
	}
	if d.Taken == 0 {
		return 0, nil
	}
	return l.giveBack(ctx, id, n, d.stamp)
}

func (l *Limiter) giveBack(ctx context.Context, id string, n, stamp int64) (int64, error) {
	q, err := l.question(opRefund, &Request{ID: id, N: n})
	if err != nil {
		return 0, err
	}
	q.extra = stamp
	var a answer
	err = l.ask(ctx, l.policy.Algorithm.script, q, &a)
	l.memory.forget(id)
	if err != nil {
		return 0, err
	}
	return a.taken, nil
}

// question builds what a script is asked about one id.
func (l *Limiter) question(op string, r *Request) (*question, error) {
	key, err := l.policy.Kind.Make(r.ID)
	if err != nil {
		return nil, err
	}
	q := &oneQuestion{}
	q.key[0], q.arg[0] = key, l.args
	if r.Algorithm.kind != 0 {
		q.arg[0] = r.Algorithm.arguments(l.guard)
	}
	q.op, q.keys, q.args, q.n, q.nonce = op, q.key[:], q.arg[:], r.N, newNonce()
	return &q.question, nil
}
