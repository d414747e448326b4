package local

import (
	"errors"
	"math"

	"github.com/maypok86/otter/v2"

	"github.com/yesgoddess/edgeredis/cache"
)

// Options bound the level. The zero value is good.
type Options struct {
	// MaxEntries is the largest number of entries. 0 means 10,000.
	MaxEntries int
	// MaxBytes is the largest sum of the encoded sizes of values, with 64 bytes
	// for each entry's own cost. 0 means 32 MiB.
	MaxBytes int
}

// ErrBadOption is returned for bounds that cannot be.
var ErrBadOption = errors.New("local: MaxEntries and MaxBytes must not be negative, and there must be a byte for each entry")

const (
	defaultEntries = 10_000
	defaultBytes   = 32 << 20
	overhead       = 64
)

// New returns a level for one cache, or for several that have different keys.
func New(o Options) (cache.Local, error) {
	if o.MaxEntries == 0 {
		o.MaxEntries = defaultEntries
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultBytes
	}
	if o.MaxEntries < 0 || o.MaxBytes < o.MaxEntries {
		return nil, ErrBadOption
	}
	// The library bounds weight or number. An entry that weighs at least its
	// share of the bytes makes one bound do for both.
	share := (o.MaxBytes-1)/o.MaxEntries + 1 // rounded up, or there were room for more
	c, err := otter.New(&otter.Options[string, weighed]{
		MaximumWeight: uint64(o.MaxBytes),
		Weigher: func(_ string, w weighed) uint32 {
			return uint32(min(max(w.size+overhead, share), math.MaxUint32)) //nolint:gosec // bounded
		},
	})
	if err != nil {
		return nil, err
	}
	return &level{c: c, most: o.MaxBytes}, nil
}

type weighed struct {
	value any
	size  int
}

type level struct {
	c    *otter.Cache[string, weighed]
	most int
}

func (l *level) Get(key string) (any, bool) {
	w, ok := l.c.GetIfPresent(key)
	return w.value, ok
}

func (l *level) Set(key string, value any, size int) {
	if size+overhead > l.most {
		l.c.Invalidate(key)
		return
	}
	l.c.Set(key, weighed{value, size})
}

func (l *level) Delete(key string) { l.c.Invalidate(key) }
func (l *level) Clear()            { l.c.InvalidateAll() }
