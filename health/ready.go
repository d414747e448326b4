package health

import (
	"context"
	"errors"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Ready reports whether the database can be used, for readiness probes. It is
// judged from the application's own traffic while there is some, without I/O;
// otherwise from a PING, whose outcome holds for Options.ProbeEvery (Recheck when
// it was bad). Concurrent calls share one PING. When ctx ends first, the last
// known state is returned.
func (c *Checker) Ready(ctx context.Context) Report {
	if r, ok := c.known(time.Now()); ok {
		return r
	}
	r, ok := c.probes.do(ctx, func(ctx context.Context) Report {
		if r, ok := c.known(time.Now()); ok { // somebody else has just probed
			return r
		}
		return c.probe(ctx)
	})
	if ok {
		return r
	}
	return c.lastKnown()
}

// known judges without I/O. ok is false when a probe is due.
func (c *Checker) known(now time.Time) (r Report, ok bool) {
	probed := c.probes.latest()
	if c.o.Metrics != nil {
		e := c.o.Metrics.evidence()
		age := now.Sub(e.last)
		newer := probed == nil || e.last.After(probed.Checked)
		if !e.last.IsZero() && age < c.o.Idle && newer {
			r := c.fromTraffic(&e, now)
			if r.Status != Unhealthy || age < c.o.Recheck {
				return r, true
			}
		}
	}
	if probed == nil {
		return Report{}, false
	}
	holds := c.o.ProbeEvery
	switch probed.Status {
	case Unhealthy:
		holds = c.o.Recheck
	case Degraded:
		holds = min(holds, 10*c.o.Recheck)
	}
	return *probed, now.Sub(probed.Checked) < holds
}

// lastKnown is the state when nothing newer can be had.
func (c *Checker) lastKnown() Report {
	if r := c.probes.latest(); r != nil {
		return *r
	}
	return Report{Source: FromNothing, Checked: time.Now()}
}

// fromTraffic judges the latest attempts.
func (c *Checker) fromTraffic(e *evidence, now time.Time) Report {
	r := Report{Status: Healthy, Source: FromTraffic, Latency: e.average, Checked: e.last}
	if e.lastKind.down() && (e.streak >= c.o.Failures || e.lastKind.certain()) {
		if reason, ok := reasonOf(e.lastKind); ok {
			r.add(reason)
		}
	}
	if now.Sub(e.partlyAt) < c.o.Linger && (e.partly != NoPermission || !c.o.ReadOnly) {
		if reason, ok := reasonOf(e.partly); ok {
			r.add(reason)
		}
	}
	if e.average > c.o.Slow {
		r.add(reasonSlow(e.average, c.o.Slow))
	}
	return r
}

// probe sends a PING within the allowance.
func (c *Checker) probe(ctx context.Context) Report {
	if !c.allowance.take(1) {
		r := c.lastKnown()
		if r.Status == Unknown {
			r.add(reasonAllowance())
		}
		return r
	}
	ctx, cancel := c.own(ctx)
	defer cancel()
	start := time.Now()
	err := c.ping(ctx)
	took := time.Since(start)
	if errors.Is(err, upstash.ErrNotSent) {
		c.allowance.giveBack(1)
	}
	r := Report{Status: Healthy, Source: FromProbe, Latency: took, Checked: time.Now()}
	c.judge(&r, err)
	if err == nil && took > c.o.Slow {
		r.add(reasonSlow(took, c.o.Slow))
	}
	return r
}

// errNotPong means that something answers, but not to PING.
var errNotPong = errors.New("health: the answer to PING is another one")

// ping is not repeated: one whose answer was lost may have been billed.
func (c *Checker) ping(ctx context.Context) error {
	reply, err := c.d.Do(ctx, upstash.CommandOf(upstash.Unsafe, "PING"))
	if err != nil {
		return err
	}
	switch pong, err := reply.Text(); {
	case errors.Is(err, upstash.ErrNil), err == nil && pong != "PONG":
		return errNotPong
	default:
		return err
	}
}

// judge adds what an error of the Checker's own command says.
func (c *Checker) judge(r *Report, err error) {
	k := KindOf(err)
	switch k {
	case OK:
		return
	case Canceled: // only by a deadline of somebody else's
		k = TimedOut
	}
	if errors.Is(err, upstash.ErrUnsupported) || errors.Is(err, errNotPong) {
		// Every server has the commands of a check: who lacks one runs another, as
		// it does when the URL has a path, whose parts come first.
		k = Protocol
	}
	reason, ok := reasonOf(k)
	if !ok || k == NoPermission && r.Steps == nil {
		reason = reasonRefused()
	}
	r.add(reason)
}
