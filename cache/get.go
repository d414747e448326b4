package cache

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Get returns the fresh value of id: one command. [ErrMiss] means that there is
// none, [ErrNotFound] that a loader said so and it is remembered.
func (c *Cache[T]) Get(ctx context.Context, id string) (T, error) {
	e, err := c.Lookup(ctx, id)
	if err == nil && e.Stale {
		var zero T
		return zero, ErrMiss
	}
	return e.Value, err
}

// Lookup is Get with the age of the value; it also returns values that are past
// their TTL within Options.Stale, marked as stale. It never loads.
func (c *Cache[T]) Lookup(ctx context.Context, id string) (Entry[T], error) {
	e, err := c.core.lookup(ctx, id)
	return entryOf[T](&e), err
}

func (c *core) lookup(ctx context.Context, id string) (entry, error) {
	key, err := c.keyOf(id)
	if err != nil {
		return entry{}, err
	}
	if e, ok := c.localGet(key); ok {
		c.stats.localHits.Add(1)
		return e, nil
	}
	j := c.newJob(id, key)
	if err := c.readJobs(ctx, []*job{j}); err != nil {
		return entry{}, err
	}
	c.peek(ctx, j, true)
	return j.entry, j.err
}

// peek ends a job without a loader. stale says whether a value may be that.
func (c *core) peek(ctx context.Context, j *job, stale bool) {
	now := time.Now()
	if v := c.judge(&j.rec, j.tags, now); v.use != useSpare && v.use != useBackoff {
		c.serve(ctx, j, v, now)
	}
	if !j.done || j.entry.Stale && !stale {
		j.finish(entry{}, ErrMiss)
	}
	c.count(&j.entry, j.err)
}

// GetMany returns the fresh values among ids, by id: one command for any number
// of them. What is missing is left out.
func (c *Cache[T]) GetMany(ctx context.Context, ids ...string) (map[string]T, error) {
	jobs, err := c.core.prepare(ctx, ids)
	if err != nil {
		return nil, err
	}
	err = c.core.peekAll(ctx, undone(jobs))
	return valuesOf[T](jobs), err
}

// valuesOf gathers what jobs have found.
func valuesOf[T any](jobs []*job) map[string]T {
	out := make(map[string]T, len(jobs))
	for _, j := range jobs {
		if j.done && j.err == nil {
			out[j.id] = valueOf[T](j.entry.Value)
		}
	}
	return out
}

func (c *core) peekAll(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	if err := c.readJobs(ctx, jobs); err != nil {
		return err
	}
	for _, j := range jobs {
		c.peek(ctx, j, false)
	}
	return nil
}

// Exists reports whether Get would find a value: one command.
func (c *Cache[T]) Exists(ctx context.Context, id string) (bool, error) {
	j, v, err := c.core.inspect(ctx, id)
	if err != nil || v.use != useFresh {
		return false, err
	}
	_, bad := c.core.decode(&j.rec, time.Now(), false)
	return bad == nil, nil
}

// TTL returns how much longer the value of id is fresh, to the millisecond: one
// command for an entry in an envelope, two for a plain one. [ErrMiss] means that
// there is none.
func (c *Cache[T]) TTL(ctx context.Context, id string) (time.Duration, error) {
	j, v, err := c.core.inspect(ctx, id)
	if err != nil {
		return 0, err
	}
	if v.use != useFresh {
		return 0, ErrMiss
	}
	if j.rec.kind == recEnvelope {
		return c.core.freshFor(&j.rec, 0, time.Now()), nil
	}
	reply, err := c.core.do(ctx, upstash.NewCommand("PTTL", j.key))
	if err != nil {
		return 0, err
	}
	ms, err := reply.Int64()
	if err == nil && ms < 0 {
		return 0, ErrMiss // gone since, or without a TTL and not ours
	}
	return time.Duration(ms) * time.Millisecond, err
}

// Touch makes the value of id fresh for ttl from now, 0 meaning Options.TTL: two
// commands. An envelope keeps its age. [ErrMiss] means that there is no fresh
// value, or that it was changed at the same moment.
func (c *Cache[T]) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if ttl == 0 {
		ttl = c.core.o.TTL
	}
	if ttl < time.Millisecond {
		return &OptionError{"TTL", "is less than a millisecond"}
	}
	j, v, err := c.core.inspect(ctx, id)
	if err != nil {
		return err
	}
	if v.use != useFresh || v.leased {
		return ErrMiss
	}
	w := &j.w
	*w = swap{key: j.key, old: j.rec.raw, value: j.rec.raw, ttl: ttl.Truncate(time.Millisecond)}
	if j.rec.kind == recEnvelope {
		now := time.Now().UnixMilli()
		h := j.rec.header
		h.nonce = newNonce()
		h.ttl = max(now-h.created, 0) + ttl.Milliseconds()
		w.value, w.ttl = envelope(&h, []byte(j.rec.payload)), h.lifetime(now)
	}
	c.core.swapOne(ctx, w)
	if w.err == nil && !w.done && w.value != w.old { // or a repeat met what the lost first one had written
		var raw string
		raw, _, w.err = c.core.get(ctx, j.key)
		w.done = raw == w.value
	}
	c.core.forget(j.key)
	if w.err == nil && !w.done {
		return ErrMiss
	}
	return w.err
}

// inspect reads and judges one entry without decoding it.
func (c *core) inspect(ctx context.Context, id string) (*job, verdict, error) {
	key, err := c.keyOf(id)
	if err != nil {
		return nil, verdict{}, err
	}
	j := c.newJob(id, key)
	if err := c.readJobs(ctx, []*job{j}); err != nil {
		return nil, verdict{}, err
	}
	return j, c.judge(&j.rec, j.tags, time.Now()), nil
}
