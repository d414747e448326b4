package cache

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A lease is the right to load. It stands under the key itself: as a marker when
// there is no value to keep, else as the old envelope with a flag. Taking one is
// a swap against what was read, ending one is a swap against the lease, so a
// lease that was deleted, overwritten or has expired can store nothing. Redis
// ends it after leaseTTL by its own clock, with the old value if there is one.

// maxRefused is how often a record may refuse to be replaced although it stays
// what it is, before the value is loaded without being stored. It never happens
// on a server whose conditions work.
const maxRefused = 3

// acquireAll takes leases. Afterwards a job is held, or has a new record, or is
// done.
func (c *Cache[T]) acquireAll(ctx context.Context, jobs []*job[T]) {
	if c.o.NoLease {
		for _, j := range jobs {
			j.held = true
		}
		return
	}
	ws := make([]swap, len(jobs))
	for i, j := range jobs {
		j.lease = c.leaseFor(j)
		ws[i] = swap{key: j.key, absent: j.rec.kind == recAbsent, old: j.rec.raw, value: j.lease, ttl: c.leaseTTL()}
	}
	var unsure []*job[T]
	for i, r := range c.swapAll(ctx, ws) {
		j := jobs[i]
		switch {
		case r.err != nil:
			c.unleased(ctx, j, r.err)
		case r.done:
			j.held = true
		case r.known && len(j.tagKeys) == 0:
			j.see(r.now, j.tags)
		default:
			unsure = append(unsure, j)
		}
	}
	c.lookAgain(ctx, unsure)
}

// leaseFor spells a lease for what j has read.
func (c *Cache[T]) leaseFor(j *job[T]) string {
	nonce := rand.Uint64() //nolint:gosec // tells leases apart, protects nothing
	if j.spare == nil || j.rec.kind != recEnvelope {
		return marker(recLease, nonce, j.tags)
	}
	h := j.rec.header
	h.leased, h.nonce = true, nonce
	return envelope(h, []byte(j.rec.payload))
}

// lookAgain reads what won the races that were lost. Our own lease among it means
// that the answer to taking it was lost.
func (c *Cache[T]) lookAgain(ctx context.Context, jobs []*job[T]) {
	if len(jobs) == 0 {
		return
	}
	before := make([]string, len(jobs))
	spares := make([]*Entry[T], len(jobs))
	for i, j := range jobs {
		before[i], spares[i] = j.rec.raw, j.spare
	}
	err := c.readJobs(ctx, jobs)
	for i, j := range jobs {
		switch {
		case err != nil:
			c.unleased(ctx, j, err)
		case j.rec.raw == j.lease:
			j.held, j.spare = true, spares[i]
		case j.rec.raw == before[i] && before[i] != "":
			j.refused++
			if j.refused == maxRefused {
				c.report(ctx, "lease", j.key, errNoLease)
				j.held, j.lease = true, marker(recLease, rand.Uint64(), 0) //nolint:gosec // a lease that nobody holds
			}
		}
	}
}

// unleased handles a lease that could not be had for an error, not for another
// holder: the value is loaded all the same, and stored if the lease may be in
// place. Failures of the loader are then remembered by this process.
func (c *Cache[T]) unleased(ctx context.Context, j *job[T], err error) {
	if ctx.Err() == nil {
		c.report(ctx, "lease", j.key, err)
	}
	j.solo = true
	if c.failures.has(j.key) {
		c.finishSpare(j, ErrBackoff)
		return
	}
	j.held = true
	j.unstored = upstash.OutcomeOf(err) != upstash.MaybeApplied
}

// swapFor is how the load of a job ends in Redis.
func (c *Cache[T]) swapFor(j *job[T], value string, ttl time.Duration) swap {
	if c.o.NoLease {
		return swap{key: j.key, absent: j.rec.kind == recAbsent, old: j.rec.raw, value: value, ttl: ttl}
	}
	return swap{key: j.key, old: j.lease, value: value, ttl: ttl}
}

// giveBack spells the end of a lease without a value: the old entry is put back,
// for its remaining time and quiet for quiet; without one, a back-off marker
// stands for quiet, or nothing.
func (c *Cache[T]) giveBack(j *job[T], quiet time.Duration) (w swap, needed bool) {
	now := time.Now().UnixMilli()
	switch {
	case j.spare != nil && j.rec.kind == recEnvelope:
		h := j.rec.header
		h.leased, h.nonce = false, rand.Uint64() //nolint:gosec // tells versions apart
		h.notBefore = 0
		if quiet > 0 {
			h.notBefore = now + quiet.Milliseconds()
		}
		return c.swapFor(j, envelope(h, []byte(j.rec.payload)), h.lifetime(now)), true
	case quiet > 0:
		return c.swapFor(j, marker(recBackoff, rand.Uint64(), 0), quiet), true //nolint:gosec // as above
	case c.o.NoLease:
		return swap{}, false
	}
	return c.swapFor(j, j.lease, time.Millisecond), true // the shortest TTL: gone
}
