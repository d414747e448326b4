package ratelimit

import (
	"sync"
	"time"
)

// maxFallback bounds how many ids are counted locally. Beyond it the one whose
// window ends first among a few gives way.
const maxFallback = 16_384

// A fallback counts in this process while Redis is away: a fixed window for each
// id. It is bounded, and everything in it can be lost without harm.
type fallback struct {
	mu      sync.Mutex // guards windows
	windows map[string]localWindow
}

type localWindow struct {
	ends time.Time
	used int64
}

// A localNeed is a policy's part of a local decision.
type localNeed struct {
	policy, id string
	alg        *Algorithm
	limit      int64
}

// key is where a need is counted; no name of a policy has a colon.
func (n *localNeed) key() string { return n.policy + ":" + n.id }

// localLimit is how much an id may take locally.
func (o *Options) localLimit(alg *Algorithm) int64 {
	if o.LocalLimit > 0 {
		return min(o.LocalLimit, alg.limit)
	}
	return max(1, alg.limit/10)
}

// take takes n from all or from none. It returns the index of the need that
// refuses, or -1, and how long until n fits there.
func (f *fallback) take(needs []localNeed, n int64, now time.Time) (which int, wait time.Duration) {
	which = -1
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range needs {
		need := &needs[i]
		w := f.windows[need.key()]
		left := w.ends.Sub(now)
		if left <= 0 {
			w.used, left = 0, need.alg.window
		}
		if w.used+n > need.limit && (which < 0 || left > wait) {
			which, wait = i, left
		}
	}
	if which >= 0 {
		return which, wait
	}
	if f.windows == nil {
		f.windows = map[string]localWindow{}
	}
	for i := range needs {
		need := &needs[i]
		key := need.key()
		w := f.windows[key]
		if w.ends.Sub(now) <= 0 {
			w = localWindow{ends: now.Add(need.alg.window)}
		}
		w.used += n
		f.makeRoomLocked(now)
		f.windows[key] = w
	}
	return -1, 0
}

// makeRoomLocked keeps the map bounded at the price of a few looks: maps are
// walked in random order, so what is over is found soon.
func (f *fallback) makeRoomLocked(now time.Time) {
	if len(f.windows) < maxFallback {
		return
	}
	victim := ""
	var ends time.Time
	looked := 0
	for k, w := range f.windows {
		if looked == 0 || w.ends.Before(ends) {
			victim, ends = k, w.ends
		}
		if looked++; looked == 8 || !ends.After(now) {
			break
		}
	}
	delete(f.windows, victim)
}
