package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

//go:noinline
func newNonce() uint64 { return rand.Uint64() } //nolint:gosec // tells versions apart, protects nothing

// Set stores the value of id for Options.TTL: one command, and one more that
// reads epochs when the entry has tags. Loads in flight will not replace it.
// A value over the limit is a *[SizeError]; see Options.SkipTooLarge.
func (c *Cache[T]) Set(ctx context.Context, id string, v T) error { return c.SetFor(ctx, id, v, 0) }

// SetFor is Set with a TTL of its own, at least a millisecond; 0 means
// Options.TTL.
func (c *Cache[T]) SetFor(ctx context.Context, id string, v T, ttl time.Duration) error {
	return c.core.setAll(ctx, []*job{{id: id, value: v}}, ttl)
}

// SetMany stores values by id for Options.TTL: one command for each thousand of
// them, or MiB, in one request where their size allows. Values that are no text,
// or whose TTLs Options.Jitter makes differ, take one command each. When some
// fail, the others are stored, and the errors are joined; but a bad id stores
// nothing.
func (c *Cache[T]) SetMany(ctx context.Context, values map[string]T) error {
	jobs := make([]*job, 0, len(values))
	for id, v := range values {
		jobs = append(jobs, &job{id: id, value: v, several: swapSeveral})
	}
	return c.core.setAll(ctx, jobs, 0)
}

func (c *core) setAll(ctx context.Context, jobs []*job, ttl time.Duration) error {
	if ttl != 0 && ttl < time.Millisecond {
		return &OptionError{"TTL", "is less than a millisecond"}
	}
	for _, j := range jobs {
		key, err := c.keyOf(j.id)
		if err != nil {
			return err
		}
		j.key = key
		c.initJob(j)
	}
	if len(jobs) == 0 {
		return ctx.Err()
	}
	if err := c.readEpochs(ctx, jobs); err != nil {
		return err
	}
	var errs []error
	var set []*job
	for _, j := range jobs {
		if err := c.setSwap(j, ttl, len(jobs) > 1); err != nil {
			errs = append(errs, err)
			continue
		}
		set = append(set, j)
	}
	c.swapAll(ctx, set)
	for _, j := range set {
		if j.w.err != nil {
			errs = append(errs, j.w.err)
		}
	}
	for _, j := range jobs {
		c.forget(j.key)
	}
	c.stats.sets.Add(int64(len(set)))
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// setSwap spells the write of one value.
func (c *core) setSwap(j *job, ttl time.Duration, batch bool) error {
	raw, life, err := c.encode(j.value, ttl, 0, j.tags, batch)
	if errors.Is(err, ErrTooLarge) {
		c.stats.tooLarge.Add(1)
		if c.o.SkipTooLarge {
			err = nil // what is there now is out of date: no TTL deletes it
		}
	}
	j.w = swap{key: j.key, always: true, value: raw, ttl: life}
	return err
}

// readEpochs fetches the epochs of the jobs' tags, with one command if there are
// any.
func (c *core) readEpochs(ctx context.Context, jobs []*job) error {
	epochs := epochsOf(jobs)
	if len(epochs) == 0 {
		return nil
	}
	reply, err := c.read(ctx, epochs)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		j.tags = tagDigest(j.tagKeys, epochs, &reply, 0)
	}
	return nil
}

// Delete removes entries and everything else under their keys: one command for
// any number of ids. Loads in flight, here and in other processes, will not bring
// them back. It returns how many keys held something, leases and remembered
// ErrNotFounds included.
func (c *Cache[T]) Delete(ctx context.Context, ids ...string) (int64, error) {
	return c.core.remove(ctx, ids)
}

func (c *core) remove(ctx context.Context, ids []string) (int64, error) {
	if len(ids) == 0 {
		return 0, ctx.Err()
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		key, err := c.keyOf(id)
		if err != nil {
			return 0, err
		}
		list[i] = key
	}
	cmd := upstash.Del(list...).Retryable() // deleting twice does no harm
	reply, err := c.do(ctx, cmd.Command)
	for _, key := range list {
		c.forget(key)
	}
	if err != nil {
		return 0, err
	}
	c.stats.deletes.Add(int64(len(list)))
	return cmd.Decode(reply)
}
