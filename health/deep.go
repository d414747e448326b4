package health

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// DeepCost is the number of commands that a Deep check sends: TIME, SET, GET and
// DEL.
const DeepCost = 4

// canaryTTL lets the canary vanish by itself when it cannot be deleted.
const canaryTTL = time.Minute

// Deep writes a value under a key of its own, reads it back and deletes it, and
// compares the clocks. It costs DeepCost commands of the allowance, and is meant
// for people and deployments, not for probes every few seconds. Concurrent calls
// share one check. It tells apart: a token that is wrong or read-only, an exhausted
// quota, a full database, writes that are rejected or not read back, a clock that
// is off, a slow link, and no link.
//
// With Options.ReadOnly nothing is written. When ctx ends first, the status is
// Unknown; the canary is deleted all the same.
func (c *Checker) Deep(ctx context.Context) Report {
	r, ok := c.deeps.do(ctx, c.deep)
	if !ok {
		return Report{Source: FromNothing, Checked: time.Now()}
	}
	return r
}

func (c *Checker) deep(ctx context.Context) Report {
	d := deepCheck{c: c, r: Report{Status: Healthy, Source: FromProbe, Steps: []Step{}}}
	if !c.allowance.take(DeepCost) {
		r := c.lastKnown()
		r.add(reasonAllowance())
		return r
	}
	d.run(ctx)
	c.allowance.giveBack(DeepCost - d.sent)
	d.r.Checked = time.Now()
	d.r.Latency = d.median()
	if d.r.Latency > c.o.Slow {
		d.r.add(reasonSlow(d.r.Latency, c.o.Slow))
	}
	return d.r
}

// A deepCheck is one Deep under way.
type deepCheck struct {
	c    *Checker
	r    Report
	sent int
}

func (d *deepCheck) run(ctx context.Context) {
	if err := d.step(ctx, "time", d.clock); d.over(err) {
		return
	}
	key, value := d.c.o.CanaryPrefix+rand.Text(), rand.Text()
	if d.c.o.ReadOnly {
		d.over(d.step(ctx, "read", func(ctx context.Context) error {
			_, err := upstash.Get(key).Do(ctx, d.c.d)
			return err
		}))
		return
	}
	err := d.step(ctx, "write", func(ctx context.Context) error {
		_, err := upstash.SetWith(key, value, upstash.SetOptions{TTL: canaryTTL}).Do(ctx, d.c.d)
		return err
	})
	if upstash.OutcomeOf(err) != upstash.Applied && upstash.OutcomeOf(err) != upstash.MaybeApplied {
		if d.over(err) {
			return
		}
		_ = d.step(ctx, "read", func(ctx context.Context) error { // shows that reading works
			_, err := upstash.Get(key).Do(ctx, d.c.d)
			return err
		})
		return
	}
	if !d.over(err) {
		d.over(d.step(ctx, "read", func(ctx context.Context) error { return d.readBack(ctx, key, value) }))
	}
	d.over(d.step(context.WithoutCancel(ctx), "delete", func(ctx context.Context) error {
		_, err := upstash.Del(key).Do(ctx, d.c.d)
		return err
	}))
}

// over keeps what err says, and reports whether the check ends here because
// nothing works.
func (d *deepCheck) over(err error) bool {
	d.c.judge(&d.r, err)
	return KindOf(err).down() || KindOf(err) == Canceled || errors.Is(err, upstash.ErrUnsupported)
}

// step runs one command and keeps how it went.
func (d *deepCheck) step(ctx context.Context, name string, run func(context.Context) error) error {
	ctx, cancel := d.c.own(ctx)
	defer cancel()
	start := time.Now()
	err := run(ctx)
	if errors.Is(err, upstash.ErrNil) {
		err = nil
	}
	d.r.Steps = append(d.r.Steps, Step{Name: name, OK: err == nil, Took: time.Since(start)})
	if !errors.Is(err, upstash.ErrNotSent) {
		d.sent++
	}
	return err
}

// clock compares the clocks. Half of the way there and back is the uncertainty.
func (d *deepCheck) clock(ctx context.Context) error {
	before := time.Now()
	server, err := upstash.Time().Do(ctx, d.c.d)
	if errors.Is(err, upstash.ErrUnsupported) {
		return nil
	}
	if errors.Is(err, upstash.ErrNil) { // the answer to another command
		return errNotPong
	}
	if err != nil {
		return err
	}
	took := time.Since(before)
	skew := server.Sub(before.Add(took / 2))
	d.r.ClockSkew = &skew
	if skew.Abs()-took/2 > d.c.o.MaxSkew {
		d.r.add(reasonSkew(skew))
	}
	return nil
}

func (d *deepCheck) readBack(ctx context.Context, key, want string) error {
	got, err := upstash.Get(key).Do(ctx, d.c.d)
	if errors.Is(err, upstash.ErrNil) || err == nil && got != want {
		d.r.add(reasonStale())
	}
	return err
}

// median is the middle of the steps' times: one slow command is not a slow link.
func (d *deepCheck) median() time.Duration {
	if len(d.r.Steps) == 0 {
		return 0
	}
	var took []time.Duration
	for _, s := range d.r.Steps {
		took = append(took, s.Took)
	}
	slices.Sort(took)
	return took[(len(took)-1)/2]
}
