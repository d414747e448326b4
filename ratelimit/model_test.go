//go:build !wasm

package ratelimit_test

// The models say in plain Go, with slices and no cleverness, what the scripts
// have to do. All instants are milliseconds.

// A model is the state of one key.
type model interface {
	// fits reports whether n could be taken at an instant, if nothing happens
	// until then.
	fits(at, n int64) bool
	// take takes n, which fits.
	take(at, n int64)
	// busy reports whether anything that was taken still matters.
	busy(at int64) bool
}

// A take is what was let through.
type take struct{ at, n int64 }

// modelFixed counts in windows that start with the first take.
type modelFixed struct {
	limit, window int64
	takes         []take
}

func (m *modelFixed) current(at int64) (start, used int64, ok bool) {
	for _, t := range m.takes {
		if !ok || t.at >= start+m.window {
			start, used, ok = t.at, 0, true
		}
		used += t.n
	}
	return start, used, ok && at < start+m.window
}

func (m *modelFixed) fits(at, n int64) bool {
	_, used, ok := m.current(at)
	return !ok && n <= m.limit || used+n <= m.limit
}
func (m *modelFixed) take(at, n int64)   { m.takes = append(m.takes, take{at, n}) }
func (m *modelFixed) busy(at int64) bool { _, _, ok := m.current(at); return ok }

// modelSlide has windows that follow each other from the first take on, until two
// of them pass empty.
type modelSlide struct {
	limit, window int64
	start         int64
	counts        []int64 // per window since start
}

// index returns the window of an instant and the time since its start; fresh
// tells that nothing that was taken before matters.
func (m *modelSlide) index(at int64) (i int, e int64, fresh bool) {
	if m.counts == nil {
		return 0, 0, true
	}
	k := (at - m.start) / m.window
	if k > int64(len(m.counts)) {
		return 0, 0, true
	}
	return int(k), (at - m.start) % m.window, false
}

func (m *modelSlide) count(i int) int64 {
	if i < 0 || i >= len(m.counts) {
		return 0
	}
	return m.counts[i]
}

func (m *modelSlide) fits(at, n int64) bool {
	i, e, fresh := m.index(at)
	if fresh {
		return n <= m.limit
	}
	return m.count(i-1)*(m.window-e)+(m.count(i)+n)*m.window <= m.limit*m.window
}

func (m *modelSlide) take(at, n int64) {
	i, _, fresh := m.index(at)
	if fresh {
		m.start, m.counts, i = at, []int64{0}, 0
	}
	if i == len(m.counts) {
		m.counts = append(m.counts, 0)
	}
	m.counts[i] += n
}

func (m *modelSlide) busy(at int64) bool { _, _, fresh := m.index(at); return !fresh }

// modelLog looks at every take.
type modelLog struct {
	limit, window int64
	takes         []take
}

func (m *modelLog) used(at int64) (sum int64) {
	for _, t := range m.takes {
		if t.at+m.window > at {
			sum += t.n
		}
	}
	return sum
}
func (m *modelLog) fits(at, n int64) bool { return m.used(at)+n <= m.limit }
func (m *modelLog) take(at, n int64)      { m.takes = append(m.takes, take{at, n}) }
func (m *modelLog) busy(at int64) bool    { return m.used(at) > 0 }

// modelBucket walks from portion to portion.
type modelBucket struct {
	burst, interval, refill int64
	tokens                  int64
	last                    int64 // the last refill
	used                    bool
}

func (m modelBucket) at(at int64) modelBucket {
	if !m.used {
		m.tokens = m.burst
		return m
	}
	for m.tokens < m.burst && m.last+m.interval <= at {
		m.last += m.interval
		m.tokens = min(m.burst, m.tokens+m.refill)
	}
	return m
}
func (m *modelBucket) fits(at, n int64) bool { return m.at(at).tokens >= n }
func (m *modelBucket) take(at, n int64) {
	*m = m.at(at)
	if m.tokens == m.burst {
		m.last = at
	}
	m.tokens -= n
	m.used = true
}
func (m *modelBucket) busy(at int64) bool { return m.at(at).tokens < m.burst }

// modelGCRA keeps the theoretical arrival time in rate-ths of a millisecond, so
// that the emission interval is the whole number period.
type modelGCRA struct {
	rate, period, burst int64
	tat                 int64
}

func (m *modelGCRA) fits(at, n int64) bool {
	tat := max(m.tat, at*m.rate) + n*m.period
	return tat-m.burst*m.period <= at*m.rate
}
func (m *modelGCRA) take(at, n int64)   { m.tat = max(m.tat, at*m.rate) + n*m.period }
func (m *modelGCRA) busy(at int64) bool { return m.tat > at*m.rate }
