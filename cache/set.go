package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

func newNonce() uint64 { return rand.Uint64() } //nolint:gosec // tells versions apart, protects nothing

// Set stores the value of id for Options.TTL: one command, and one more that
// reads epochs when the entry has tags. Loads in flight will not replace it.
// A value over the limit is a *[SizeError]; see Options.SkipTooLarge.
func (c *Cache[T]) Set(ctx context.Context, id string, v T) error { return c.SetFor(ctx, id, v, 0) }

// SetFor is Set with a TTL of its own, at least a millisecond; 0 means
// Options.TTL.
func (c *Cache[T]) SetFor(ctx context.Context, id string, v T, ttl time.Duration) error {
	return c.setAll(ctx, []string{id}, map[string]T{id: v}, ttl)
}

// SetMany stores values by id for Options.TTL: one command for each thousand of
// them, or MiB, in one request where their size allows. Values that are no text,
// or whose TTLs Options.Jitter makes differ, take one command each. When some
// fail, the others are stored, and the errors are joined.
func (c *Cache[T]) SetMany(ctx context.Context, values map[string]T) error {
	ids := make([]string, 0, len(values))
	for id := range values {
		ids = append(ids, id)
	}
	return c.setAll(ctx, ids, values, 0)
}

func (c *Cache[T]) setAll(ctx context.Context, ids []string, values map[string]T, ttl time.Duration) error {
	if ttl != 0 && ttl < time.Millisecond {
		return &OptionError{"TTL", "is less than a millisecond"}
	}
	jobs := make([]*job[T], 0, len(ids))
	for _, id := range ids {
		key, err := c.Key(id)
		if err != nil {
			return err
		}
		jobs = append(jobs, c.newJob(id, key))
	}
	if len(jobs) == 0 {
		return ctx.Err()
	}
	if err := c.readEpochs(ctx, jobs); err != nil {
		return err
	}
	var errs []error
	var ws []swap
	for _, j := range jobs {
		w, err := c.setSwap(j, values[j.id], ttl, len(jobs) > 1)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ws = append(ws, w)
	}
	for _, r := range c.swapAll(ctx, ws) {
		if r.err != nil {
			errs = append(errs, r.err)
		}
	}
	for _, j := range jobs {
		c.forget(j.key)
	}
	c.stats.sets.Add(int64(len(ws)))
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// setSwap spells the write of one value.
func (c *Cache[T]) setSwap(j *job[T], v T, ttl time.Duration, batch bool) (swap, error) {
	raw, life, err := c.encode(v, ttl, 0, j.tags, batch)
	if errors.Is(err, ErrTooLarge) {
		c.stats.tooLarge.Add(1)
		if c.o.SkipTooLarge {
			return swap{key: j.key, always: true}, nil // what is there now is out of date
		}
	}
	return swap{key: j.key, always: true, value: raw, ttl: life}, err
}

// readEpochs fetches the epochs of the jobs' tags, with one command if there are
// any.
func (c *Cache[T]) readEpochs(ctx context.Context, jobs []*job[T]) error {
	tagKeys := make([][]string, len(jobs))
	any := false
	for i, j := range jobs {
		tagKeys[i] = j.tagKeys
		any = any || len(j.tagKeys) > 0
	}
	if !any {
		return nil
	}
	_, epochs := withEpochs(nil, tagKeys)
	cmd := upstash.MGet(epochs...)
	reply, err := c.do(ctx, cmd.Command)
	if err != nil {
		return err
	}
	values, err := cmd.Decode(reply)
	if err == nil && len(values) != len(epochs) {
		err = &upstash.LengthError{Want: len(epochs), Got: len(values)}
	}
	if err != nil {
		return err
	}
	for i, j := range jobs {
		j.tags = tagDigest(tagKeys[i], epochOf(epochs, values))
	}
	return nil
}

// Delete removes entries and everything else under their keys: one command for
// any number of ids. Loads in flight, here and in other processes, will not bring
// them back. It returns how many keys held something, leases and remembered
// ErrNotFounds included.
func (c *Cache[T]) Delete(ctx context.Context, ids ...string) (int64, error) {
	if len(ids) == 0 {
		return 0, ctx.Err()
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		key, err := c.Key(id)
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
