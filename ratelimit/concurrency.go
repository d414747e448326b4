package ratelimit

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// A bound on how many slots are held at once. The key holds one record for each
// holder, of 36 characters: its id, 16; when its lease ends, 13; its slots, 7.
//
// ARGV: op, now (empty: ask the server), id, n, limit, ttl, guard. ops: a
// acquire; x extend; r release; p only look. Asking again with the same id does
// nothing twice.
//
// Reply: 1 or 0, slots left, ms until n slots are free at the latest, ms until
// all are.
//
// A release needs no time (now is 0): the key keeps its TTL.
//
//go:embed lua/concurrency.lua
var luaConcurrency string

var scriptConcurrency = script{alone: &luaConcurrency}

// MaxHolders bounds the limit of a [Concurrency], whose key has 36 bytes for each
// holder.
const MaxHolders = 10_000

// ConcurrencyOptions tune a [Concurrency]. Limit is required.
type ConcurrencyOptions struct {
	// Limit is how many slots of an id are held at once, 1 to [MaxHolders].
	Limit int64
	// TTL is how long a slot is held without [Slot.Extend]: what a holder that
	// died leaves behind ends after it. 0 means 30 s; at least a millisecond.
	TTL time.Duration
	// Timeout, OnFailure, ClientTime, MaxSkew and OnDecision are as in
	// [Options]. A degraded slot is held by nobody. With [FailLocal] a process
	// counts LocalLimit starts per TTL.
	Options
}

// A Concurrency bounds how much is in flight at once, over all processes. It is
// safe for concurrent use.
type Concurrency struct {
	engine
	kind  keys.Kind
	limit int64
	ttl   time.Duration
	alg   Algorithm // stands for the limit in decisions
}

const defaultSlotTTL = 30 * time.Second

// NewConcurrency returns a limit on concurrency with keys
// "ratelimit:{name}:{id}". It does no I/O.
func NewConcurrency(d upstash.Doer, name string, o ConcurrencyOptions) (*Concurrency, error) {
	if o.TTL == 0 {
		o.TTL = defaultSlotTTL
	}
	kind, err := keys.NewKind(keys.RateLimit, name, 0)
	switch {
	case err != nil:
		return nil, &OptionError{Option: "the name", Reason: "is not 1 to 64 lower-case letters, digits and inner hyphens"}
	case o.Limit < 1 || o.Limit > MaxHolders:
		return nil, &OptionError{Option: "ConcurrencyOptions.Limit", Reason: "is below 1 or above 10,000"}
	case o.TTL < time.Millisecond || o.TTL > maxSpan:
		return nil, &OptionError{Option: "ConcurrencyOptions.TTL", Reason: "is below a millisecond or over ten years"}
	}
	c := &Concurrency{kind: kind, limit: o.Limit, ttl: o.TTL.Truncate(time.Millisecond)}
	c.alg = Algorithm{limit: o.Limit, window: c.ttl}
	return c, c.init(d, o.Options)
}

// Stats returns the counters.
func (c *Concurrency) Stats() Stats { return c.stats.stats() }

// A Slot is held until Release, or until its TTL has passed.
type Slot struct {
	c     *Concurrency
	id    string
	owner string // "" when Redis does not know of it
	n     int64
	maybe bool // Redis may know of it: the answer was lost
}

// Acquire takes one slot of id, if one is free; otherwise the slot is nil.
// Decision.RetryAfter then is how long until one is free at the latest. Asking
// costs 4 billed commands when a slot is taken and 3 when not, a release 3. Errors
// are as for [Limiter.Allow].
func (c *Concurrency) Acquire(ctx context.Context, id string) (*Slot, Decision, error) {
	return c.AcquireN(ctx, id, 1)
}

// AcquireN takes n slots or none.
func (c *Concurrency) AcquireN(ctx context.Context, id string, n int64) (*Slot, Decision, error) {
	key, err := c.kind.Make(id)
	switch {
	case err != nil:
		return nil, Decision{}, err
	case n < 1:
		return nil, Decision{}, &OptionError{Option: "n", Reason: "is below 1"}
	}
	s := &Slot{c: c, id: id, owner: randomID(16), n: n}
	d := Decision{Policy: c.kind.Entity(), Limit: c.limit, Window: c.ttl, slots: true}
	if n > c.limit {
		d.Reason = ByCost
		c.done(ctx, id, &d)
		return nil, d, nil
	}
	got, err := c.run(ctx, "a", key, s.owner, n)
	if err != nil {
		if s.maybe = errors.Is(err, upstash.ErrMaybeApplied); !s.maybe {
			s.owner = ""
		}
		need := localNeed{policy: d.Policy, id: id, alg: &c.alg, limit: c.opts.localLimit(&c.alg)}
		d, err = c.degrade([]localNeed{need}, n, err), ended(ctx)
		d.slots = true
	} else {
		d.Allowed = got[0] == 1
		d.Remaining = got[1]
		d.RetryAfter, d.ResetAfter = time.Duration(got[2])*time.Millisecond, time.Duration(got[3])*time.Millisecond
		if d.Allowed {
			d.Taken = n
		}
	}
	c.done(ctx, id, &d)
	if !d.Allowed || err != nil {
		return nil, d, err
	}
	return s, d, nil
}

// InFlight returns how many slots of id are held.
func (c *Concurrency) InFlight(ctx context.Context, id string) (int64, error) {
	key, err := c.kind.Make(id)
	if err != nil {
		return 0, err
	}
	got, err := c.run(ctx, "p", key, "", 1)
	if err != nil {
		return 0, err
	}
	return c.limit - got[1], nil
}

// Release gives the slot back. It returns [ErrReleased] if it was not held any
// more, and errors of Redis.
func (s *Slot) Release(ctx context.Context) error { return s.run(ctx, "r") }

// Extend holds the slot for another TTL from now. It returns [ErrReleased] if it
// was not held any more: somebody else may have it. Errors of Redis are returned.
func (s *Slot) Extend(ctx context.Context) error { return s.run(ctx, "x") }

func (s *Slot) run(ctx context.Context, op string) error {
	if s.owner == "" {
		return nil
	}
	got, err := s.c.run(ctx, op, s.c.kind.Key(s.id), s.owner, s.n)
	if err == nil && got[0] == 0 && !s.maybe {
		err = ErrReleased
	}
	return err
}

// run runs the script. An owner is known by its id, so that asking again does
// nothing twice; only a release whose first answer was lost finds nothing.
func (c *Concurrency) run(ctx context.Context, op, key, owner string, n int64) ([4]int64, error) {
	ctx, cancel := c.budget(ctx)
	defer cancel()
	var out [4]int64
	var r upstash.Reply
	var err, lost error
	for try := 1; try <= maxAsk; try++ {
		cmd := scriptConcurrency.get().
			Command([]string{key}, op, c.clock(), owner, text(n), text(c.limit), text(c.ttl.Milliseconds()), text(c.guard)).
			WithBilled(c.billed(op))
		r, err = c.doer.Do(ctx, cmd)
		if err == nil || ctx.Err() != nil || !errors.Is(err, upstash.ErrMaybeApplied) {
			break
		}
		lost = cmp.Or(lost, err)
	}
	if err != nil {
		return out, cmp.Or(lost, err)
	}
	if op == "r" && r.Len() != 1 || op != "r" && r.Len() != len(out) {
		return out, errReply
	}
	for i := range r.Len() {
		if out[i], err = r.Index(i).Int64(); err != nil {
			return out, errReply
		}
	}
	if op == "r" && lost != nil {
		out[0] = 1 // the first one may have released it; now it is in any case
	}
	return out, nil
}

// billed counts the commands inside the script at most.
func (c *Concurrency) billed(op string) int {
	n := 3 // TIME, GET, SET
	if op == "p" {
		n--
	}
	if c.opts.ClientTime || op == "r" {
		n--
	}
	return n
}
