package health

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Options tunes a Checker; the zero value is good.
type Options struct {
	// Metrics is the hook of the same client. With it Ready is judged from the
	// application's traffic and costs nothing while there is some. nil means that
	// Ready always probes, and that there are no figures about traffic.
	Metrics *Metrics
	// Timeout bounds one probe, and each command of Deep. 0 means 1.5 s.
	Timeout time.Duration
	// Slow is the latency above which the link counts as slow. 0 means 500 ms.
	Slow time.Duration
	// Failures is how many attempts in a row must fail before traffic alone makes
	// the database Unhealthy. 0 means 3. A wrong token and an exhausted quota
	// count at once, because the server has said so.
	Failures int
	// Linger is how long Ready stays Degraded after the latest refusal of writes
	// in the traffic. 0 means 1 s.
	Linger time.Duration

	// Idle is how old the latest attempt may be to be judged by. 0 means 30 s.
	Idle time.Duration
	// ProbeEvery is how long the outcome of a probe holds while there is no
	// traffic. 0 means 2 min: 720 PINGs a day. After an Unhealthy one, Recheck
	// holds instead, after a Degraded one ten times Recheck.
	ProbeEvery time.Duration
	// Recheck is the pace of probes while the database is Unhealthy. 0 means 1 s.
	Recheck time.Duration
	// InfoEvery is how long a reply of INFO holds. 0 means 10 min: 144 a day.
	InfoEvery time.Duration
	// ProbesPerDay bounds all commands that the Checker sends by itself, in any
	// 24 hours. 0 means 1,000, so that a month costs at most 31,000; at least 10.
	// A tenth of them may go at once. What was certainly not sent is free. When
	// the allowance is used up, the last known state stands.
	ProbesPerDay int

	// ReadOnly says that the token is meant to be read-only: Deep does not write,
	// and refused writes do not degrade.
	ReadOnly bool
	// MaxSkew is the difference of the clocks that Deep accepts, the time the
	// answer took apart. 0 means 5 s.
	MaxSkew time.Duration
	// CanaryPrefix begins the key that Deep writes; a random part follows. Empty
	// means "edgeredis:health:".
	CanaryPrefix string

	// Alerts are the thresholds.
	Alerts AlertOptions
}

func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, 1500*time.Millisecond)
	o.Slow = cmp.Or(o.Slow, 500*time.Millisecond)
	o.Failures = cmp.Or(o.Failures, 3)
	o.Linger = cmp.Or(o.Linger, time.Second)
	o.Idle = cmp.Or(o.Idle, 30*time.Second)
	o.ProbeEvery = cmp.Or(o.ProbeEvery, 2*time.Minute)
	o.Recheck = cmp.Or(o.Recheck, time.Second)
	o.InfoEvery = cmp.Or(o.InfoEvery, 10*time.Minute)
	o.ProbesPerDay = cmp.Or(o.ProbesPerDay, 1000)
	o.MaxSkew = cmp.Or(o.MaxSkew, 5*time.Second)
	o.CanaryPrefix = cmp.Or(o.CanaryPrefix, "edgeredis:health:")
	o.Alerts = o.Alerts.withDefaults()
	return o
}

// A Checker tells whether the database can be used. It is safe for concurrent
// use; make one per client and share it. It starts no goroutine.
type Checker struct {
	d         upstash.Doer
	o         Options
	started   time.Time
	allowance *allowance
	probes    flight[Report]
	deeps     flight[Report]
	infos     flight[infoResult]
	alerts    alerts
}

// New checks o and returns a Checker over d. It does no I/O. d should not be a
// Budget, so that checks work when the budget is used up.
func New(d upstash.Doer, o Options) (*Checker, error) {
	if d == nil {
		return nil, errors.New("health: the client is nil")
	}
	if min(o.Timeout, o.Slow, o.Linger, o.Idle, o.ProbeEvery, o.Recheck, o.InfoEvery, o.MaxSkew) < 0 || o.Failures < 0 {
		return nil, errors.New("health: an option is negative")
	}
	o = o.withDefaults()
	if o.ProbesPerDay < 10 {
		return nil, errors.New("health: Options.ProbesPerDay is less than 10")
	}
	if err := o.Alerts.validate(); err != nil {
		return nil, err
	}
	now := time.Now()
	c := &Checker{d: d, o: o, started: now, allowance: newAllowance(o.ProbesPerDay, now)}
	c.alerts.init(o.Alerts)
	return c, nil
}

// Allowance returns what the Checker may send by itself, and has sent.
func (c *Checker) Allowance() Allowance { return c.allowance.state() }

// Live reports that the process runs: for liveness probes, which must not restart
// a process because its database is away. It does no I/O.
func (c *Checker) Live() Report {
	return Report{Status: Healthy, Source: FromNothing, Checked: time.Now()}
}

// Run keeps the alerts up to date until ctx ends: each second it looks at Ready,
// at INFO when it is due, and at the thresholds, all within the allowance. Without
// Run, alerts are looked at whenever a Snapshot is taken.
func (c *Checker) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		report := c.Ready(ctx)
		_, _, _ = c.Server(ctx) // kept for the alerts
		if ctx.Err() != nil {
			return
		}
		c.evaluate(report)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// own marks commands of the Checker and bounds them.
func (c *Checker) own(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(WithLabel(ctx, ownLabel), c.o.Timeout)
}
