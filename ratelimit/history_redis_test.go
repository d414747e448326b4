//go:build !wasm

package ratelimit_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A virtualTime is the time that the instances of a history tell Redis. Windows
// are minutes, so that keys do not end in real time before the history does.
type virtualTime struct{ now int64 }

func (v *virtualTime) time() time.Time { return time.UnixMilli(v.now) }

const leastWindow = 60_000

// TestHistoriesRedis plays the histories on a real Redis, whose Lua is another
// than that of the embedded server.
func TestHistoriesRedis(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t)
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			db := dialRedis(t, url)
			n := histories(1000)
			r := rand.New(rand.NewPCG(2, uint64(len(s.name)))) //nolint:gosec // a repeatable sequence is the purpose
			clock := &virtualTime{now: time.Now().UnixMilli()}
			base, _ := s.make(r, leastWindow)
			fleet := make([]*ratelimit.Limiter, 8)
			for i := range fleet {
				fleet[i] = newLimiter(t, db, base, ratelimit.Options{Remember: i%2*16 - 1, Timeout: -1, ClientTime: true})
				fleet[i].SetNow(clock.time)
				fleet[i].SetGuard(0)
			}
			prefix := t.Name() + strconv.FormatInt(time.Now().UnixNano(), 36)
			var sum tally
			for i := range n {
				playRedis(t, db, clock, fleet, s, prefix+strconv.Itoa(i), r, &sum)
			}
			sum.report(t, n)
		})
	}
}

func playRedis(t *testing.T, db *respDB, clock *virtualTime, fleet []*ratelimit.Limiter, s subject, id string, r *rand.Rand, sum *tally) {
	t.Helper()
	alg, m := s.make(r, leastWindow)
	retry, stored := int64(0), ""
	for range 3 + r.IntN(6) {
		if retry > 0 && r.IntN(4) == 0 {
			clock.now += retry // the instant at which it matters
		} else {
			clock.now += step(r, alg.Window().Milliseconds())
		}
		n := 1 + r.Int64N(alg.Limit())
		if r.IntN(2) == 0 {
			n = 1
		}
		d, err := fleet[r.IntN(len(fleet))].Do(context.Background(), ratelimit.Request{ID: id, N: n, Algorithm: alg})
		if err != nil || d.Degraded() {
			t.Fatal(err, d.Err)
		}
		// What a refusal leaves in Redis is what was there before.
		writes, now := 0, db.value(fleet[0].Policy().Kind.Key(id))
		if !d.Allowed && now != stored {
			writes = 1
		}
		stored = now
		judge(sum, m, d, clock.now, n, writes)
		retry = d.RetryAfter.Milliseconds()
	}
}

// TestSkewedClientTimeNeverOverAdmits plays histories in which 8 instances tell
// Redis times that are up to 60 s wrong, and checks what was let through against
// the true time. RetryAfter has to hold for the instance that was refused.
func TestSkewedClientTimeNeverOverAdmits(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t)
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			db := dialRedis(t, url)
			n := histories(1000)
			r := rand.New(rand.NewPCG(3, uint64(len(s.name)))) //nolint:gosec // a repeatable sequence is the purpose
			clock := &virtualTime{now: time.Now().UnixMilli()}
			base, _ := s.make(r, leastWindow)
			fleet := make([]*ratelimit.Limiter, 8)
			for i := range fleet {
				fleet[i] = newLimiter(t, db, base, ratelimit.Options{Remember: -1, Timeout: -1, ClientTime: true})
				skew := millis([]int64{-60_000, 60_000, r.Int64N(120_001) - 60_000}[i%3])
				fleet[i].SetNow(func() time.Time { return clock.time().Add(skew) })
			}
			prefix := t.Name() + strconv.FormatInt(time.Now().UnixNano(), 36)
			var sum skewed
			admitted := 0
			for i := range n {
				alg, _ := s.make(r, leastWindow)
				h := playSkewed(t, clock, fleet, alg, prefix+strconv.Itoa(i), r)
				if bad := overAdmitted(alg, h.takes); bad != "" {
					t.Fatalf("%s of %d in %v let through too much: %s: %v", alg, alg.Limit(), alg.Window(), bad, h.takes)
				}
				admitted, sum.refused = admitted+len(h.takes), sum.refused+h.refused
				sum.retries, sum.wrong = sum.retries+h.retries, sum.wrong+h.wrong
			}
			t.Logf("%d histories, %d admitted, %d refused, over-admitted 0, RetryAfter wrong %d of %d", n, admitted, sum.refused, sum.wrong, sum.retries)
			if admitted == 0 || sum.refused == 0 || sum.retries == 0 {
				t.Error("the histories tell nothing")
			}
			if sum.wrong*1000 > sum.retries {
				t.Error("RetryAfter is wrong too often")
			}
		})
	}
}

type skewed struct {
	takes          []stamped
	refused        int
	retries, wrong int // RetryAfter
}

// A stamped take is one with its true time and its window.
type stamped struct{ at, n, stamp int64 }

func playSkewed(t *testing.T, clock *virtualTime, fleet []*ratelimit.Limiter, alg ratelimit.Algorithm, id string, r *rand.Rand) (h skewed) {
	t.Helper()
	for range 6 + r.IntN(10) {
		clock.now += step(r, alg.Window().Milliseconds())
		l, n := fleet[r.IntN(len(fleet))], 1+r.Int64N(alg.Limit())
		d := h.ask(t, l, clock, ratelimit.Request{ID: id, N: n, Algorithm: alg})
		if wait := d.RetryAfter.Milliseconds(); !d.Allowed && wait > 2 && r.IntN(3) == 0 {
			clock.now += wait - 2
			early := h.ask(t, l, clock, ratelimit.Request{ID: id, N: n, Algorithm: alg})
			clock.now += 2
			due := h.ask(t, l, clock, ratelimit.Request{ID: id, N: n, Algorithm: alg})
			h.retries++
			if early.Allowed || !due.Allowed {
				h.wrong++
			}
		}
	}
	return h
}

func (h *skewed) ask(t *testing.T, l *ratelimit.Limiter, clock *virtualTime, r ratelimit.Request) ratelimit.Decision {
	t.Helper()
	d, err := l.Do(context.Background(), r)
	if err != nil || d.Degraded() {
		t.Fatal(err, d.Err)
	}
	if d.Allowed {
		h.takes = append(h.takes, stamped{clock.now, r.N, d.Stamp()})
	} else {
		h.refused++
	}
	return d
}

// overAdmitted says what rule the takes break in true time, "" for none.
func overAdmitted(alg ratelimit.Algorithm, takes []stamped) string {
	window, limit := alg.Window().Milliseconds(), alg.Limit()
	switch alg.String() {
	case "sliding log":
		return brokenLog(window, limit, takes)
	case "fixed window":
		return brokenWindows(window, limit, takes)
	case "sliding window":
		return brokenSlide(window, limit, takes)
	}
	return brokenEnvelope(alg, takes)
}

// brokenLog: no window of the true time has more than the limit.
func brokenLog(window, limit int64, takes []stamped) string {
	for i := range takes {
		sum := int64(0)
		for _, t := range takes[:i+1] {
			if t.at > takes[i].at-window {
				sum += t.n
			}
		}
		if sum > limit {
			return "a window has more than the limit"
		}
	}
	return ""
}

// brokenWindows: no window has more than the limit, and windows begin at least a
// window apart.
func brokenWindows(window, limit int64, takes []stamped) string {
	sum, start := int64(0), int64(0)
	for i, t := range takes {
		if i == 0 || t.stamp != takes[i-1].stamp {
			if i > 0 && t.at < start+window {
				return "a window began too early"
			}
			sum, start = 0, t.at
		}
		if sum += t.n; sum > limit {
			return "a window has more than the limit"
		}
	}
	return ""
}

// brokenSlide: the weighted rule holds in true time. The true start of a window
// that follows another is that one's plus the window's length, which is the
// window and what it grew by.
func brokenSlide(window, limit int64, takes []stamped) string {
	length := window + 120_000
	var start, stamp, cur, prev int64
	for i, t := range takes {
		switch {
		case i > 0 && t.stamp == stamp:
		case i > 0 && t.stamp == stamp+length:
			start, prev, cur = start+length, cur, 0
		default:
			if i > 0 && t.at < start+2*window {
				return "a fresh window began too early"
			}
			start, prev, cur = t.at, 0, 0
		}
		stamp = t.stamp
		cur += t.n
		if e := max(0, t.at-start); prev*max(0, window-e)+cur*window > limit*window {
			return "the weighted sum is over the limit"
		}
	}
	return ""
}

// brokenEnvelope: between any two takes there pass at most the burst and what
// comes back meanwhile; for a bucket one portion more, since portions come at
// once.
func brokenEnvelope(alg ratelimit.Algorithm, takes []stamped) string {
	refill, interval := alg.Rate()
	for i := range takes {
		sum := int64(0)
		for _, t := range takes[i:] {
			sum += t.n
			d := t.at - takes[i].at
			most := alg.Limit()*interval + d*refill
			if alg.String() == "token bucket" {
				most = (alg.Limit() + (d/interval+1)*refill) * interval
			}
			if sum*interval > most {
				return "more than the burst and what came back"
			}
		}
	}
	return ""
}
