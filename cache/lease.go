package cache

import (
	"context"
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
func (c *core) acquireAll(ctx context.Context, jobs []*job) {
	if c.o.NoLease {
		for _, j := range jobs {
			j.held = true
		}
		return
	}
	for _, j := range jobs {
		j.lease = c.leaseFor(j)
		j.w = swap{key: j.key, absent: j.rec.kind == recAbsent, old: j.rec.raw, value: j.lease, ttl: c.leaseTTL()}
	}
	c.swapAll(ctx, jobs)
	var unsure []*job
	for _, j := range jobs {
		switch r := &j.w; {
		case r.err != nil:
			c.unleased(ctx, j, r.err)
		case r.done:
			j.held = true
		case r.known && len(j.tagKeys) == 0:
			j.see(r.now, true, j.tags)
		default:
			unsure = append(unsure, j)
		}
	}
	c.lookAgain(ctx, unsure)
}

// leaseFor spells a lease for what j has read.
func (c *core) leaseFor(j *job) string {
	nonce := newNonce()
	if !j.spared || j.rec.kind != recEnvelope {
		return marker(recLease, nonce, j.tags)
	}
	h := j.rec.header
	h.leased, h.nonce = true, nonce
	return envelope(&h, []byte(j.rec.payload))
}

// lookAgain reads what won the races that were lost. Our own lease among it means
// that the answer to taking it was lost.
func (c *core) lookAgain(ctx context.Context, jobs []*job) {
	if len(jobs) == 0 {
		return
	}
	before := make([]string, len(jobs))
	spared := make([]bool, len(jobs))
	for i, j := range jobs {
		before[i], spared[i] = j.rec.raw, j.spared
	}
	err := c.readJobs(ctx, jobs)
	for i, j := range jobs {
		switch {
		case err != nil:
			c.unleased(ctx, j, err)
		case j.rec.raw == j.lease:
			j.held, j.spared = true, spared[i]
		case j.rec.raw == before[i] && before[i] != "":
			j.refused++
			if j.refused == maxRefused {
				c.report(ctx, "lease", j.key, errNoLease)
				j.held, j.lease = true, marker(recLease, newNonce(), 0) // a lease that nobody holds
			}
		}
	}
}

// unleased handles a lease that could not be had for an error, not for another
// holder: the value is loaded all the same, and stored if the lease may be in
// place. Failures of the loader are then remembered by this process.
func (c *core) unleased(ctx context.Context, j *job, err error) {
	if ctx.Err() == nil {
		c.report(ctx, "lease", j.key, err)
	}
	j.solo = true
	if c.failures.has(j.key) {
		if j.spared {
			j.finish(j.spare, nil)
		} else {
			c.finishSpare(j, ErrBackoff)
		}
		return
	}
	j.held = true
	j.unstored = upstash.OutcomeOf(err) != upstash.MaybeApplied
}

// end says how the load of a job ends in Redis.
//
//go:noinline
func (c *core) end(j *job, value string, ttl time.Duration) {
	j.w = swap{key: j.key, old: j.lease, value: value, ttl: ttl}
	if c.o.NoLease {
		j.w.absent, j.w.old = j.rec.kind == recAbsent, j.rec.raw
	}
}

// giveBack spells the end of a lease without a value, if one is needed: the old
// entry is put back, for its remaining time and quiet for quiet; without one, a
// back-off marker stands for quiet, or nothing.
func (c *core) giveBack(j *job, quiet time.Duration) (needed bool) {
	switch {
	case j.spared && j.rec.kind == recEnvelope:
		now := time.Now().UnixMilli()
		h := j.rec.header
		h.leased, h.nonce, h.notBefore = false, newNonce(), 0
		if quiet > 0 {
			h.notBefore = now + quiet.Milliseconds()
		}
		c.end(j, envelope(&h, []byte(j.rec.payload)), h.lifetime(now))
	case quiet > 0:
		c.end(j, marker(recBackoff, newNonce(), 0), quiet)
	case c.o.NoLease:
		return false
	default:
		c.end(j, j.lease, time.Millisecond) // the shortest TTL: gone
	}
	return true
}
