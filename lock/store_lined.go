package lock

import (
	"context"
	_ "embed" // the script
	"time"
)

var (
	// Releases a lock for its owner and hands it to the first in the waiting line,
	// who is woken by a message and has ARGV[2] ms to confirm.
	// KEYS: the lock, the waiting line. ARGV: owner, time to confirm in ms, prefix of
	// the waiters' channels. Reply: 1, or 0 when the lock is not the owner's; then the
	// owner only leaves the line.
	//go:embed handover.lua
	handoverSource string

	handoverScript = script{src: &handoverSource}
)

const (
	// handoverTime is how long a woken waiter has to confirm that it took over.
	handoverTime = time.Second

	// wakePrefix begins the channel of each waiter; its owner value follows.
	wakePrefix = "lock-wake:"

	// lineLife is how much longer than a lock and a waiter's sleep its line of waiters is
	// kept when nobody joins it.
	lineLife = time.Minute
)

// A linedStore is a store with a line of those who wait for a lock (Options.Wake).
type linedStore struct{ *store }

func (s *linedStore) acquire(ctx context.Context, h *hold) (grant, error) {
	if len(h.names) > 1 || h.plain {
		return s.store.acquire(ctx, h)
	}
	queued, more := "0", 0
	if h.queued {
		queued, more = "1", 1
	}
	h.queued = true
	return s.ask(ctx, h, milliseconds(s.o.TTL+safetyNet*s.o.RetryMax+lineLife), queued, more)
}

func (s *linedStore) release(ctx context.Context, h *hold) (bool, error) {
	if len(h.names) > 1 {
		return s.store.release(ctx, h)
	}
	ks := push(h.names[:1:1], KindLine.Key(h.name))
	freed, err := handoverScript.number(ctx, s.d, 3, ks, h.owner, milliseconds(min(handoverTime, s.o.TTL)), wakePrefix)
	return freed == 1, err
}

// oneDatabase is the store of a lock in one database, nil for others.
func oneDatabase(at site) *store {
	switch s := at.(type) {
	case *store:
		return s
	case *plainStore:
		return s.store
	case *linedStore:
		return s.store
	}
	return nil
}
