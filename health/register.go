package health

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
)

// LimiterCounts are the decisions of one rate limiter policy so far.
type LimiterCounts struct {
	Policy  string `json:"policy"`
	Allowed int64  `json:"allowed"`
	Refused int64  `json:"refused"`
	// Degraded are the decisions that were taken without Redis.
	Degraded int64 `json:"degraded"`
}

// LockCounts are the leases of one class of locks so far.
type LockCounts struct {
	Class string `json:"class"`
	// Acquired counts leases that began, Held those in force now, Contended the
	// tries that found the lock taken, Lost the leases that ended too early.
	Acquired  int64 `json:"acquired"`
	Held      int64 `json:"held"`
	Contended int64 `json:"contended"`
	Lost      int64 `json:"lost"`
}

// CacheCounts are the lookups of one cache so far.
type CacheCounts struct {
	Name    string `json:"name"`
	Lookups int64  `json:"lookups"`
	Hits    int64  `json:"hits"`
	// HitRate is absent when there were no lookups.
	HitRate *float64 `json:"hit_rate_ratio,omitempty"`
}

// A CacheSource tells of caches: *cache.Cache is one.
type CacheSource interface {
	// Report calls report for each cache with the number of values asked for so
	// far and how many of them were found. It must be fast and safe for concurrent
	// use.
	Report(report func(name string, lookups, hits int64))
}

// A LimiterSource tells of rate limiters: *ratelimit.Limiter, Multi, Concurrency
// and Analytics are.
type LimiterSource interface {
	// Report calls report for each policy, see [LimiterCounts]. It must be fast
	// and safe for concurrent use.
	Report(report func(policy string, allowed, refused, degraded int64))
}

// A LockSource tells of locks: *lock.Locker is one.
type LockSource interface {
	// Report calls report for each class of locks, see [LockCounts]. It must be
	// fast and safe for concurrent use.
	Report(report func(class string, acquired, held, contended, lost int64))
}

// A registry holds what the counters of other packages are read from.
type registry struct {
	mu       sync.Mutex // guards the lists, not what is in them
	caches   []CacheSource
	limiters []LimiterSource
	locks    []LockSource
}

// RegisterCache adds caches to the metrics, their hit rates to the alerts:
//
//	metrics.RegisterCache(users)
//
// The counts of caches of the same name are added up. What is registered is kept
// for as long as m; registering it again changes nothing.
func (m *Metrics) RegisterCache(c CacheSource) { register(&m.reg, &m.reg.caches, c) }

// RegisterLimiter adds rate limiters to the metrics, as RegisterCache. Policies of
// the same name are added up.
func (m *Metrics) RegisterLimiter(l LimiterSource) { register(&m.reg, &m.reg.limiters, l) }

// RegisterLocks adds locks to the metrics, as RegisterCache. Classes of the same
// name are added up.
func (m *Metrics) RegisterLocks(l LockSource) { register(&m.reg, &m.reg.locks, l) }

func register[S any](r *registry, to *[]S, source S) {
	v := reflect.ValueOf(source)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() { // an optional object that there is not
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, known := range *to {
		if v.Comparable() && any(known) == any(source) {
			return
		}
	}
	*to = append(*to, source)
}

// sources copies a list, so that what is in it is called without the lock.
func sources[S any](r *registry, from *[]S) []S {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(*from)
}

// Caches returns the counts of the registered caches, ordered by name.
func (m *Metrics) Caches() []CacheCounts {
	var out []CacheCounts
	for _, c := range sources(&m.reg, &m.reg.caches) {
		c.Report(func(name string, lookups, hits int64) {
			out = append(out, CacheCounts{Name: name, Lookups: lookups, Hits: hits})
		})
	}
	slices.SortStableFunc(out, func(a, b CacheCounts) int { return cmp.Compare(a.Name, b.Name) })
	out = merge(out, func(to *CacheCounts, c CacheCounts) bool {
		if to.Name != c.Name {
			return false
		}
		to.Lookups += c.Lookups
		to.Hits += c.Hits
		return true
	})
	for i := range out {
		if c := &out[i]; c.Lookups > 0 {
			c.HitRate = new(float64(c.Hits) / float64(c.Lookups))
		}
	}
	return out
}

// Limiters returns the counts of the registered rate limiters, ordered by policy.
func (m *Metrics) Limiters() []LimiterCounts {
	var out []LimiterCounts
	for _, l := range sources(&m.reg, &m.reg.limiters) {
		l.Report(func(policy string, allowed, refused, degraded int64) {
			out = append(out, LimiterCounts{Policy: policy, Allowed: allowed, Refused: refused, Degraded: degraded})
		})
	}
	slices.SortStableFunc(out, func(a, b LimiterCounts) int { return cmp.Compare(a.Policy, b.Policy) })
	return merge(out, func(to *LimiterCounts, c LimiterCounts) bool {
		if to.Policy != c.Policy {
			return false
		}
		to.Allowed += c.Allowed
		to.Refused += c.Refused
		to.Degraded += c.Degraded
		return true
	})
}

// Locks returns the counts of the registered locks, ordered by class.
func (m *Metrics) Locks() []LockCounts {
	var out []LockCounts
	for _, l := range sources(&m.reg, &m.reg.locks) {
		l.Report(func(class string, acquired, held, contended, lost int64) {
			out = append(out, LockCounts{Class: class, Acquired: acquired, Held: held, Contended: contended, Lost: lost})
		})
	}
	slices.SortStableFunc(out, func(a, b LockCounts) int { return cmp.Compare(a.Class, b.Class) })
	return merge(out, func(to *LockCounts, c LockCounts) bool {
		if to.Class != c.Class {
			return false
		}
		to.Acquired += c.Acquired
		to.Held += c.Held
		to.Contended += c.Contended
		to.Lost += c.Lost
		return true
	})
}

// merge adds neighbours up that add says belong together: two objects may have
// the same name.
func merge[T any](in []T, add func(to *T, c T) bool) []T {
	var out []T
	for _, c := range in {
		if n := len(out); n == 0 || !add(&out[n-1], c) {
			out = append(out, c)
		}
	}
	return out
}
