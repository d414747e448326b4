package ratelimit

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Analytics counts decisions per policy and keeps the ids that are refused most.
// It needs bounded memory and no requests: give its Observe to
// [Options.OnDecision] of any number of limiters. Its zero value is ready; it is
// safe for concurrent use.
type Analytics struct {
	// Top bounds how many refused ids are kept per policy. 0 means 100. Set it
	// before the first decision.
	Top int

	mu       sync.Mutex // guards policies
	policies map[string]*policyCounts
}

type policyCounts struct {
	stats   Stats
	refused map[string]*offender
}

type offender struct{ count, over int64 }

// PolicyStats are the counts of one policy.
type PolicyStats struct {
	// Policy is the policy's name.
	Policy string
	Stats
}

// An Offender is an id that was refused often.
type Offender struct {
	// Policy is the policy that refused.
	Policy string
	// ID is who was refused.
	ID string
	// Count is how often, at most Over too high: when more ids were refused than
	// are kept, a new one takes over the place and the count of the rarest.
	Count, Over int64
}

// Observe counts a decision.
func (a *Analytics) Observe(_ context.Context, e Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.policies == nil {
		a.policies = map[string]*policyCounts{}
	}
	p := a.policies[e.Policy]
	if p == nil {
		p = &policyCounts{refused: map[string]*offender{}}
		a.policies[e.Policy] = p
	}
	p.stats.add(&e.Decision)
	if !e.Decision.Allowed {
		p.refuse(e.ID, cmp.Or(max(a.Top, 0), 100))
	}
}

// refuse counts a refusal by the algorithm Space-Saving (Metwally, Agrawal, El
// Abbadi 2005), whose error is known for each entry.
func (p *policyCounts) refuse(id string, top int) {
	if o := p.refused[id]; o != nil {
		o.count++
		return
	}
	if len(p.refused) < top {
		p.refused[id] = &offender{count: 1}
		return
	}
	var victim string
	var rarest *offender
	for k, o := range p.refused {
		if rarest == nil || o.count < rarest.count {
			victim, rarest = k, o
		}
	}
	delete(p.refused, victim)
	p.refused[id] = &offender{count: rarest.count + 1, over: rarest.count}
}

func (s *Stats) add(d *Decision) {
	if d.Allowed {
		s.Allowed++
	} else {
		s.Refused++
	}
	switch d.Reason {
	case ByMemory:
		s.FromMemory++
	case ByLease:
		s.FromLease++
	case ByFailure:
		s.Degraded++
	case ByCost:
		s.Never++
	}
}

// Policies returns the counts, ordered by the policy's name.
func (a *Analytics) Policies() []PolicyStats {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]PolicyStats, 0, len(a.policies))
	for name, p := range a.policies {
		out = append(out, PolicyStats{name, p.stats})
	}
	slices.SortFunc(out, func(x, y PolicyStats) int { return cmp.Compare(x.Policy, y.Policy) })
	return out
}

// Offenders returns the ids that were refused most, at most n, most often first.
func (a *Analytics) Offenders(n int) []Offender {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []Offender
	for name, p := range a.policies {
		for id, o := range p.refused {
			out = append(out, Offender{name, id, o.count, o.over})
		}
	}
	slices.SortFunc(out, func(x, y Offender) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Policy, y.Policy), cmp.Compare(x.ID, y.ID))
	})
	return out[:min(max(n, 0), len(out))]
}

// Reset starts anew.
func (a *Analytics) Reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.policies = nil
}
