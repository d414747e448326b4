package ratelimit

import (
	"context"
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A Multi decides by several policies at once: per second and per day, per user
// and per address and for everybody. One script on the server takes from all or
// from none, in one round trip. It is safe for concurrent use.
type Multi struct {
	engine
	policies []Policy
	args     []arguments
	memories []*memory
}

// maxPolicies bounds a Multi; each policy costs up to two billed commands.
const maxPolicies = 16

// NewMulti returns a Multi for 1 to 16 policies of different names. The same
// policy may be used by a [Limiter] too: they count in the same keys. It does no
// I/O.
func NewMulti(d upstash.Doer, policies []Policy, o Options) (*Multi, error) {
	if len(policies) < 1 || len(policies) > maxPolicies {
		return nil, &OptionError{Option: "the list of policies", Reason: "must have 1 to " + strconv.Itoa(maxPolicies) + " entries"}
	}
	m := &Multi{}
	if err := m.init(d, o); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, p := range policies {
		if err := p.check(); err != nil {
			return nil, err
		}
		if seen[p.Name()] {
			return nil, &OptionError{Option: "the list of policies", Reason: "has two with the same name, which would share keys"}
		}
		seen[p.Name()] = true
		m.policies = append(m.policies, p)
		m.args = append(m.args, p.Algorithm.arguments(m.guard))
		m.memories = append(m.memories, newMemory(m.opts.Remember))
	}
	return m, nil
}

// Policies returns the policies, in order.
func (m *Multi) Policies() []Policy { return append([]Policy(nil), m.policies...) }

// Stats returns the counters.
func (m *Multi) Stats() Stats { return m.stats.stats() }

// A MultiDecision is the answer of several policies. The Decision in it is that of
// the policy that refused (with several, the one that takes longest), or, when
// allowed, of the one that has the smallest share left.
type MultiDecision struct {
	Decision
	// Each has what every policy says, in order; nil when Redis was not asked.
	Each []Decision
}

// Header is [Decision.Header] for all policies.
func (d MultiDecision) Header(set func(name, value string)) {
	if len(d.Each) == 0 {
		d.Decision.Header(set)
		return
	}
	var policies, states []byte
	for i, e := range d.Each {
		if i > 0 {
			policies, states = append(policies, ", "...), append(states, ", "...)
		}
		policies, states = e.appendPolicy(policies), e.appendState(states)
	}
	set("RateLimit-Policy", string(policies))
	set("RateLimit", string(states))
	d.retryHeader(set)
}

// Allow takes one token from every policy, or none. There is one id for each
// policy, in the order of NewMulti; a policy for everybody has a constant one.
// Errors are as for [Limiter.Allow].
func (m *Multi) Allow(ctx context.Context, ids ...string) (MultiDecision, error) {
	return m.AllowN(ctx, 1, ids...)
}

// AllowN takes n tokens from every policy, or none.
func (m *Multi) AllowN(ctx context.Context, n int64, ids ...string) (MultiDecision, error) {
	q, err := m.question(n, ids)
	if err != nil {
		return MultiDecision{}, err
	}
	d, ok := m.early(n, ids)
	if !ok {
		var a answer
		since := m.memories[0].generation() // Reset is for all of them
		if err = m.ask(ctx, m.script(), q, &a); err != nil {
			d, err = MultiDecision{Decision: m.degrade(m.needs(ids), n, err)}, ended(ctx)
		} else {
			d = m.settle(n, ids, &a, since)
		}
	}
	m.done(ctx, ids[m.indexOf(d.Policy)], &d.Decision)
	return d, err
}

// script knows as many algorithms as are needed.
func (m *Multi) script() *script {
	for _, p := range m.policies {
		if p.Algorithm.kind != m.policies[0].Algorithm.kind {
			return &scriptAll
		}
	}
	return m.policies[0].Algorithm.script
}

func (m *Multi) question(n int64, ids []string) (*question, error) {
	if n < 1 {
		return nil, &OptionError{Option: "n", Reason: "is below 1"}
	}
	if len(ids) != len(m.policies) {
		return nil, &OptionError{Option: "the list of ids", Reason: "must have one entry for each of " + strconv.Itoa(len(m.policies)) + " policies"}
	}
	q := &question{op: opTake, keys: make([]string, len(ids)), args: m.args, n: n, nonce: newNonce()}
	for i, p := range m.policies {
		var err error
		if q.keys[i], err = p.Kind.Make(ids[i]); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// early decides without a request: a cost above a limit, or a refusal that is
// remembered.
func (m *Multi) early(n int64, ids []string) (MultiDecision, bool) {
	for _, p := range m.policies {
		if n > p.Algorithm.limit {
			return MultiDecision{Decision: Decision{
				Reason: ByCost, Policy: p.Name(), Limit: p.Algorithm.limit, Window: p.Algorithm.window,
			}}, true
		}
	}
	var longest Decision
	now := m.now()
	for i := range m.policies {
		p := &m.policies[i]
		if d, ok := m.memories[i].recall(ids[i], &p.Algorithm, n, now); ok && d.RetryAfter > longest.RetryAfter {
			longest = d
			longest.Policy = p.Name()
		}
	}
	return MultiDecision{Decision: longest}, longest.RetryAfter > 0
}

// settle reads the answer and remembers the refusals in it.
func (m *Multi) settle(n int64, ids []string, a *answer, since int64) MultiDecision {
	d := MultiDecision{Each: make([]Decision, len(m.policies))}
	binding := 0
	for i := range m.policies {
		p, e := &m.policies[i], &d.Each[i]
		*e = Decision{
			Policy: p.Name(), Limit: p.Algorithm.limit, Window: p.Algorithm.window, Taken: a.taken,
			Remaining: a.remaining(i), RetryAfter: a.wait(i), ResetAfter: a.reset(i), stamp: a.stamp(i),
		}
		e.Allowed = e.RetryAfter == 0
		m.memories[i].remember(ids[i], &p.Algorithm, n, e, a.sent, since)
		if share(e) < share(&d.Each[binding]) {
			binding = i
		}
	}
	if a.which >= 0 {
		binding = a.which
	}
	d.Decision = d.Each[binding]
	d.Allowed = a.taken > 0
	return d
}

// share is the part of the limit that is left.
func share(d *Decision) float64 { return float64(d.Remaining) / float64(d.Limit) }

func (m *Multi) needs(ids []string) []localNeed {
	needs := make([]localNeed, len(ids))
	for i := range ids {
		alg := &m.policies[i].Algorithm
		needs[i] = localNeed{policy: m.policies[i].Name(), id: ids[i], alg: alg, limit: m.opts.localLimit(alg)}
	}
	return needs
}

// indexOf finds a policy by its name; an unknown one is the first.
func (m *Multi) indexOf(name string) int {
	for i := range m.policies {
		if m.policies[i].Name() == name {
			return i
		}
	}
	return 0
}

// Reset forgets every id under its policy. It is one command with one key for
// each. Errors of Redis are returned.
func (m *Multi) Reset(ctx context.Context, ids ...string) error {
	q, err := m.question(1, ids)
	if err != nil {
		return err
	}
	_, err = upstash.Del(q.keys...).Retryable().Do(ctx, m.doer)
	for i, id := range ids {
		m.memories[i].forget(id)
	}
	return err
}
