package ratelimit

import (
	"context"
	"sync"
	"time"
)

// LeaseOptions tune a [Leased]; the zero value is good.
type LeaseOptions struct {
	// Size is how many tokens are taken in advance. 0 means a hundredth of the
	// limit, at least 1 and at most 100. Larger means fewer requests, and more
	// tokens that lapse when a process dies.
	Size int64
	// MaxIDs bounds for how many ids tokens are held at once; the tokens of what
	// gives way lapse. 0 means 1,024.
	MaxIDs int
}

// A Leased is a limiter for hot ids: it takes tokens from Redis in advance and
// spends them in this process, so that most decisions need no request. Since
// tokens are taken before they are used, all processes together never admit more
// than the limit. What is not used is given back by Close, or lapses at the end of
// its window. It is safe for concurrent use.
//
// It works with [FixedWindow] and [SlidingWindow], whose tokens keep their worth
// until the window ends; with others a token that is used late would count for a
// time that is over.
type Leased struct {
	l      *Limiter
	size   int64
	maxIDs int

	mu   sync.Mutex       // guards what follows; never held while asking Redis
	held map[string]*held // by id
}

// held is what is held for one id.
type held struct {
	tokens int64
	until  time.Time // the tokens lapse then
	stamp  int64     // their window
	fill   *fill     // a request under way
	last   Decision  // what Redis said when they were taken
	asked  time.Time // when it was asked
}

// A fill is one request for tokens; everybody who needs some waits for it.
type fill struct {
	done   chan struct{}
	d      Decision // read after done; when Redis answered
	failed error    // read after done; why Redis did not answer
	ended  error    // read after done; the end of the leader's context
	bad    bool     // read after done; the id cannot be one
}

// NewLeased returns a Leased on top of l. Bad options, and an algorithm that
// cannot work, are an *[OptionError].
func NewLeased(l *Limiter, o LeaseOptions) (*Leased, error) {
	alg := &l.policy.Algorithm
	switch {
	case alg.kind != kindFixed && alg.kind != kindSlide:
		return nil, &OptionError{Option: "Policy.Algorithm", Reason: "is " + alg.String() + "; leases work with fixed and sliding windows"}
	case l.opts.ClientTime:
		return nil, &OptionError{Option: "Options.ClientTime", Reason: "is set; leases need the server's time"}
	case o.Size < 0 || o.Size > alg.limit:
		return nil, &OptionError{Option: "LeaseOptions.Size", Reason: "is negative or above the limit"}
	case o.MaxIDs < 0:
		return nil, &OptionError{Option: "LeaseOptions.MaxIDs", Reason: "is negative"}
	}
	if o.Size == 0 {
		o.Size = min(max(alg.limit/100, 1), 100)
	}
	if o.MaxIDs == 0 {
		o.MaxIDs = 1024
	}
	return &Leased{l: l, size: o.Size, maxIDs: o.MaxIDs, held: map[string]*held{}}, nil
}

// Allow uses one token that is held for id, or asks for more. Decision.Remaining
// is what is held here for id; what Redis has left comes on top. Errors are as for
// [Limiter.Allow].
func (s *Leased) Allow(ctx context.Context, id string) (Decision, error) {
	for {
		d, f, lead := s.spend(id)
		if f == nil {
			s.l.done(ctx, id, &d)
			return d, nil
		}
		if lead {
			s.refill(ctx, id, f)
		} else {
			select {
			case <-f.done:
			case <-ctx.Done():
				return Decision{}, context.Cause(ctx)
			}
		}
		switch {
		case f.bad && lead:
			return Decision{}, f.ended
		case f.ended != nil && lead:
			return s.degraded(id, f.failed), f.ended
		case f.ended != nil: // another caller gave up; try again
		case f.failed != nil:
			d = s.degraded(id, f.failed)
			s.l.done(ctx, id, &d)
			return d, nil
		case !f.d.Allowed:
			return s.refused(ctx, id, f, lead), nil
		}
	}
}

// spend uses a token that is held. If there is none it returns the request that
// will bring some, and whether the caller has to make it.
func (s *Leased) spend(id string) (d Decision, f *fill, lead bool) {
	now := s.l.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held[id]
	if h == nil {
		h = &held{}
		s.makeRoomLocked(now)
		s.held[id] = h
	}
	if h.tokens > 0 && now.Before(h.until) && now.Round(0).Before(h.until.Round(0)) {
		h.tokens--
		d = h.last
		d.Remaining = h.tokens
		d.ResetAfter = roundUp(max(0, d.ResetAfter-now.Sub(h.asked)))
		return d, nil, false
	}
	if h.fill == nil {
		h.fill, lead = &fill{done: make(chan struct{})}, true
	}
	return Decision{}, h.fill, lead
}

// refill asks Redis for tokens and tells everybody who waits.
func (s *Leased) refill(ctx context.Context, id string, f *fill) {
	a := s.query(ctx, id, f)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	h := s.held[id]
	if h == nil || h.fill != f { // it gave way meanwhile
		h = &held{}
		s.held[id] = h
	}
	h.fill = nil
	if f.bad {
		delete(s.held, id)
	}
	if f.d.Reason != ByServer || f.d.Taken == 0 {
		return
	}
	if h.stamp != f.d.stamp {
		h.tokens = 0 // they were of a window that is over
	}
	h.tokens, h.stamp = h.tokens+f.d.Taken, f.d.stamp
	// The window ends remainder after the server looked, which was after sent.
	h.until, h.asked = a.sent.Add(a.remainder(0)), a.sent
	h.last = Decision{
		Allowed: true, Reason: ByLease, Policy: f.d.Policy, Limit: f.d.Limit, Window: f.d.Window, ResetAfter: f.d.ResetAfter,
		stamp: f.d.stamp,
	}
}

// query fills in what Redis says.
func (s *Leased) query(ctx context.Context, id string, f *fill) (a answer) {
	alg, r := &s.l.policy.Algorithm, &Request{ID: id, N: s.size}
	d, early := s.l.early(opAtMost, r, alg)
	if early {
		f.d = d
		return answer{}
	}
	q, err := s.l.question(opAtMost, r)
	if err != nil {
		f.failed, f.ended, f.bad = err, err, true
		return answer{}
	}
	f.d, f.failed = s.l.query(ctx, q, r, alg, &a)
	if f.failed != nil {
		f.ended = ended(ctx)
	}
	return a
}

// refused is the decision when Redis has no tokens left.
func (s *Leased) refused(ctx context.Context, id string, f *fill, lead bool) Decision {
	d := f.d
	if !lead {
		d.Reason = ByMemory
	}
	s.l.done(ctx, id, &d)
	return d
}

// degraded is one caller's decision when Redis failed.
func (s *Leased) degraded(id string, cause error) Decision {
	return s.l.degradeOne(&Request{ID: id, N: 1}, &s.l.policy.Algorithm, cause)
}

// makeRoomLocked lets an id give way that holds nothing any more, or else the
// first one that is found without a request under way.
func (s *Leased) makeRoomLocked(now time.Time) {
	if len(s.held) < s.maxIDs {
		return
	}
	victim, found := "", false
	for id, h := range s.held {
		if h.fill != nil {
			continue
		}
		victim, found = id, true
		if h.tokens == 0 || !now.Before(h.until) {
			break
		}
	}
	if found {
		delete(s.held, victim)
	}
}

// Close gives the unused tokens back, as far as Redis answers; the others lapse
// at the end of their window. It returns the first error. The Leased may be used
// afterwards: it takes new tokens.
func (s *Leased) Close(ctx context.Context) error {
	type unused struct {
		id            string
		tokens, stamp int64
	}
	var list []unused
	now := s.l.now()
	s.mu.Lock()
	for id, h := range s.held {
		if h.tokens > 0 && now.Before(h.until) {
			list = append(list, unused{id, h.tokens, h.stamp})
		}
		h.tokens = 0
		if h.fill == nil {
			delete(s.held, id)
		}
	}
	s.mu.Unlock()
	var first error
	for _, u := range list {
		if _, err := s.l.giveBack(ctx, u.id, u.tokens, u.stamp); err != nil && first == nil {
			first = err
		}
	}
	return first
}
