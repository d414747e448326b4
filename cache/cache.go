package cache

import (
	"context"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// A Cache holds values of type T in Redis. It is safe for concurrent use; make
// one per kind and share it.
type Cache[T any] struct{ core core }

// A core is a Cache without the type of its values, which are in interfaces here: so
// a program has the code once, whatever it caches.
type core struct {
	store
	codec    codec
	of       any // a nil pointer to the type of the values
	flights  group
	versions versions
	failures failures

	// For loads in the background.
	base   context.Context //nolint:containedctx // ends with Close
	cancel context.CancelCauseFunc
	work   background
	mu     sync.Mutex
	busy   map[string]bool // keys being reloaded; guarded by mu
}

// What values are in within the package.
type (
	entry  = Entry[any]
	loaded = Loaded[any]
)

// entryOf gives an entry its type back.
func entryOf[T any](e *entry) Entry[T] {
	return Entry[T]{Value: valueOf[T](e.Value), Age: e.Age, AgeKnown: e.AgeKnown, Stale: e.Stale, Source: e.Source}
}

// valueOf takes a value out of its interface; nil is the zero value.
func valueOf[T any](v any) T {
	t, _ := v.(T)
	return t
}

// An Entry is a value and where it comes from. Values may be shared with other
// callers: treat what they refer to as read-only.
type Entry[T any] struct {
	Value T
	// Age is how long ago the value was loaded or set, by this machine's clock.
	// It is known unless the entry is a plain value from Redis: see
	// Options.Envelope.
	Age      time.Duration
	AgeKnown bool
	// Stale is set when the value is past its TTL, or is served only because the
	// load that was to replace it has failed (Options.StaleIfError).
	Stale bool
	// Source is where the value was found.
	Source Source
}

// Source says where a value was found.
type Source uint8

const (
	// Remote: the value was in Redis.
	Remote Source = iota + 1
	// Local: the value was in the in-process level.
	LocalLevel
	// Origin: a loader was called.
	Origin
)

// String returns "remote", "local" or "origin".
func (s Source) String() string {
	switch s {
	case Remote:
		return "remote"
	case LocalLevel:
		return "local"
	case Origin:
		return "origin"
	}
	return ""
}

// New checks o and returns a Cache over d. It does no I/O. A d that is an
// [upstash.Batcher] too writes many entries in one request. Errors are
// *[OptionError].
func New[T any](d upstash.Doer, codec Codec[T], o Options) (*Cache[T], error) {
	c := &Cache[T]{}
	c.core.of = (*T)(nil)
	if codec != nil {
		c.core.codec = &coded[T]{codec}
	}
	if err := c.core.init(d, &o); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *core) init(d upstash.Doer, o *Options) error {
	if d == nil {
		return &OptionError{"the Doer", "is nil"}
	}
	if c.codec == nil {
		return &OptionError{"the codec", "is nil"}
	}
	if err := o.validate(); err != nil {
		return err
	}
	o.setDefaults()
	c.d, c.o, c.busy = d, *o, map[string]bool{}
	c.base, c.cancel = context.WithCancelCause(context.Background())
	c.flights.core = c
	return nil
}

// Close cancels loads in the background, waits for them, and makes later calls
// that would start one skip it. Everything else goes on working. It returns early
// with the context's error.
func (c *Cache[T]) Close(ctx context.Context) error {
	c.core.work.close()
	c.core.cancel(ErrClosed)
	return c.Wait(ctx)
}

// Wait waits until nothing goes on in the background: no reload, and no load that
// its callers have left and that has not yet given its lease back. Call it before
// a function is frozen, or set Options.Background. Nothing else of the cache runs
// between calls, but a loader that does not end when its context does.
func (c *Cache[T]) Wait(ctx context.Context) error { return c.core.work.wait(ctx) }

// Key returns the key of an id. An empty id is refused with a *[keys.KindError],
// a key over 32 KB with a *[keys.LengthError].
func (c *Cache[T]) Key(id string) (string, error) {
	return c.core.keyOf(id)
}

func (c *core) keyOf(id string) (string, error) {
	if id == "" {
		return "", &keys.KindError{Entity: c.o.Kind.Entity(), Reason: "the id is empty"}
	}
	if !c.o.Kind.IsZero() {
		return c.o.Kind.Make(id)
	}
	key := c.o.Prefix + id
	return key, keys.Check(key)
}

// forget makes the process forget a key after a write by a caller: in the
// in-process level, and in loads that began before.
func (c *core) forget(key string) {
	c.versions.bump(key)
	if c.o.Local != nil {
		c.o.Local.Delete(key)
	}
	c.flights.forget(key)
	c.failures.forget(key)
}

func (c *core) forgetAll() {
	c.versions.bumpAll()
	if c.o.Local != nil {
		c.o.Local.Clear()
	}
	c.flights.forgetAll()
	c.failures.forgetAll()
}
