//go:build !wasm

package ratelimit_test

import (
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
)

// TestMemoryStandsForItsCostOnly: a refusal of 8 says nothing about 1.
func TestMemoryStandsForItsCostOnly(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(10, time.Minute), ratelimit.Options{})
	allow(t, l, "x", 5, true)
	first := allow(t, l, "x", 8, false)
	again := allow(t, l, "x", 8, false)
	if again.Reason != ratelimit.ByMemory || again.RetryAfter != first.RetryAfter || again.Remaining != 5 || again.Policy != "test" {
		t.Errorf("again: %+v, want memory of %+v", again, first)
	}
	allow(t, l, "x", 5, true)
}

// TestMemoryStandsForItsAlgorithmOnly: a refusal says nothing about another tariff.
func TestMemoryStandsForItsAlgorithmOnly(t *testing.T) {
	t.Parallel()
	for _, other := range []ratelimit.Algorithm{
		ratelimit.FixedWindow(100, time.Minute), // the limit alone
		ratelimit.FixedWindow(1, time.Second),   // the window alone
	} {
		db := newLuaDB(t)
		l := db.on(ratelimit.FixedWindow(1, time.Minute), ratelimit.Options{})
		allow(t, l, "x", 1, true)
		allow(t, l, "x", 1, false)
		if d := allow(t, l, "x", 1, false); d.Reason != ratelimit.ByMemory {
			t.Errorf("again: %+v, want memory", d)
		}
		d, err := l.Do(t.Context(), ratelimit.Request{ID: "x", Algorithm: other})
		if err != nil || d.Reason == ratelimit.ByMemory {
			t.Errorf("with %v: %+v, %v", other, d, err)
		}
	}
}

// TestMemoryEndsExactly: not a millisecond longer than Redis said.
func TestMemoryEndsExactly(t *testing.T) {
	t.Parallel()
	for _, alg := range algorithms {
		db := newLuaDB(t)
		l := db.on(alg, ratelimit.Options{})
		allow(t, l, "x", 2, true)
		d := allow(t, l, "x", 1, false)
		db.advance(d.RetryAfter - time.Millisecond)
		if d := allow(t, l, "x", 1, false); d.Reason != ratelimit.ByMemory || d.RetryAfter != time.Millisecond {
			t.Errorf("%s: a millisecond before: %+v", alg, d)
		}
		db.advance(time.Millisecond)
		allow(t, l, "x", 1, true)
	}
}

// TestMemoryIsBounded: the oldest gives way.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{Remember: 10})
	refuse := func(i int) ratelimit.Decision {
		id := strconv.Itoa(i)
		_, _ = l.Allow(t.Context(), id)
		return allow(t, l, id, 1, false)
	}
	for i := range 2000 {
		refuse(i)
		if n := l.Remembered(); n > 10 {
			t.Fatalf("%d ids are remembered, want at most 10", n)
		}
	}
	if l.Remembered() != 10 {
		t.Errorf("%d ids are remembered, want 10", l.Remembered())
	}
	if d := refuse(1999); d.Reason != ratelimit.ByMemory {
		t.Errorf("the newest was forgotten: %+v", d)
	}
	requests, _, _ := db.counts()
	allow(t, l, "0", 1, false)
	if now, _, _ := db.counts(); now != requests+1 {
		t.Error("the oldest was still remembered")
	}
	off := db.on(ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{Remember: -1})
	if d := allow(t, off, "0", 1, false); d.Reason != ratelimit.ByServer || off.Remembered() != 0 {
		t.Errorf("without a memory: %+v", d)
	}
}

// TestMemoryIsDroppedByResetAndRefund in the same process.
func TestMemoryIsDroppedByResetAndRefund(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{})
	taken := allow(t, l, "x", 1, true)
	allow(t, l, "x", 1, false)
	if n, err := l.Refund(t.Context(), "x", taken, 1); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	allow(t, l, "x", 1, true)
	allow(t, l, "x", 1, false)
	if err := l.Reset(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	allow(t, l, "x", 1, true)
}

// TestMemoryKeepsGoodput: polling each 20 ms gets as much through with the memory
// as without it, for far fewer requests.
func TestMemoryKeepsGoodput(t *testing.T) {
	t.Parallel()
	for _, alg := range []ratelimit.Algorithm{
		ratelimit.FixedWindow(10, 2*time.Second), ratelimit.SlidingWindow(10, 2*time.Second), ratelimit.SlidingLog(10, 2*time.Second),
		ratelimit.TokenBucket(10, 2*time.Second, 10), ratelimit.GCRA(10, 2*time.Second, 10),
	} {
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				with, requests := poll(t, alg, 0)
				without, all := poll(t, alg, -1)
				t.Logf("%d of %d polls passed with %d requests, %d with %d", with, all, requests, without, all)
				if with*100 < without*99 || requests*2 > all {
					t.Errorf("goodput %d of %d, requests %d of %d", with, without, requests, all)
				}
			})
		})
	}
}

func poll(t *testing.T, alg ratelimit.Algorithm, remember int) (passed, requests int) {
	t.Helper()
	db := newTickingDB(t)
	l := newLimiter(t, db, alg, ratelimit.Options{Remember: remember})
	for range 1000 {
		d, err := l.Allow(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		if d.Allowed {
			passed++
		}
		time.Sleep(20 * time.Millisecond) // in the bubble
	}
	requests, _, _ = db.counts()
	return passed, requests
}

// TestMemoryIsSafe for concurrent use, for the race detector.
func TestMemoryIsSafe(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{Remember: 4})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				_, _ = l.Allow(t.Context(), strconv.Itoa((g+i)%9))
			}
		})
	}
	wg.Wait()
	if s := l.Stats(); s.Allowed != 9 || s.Refused != 8*50-9 {
		t.Errorf("%+v", s)
	}
}
