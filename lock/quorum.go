package lock

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// NewQuorum returns a Locker that keeps each lock in several independent
// databases and holds it while a majority of them says so (the Redlock scheme).
// It needs at least three databases, better an odd number. It does no I/O.
//
// Guarantee: a lock survives the loss of a minority of the databases, and no two
// leases are valid at once as long as every database keeps what it was told for
// one TTL and clocks drift less than Options.Margin per TTL. A database that
// comes back empty must stay away for one TTL.
//
// Cost: every command times the number of databases, 6 billed commands per cycle
// with three databases that have SET IFEQ and DELEX. There are no fencing tokens,
// because counters of different databases cannot be compared; where work must not
// be repeated by a stopped holder, one database with fencing is the safer choice.
// Options.Wake, [Guard] and semaphores do not go with it.
func NewQuorum(ds []upstash.Doer, o Options) (*Locker, error) {
	switch {
	case len(ds) < 3:
		return nil, badArgument("a quorum needs at least three databases")
	case o.Wake != nil:
		return nil, badArgument("a quorum cannot be woken")
	}
	o.NoFence = true
	l, err := newLocker(&o, ds...)
	if err != nil {
		return nil, err
	}
	q := &quorum{l: l, need: len(ds)/2 + 1}
	for _, d := range ds {
		q.stores = append(q.stores, &plainStore{newStore(d, &l.o)})
	}
	l.site = q
	return l, nil
}

// quorum is a site of several databases.
type quorum struct {
	l      *Locker
	stores []*plainStore
	need   int
}

// A vote is what one database answered.
type vote struct {
	yes  bool
	left int64
	err  error
}

// tally is the sum of the votes.
type tally struct {
	yes, no int
	left    int64 // least remaining time among the refusals; negative when unknown
	err     error // first failure
}

func (t *tally) add(v vote) {
	switch {
	case v.err != nil:
		if t.err == nil {
			t.err = v.err
		}
	case v.yes:
		t.yes++
	default:
		if t.no == 0 || v.left < t.left {
			t.left = v.left
		}
		t.no++
	}
}

// ask asks all databases at once. When a majority has said yes the others get as
// long again as that took, at least 10 ms, and nobody gets more than a quarter of
// the TTL: a database that is down costs time, but not the lease. All requests
// have ended when ask returns.
func (q *quorum) ask(ctx context.Context, f func(ctx context.Context, s *plainStore) vote) tally {
	ctx, cancel := q.l.bounded(ctx, max(q.l.o.TTL/4, time.Millisecond))
	defer cancel()
	began := q.l.now()
	votes := make(chan vote, len(q.stores))
	for _, s := range q.stores {
		go func() { votes <- f(ctx, s) }()
	}
	var t tally
	var hurry timer
	for range q.stores {
		t.add(<-votes)
		if t.yes == q.need && hurry == nil {
			hurry = q.l.after(max(q.l.since(began), 10*time.Millisecond), cancel)
			defer hurry.Stop()
		}
	}
	return t
}

// decide turns the votes into one answer. Too few answers are an error.
func (q *quorum) decide(t tally) (bool, error) {
	switch {
	case t.yes >= q.need:
		return true, nil
	case t.no > len(q.stores)-q.need || t.err == nil:
		return false, nil
	}
	return false, t.err
}

func (q *quorum) acquire(ctx context.Context, h *hold) (grant, error) {
	t := q.ask(ctx, func(ctx context.Context, s *plainStore) vote {
		g, err := s.acquire(ctx, &hold{name: h.names[0], names: h.names, owner: h.owner})
		return vote{g.ok, g.left, err}
	})
	ok, err := q.decide(t)
	if ok {
		return grant{ok: true}, nil
	}
	if t.yes > 0 || t.err != nil {
		q.clear(ctx, h)
	}
	return grant{left: t.left}, err
}

// clear gives a minority back, which is of no use and in the way of others. The
// next try has another owner's value, because a release that is late or repeated
// on the way must not touch what that try obtains.
func (q *quorum) clear(ctx context.Context, h *hold) {
	old := *h
	h.owner = newOwner()
	ctx, cancel := q.l.graceful(ctx)
	defer cancel(nil)
	_, _ = q.release(ctx, &old) // what stays ends with its TTL
}

func (q *quorum) extend(ctx context.Context, h *hold, next string) (bool, error) {
	return q.decide(q.ask(ctx, func(ctx context.Context, s *plainStore) vote {
		ok, err := s.extend(ctx, h, next)
		return vote{yes: ok, err: err}
	}))
}

func (q *quorum) release(ctx context.Context, h *hold) (bool, error) {
	t := q.ask(ctx, func(ctx context.Context, s *plainStore) vote {
		ok, err := s.release(ctx, h)
		return vote{yes: ok, err: err}
	})
	ok, err := q.decide(t)
	if err != nil && t.yes > 0 { // the next try finds nothing there
		err = &upstash.MaybeAppliedError{Err: err}
	}
	return ok, err
}
