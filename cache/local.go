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
type localEntry[T any] struct {
	value   T
	at      time.Time     // when it was put there; monotonic
	age     time.Duration // of the value at that time
	known   bool          // the age is
	expires time.Time     // end of being served without asking
	spare   time.Time     // end of being served when everything else fails
}

func (e *localEntry[T]) entry(now time.Time, stale bool) Entry[T] {
	return Entry[T]{Value: e.value, Age: e.age + now.Sub(e.at), AgeKnown: e.known, Stale: stale, Source: LocalLevel}
}

// localGet serves a value from the in-process level.
func (c *Cache[T]) localGet(key string) (Entry[T], bool) {
	if c.o.Local == nil {
		return Entry[T]{}, false
	}
	e, now := c.localPeek(key), time.Now()
	if e == nil || !now.Before(e.expires) {
		return Entry[T]{}, false
	}
	return e.entry(now, false), true
}

func (c *Cache[T]) localPeek(key string) *localEntry[T] {
	if c.o.Local == nil {
		return nil
	}
	v, _ := c.o.Local.Get(key)
	e, _ := v.(*localEntry[T])
	return e
}

// localPut keeps a fresh value for LocalTTL, not beyond its own end, unless the
// key has been written since version was read.
func (c *Cache[T]) localPut(key string, version uint64, e Entry[T], left time.Duration, size int) {
	if c.o.Local == nil || c.versions.of(key) != version {
		return
	}
	now := time.Now()
	c.o.Local.Set(key, &localEntry[T]{
		value: e.Value, at: now, age: e.Age, known: e.AgeKnown,
		expires: now.Add(min(left, c.o.LocalTTL)),
		spare:   now.Add(left + c.o.StaleIfError),
	}, size)
	if c.versions.of(key) != version {
		c.o.Local.Delete(key) // whoever wrote may have deleted before the Set above
	}
}

// versions count the writes to keys by this process, so that a value that was
// read before a write is not kept after it. Keys share counters; that only costs
// an entry now and then.
type versions struct {
	all   atomic.Uint64
	shard [64]atomic.Uint64
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
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if len(f.until) >= maxFailures {
		for k, end := range f.until {
			if !now.Before(end) {
				delete(f.until, k)
			}
		}
	}
	if len(f.until) >= maxFailures {
		return // a memory of this size has done its service
	}
	if f.until == nil {
		f.until = map[string]time.Time{}
	}
	f.until[key] = now.Add(d)
}

func (f *failures) has(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	end, ok := f.until[key]
	if ok && !time.Now().Before(end) {
		delete(f.until, key)
		return false
	}
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
