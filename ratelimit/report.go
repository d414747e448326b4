package ratelimit

import "strings"

// Report tells report the name of the policy and how many decisions allowed,
// refused, and were taken without Redis. With it a limiter can be registered in
// one line with the metrics of package health, which this package does not know:
//
//	metrics.RegisterLimiter(limiter)
func (l *Limiter) Report(report func(policy string, allowed, refused, degraded int64)) {
	l.Stats().report(l.policy.Name(), report)
}

// Report is as [Limiter.Report]; the names of the policies are joined by "+".
func (m *Multi) Report(report func(policy string, allowed, refused, degraded int64)) {
	names := make([]string, len(m.policies))
	for i, p := range m.policies {
		names[i] = p.Name()
	}
	m.Stats().report(strings.Join(names, "+"), report)
}

// Report is as [Limiter.Report], with the name given to NewConcurrency.
func (c *Concurrency) Report(report func(policy string, allowed, refused, degraded int64)) {
	c.Stats().report(c.kind.Entity(), report)
}

// Report tells of every policy seen so far. Register either this or the limiters
// themselves: decisions of both would be added up.
func (a *Analytics) Report(report func(policy string, allowed, refused, degraded int64)) {
	for _, p := range a.Policies() {
		p.report(p.Policy, report)
	}
}

func (s Stats) report(policy string, report func(policy string, allowed, refused, degraded int64)) {
	report(policy, s.Allowed, s.Refused, s.Degraded)
}
