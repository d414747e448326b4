package cache

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// Every tag has an epoch: an integer under a key of its own, counted up by the
// server with each invalidation, 0 while there was none. An entry remembers a
// digest of its tags and their epochs as they were before it was loaded; readers
// fetch the epochs together with the entry, in one MGET, and compare. So nothing
// needs to know which keys a tag has.
//
// Epoch keys have no TTL: one that vanished would count from 0 again, and could
// bring back entries that were invalidated when it had that number before.

const (
	tagPart       = "tag"
	namespacePart = "namespace"
)

func tagKey(tag string) string      { return keys.KindEpoch.Key(tagPart, tag) }
func namespaceKey(ns string) string { return keys.KindEpoch.Key(namespacePart, ns) }

// tagKeys returns the keys of the epochs that id depends on, sorted.
func (s *store) tagKeys(id string) []string {
	if s.o.Tags == nil && s.o.Namespace == "" {
		return nil
	}
	var list []string
	if s.o.Tags != nil {
		for _, tag := range s.o.Tags(id) {
			list = append(list, tagKey(tag))
		}
	}
	if s.o.Namespace != "" {
		list = append(list, namespaceKey(s.o.Namespace))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tagDigest digests tags and epochs; it is 0 only for no tags.
func tagDigest(tagKeys []string, epoch func(key string) string) uint64 {
	if len(tagKeys) == 0 {
		return 0
	}
	var b strings.Builder
	for _, key := range tagKeys {
		b.WriteString(key)
		b.WriteByte(' ') // keys and numbers have none
		b.WriteString(epoch(key))
		b.WriteByte(' ')
	}
	return max(xxh3.HashString(b.String()), 1)
}

// InvalidateTags makes every entry that carries one of the tags a miss, in all
// caches that use the database: one command for each tag, in one request if d can
// batch, whatever the number of entries. Loads that are in flight are not stored.
// Use [Cache.InvalidateTags] where a cache of this process is concerned, so that
// its in-process level and its loads in flight are too.
func InvalidateTags(ctx context.Context, d upstash.Doer, tags ...string) error {
	cmds, err := bumps(tags)
	if err != nil {
		return err
	}
	return runAll(ctx, d, cmds)
}

// bumps counts the epochs of tags up.
func bumps(tags []string) ([]upstash.Command, error) {
	cmds := make([]upstash.Command, len(tags))
	for i, tag := range tags {
		key := tagKey(tag)
		if err := keys.Check(key); err != nil {
			return nil, err
		}
		cmds[i] = bump(key)
	}
	return cmds, nil
}

// runAll runs cmds in one request if d can batch.
func runAll(ctx context.Context, d upstash.Doer, cmds []upstash.Command) error {
	b, ok := d.(upstash.Batcher)
	if !ok || len(cmds) < 2 {
		for _, cmd := range cmds {
			if _, err := d.Do(ctx, cmd); err != nil {
				return err
			}
		}
		return nil
	}
	replies, err := b.DoBatch(ctx, upstash.Batch{Commands: cmds})
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range replies {
		errs = append(errs, r.Err())
	}
	return errors.Join(errs...)
}

// bump counts an epoch up. Counting twice invalidates twice, which does no harm,
// so it may be repeated.
func bump(key string) upstash.Command { return upstash.Incr(key).Command.Retryable() }

// InvalidateTags is [InvalidateTags] on the cache's database. Callers that come
// after it do not join loads of this cache that began before, and its in-process
// level is emptied.
func (c *Cache[T]) InvalidateTags(ctx context.Context, tags ...string) error {
	cmds, err := bumps(tags)
	if err != nil {
		return err
	}
	c.stats.commands.Add(int64(len(cmds)))
	err = runAll(ctx, c.d, cmds)
	c.forgetAll()
	return err
}

// InvalidateNamespace makes every entry of every cache with the same
// Options.Namespace a miss: one command.
func (c *Cache[T]) InvalidateNamespace(ctx context.Context) error {
	if c.o.Namespace == "" {
		return &OptionError{"Namespace", "is not set, so the cache cannot be invalidated as a whole"}
	}
	_, err := c.do(ctx, bump(namespaceKey(c.o.Namespace)))
	c.forgetAll()
	return err
}
