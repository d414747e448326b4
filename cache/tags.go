package cache

import (
	"context"
	"errors"

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
	return sortKeys(list)
}

// tagDigest digests tags and their epochs; it is 0 only for no tags. The epochs are
// those of sorted keys, in a reply from element first on.
func tagDigest(tagKeys, epochs []string, reply *upstash.Reply, first int) uint64 {
	if len(tagKeys) == 0 {
		return 0
	}
	b := make([]byte, 0, 64*len(tagKeys))
	for _, key := range tagKeys {
		epoch, found := textAt(reply, first+findKey(epochs, key))
		if !found {
			epoch = "0"
		}
		b = append(b, key...)
		b = append(b, ' ') // keys and numbers have none
		b = append(b, epoch...)
		b = append(b, ' ')
	}
	return max(xxh3.Hash(b), 1)
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
	outs := c.core.doAll(ctx, cmds)
	c.core.forgetAll()
	var errs []error
	for _, o := range outs {
		errs = append(errs, o.err)
	}
	return errors.Join(errs...)
}

// InvalidateNamespace makes every entry of every cache with the same
// Options.Namespace a miss: one command.
func (c *Cache[T]) InvalidateNamespace(ctx context.Context) error {
	if c.core.o.Namespace == "" {
		return &OptionError{"Namespace", "is not set, so the cache cannot be invalidated as a whole"}
	}
	_, err := c.core.do(ctx, bump(namespaceKey(c.core.o.Namespace)))
	c.core.forgetAll()
	return err
}
