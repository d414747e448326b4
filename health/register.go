package health

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// CacheStats is what a cache tells about itself; cache.Stats is one.
type CacheStats interface {
	// Lookups is the number of values asked for so far.
	Lookups() int64
	// HitRate is the part of them that was found, 0 to 1; ok is false when there
	// were none.
	HitRate() (rate float64, ok bool)
}

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

// A registry holds the functions that read the counters of other packages.
type registry struct {
	mu       sync.Mutex // guards the maps, not the functions
	caches   map[string]func() CacheCounts
	limiters map[string]func() []LimiterCounts
	locks    map[string]func() []LockCounts
}

// RegisterCache adds a cache to the metrics, its hit rate to the alerts. A second
// cache of the same name takes the place of the first. read is called for each
// snapshot and must be fast:
//
//	health.RegisterCache(metrics, users.Name(), users.Stats)
func RegisterCache[S CacheStats](m *Metrics, name string, read func() S) {
	set(&m.reg, &m.reg.caches, name, func() CacheCounts {
		s := read()
		c := CacheCounts{Name: name, Lookups: s.Lookups()}
		if rate, ok := s.HitRate(); ok {
			c.HitRate = &rate
			c.Hits = int64(math.Round(rate * float64(c.Lookups)))
		}
		return c
	})
}

// RegisterLimiter adds the decisions of rate limiters to the metrics. name only
// tells registrations apart; a second one of the same name takes its place.
func (m *Metrics) RegisterLimiter(name string, read func() []LimiterCounts) {
	set(&m.reg, &m.reg.limiters, name, read)
}

// RegisterLocks adds the leases of a locker to the metrics, as RegisterLimiter.
func (m *Metrics) RegisterLocks(name string, read func() []LockCounts) {
	set(&m.reg, &m.reg.locks, name, read)
}

func set[F any](r *registry, to *map[string]F, name string, read F) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *to == nil {
		*to = map[string]F{}
	}
	(*to)[name] = read
}

// functions copies the functions of a map in the order of their names, so that
// they run without the lock.
func functions[F any](r *registry, from *map[string]F) []F {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := make([]string, 0, len(*from))
	for name := range *from {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]F, 0, len(names))
	for _, name := range names {
		out = append(out, (*from)[name])
	}
	return out
}

func (r *registry) cacheCounts() []CacheCounts {
	var out []CacheCounts
	for _, read := range functions(r, &r.caches) {
		out = append(out, read())
	}
	return out
}

func (r *registry) limiterCounts() []LimiterCounts {
	var out []LimiterCounts
	for _, read := range functions(r, &r.limiters) {
		out = append(out, read()...)
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

func (r *registry) lockCounts() []LockCounts {
	var out []LockCounts
	for _, read := range functions(r, &r.locks) {
		out = append(out, read()...)
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

// merge adds neighbours up that add says belong together: the same policy or
// class may be registered twice.
func merge[T any](in []T, add func(to *T, c T) bool) []T {
	var out []T
	for _, c := range in {
		if n := len(out); n == 0 || !add(&out[n-1], c) {
			out = append(out, c)
		}
	}
	return out
}
