package lock

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"sync/atomic"
	"time"

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

var (
	//go:embed acquire.lua
	acquireSource string
	//go:embed extend.lua
	extendSource string
	//go:embed release.lua
	releaseSource string
	//go:embed handover.lua
	handoverSource string

	acquireScript  = script[[]int64]{src: &acquireSource, decode: upstash.Reply.Int64s}
	extendScript   = script[bool]{src: &extendSource, opts: upstash.ScriptOptions{Class: upstash.Idempotent}, decode: upstash.Reply.Bool}
	releaseScript  = script[int64]{src: &releaseSource, decode: upstash.Reply.Int64}
	handoverScript = script[bool]{src: &handoverSource, opts: upstash.ScriptOptions{Billed: 3}, decode: upstash.Reply.Bool}
)

// handoverTime is how long a woken waiter has to confirm that it took over.
const handoverTime = time.Second

// wakePrefix begins the channel of each waiter; its owner value follows.
const wakePrefix = "lock-wake:"

// A store keeps locks as plain strings in one database.
type store struct {
	d    upstash.Doer
	o    *Options
	lean atomic.Bool // SET IFEQ and DELEX are not known to be missing
}

func newStore(d upstash.Doer, o *Options) *store {
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
	if s.o.NoFence && s.o.Wake == nil && len(h.names) == 1 && s.lean.Load() {
		g, err := s.acquireLean(ctx, h)
		if !s.lacks(err) {
			return g, err
		}
	}
	ks, fenced, line, queued, billed := h.names, "0", "", "0", len(h.names)
	if !s.o.NoFence {
		fenced, billed = "1", 2*billed
		ks = append(make([]string, 0, 2*len(h.names)+1), h.names...)
		for _, name := range h.names {
			ks = append(ks, KindFence.Key(name))
		}
	}
	if s.o.Wake != nil && len(h.names) == 1 && !h.plain {
		ks = append(ks[:len(ks):len(ks)], KindLine.Key(h.names[0]))
		line = itoa(s.o.TTL.Milliseconds() + lineLife.Milliseconds())
		if h.queued {
			queued = "1"
			billed++
		}
		h.queued = true
	}
	cmd := acquireScript.get().Cmd(ks, h.owner, s.o.TTL.Milliseconds(), len(h.names), fenced, fenceLife.Milliseconds(), line, queued)
	cmd.Command = cmd.Command.Retryable().WithBilled(billed)
	return granted(cmd.Do(ctx, s.d))
}

// lineLife is how much longer than a lock its line of waiters is kept when nobody
// joins it.
const lineLife = time.Minute

// granted reads the reply of acquire.lua and of sem_acquire.lua.
func granted(reply []int64, err error) (grant, error) {
	switch {
	case err != nil:
		return grant{}, err
	case len(reply) == 2 && reply[0] == 0:
		return grant{left: reply[1]}, nil
	case len(reply) > 0 && reply[0] == 1:
		return grant{ok: true, fences: reply[1:]}, nil
	}
	return grant{}, &upstash.DecodeError{Command: "EVALSHA", Want: "the reply of the lock script", Got: "another array"}
}

// acquireLean is one SET. The reply of a repeated one is our own value: then the
// TTL has been running for an unknown time, so it is started anew.
func (s *store) acquireLean(ctx context.Context, h *hold) (grant, error) {
	cmd := upstash.SetGet(h.names[0], h.owner, upstash.SetOptions{NX: true, TTL: s.o.TTL})
	value, err := cmd.Retryable().Do(ctx, s.d)
	switch {
	case errors.Is(err, upstash.ErrNil):
		return grant{ok: true}, nil
	case err != nil:
		return grant{}, err
	case value == h.owner:
		ok, err := s.extend(ctx, h, h.owner)
		return grant{ok: ok, left: 0}, err
	}
	left, err := upstash.PTTL(h.names[0]).Do(ctx, s.d)
	if err != nil || left < 0 {
		return grant{left: -1}, nil //nolint:nilerr // the lock is held, that much is certain
	}
	return grant{left: left.Milliseconds()}, nil
}

func (s *store) extend(ctx context.Context, h *hold, next string) (bool, error) {
	if len(h.names) == 1 && s.lean.Load() {
		cmd := upstash.SetWith(h.names[0], next, upstash.SetOptions{IfEqual: h.owner, TTL: s.o.TTL})
		ok, err := cmd.Retryable().Do(ctx, s.d)
		if !s.lacks(err) {
			if err == nil && !ok && next != h.owner {
				// The answer of a first run may have been lost.
				return s.extend(ctx, &hold{names: h.names, owner: next}, next)
			}
			return ok, err
		}
	}
	cmd := extendScript.get().Cmd(h.names, h.owner, next, s.o.TTL.Milliseconds())
	cmd.Command = cmd.WithBilled(2 * len(h.names))
	return cmd.Do(ctx, s.d)
}

func (s *store) release(ctx context.Context, h *hold) (bool, error) {
	if len(h.names) == 1 && s.o.Wake != nil {
		ks := []string{h.names[0], KindLine.Key(h.names[0])}
		handover := min(handoverTime, s.o.TTL)
		return handoverScript.get().Cmd(ks, h.owner, handover.Milliseconds(), wakePrefix).Once().Do(ctx, s.d)
	}
	if len(h.names) == 1 && s.lean.Load() {
		ok, err := upstash.DelEx(h.names[0], upstash.DelExOptions{IfEqual: h.owner}).Once().Do(ctx, s.d)
		if !s.lacks(err) {
			return ok, err
		}
	}
	cmd := releaseScript.get().Cmd(h.names, h.owner).Once()
	cmd.Command = cmd.WithBilled(2 * len(h.names))
	n, err := cmd.Do(ctx, s.d)
	return n == int64(len(h.names)), err
}
