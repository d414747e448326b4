package cache

import (
	"context"
	"errors"
	"time"
)

// runDown ends jobs without Redis, which could not be read: by policy with the
// loader, whose failures are then remembered in this process only, or with an
// error. Nothing is written: what Redis holds, if it comes back, may be newer
// than what was loaded.
func (c *core) runDown(ctx context.Context, jobs []*job, load batchLoader, cause error) {
	if ctx.Err() != nil {
		failAll(jobs, context.Cause(ctx))
		return
	}
	c.report(ctx, "read", jobs[0].key, cause)
	if c.o.FailWhenDown {
		if !errors.Is(cause, ErrUnavailable) {
			cause = unavailable(cause)
		}
		failAll(jobs, cause)
		return
	}
	var wanted []*job
	for _, j := range jobs {
		switch {
		case j.done:
		case c.failures.has(j.key):
			c.finishSpare(j, ErrBackoff)
		default:
			wanted = append(wanted, j)
		}
	}
	if len(wanted) > 0 {
		c.loadDown(ctx, wanted, load)
	}
}

func (c *core) loadDown(ctx context.Context, jobs []*job, load batchLoader) {
	var all []loadedOne
	var err error
	if p := guard(func() { all, err = c.call(ctx, jobs, load) }); p != nil {
		for _, j := range jobs {
			c.failures.add(j.key, c.o.ErrorTTL)
		}
		panic(p)
	}
	for i, j := range jobs {
		v := &all[i]
		switch {
		case err != nil && ctx.Err() != nil:
			j.finish(entry{}, context.Cause(ctx))
		case errors.Is(err, ErrNotFound) || err == nil && !v.exists:
			c.stats.notFound.Add(1)
			j.finish(entry{Source: Origin}, ErrNotFound)
		case err != nil:
			c.stats.loadErrors.Add(1)
			c.failures.add(j.key, c.o.ErrorTTL)
			c.finishSpare(j, err)
		default:
			j.finish(entry{Value: v.Value, AgeKnown: true, Source: Origin}, nil)
			if !v.NoStore {
				j.rec, j.life = record{}, c.entryTTL(v.TTL) // Redis has told nothing
				c.localPut(j)
			}
		}
	}
}

// finishSpare serves what the in-process level still has, within StaleIfError.
func (c *core) finishSpare(j *job, err error) {
	e, now := c.localPeek(j.key), time.Now()
	if c.o.StaleIfError <= 0 || e == nil || !now.Before(e.spare) {
		j.finish(entry{}, err)
		return
	}
	j.finish(e.entry(now, true), nil)
}
