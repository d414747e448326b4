package cache

import "sync/atomic"

// Stats are the counters of one cache since it was made, or since
// [Cache.ResetStats].
type Stats struct {
	// Name is Options.Name.
	Name string

	// Hits counts values served fresh from Redis, LocalHits those from the
	// in-process level, StaleHits those served after their TTL, and NegativeHits
	// remembered ErrNotFounds. Misses counts everything else that was asked for.
	Hits, LocalHits, StaleHits, NegativeHits, Misses int64
	// Coalesced counts callers that shared a conversation of another caller of
	// this process; they are counted above too.
	Coalesced int64

	// Loads counts the keys for which a loader was called (one call may load
	// many), LoadErrors those that failed, NotFound those that do not exist, and
	// Discarded the loaded values that were not stored because the entry was
	// deleted or set meanwhile.
	Loads, LoadErrors, NotFound, Discarded int64
	// Sets and Deletes count keys written and deleted by callers.
	Sets, Deletes int64

	// DecodeErrors counts entries that could not be decoded, TooLarge values
	// that were not stored for their size, Errors failed conversations with
	// Redis.
	DecodeErrors, TooLarge, Errors int64

	// BytesRead and BytesWritten are the sizes of entries as stored.
	BytesRead, BytesWritten int64
	// Commands counts the commands of this cache that are billed, retries of the
	// client apart.
	Commands int64
}

// Lookups is the number of values that were asked for.
func (s Stats) Lookups() int64 {
	return s.Hits + s.LocalHits + s.StaleHits + s.NegativeHits + s.Misses
}

// HitRate is the part of lookups that needed no loader, 0 to 1; ok is false when
// there were none.
func (s Stats) HitRate() (rate float64, ok bool) {
	n := s.Lookups()
	if n == 0 {
		return 0, false
	}
	return float64(n-s.Misses) / float64(n), true
}

// counters are Stats while they are counted.
type counters struct {
	hits, localHits, staleHits, negativeHits, misses atomic.Int64
	coalesced                                        atomic.Int64
	loads, loadErrors, notFound, discarded           atomic.Int64
	sets, deletes                                    atomic.Int64
	decodeErrors, tooLarge, errors                   atomic.Int64
	bytesRead, bytesWritten, commands                atomic.Int64

	_ [0]func() // not compared, so that there is no code for it
}

// collect reads every counter with one function: a load, or a swap with zero.
func (c *counters) collect(name string, read func(*atomic.Int64) int64) Stats {
	return Stats{
		Name: name,
		Hits: read(&c.hits), LocalHits: read(&c.localHits), StaleHits: read(&c.staleHits),
		NegativeHits: read(&c.negativeHits), Misses: read(&c.misses), Coalesced: read(&c.coalesced),
		Loads: read(&c.loads), LoadErrors: read(&c.loadErrors), NotFound: read(&c.notFound), Discarded: read(&c.discarded),
		Sets: read(&c.sets), Deletes: read(&c.deletes),
		DecodeErrors: read(&c.decodeErrors), TooLarge: read(&c.tooLarge), Errors: read(&c.errors),
		BytesRead: read(&c.bytesRead), BytesWritten: read(&c.bytesWritten), Commands: read(&c.commands),
	}
}

// Name returns Options.Name.
func (c *Cache[T]) Name() string { return c.core.o.Name }

// Stats returns the counters. Counters that belong together may differ by calls
// in flight.
func (c *Cache[T]) Stats() Stats { return c.core.stats.collect(c.core.o.Name, (*atomic.Int64).Load) }

// ResetStats sets the counters to zero and returns what they were; nothing is
// lost or counted twice.
func (c *Cache[T]) ResetStats() Stats {
	return c.core.stats.collect(c.core.o.Name, func(n *atomic.Int64) int64 { return n.Swap(0) })
}
