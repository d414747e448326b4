package lock

import (
	"context"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A plainStore is a store without fencing, where one SET can take a lock.
type plainStore struct{ *store }

// acquire is one SET. The reply of a repeated one is our own value: then the TTL has
// been running for an unknown time, so it is started anew.
func (s *plainStore) acquire(ctx context.Context, h *hold) (g grant, err error) {
	if len(h.names) > 1 || !s.lean.Load() {
		return s.store.acquire(ctx, h)
	}
	r, err := s.do(ctx, upstash.Idempotent, "SET", h.name, h.owner, "NX", "GET", "PX", milliseconds(s.o.TTL))
	switch {
	case s.lacks(err):
		return s.store.acquire(ctx, h)
	case err != nil || r.IsNil():
		g.ok = err == nil
		return g, err
	}
	value, err := r.Text()
	if err != nil {
		return g, oddReply(&r, "an owner's value")
	}
	if value == h.owner {
		g.ok, err = s.extend(ctx, h, h.owner)
		return g, err
	}
	left, err := s.number(ctx, upstash.ReadOnly, "PTTL", h.name)
	if g.left = left; err != nil || left < 0 {
		g.left = -1
	}
	return g, nil // the lock is held, that much is certain
}
