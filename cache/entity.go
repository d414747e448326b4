package cache

import (
	"context"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// An Entity is the cache of one kind of the key schema, with what an application
// needs when an entity changes.
type Entity[T any] struct{ *Cache[T] }

// NewEntity returns the cache of a kind: keys and TTL are the kind's, unless o
// sets a TTL.
func NewEntity[T any](d upstash.Doer, kind keys.Kind, codec Codec[T], o Options) (*Entity[T], error) {
	if kind.IsZero() {
		return nil, &OptionError{"Kind", "was not declared"}
	}
	o.Kind = kind
	c, err := New(d, codec, o)
	if err != nil {
		return nil, err
	}
	return &Entity[T]{c}, nil
}

// Users caches users as JSON under "cache:user:{id}" for an hour.
func Users[T any](d upstash.Doer, o Options) (*Entity[T], error) {
	return NewEntity(d, keys.KindUser, JSON[T](), o)
}

// Creators caches creators as JSON under "cache:creator:{id}" for an hour.
func Creators[T any](d upstash.Doer, o Options) (*Entity[T], error) {
	return NewEntity(d, keys.KindCreator, JSON[T](), o)
}

// Brands caches brands as JSON under "cache:brand:{id}" for an hour.
func Brands[T any](d upstash.Doer, o Options) (*Entity[T], error) {
	return NewEntity(d, keys.KindBrand, JSON[T](), o)
}

// Projects caches projects as JSON under "cache:project:{id}" for 30 minutes.
func Projects[T any](d upstash.Doer, o Options) (*Entity[T], error) {
	return NewEntity(d, keys.KindProject, JSON[T](), o)
}

// Assets caches assets as JSON under "cache:asset:{id}" for 30 minutes.
func Assets[T any](d upstash.Doer, o Options) (*Entity[T], error) {
	return NewEntity(d, keys.KindAsset, JSON[T](), o)
}

// Licenses caches licenses as JSON under "cache:license:{id}" for 15 minutes.
func Licenses[T any](d upstash.Doer, o Options) (*Entity[T], error) {
	return NewEntity(d, keys.KindLicense, JSON[T](), o)
}

// Kind returns the kind.
func (e *Entity[T]) Kind() keys.Kind { return e.core.o.Kind }

// Tag is the tag of one entity, for the Options.Tags of other caches whose
// entries are made from it: "creator:7".
func (e *Entity[T]) Tag(id string) string { return e.core.o.Kind.Tag(id) }

// Invalidate removes the entries of ids: one command for any number.
func (e *Entity[T]) Invalidate(ctx context.Context, ids ...string) error {
	_, err := e.Delete(ctx, ids...)
	return err
}

// InvalidateAll removes the entry of id and makes everything that carries the
// entity's tag a miss, in whatever cache: two commands, in one request where the
// Doer can batch.
func (e *Entity[T]) InvalidateAll(ctx context.Context, id string) error {
	key, err := e.Key(id)
	if err != nil {
		return err
	}
	outs := e.core.doAll(ctx, []upstash.Command{upstash.Del(key).Command.Retryable(), bump(tagKey(e.Tag(id)))})
	if e.core.o.Tags != nil {
		e.core.forgetAll() // other entries of this cache may carry the tag
	} else {
		e.core.forget(key)
	}
	e.core.stats.deletes.Add(1)
	for _, o := range outs {
		if o.err != nil {
			return o.err
		}
	}
	return nil
}

// Purge deletes all keys of the kind; see [Purge].
func (e *Entity[T]) Purge(ctx context.Context, o PurgeOptions) (PurgeProgress, error) {
	p, err := Purge(ctx, (*bounded)(&e.core.store), e.core.o.Kind.Pattern(), o)
	e.core.forgetAll()
	return p, err
}

// PurgeOf deletes the keys below one entity, "cache:user:7:*", and its own.
func (e *Entity[T]) PurgeOf(ctx context.Context, id string, o PurgeOptions) (PurgeProgress, error) {
	key, err := e.Key(id)
	if err != nil {
		return PurgeProgress{}, err
	}
	_, err = e.core.do(ctx, upstash.Del(key).Command.Retryable())
	e.core.forget(key)
	if err != nil {
		return PurgeProgress{Cursor: o.Cursor}, err
	}
	p, err := Purge(ctx, (*bounded)(&e.core.store), e.core.o.Kind.PatternOf(id), o)
	e.core.forgetAll()
	return p, err
}

// A bounded is a store as a Doer: its commands are counted and end with
// Options.Timeout.
type bounded store

// Do runs cmd.
func (b *bounded) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	return (*store)(b).do(ctx, cmd)
}
