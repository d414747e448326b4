package ratelimit

import "context"

// decide takes tokens for one id: from memory, from Redis, or by the failure
// policy. What needs no request does not allocate: r stays on the stack here.
func (l *Limiter) decide(ctx context.Context, op string, r Request) (Decision, error) {
	alg, err := l.check(&r)
	if err != nil {
		return Decision{}, err
	}
	if d, ok := l.early(op, &r, alg); ok {
		l.done(ctx, r.ID, &d)
		return d, nil
	}
	return l.take(ctx, op, r)
}

// check validates a request and returns the algorithm that counts.
func (l *Limiter) check(r *Request) (*Algorithm, error) {
	if r.N < 1 {
		return nil, &OptionError{Option: "n", Reason: "is below 1"}
	}
	if r.Algorithm.kind == 0 {
		return &l.policy.Algorithm, nil
	}
	if r.Algorithm.kind != l.policy.Algorithm.kind {
		return nil, &OptionError{Option: "Request.Algorithm", Reason: "is of another sort than the policy's"}
	}
	return &r.Algorithm, r.Algorithm.check("Request.Algorithm")
}

// early decides without a request where that is possible.
func (l *Limiter) early(op string, r *Request, alg *Algorithm) (Decision, bool) {
	n := r.N
	switch {
	case op == opAtMost:
		n = 1
	case n > alg.limit:
		return l.never(alg), true
	}
	if l.memory == nil {
		return Decision{}, false
	}
	d, ok := l.memory.recall(r.ID, alg, n, l.now())
	d.Policy = l.policy.Name()
	return d, ok
}

// never is the decision about a cost above the limit.
func (l *Limiter) never(alg *Algorithm) Decision {
	return Decision{Reason: ByCost, Policy: l.policy.Name(), Limit: alg.limit, Window: alg.window}
}

// take asks Redis, and lets the failure policy decide when that fails.
func (l *Limiter) take(ctx context.Context, op string, r Request) (Decision, error) {
	alg := &l.policy.Algorithm
	if r.Algorithm.kind != 0 {
		alg = &r.Algorithm
	}
	q, err := l.question(op, &r)
	if err != nil {
		return Decision{}, err
	}
	var a answer
	d, err := l.query(ctx, q, &r, alg, &a)
	if err != nil {
		d, err = l.degradeOne(&r, alg, err), ended(ctx)
	}
	l.done(ctx, r.ID, &d)
	return d, err
}

// query asks Redis and remembers a refusal.
func (l *Limiter) query(ctx context.Context, q *question, r *Request, alg *Algorithm, a *answer) (Decision, error) {
	least := r.N
	if q.op == opAtMost {
		least = 1
	}
	since := l.memory.generation()
	err := l.ask(ctx, alg.script, q, a)
	if err != nil {
		return Decision{}, err
	}
	return l.settle(r.ID, alg, a, least, since), nil
}

// settle turns an answer into a Decision and remembers a refusal.
func (l *Limiter) settle(id string, alg *Algorithm, a *answer, least, since int64) Decision {
	d := l.fromServer(alg, a)
	d.Allowed = a.taken > 0
	if !d.Allowed {
		l.memory.remember(id, alg, least, &d, a.sent, since)
	}
	return d
}

// fromServer reads an answer about one key. Allowed is left to the caller.
func (l *Limiter) fromServer(alg *Algorithm, a *answer) Decision {
	return Decision{
		Policy: l.policy.Name(), Limit: alg.limit, Window: alg.window, Taken: a.taken,
		Remaining: a.remaining(0), RetryAfter: a.wait(0), ResetAfter: a.reset(0),
		stamp: a.stamp(0),
	}
}

// degradeOne is degrade for one policy.
func (l *Limiter) degradeOne(r *Request, alg *Algorithm, cause error) Decision {
	need := localNeed{policy: l.policy.Name(), id: r.ID, alg: alg, limit: l.opts.localLimit(alg)}
	return l.degrade([]localNeed{need}, r.N, cause)
}
