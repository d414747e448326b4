package cache

import (
	"context"
	"errors"
	"time"
)

// loadAndStore calls the loader once for all jobs, which must be held, ends them,
// and ends their leases in one request.
func (c *Cache[T]) loadAndStore(ctx context.Context, jobs []*job[T], load loadFunc[T]) {
	began := time.Now()
	loaded, err := c.call(ctx, jobs, load)
	took := time.Since(began)
	later, cancel := c.detach(ctx)
	defer cancel()
	var ws []swap
	var stored []*job[T]
	for _, j := range jobs {
		j.held = false
		w, needed := c.settleJob(ctx, j, loaded, err, took, len(jobs) > 1)
		if needed && !j.unstored {
			ws, stored = append(ws, w), append(stored, j)
		}
	}
	for i, r := range c.swapAll(later, ws) {
		j := stored[i]
		j.doubtful = j.entry.Source == Origin && r.err == nil && (!r.done || len(j.tagKeys) > 0)
		switch {
		case r.err != nil:
			c.report(ctx, "store", j.key, r.err)
		case !r.done && j.err == nil && !j.entry.Stale:
			c.stats.discarded.Add(1)
		case j.err == nil && !j.entry.Stale:
			r := parse(ws[i].value)
			c.localPut(j.key, j.version, j.entry, c.freshFor(&r, time.Now()), len(r.raw))
		}
	}
}

// settleJob ends a job with the outcome of its load, and says what to write.
func (c *Cache[T]) settleJob(ctx context.Context, j *job[T], loaded map[string]Loaded[T], err error, took time.Duration, batch bool) (swap, bool) {
	v, found := loaded[j.id]
	switch {
	case err != nil && ctx.Err() != nil:
		j.finish(Entry[T]{}, context.Cause(ctx))
		return c.giveBack(j, 0)
	case err != nil && !errors.Is(err, ErrNotFound):
		return c.settleFailed(ctx, j, err)
	case err != nil || !found:
		if err == nil {
			err = ErrNotFound
		}
		return c.settleNotFound(j, err)
	}
	j.finish(Entry[T]{Value: v.Value, AgeKnown: true, Source: Origin}, nil)
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
	return c.swapFor(j, raw, life), true
}

// settleFailed serves the spare value if there is one.
func (c *Cache[T]) settleFailed(ctx context.Context, j *job[T], err error) (swap, bool) {
	c.stats.loadErrors.Add(1)
	if j.solo {
		c.failures.add(j.key, c.o.ErrorTTL)
	}
	if j.spare == nil {
		j.finish(Entry[T]{}, err)
	} else {
		c.report(ctx, "load", j.key, err)
		j.finish(*j.spare, nil)
	}
	return c.giveBack(j, c.o.ErrorTTL)
}

// settleNotFound remembers that there is no such thing, for NegativeTTL.
func (c *Cache[T]) settleNotFound(j *job[T], err error) (swap, bool) {
	c.stats.notFound.Add(1)
	j.finish(Entry[T]{Source: Origin}, err)
	if c.o.NegativeTTL > 0 {
		return c.swapFor(j, marker(recNegative, newNonce(), j.tags), c.o.NegativeTTL.Truncate(time.Millisecond)), true
	}
	return c.dropLease(j)
}

// dropLease ends a lease and leaves nothing: the old value is known to be wrong.
func (c *Cache[T]) dropLease(j *job[T]) (swap, bool) {
	if c.o.NoLease {
		if j.rec.kind == recAbsent {
			return swap{}, false
		}
		return c.swapFor(j, marker(recLease, newNonce(), 0), time.Millisecond), true
	}
	return c.swapFor(j, j.lease, time.Millisecond), true // the shortest TTL: gone
}

// call calls the loader, bounded by LoadTimeout and ctx even if the loader does
// not look at its context; then its goroutine is left behind until it returns.
func (c *Cache[T]) call(ctx context.Context, jobs []*job[T], load loadFunc[T]) (map[string]Loaded[T], error) {
	ids := make([]string, len(jobs))
	for i, j := range jobs {
		ids[i] = j.id
	}
	c.stats.loads.Add(int64(len(ids)))
	ctx, cancel := context.WithTimeoutCause(ctx, c.o.LoadTimeout, ErrLoadTimeout)
	defer cancel()
	type answer struct {
		values   map[string]Loaded[T]
		err      error
		panicked *PanicError
	}
	ch := make(chan answer, 1)
	go func() {
		a := answer{err: errExited}
		defer func() { ch <- a }()
		a.panicked = guard(func() { a.values, a.err = load(ctx, ids) })
	}()
	select {
	case a := <-ch:
		if a.panicked != nil {
			c.abandon(ctx, jobs, c.o.ErrorTTL)
			panic(a.panicked)
		}
		if a.err != nil && ctx.Err() != nil && errors.Is(a.err, ctx.Err()) {
			return nil, context.Cause(ctx)
		}
		return a.values, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// abandon gives leases back without having loaded.
func (c *Cache[T]) abandon(ctx context.Context, jobs []*job[T], quiet time.Duration) {
	later, cancel := c.detach(ctx)
	defer cancel()
	var ws []swap
	for _, j := range jobs {
		if w, needed := c.giveBack(j, quiet); needed && !j.unstored {
			ws = append(ws, w)
		}
	}
	c.swapAll(later, ws)
}
