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
func (c *Cache[T]) runDown(ctx context.Context, jobs []*job[T], load loadFunc[T], cause error) {
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
	var wanted []*job[T]
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

func (c *Cache[T]) loadDown(ctx context.Context, jobs []*job[T], load loadFunc[T]) {
	loaded, err := c.call(ctx, jobs, load)
	for _, j := range jobs {
		v, found := loaded[j.id]
		switch {
		case err != nil && ctx.Err() != nil:
			j.finish(Entry[T]{}, context.Cause(ctx))
		case errors.Is(err, ErrNotFound) || err == nil && !found:
			c.stats.notFound.Add(1)
			j.finish(Entry[T]{Source: Origin}, ErrNotFound)
		case err != nil:
			c.stats.loadErrors.Add(1)
			c.failures.add(j.key, c.o.ErrorTTL)
			c.finishSpare(j, err)
		default:
			j.finish(Entry[T]{Value: v.Value, AgeKnown: true, Source: Origin}, nil)
			if !v.NoStore {
				c.localPut(j.key, j.version, j.entry, c.o.LocalTTL, 0)
			}
		}
	}
}

// finishSpare serves what the in-process level still has, within StaleIfError.
func (c *Cache[T]) finishSpare(j *job[T], err error) {
	e, now := c.localPeek(j.key), time.Now()
	if c.o.StaleIfError <= 0 || e == nil || !now.Before(e.spare) {
		j.finish(Entry[T]{}, err)
		return
	}
	j.finish(e.entry(now, true), nil)
}
