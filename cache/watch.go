package cache

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Who waits for another process's load looks again and again: the REST API has no
// blocking reads, and a message would cost every load a command, waited for or
// not. What that costs in time, with a round trip of r and looks that begin a
// period p apart: the value arrives r/2 after the load, the look that finds it
// sets out at most p later, since the one before had just missed it, and is home
// r/2 after that; together r+p.
//
// So as long as looks follow each other without a pause, nobody waits longer than
// two round trips. They do so for lookDense round trips; from then on the period
// is that part of the time that the load has taken so far, which keeps the number
// of looks to lookDense·(1+ln(load/(lookDense·r))) and the delay to r and a
// lookDense-th of the load.
const (
	lookDense = 64
	// lookLeast bounds the looks of those who are very near to Redis.
	lookLeast = 2 * time.Millisecond
)

// lookPeriod is how long after one look the next one begins, or at once if the
// first one takes longer, for a load that has been waited for so long.
func lookPeriod(waited time.Duration) time.Duration { return max(waited/lookDense, lookLeast) }

// A leaseSeen is another caller's lease, as somebody who waits for it knows it.
type leaseSeen struct {
	raw   string
	since time.Time // when it was first seen
	asked bool      // Redis has been asked for
	ends  time.Time // when it ends; zero while that is not known
	_     [0]func() // not compared
}

// see notes a lease: the one that is known, or a new one.
func (l *leaseSeen) see(raw string, now time.Time) {
	if l.raw != raw {
		*l = leaseSeen{raw: raw, since: now}
	}
}

// lookGap is how long to pause before looking at leased jobs again, the last look
// having begun at looked. Once the pauses are as long as a round trip, it uses one
// to ask Redis when the first lease ends, so that the end of a process that has
// died while it loads is not seen late.
func (c *core) lookGap(ctx context.Context, leased []*job, looked time.Time) time.Duration {
	now := time.Now()
	since := leased[0].waited.since
	for _, j := range leased {
		if j.waited.since.After(since) {
			since = j.waited.since // the youngest load is the one to be early for
		}
	}
	next := looked.Add(lookPeriod(now.Sub(since)))
	first := leased[0]
	if rare := next.Sub(now) >= now.Sub(looked) && now.Sub(since) > lookDense*lookLeast; rare && !first.waited.asked {
		first.waited.asked = true
		if left, ok := c.leaseLeft(ctx, first.key); ok {
			first.waited.ends = time.Now().Add(left)
		}
	}
	if ends := first.waited.ends; ends.After(now) && ends.Before(next) {
		next = ends
	}
	return time.Until(next)
}

// leaseLeft asks Redis how long a key still lives. A key that is gone, or will
// stay, is looked at at once.
func (c *core) leaseLeft(ctx context.Context, key string) (left time.Duration, ok bool) {
	reply, err := c.do(ctx, upstash.NewCommand("PTTL", key))
	if err != nil {
		return 0, false
	}
	ms, err := reply.Int64()
	return time.Duration(max(ms, 0)) * time.Millisecond, err == nil
}

// pause waits for d, if that is not over already, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		waiting, cancel := context.WithTimeout(ctx, d)
		<-waiting.Done()
		cancel()
	}
	return ctx.Err() == nil
}
