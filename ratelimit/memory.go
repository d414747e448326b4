package ratelimit

import (
	"sync"
	"sync/atomic"
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
	size    int
	forgets atomic.Int64 // what was asked before one of them is not remembered after it

	mu     sync.Mutex       // guards what follows
	index  map[string]int32 // position in slots by id
	slots  []refusal
	oldest int // the position that gives way once there are size slots
}

// A refusal is one that may still stand.
type refusal struct {
	_           [0]func() // nobody compares it, so no code for that need be linked
	id          string
	limit, a, b int64 // of the algorithm, whose kind is always the same
	n           int64
	remaining   int64
	until       time.Time
	reset       time.Time
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
		return d, false
	}
	m.mu.Lock()
	if i, known := m.index[id]; known {
		r := &m.slots[i]
		wait := min(r.until.Sub(now), r.until.Round(0).Sub(now.Round(0))) // one stands still while the machine is suspended
		if wait <= 0 {
			delete(m.index, id) // the slot is reused in its turn
		} else if n == r.n && r.limit == alg.limit && r.a == alg.a && r.b == alg.b {
			d = Decision{Reason: ByMemory, Limit: alg.limit, Window: alg.window, Remaining: r.remaining}
			d.RetryAfter, d.ResetAfter = roundUp(wait), roundUp(max(wait, r.reset.Sub(now)))
			ok = true
		}
	}
	m.mu.Unlock()
	return d, ok
}

// roundUp keeps durations whole milliseconds.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}

// remember notes that n tokens for id do not fit for d.RetryAfter from sent on.
// since is what generation was before the question.
func (m *memory) remember(id string, alg *Algorithm, n int64, d *Decision, sent time.Time, since int64) {
	if m == nil || d.RetryAfter <= 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.forgets.Load() != since {
		return
	}
	i, known := m.index[id]
	switch {
	case known:
	case len(m.slots) < m.size:
		i = int32(len(m.slots)) //nolint:gosec // bounded by size
		m.slots = append(m.slots, refusal{})
	default:
		i = int32(m.oldest) //nolint:gosec // as above
		m.oldest = (m.oldest + 1) % m.size
		if old := m.slots[i].id; m.index[old] == i {
			delete(m.index, old)
		}
	}
	m.index[id] = i
	r := &m.slots[i]
	r.id, r.limit, r.a, r.b, r.n, r.remaining = id, alg.limit, alg.a, alg.b, n, d.Remaining
	r.until, r.reset = sent.Add(d.RetryAfter), sent.Add(d.ResetAfter)
}

// generation counts what was forgotten.
func (m *memory) generation() int64 {
	if m == nil {
		return 0
	}
	return m.forgets.Load()
}

// forget drops what is known about id.
func (m *memory) forget(id string) {
	if m == nil {
		return
	}
	m.forgets.Add(1)
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
