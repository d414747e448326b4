//go:build !wasm

package ratelimit_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
)

// histories is how many random histories are played: EDGEREDIS_HISTORIES says, or
// else few enough for every day.
func histories(few int) int {
	if n, err := strconv.Atoi(os.Getenv("EDGEREDIS_HISTORIES")); err == nil && n > 0 {
		return n
	}
	if testing.Short() || raceEnabled {
		return max(few/10, 1)
	}
	return few
}

// A subject is an algorithm with random numbers and its model.
type subject struct {
	name string
	// make returns the algorithm and the model; unit is the least window in ms.
	make func(r *rand.Rand, unit int64) (ratelimit.Algorithm, model)
}

func span(r *rand.Rand, unit int64) int64 { return unit * (1 + r.Int64N(40)) }

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

var subjects = []subject{
	{"fixed window", func(r *rand.Rand, unit int64) (ratelimit.Algorithm, model) {
		limit, w := 1+r.Int64N(12), span(r, unit)
		return ratelimit.FixedWindow(limit, millis(w)), &modelFixed{limit: limit, window: w}
	}},
	{"sliding window", func(r *rand.Rand, unit int64) (ratelimit.Algorithm, model) {
		limit, w := 1+r.Int64N(12), span(r, unit)
		return ratelimit.SlidingWindow(limit, millis(w)), &modelSlide{limit: limit, window: w}
	}},
	{"sliding log", func(r *rand.Rand, unit int64) (ratelimit.Algorithm, model) {
		limit, w := 1+r.Int64N(12), span(r, unit)
		return ratelimit.SlidingLog(limit, millis(w)), &modelLog{limit: limit, window: w}
	}},
	{"token bucket", func(r *rand.Rand, unit int64) (ratelimit.Algorithm, model) {
		refill, interval, burst := 1+r.Int64N(4), span(r, unit), 1+r.Int64N(12)
		return ratelimit.TokenBucket(refill, millis(interval), burst),
			&modelBucket{burst: burst, interval: interval, refill: refill}
	}},
	{"gcra", func(r *rand.Rand, unit int64) (ratelimit.Algorithm, model) {
		rate, period, burst := 1+r.Int64N(17), span(r, unit), 1+r.Int64N(12)
		return ratelimit.GCRA(rate, millis(period), burst), &modelGCRA{rate: rate, period: period, burst: burst}
	}},
}

// A tally is what the histories showed.
type tally struct {
	decisions, refused     int
	overAdmitted, mistaken int // differences from the model
	burned                 int // refusals that wrote
	retries, wrongRetries  int // RetryAfter
	fromMemory             int
}

func (s *tally) report(t *testing.T, n int) {
	t.Helper()
	t.Logf("%d histories, %d decisions, %d refused (%d from memory): over-admitted %d, otherwise mistaken %d, refusals that wrote %d, RetryAfter wrong %d of %d",
		n, s.decisions, s.refused, s.fromMemory, s.overAdmitted, s.mistaken, s.burned, s.wrongRetries, s.retries)
	if s.overAdmitted != 0 || s.mistaken != 0 || s.burned != 0 {
		t.Error("the limiter is not what its model says")
	}
	if s.wrongRetries*1000 > s.retries || s.retries == 0 {
		t.Error("RetryAfter is wrong too often")
	}
	if s.refused == 0 || s.refused == s.decisions {
		t.Error("the histories tell nothing: nothing was refused, or everything")
	}
}

// TestHistories plays random histories of 8 instances, whose clocks are up to 60 s
// off, on the Lua engine of the embedded server, and compares every decision with
// the model. The local memory of refusals is on in half of them.
func TestHistories(t *testing.T) {
	t.Parallel()
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			n := histories(3000)
			db := newLuaDB(t)
			r := rand.New(rand.NewPCG(1, uint64(len(s.name)))) //nolint:gosec // a repeatable sequence is the purpose
			base, _ := s.make(r, 1)
			fleet := newFleet(t, db, base, r)
			var sum tally
			for i := range n {
				db.clear()
				playHistory(t, db, fleet, s, "h"+strconv.Itoa(i), r, &sum)
			}
			sum.report(t, n)
			if sum.fromMemory == 0 {
				t.Error("the memory was never used")
			}
		})
	}
}

// newFleet returns 8 instances with clocks of their own, the odd ones with a
// memory.
func newFleet(t *testing.T, db *luaDB, base ratelimit.Algorithm, r *rand.Rand) []*ratelimit.Limiter {
	t.Helper()
	fleet := make([]*ratelimit.Limiter, 8)
	for i := range fleet {
		o := ratelimit.Options{Remember: -1, Timeout: -1}
		if i%2 == 1 {
			o.Remember = 16
		}
		skew := millis(r.Int64N(120_001) - 60_000)
		fleet[i] = newLimiter(t, db, base, o)
		fleet[i].SetNow(func() time.Time { return db.time().Add(skew) })
	}
	return fleet
}

func playHistory(t *testing.T, db *luaDB, fleet []*ratelimit.Limiter, s subject, id string, r *rand.Rand, sum *tally) {
	t.Helper()
	alg, m := s.make(r, 1)
	limit, window := alg.Limit(), alg.Window().Milliseconds()
	ctx := context.Background()
	for range 3 + r.IntN(6) {
		db.advance(millis(step(r, window)))
		l := fleet[r.IntN(len(fleet))]
		n := 1 + r.Int64N(limit)
		if r.IntN(2) == 0 {
			n = 1
		}
		_, _, before := db.counts()
		d, err := l.Do(ctx, ratelimit.Request{ID: id, N: n, Algorithm: alg})
		if err != nil {
			t.Fatal(err)
		}
		_, _, after := db.counts()
		judge(sum, m, d, db.now, n, after-before)
	}
}

// step draws how much time passes: often none, sometimes more than two windows.
func step(r *rand.Rand, window int64) int64 {
	switch r.IntN(8) {
	case 0, 1, 2:
		return 0
	case 3:
		return r.Int64N(3*window + 1)
	}
	return r.Int64N(window/4 + 2)
}

// judge compares one decision with the model and takes it there.
func judge(sum *tally, m model, d ratelimit.Decision, now, n int64, writes int) {
	sum.decisions++
	fits := m.fits(now, n)
	switch {
	case d.Allowed && !fits:
		sum.overAdmitted++
	case d.Allowed != fits:
		sum.mistaken++
	}
	if d.Allowed {
		m.take(now, n)
		if d.Taken != n || d.ResetAfter <= 0 || !m.busy(now+d.ResetAfter.Milliseconds()-1) || m.busy(now+d.ResetAfter.Milliseconds()) {
			sum.mistaken++
		}
	} else {
		sum.refused++
		sum.retries++
		if d.Reason == ratelimit.ByMemory {
			sum.fromMemory++
		}
		// What is remembered does not know what others took since; it must not be
		// longer than right.
		at := now + d.RetryAfter.Milliseconds()
		if m.fits(at-1, n) || d.Reason != ratelimit.ByMemory && !m.fits(at, n) {
			sum.wrongRetries++
		}
		if writes != 0 {
			sum.burned++
		}
	}
	if d.Reason == ratelimit.ByServer && (!m.fits(now, d.Remaining) && d.Remaining > 0 || d.Remaining < d.Limit && m.fits(now, d.Remaining+1)) {
		sum.mistaken++
	}
}
