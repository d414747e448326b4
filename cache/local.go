package cache

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"
)

// A Local is an in-process level: a bounded map. Package cache/local makes one
// with a well-kept library; it may be shared by several caches with different
// keys. It must be safe for concurrent use and may drop anything at any time.
type Local interface {
	Get(key string) (value any, ok bool)
	// Set stores a value; size is its encoded size in bytes.
	Set(key string, value any, size int)
	Delete(key string)
	// Clear drops everything.
	Clear()
}

// A localEntry is what a Cache puts into a Local.
type localEntry struct {
	value   any
	of      any           // core.of
	at      time.Time     // when it was put there; monotonic
	age     time.Duration // of the value at that time
	known   bool          // the age is
	expires time.Time     // end of being served without asking
	spare   time.Time     // end of being served when everything else fails
	_       [0]func()     // not compared
}

func (e *localEntry) entry(now time.Time, stale bool) entry {
	return entry{Value: e.value, Age: e.age + now.Sub(e.at), AgeKnown: e.known, Stale: stale, Source: LocalLevel}
}

// localGet serves a value from the in-process level.
func (c *core) localGet(key string) (entry, bool) {
	if c.o.Local == nil {
		return entry{}, false
	}
	e, now := c.localPeek(key), time.Now()
	if e == nil || !now.Before(e.expires) {
		return entry{}, false
	}
	return e.entry(now, false), true
}

func (c *core) localPeek(key string) *localEntry {
	if c.o.Local == nil {
		return nil
	}
	v, _ := c.o.Local.Get(key)
	if e, ok := v.(*localEntry); ok && e.of == c.of {
		return e
	}
	return nil
}

// localPut keeps the fresh value of a job for LocalTTL, not beyond its own end,
// unless the key has been written since the job began.
func (c *core) localPut(j *job) {
	if c.o.Local == nil || c.versions.of(j.key) != j.version {
		return
	}
	now := time.Now()
	left := c.freshFor(&j.rec, j.life, now)
	c.o.Local.Set(j.key, &localEntry{
		value: j.entry.Value, of: c.of, at: now, age: j.entry.Age, known: j.entry.AgeKnown,
		expires: now.Add(min(left, c.o.LocalTTL)),
		spare:   now.Add(left + c.o.StaleIfError),
	}, len(j.rec.raw))
	if c.versions.of(j.key) != j.version {
		c.o.Local.Delete(j.key) // whoever wrote may have deleted before the Set above
	}
}

// versions count the writes to keys by this process, so that a value that was
// read before a write is not kept after it. Keys share counters; that only costs
// an entry now and then.
type versions struct {
	all   atomic.Uint64
	shard [64]atomic.Uint64
	_     [0]func() // not compared, so that there is no code for it
}

func (v *versions) at(key string) *atomic.Uint64 { return &v.shard[xxh3.HashString(key)%64] }
func (v *versions) of(key string) uint64         { return v.all.Load() + v.at(key).Load() }
func (v *versions) bump(key string)              { v.at(key).Add(1) }
func (v *versions) bumpAll()                     { v.all.Add(1) }

// failures remember for which keys the loader failed, for when Redis cannot.
type failures struct {
	mu    sync.Mutex
	until map[string]time.Time // guarded by mu
}

const maxFailures = 4096

func (f *failures) add(key string, d time.Duration) {
	if d <= 0 {
		return
	}
	now := time.Now()
	f.mu.Lock()
	if len(f.until) >= maxFailures {
		for k, end := range f.until {
			if !now.Before(end) {
				delete(f.until, k)
			}
		}
	}
	if f.until == nil {
		f.until = map[string]time.Time{}
	}
	if len(f.until) < maxFailures { // else it has done its service
		f.until[key] = now.Add(d)
	}
	f.mu.Unlock()
}

func (f *failures) has(key string) bool {
	f.mu.Lock()
	end, ok := f.until[key]
	if ok && !time.Now().Before(end) {
		delete(f.until, key)
		ok = false
	}
	f.mu.Unlock()
	return ok
}

func (f *failures) forget(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.until, key)
}

func (f *failures) forgetAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.until)
}
