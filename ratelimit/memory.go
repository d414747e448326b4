package ratelimit

import (
	"sync"
	"time"
)

// A memory remembers refusals until the instant that Redis computed, so that
// asking again costs nothing. It is bounded: the oldest refusal gives way. A nil
// memory remembers nothing.
//
// The instant counts from before the question was sent, so it is never later
// than the one that Redis meant. A refusal of n says nothing about less, and its
// instant would be too early for more, so it stands for n alone.
type memory struct {
	size int

	mu     sync.Mutex       // guards what follows
	index  map[string]int32 // position in slots by id
	slots  []refusal
	oldest int // the position that gives way once there are size slots
}

// A refusal is one that may still stand.
type refusal struct {
	id        string
	alg       Algorithm
	n         int64
	remaining int64
	until     time.Time
	reset     time.Time
}

func newMemory(size int) *memory {
	if size < 0 {
		return nil
	}
	return &memory{size: size, index: map[string]int32{}}
}

// recall returns the refusal that n tokens for id would meet, if one is known.
func (m *memory) recall(id string, alg *Algorithm, n int64, now time.Time) (d Decision, ok bool) {
	if m == nil {
		return Decision{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i, known := m.index[id]
	if !known {
		return Decision{}, false
	}
	r := &m.slots[i]
	wait := r.until.Sub(now)
	if wait <= 0 {
		delete(m.index, id) // the slot is reused in its turn
		return Decision{}, false
	}
	if n != r.n || r.alg != *alg {
		return Decision{}, false
	}
	return Decision{
		Reason:     ByMemory,
		Limit:      alg.limit,
		Window:     alg.window,
		Remaining:  r.remaining,
		RetryAfter: roundUp(wait),
		ResetAfter: roundUp(max(wait, r.reset.Sub(now))),
	}, true
}

// roundUp keeps durations whole milliseconds.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}

// remember notes that n tokens for id do not fit for d.RetryAfter from sent on.
func (m *memory) remember(id string, alg *Algorithm, n int64, d *Decision, sent time.Time) {
	if m == nil || d.RetryAfter <= 0 {
		return
	}
	r := refusal{
		id: id, alg: *alg, n: n, remaining: d.Remaining,
		until: sent.Add(d.RetryAfter), reset: sent.Add(d.ResetAfter),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, known := m.index[id]; known {
		m.slots[i] = r
		return
	}
	if len(m.slots) < m.size {
		m.slots = append(m.slots, r)
		m.index[id] = int32(len(m.slots) - 1) //nolint:gosec // bounded by size
		return
	}
	i := m.oldest
	m.oldest = (i + 1) % m.size
	if old := m.slots[i].id; m.index[old] == int32(i) { //nolint:gosec // as above
		delete(m.index, old)
	}
	m.slots[i] = r
	m.index[id] = int32(i) //nolint:gosec // as above
}

// forget drops what is known about id.
func (m *memory) forget(id string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.index, id)
}

// len returns how many ids are remembered.
func (m *memory) len() int {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.index)
}
