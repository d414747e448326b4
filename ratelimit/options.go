package ratelimit

import (
	"context"
	"time"
)

// Options tune a limiter; the zero value is good.
type Options struct {
	// Timeout is the decision budget: after it Redis has failed, and OnFailure
	// decides. 0 means 250 ms; negative means no bound but the context's.
	Timeout time.Duration
	// OnFailure decides when Redis fails or is too slow. The default is
	// [FailAllow].
	OnFailure FailurePolicy
	// LocalLimit is, for [FailLocal], how much each id may take per window from
	// this process alone while Redis is away. 0 means a tenth of the policy's
	// limit, at least 1.
	LocalLimit int64
	// Remember bounds how many refused ids are remembered in this process, so
	// that asking again before the computed instant costs nothing. 0 means 4,096;
	// negative means none. A [Limiter.Reset] or [Limiter.Refund] in another
	// process is noticed only when the remembered instant has passed.
	Remember int
	// ClientTime takes the time from this process instead of the server, which
	// saves one billed command per decision (TIME). Windows then grow by twice
	// MaxSkew, and so much of the burst of a GCRA or a bucket is held back, so
	// that clocks which differ never let more pass: meant for long windows.
	ClientTime bool
	// MaxSkew is, with ClientTime, how far any process's clock may be off. 0
	// means 60 s.
	MaxSkew time.Duration
	// OnDecision, if set, sees every decision; see [Analytics]. It must be fast
	// and safe for concurrent use, and runs on the caller's goroutine.
	OnDecision func(ctx context.Context, e Event)
	// Sleep waits for d or until ctx ends; [Limiter.Wait] uses it once per call.
	// nil means a timer. Set it where the platform has a better way.
	Sleep func(ctx context.Context, d time.Duration) error
}

// An Event is a decision as [Options.OnDecision] sees it.
type Event struct {
	// Policy is the name of the policy that decided.
	Policy string
	// ID is what the decision was about.
	ID string
	// Decision is what was decided.
	Decision Decision
}

// A FailurePolicy decides when Redis cannot: it failed, or did not answer within
// the decision budget, which is the same.
type FailurePolicy uint8

const (
	// FailAllow lets everything pass: an outage of Redis is not an outage of the
	// service. It is the default.
	FailAllow FailurePolicy = iota
	// FailDeny refuses everything: for what must never be unlimited.
	FailDeny
	// FailLocal counts in this process, up to Options.LocalLimit per id and
	// window.
	FailLocal
)

// String returns "allow", "deny" or "local".
func (f FailurePolicy) String() string {
	switch f {
	case FailDeny:
		return "deny"
	case FailLocal:
		return "local"
	}
	return "allow"
}

const (
	defaultTimeout  = 250 * time.Millisecond
	defaultRemember = 4096
	defaultMaxSkew  = time.Minute
)

// complete checks o and fills in the defaults.
func (o *Options) complete() error {
	bad := &OptionError{}
	switch {
	case o.OnFailure > FailLocal:
		bad.Option, bad.Reason = "Options.OnFailure", "is unknown"
	case o.LocalLimit < 0:
		bad.Option, bad.Reason = "Options.LocalLimit", "is negative"
	case o.MaxSkew < 0 || o.MaxSkew > 24*time.Hour:
		bad.Option, bad.Reason = "Options.MaxSkew", "is negative or over a day"
	}
	if bad.Option != "" {
		return bad
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Remember == 0 {
		o.Remember = defaultRemember
	}
	if o.MaxSkew == 0 {
		o.MaxSkew = defaultMaxSkew
	}
	return nil
}

// guard is what windows grow by, in milliseconds.
func (o *Options) guard() int64 {
	if !o.ClientTime {
		return 0
	}
	return 2 * o.MaxSkew.Milliseconds()
}

// sleep waits for d, or until ctx ends.
func (o *Options) sleep(ctx context.Context, d time.Duration) error {
	if o.Sleep != nil {
		return o.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
