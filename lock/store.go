package lock

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"sync/atomic"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A site is where locks are kept: one database, a semaphore in it, or several
// databases. Its methods send what they have to and wait for nothing else.
type site interface {
	acquire(ctx context.Context, h *hold) (grant, error)
	// extend gives the locks a new TTL and a new owner, false if they are not
	// h.owner's any more. It can be repeated.
	extend(ctx context.Context, h *hold, next string) (bool, error)
	// release frees the locks, false if they were not h.owner's any more. It is
	// sent once.
	release(ctx context.Context, h *hold) (bool, error)
}

// What is said about the scripts is said here, so that neither programs nor requests
// carry it.
var (
	// Takes several locks, all or none, for one owner.
	// KEYS: the locks; then their fence counters if ARGV[4] is 1; then the waiting
	// line if ARGV[6] is not empty.
	// ARGV: owner, TTL in ms, number of locks, whether to fence, lifetime of a new
	// fence counter in ms, lifetime of the waiting line in ms or empty, whether the
	// owner may be in the line.
	// Reply: 1 and the fencing tokens, or 0 and the remaining ms of the lock that is
	// in the way.
	// A lock that holds the owner's value was taken by a run whose answer was lost,
	// or handed over by the last holder: it is ours, from now on for the whole TTL.
	//
	// A counter that is new or was lost starts at the server's time, which is
	// beyond every number that an earlier counter can have reached.
	//go:embed acquire.lua
	acquireSource string
	// Gives locks a new TTL, all or none, if the owner still has them. With a second
	// owner the locks pass to that one.
	// KEYS: the locks. ARGV: owner, next owner (or the same), TTL in ms.
	// Reply: 1, or 0 when one of the locks is missing or somebody else's.
	//go:embed extend.lua
	extendSource string
	// Releases locks, but only for their owner. KEYS: the locks. ARGV: owner.
	// Reply: how many were released.
	//go:embed release.lua
	releaseSource string

	// The owner's value makes it harmless to acquire and to extend twice. What
	// releases is sent once: a second run would release what has been obtained since.
	acquireScript = script{src: &acquireSource, class: upstash.Idempotent}
	extendScript  = script{src: &extendSource, class: upstash.Idempotent}
	releaseScript = script{src: &releaseSource}
)

// A store keeps locks as plain strings in one database.
type store struct {
	_    [0]func() // nobody compares it, so no code for that need be linked
	d    upstash.Doer
	o    *settings
	lean atomic.Bool // SET IFEQ and DELEX are not known to be missing
}

func newStore(d upstash.Doer, o *settings) *store {
	s := &store{d: d, o: o}
	s.lean.Store(!o.Scripts)
	return s
}

// lacks reports whether err says that the server does not have a command or an
// option, and if so remembers it.
func (s *store) lacks(err error) bool {
	if errors.Is(err, upstash.ErrSyntax) || errors.Is(err, upstash.ErrUnsupported) {
		s.lean.Store(false)
		return true
	}
	return false
}

func (s *store) acquire(ctx context.Context, h *hold) (grant, error) {
	return s.ask(ctx, h, "", "0", 0)
}

// ask runs the script that acquires. line is the lifetime of the line of waiters, ""
// without one; queued is "1" when the owner may be in it, which is more commands.
func (s *store) ask(ctx context.Context, h *hold, line, queued string, more int) (grant, error) {
	n := len(h.names)
	ks, fenced, billed := h.names[:n:n], "0", n
	if !s.o.NoFence {
		fenced, billed = "1", 2*n
		ks = make([]string, n, 2*n+1)
		copy(ks, h.names)
		for _, name := range h.names {
			ks = push(ks, KindFence.Key(name))
		}
	}
	if line != "" {
		ks = push(ks, KindLine.Key(h.name))
	}
	r, err := acquireScript.run(ctx, s.d, billed+more, ks,
		h.owner, milliseconds(s.o.TTL), itoa(int64(n)), fenced, fenceLifeText, line, queued)
	return granted(&r, err)
}

// push is append for one word; an append is much code where it stands.
//
//go:noinline
func push(words []string, word string) []string { return append(words, word) }

// granted reads the reply of acquire.lua and of sem_acquire.lua.
func granted(r *upstash.Reply, err error) (grant, error) {
	if err != nil {
		return grant{}, err
	}
	all := make([]int64, r.Len())
	for i := range all {
		if all[i], err = r.Index(i).Int64(); err != nil {
			all = nil
			break
		}
	}
	switch {
	case len(all) == 2 && all[0] == 0:
		return grant{left: all[1]}, nil
	case len(all) > 0 && all[0] == 1:
		return grant{ok: true, fences: all[1:]}, nil
	}
	return grant{}, oddReply(r, "the reply of the script that acquires")
}

// do runs a command whose words are texts. They are copied, so that their array is on
// the caller's stack.
func (s *store) do(ctx context.Context, class upstash.Class, words ...string) (upstash.Reply, error) {
	return s.d.Do(ctx, upstash.CommandOf(class, append([]string(nil), words...)...))
}

// number is do for a number.
func (s *store) number(ctx context.Context, class upstash.Class, words ...string) (int64, error) {
	r, err := s.do(ctx, class, words...)
	return number(&r, err)
}

func (s *store) extend(ctx context.Context, h *hold, next string) (bool, error) {
	n, ttl := len(h.names), milliseconds(s.o.TTL)
	if n == 1 && s.lean.Load() {
		set, err := s.number(ctx, upstash.Idempotent, "SET", h.name, next, "IFEQ", h.owner, "PX", ttl)
		if !s.lacks(err) {
			if err == nil && set == 0 && next != h.owner {
				// The answer of a first run may have been lost.
				return s.extend(ctx, &hold{name: h.name, names: h.names, owner: next}, next)
			}
			return set == 1, err
		}
	}
	done, err := extendScript.number(ctx, s.d, 2*n, h.names, h.owner, next, ttl)
	return done == 1, err
}

func (s *store) release(ctx context.Context, h *hold) (bool, error) {
	n := len(h.names)
	if n == 1 && s.lean.Load() {
		freed, err := s.number(ctx, upstash.Unsafe, "DELEX", h.name, "IFEQ", h.owner)
		if !s.lacks(err) {
			return freed == 1, err
		}
	}
	freed, err := releaseScript.number(ctx, s.d, 2*n, h.names, h.owner)
	return freed == int64(n), err
}
