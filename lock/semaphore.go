package lock

import (
	"context"
	_ "embed" // the scripts

	"github.com/yesgoddess/edgeredis/upstash"
)

var (
	// Takes a place of a semaphore, a sorted set of owners by the end of their TTL in
	// ms of the server's time.
	// KEYS: the set; then its fence counter if ARGV[4] is 1.
	// ARGV: owner, TTL in ms, number of places, whether to fence, lifetime of a new
	// fence counter in ms. Reply: as for acquire.lua.
	//go:embed sem_acquire.lua
	semAcquireSource string
	// Gives a place of a semaphore a new TTL if its old one has not ended.
	// KEYS: the set. ARGV: owner, TTL in ms. Reply: 1, or 0.
	//go:embed sem_extend.lua
	semExtendSource string

	semAcquireScript = script{src: &semAcquireSource, class: upstash.Idempotent}
	semExtendScript  = script{src: &semExtendSource, class: upstash.Idempotent}
)

// A Semaphore lets up to n holders in at a time; each has a [Lease] with the
// guarantees of a lock's. It is safe for concurrent use.
//
// It is a sorted set at its name, in the server's time, so the name must not be
// that of a lock. It always uses Lua: acquire 9 billed commands, extend 6,
// release 1. Options.Wake is not used. The fencing token grows with every
// acquisition, but n holders at once have n tokens, so it orders them and shuts
// nobody out.
type Semaphore struct{ l *Locker }

// NewSemaphore checks its arguments and returns a Semaphore with n places. It
// does no I/O. Whoever uses a name must use the same n.
func NewSemaphore(d upstash.Doer, n int, o Options) (*Semaphore, error) {
	if n < 1 {
		return nil, badArgument("a semaphore needs at least one place")
	}
	o.Wake = nil
	l, err := newLocker(&o, d)
	if err != nil {
		return nil, err
	}
	l.site = &places{d: d, o: &l.o, n: n}
	return &Semaphore{l}, nil
}

// String names the type.
func (s *Semaphore) String() string { return "lock.Semaphore" }

// GoString is String.
func (s *Semaphore) GoString() string { return "&lock.Semaphore{}" }

// TryAcquire asks once for a place; see [Locker.TryAcquire].
func (s *Semaphore) TryAcquire(ctx context.Context, name string) (*Lease, error) {
	return s.l.TryAcquireAll(ctx, name)
}

// Acquire waits for a place until ctx ends; see [Locker.Acquire].
func (s *Semaphore) Acquire(ctx context.Context, name string) (*Lease, error) {
	return s.l.AcquireAll(ctx, name)
}

// With runs fn while having a place; see [Locker.With].
func (s *Semaphore) With(ctx context.Context, name string, fn func(ctx context.Context, lease *Lease) error) error {
	lease, err := s.Acquire(ctx, name)
	if err != nil {
		return err
	}
	return lease.with(ctx, fn)
}

// Stats returns the counters; see [Locker.Stats].
func (s *Semaphore) Stats() []Stats { return s.l.Stats() }

// places is the site of a semaphore.
type places struct {
	d upstash.Doer
	o *settings
	n int
}

func (p *places) acquire(ctx context.Context, h *hold) (grant, error) {
	ks, fenced, billed := h.names, "0", 6
	if !p.o.NoFence {
		ks, fenced, billed = []string{h.name, KindFence.Key(h.name)}, "1", 8
	}
	r, err := semAcquireScript.run(ctx, p.d, billed, ks, h.owner, milliseconds(p.o.TTL), itoa(int64(p.n)), fenced, fenceLifeText)
	return granted(&r, err)
}

func (p *places) extend(ctx context.Context, h *hold, _ string) (bool, error) {
	n, err := semExtendScript.number(ctx, p.d, 5, h.names, h.owner, milliseconds(p.o.TTL))
	return n == 1, err
}

func (p *places) release(ctx context.Context, h *hold) (bool, error) {
	r, err := p.d.Do(ctx, upstash.CommandOf(upstash.Unsafe, "ZREM", h.name, h.owner))
	n, err := number(&r, err)
	return n == 1, err
}
