//go:build !wasm

package ratelimit_test

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// repetitions is how often the race for the limit is run: EDGEREDIS_REPETITIONS
// says, or else usual; with -short and with the race detector far fewer.
func repetitions(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("EDGEREDIS_REPETITIONS")); err == nil && n > 0 {
		return n
	}
	if testing.Short() || raceEnabled {
		return max(usual/20, 1)
	}
	return usual
}

// TestHundredCallersLimitTen: 100 callers at once, in 4 processes' worth of
// limiters, over real HTTP and real Redis; exactly 10 pass, each time.
func TestHundredCallersLimitTen(t *testing.T) {
	t.Parallel()
	s := newStack(t, redistest.Start(t))
	for _, tc := range []struct {
		alg   ratelimit.Algorithm
		usual int
	}{{ratelimit.SlidingWindow(10, time.Hour), 1000}, {ratelimit.GCRA(10, time.Hour, 10), 200}} {
		alg, n := tc.alg, repetitions(tc.usual)
		var fleet [4]*ratelimit.Limiter
		for i := range fleet {
			fleet[i] = newLimiter(t, s, alg, ratelimit.Options{Remember: -1, Timeout: time.Minute})
		}
		prefix := t.Name() + strconv.FormatInt(time.Now().UnixNano(), 36)
		for i := range n {
			id := prefix + strconv.Itoa(i)
			var passed atomic.Int64
			var wg sync.WaitGroup
			start := make(chan struct{})
			for c := range 100 {
				wg.Go(func() {
					<-start
					d, err := fleet[c%len(fleet)].Allow(t.Context(), id)
					if err != nil || d.Degraded() {
						t.Error(d, err)
					}
					if d.Allowed {
						passed.Add(1)
					}
				})
			}
			close(start)
			wg.Wait()
			if passed.Load() != 10 {
				t.Errorf("%s, repetition %d: %d of 10 passed", alg, i, passed.Load())
			}
		}
		t.Logf("%s: exactly 10 of 100 passed, %d times", alg, n)
	}
}
