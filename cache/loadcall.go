package cache

import (
	"context"
	"errors"
	"time"
)

// loadAndStore calls the loader once for all jobs, which must be held, ends them,
// and ends their leases in one request.
func (c *core) loadAndStore(ctx context.Context, jobs []*job, load batchLoader) {
	var stored []*job
	p := guard(func() {
		began := time.Now()
		all, err := c.call(ctx, jobs, load)
		took := time.Since(began)
		for i, j := range jobs {
			j.held = false
			if c.settleJob(ctx, j, &all[i], err, took, len(jobs) > 1) && !j.unstored {
				stored = append(stored, j)
			}
		}
	})
	if p != nil { // of the loader or the codec
		for _, j := range jobs {
			if j.solo {
				c.failures.add(j.key, c.o.ErrorTTL)
			}
		}
		c.abandon(ctx, jobs, c.o.ErrorTTL)
		panic(p)
	}
	if failed(stored) && c.later(ctx, stored) {
		return
	}
	c.swapDetached(ctx, stored)
	for _, j := range stored {
		r := &j.w
		j.doubtful = j.entry.Source == Origin && r.err == nil && (!r.done || len(j.tagKeys) > 0)
		switch {
		case r.err != nil:
			c.report(ctx, "store", j.key, r.err)
		case j.err != nil || j.entry.Stale:
		case !r.done:
			c.stats.discarded.Add(1)
		default:
			j.rec.parse(r.value)
			c.localPut(j)
		}
	}
}

// settleJob ends a job with the outcome of its load, and says whether j.w is to be
// written.
func (c *core) settleJob(ctx context.Context, j *job, v *loadedOne, err error, took time.Duration, batch bool) bool {
	switch {
	case err != nil && ctx.Err() != nil:
		j.finish(entry{}, context.Cause(ctx))
		return c.giveBack(j, 0)
	case err != nil && !errors.Is(err, ErrNotFound):
		c.settleFailed(ctx, j, err)
		return c.giveBack(j, c.o.ErrorTTL)
	case err != nil || !v.exists:
		if err == nil {
			err = ErrNotFound
		}
		c.stats.notFound.Add(1)
		j.finish(entry{Source: Origin}, err)
		if c.o.NegativeTTL > 0 {
			c.end(j, marker(recNegative, newNonce(), j.tags), c.o.NegativeTTL.Truncate(time.Millisecond))
			return true
		}
		return c.dropLease(j)
	}
	j.finish(entry{Value: v.Value, AgeKnown: true, Source: Origin}, nil)
	if v.NoStore {
		return c.dropLease(j)
	}
	raw, life, err := c.encode(v.Value, v.TTL, took, j.tags, batch)
	if err != nil {
		if errors.Is(err, ErrTooLarge) {
			c.stats.tooLarge.Add(1)
		}
		c.report(ctx, "encode", j.key, err)
		return c.dropLease(j)
	}
	c.end(j, raw, life)
	j.life = life
	return true
}

// settleFailed serves the spare value if there is one.
func (c *core) settleFailed(ctx context.Context, j *job, err error) {
	c.stats.loadErrors.Add(1)
	if j.solo {
		c.failures.add(j.key, c.o.ErrorTTL)
	}
	if !j.spared {
		j.finish(entry{}, err)
		return
	}
	c.report(ctx, "load", j.key, err)
	j.finish(j.spare, nil)
}

// dropLease ends a lease and leaves nothing: the old value is known to be wrong.
func (c *core) dropLease(j *job) (needed bool) {
	value := j.lease
	if c.o.NoLease {
		if j.rec.kind == recAbsent {
			return false
		}
		value = marker(recLease, newNonce(), 0)
	}
	c.end(j, value, time.Millisecond) // the shortest TTL: gone
	return true
}

// call calls the loader, bounded by LoadTimeout and ctx even if the loader does
// not look at its context; then its goroutine is left behind until it returns. It
// returns one for each job, also with an error.
func (c *core) call(ctx context.Context, jobs []*job, load batchLoader) ([]loadedOne, error) {
	ids := make([]string, len(jobs))
	for i, j := range jobs {
		ids[i] = j.id
	}
	c.stats.loads.Add(int64(len(ids)))
	ctx, cancel := context.WithTimeoutCause(ctx, c.o.LoadTimeout, ErrLoadTimeout)
	defer cancel()
	a := &struct {
		all      []loadedOne
		err      error
		panicked *PanicError
	}{err: errExited}
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.panicked = guard(func() { a.all, a.err = load.loadAll(ctx, ids) })
	}()
	var err error
	select {
	case <-done:
		if a.panicked != nil {
			panic(a.panicked)
		}
		if err = a.err; err == nil {
			return a.all, nil
		}
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			err = context.Cause(ctx)
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	return make([]loadedOne, len(jobs)), err
}

// abandon gives leases back without having loaded.
func (c *core) abandon(ctx context.Context, jobs []*job, quiet time.Duration) {
	var needed []*job
	for _, j := range jobs {
		if c.giveBack(j, quiet) && !j.unstored {
			needed = append(needed, j)
		}
	}
	if !c.later(ctx, needed) {
		c.swapDetached(ctx, needed)
	}
}

// swapDetached makes the writes of jobs, whatever has become of ctx.
func (c *core) swapDetached(ctx context.Context, jobs []*job) {
	later, cancel := c.detach(ctx)
	defer cancel()
	c.swapAll(later, jobs)
}

// failed reports whether none of jobs has a value.
func failed(jobs []*job) bool {
	for _, j := range jobs {
		if j.err == nil {
			return false
		}
	}
	return true
}

// later makes the writes of jobs in the background if their caller leaves: one of
// many, who waits on its own goroutine, does when its context ends.
func (c *core) later(ctx context.Context, jobs []*job) bool {
	if ctx.Err() == nil || len(jobs) == 0 || jobs[0].several == nil {
		return false
	}
	c.work.add()
	c.inBackground(ctx, func() {
		defer c.work.end()
		c.swapDetached(ctx, jobs)
	})
	return true
}
