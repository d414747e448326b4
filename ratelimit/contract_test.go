//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// loseAndWait loses the first answer, and lets d pass before the second question.
func loseAndWait(db *luaDB, d time.Duration) {
	lost := false
	db.fail = func(int) error {
		if lost {
			return nil
		}
		lost = true
		db.now += d.Milliseconds() // under the lock of db
		return lostAnswer()
	}
}

// TestLeaseRecalledInTheNextWindow: tokens of a window that is over are leased for
// the next one.
func TestLeaseRecalledInTheNextWindow(t *testing.T) {
	db := newLuaDB(t)
	const limit = 10
	l := db.on(ratelimit.SlidingWindow(limit, time.Second), ratelimit.Options{Remember: -1})
	if d, err := l.Allow(t.Context(), "x"); err != nil || !d.Allowed { // begins the window
		t.Fatal(d, err)
	}
	s, err := ratelimit.NewLeased(l, ratelimit.LeaseOptions{Size: limit - 1})
	if err != nil {
		t.Fatal(err)
	}
	db.advance(990 * time.Millisecond)
	loseAndWait(db, 20*time.Millisecond) // the answer is asked for again 10 ms into the next window
	if d, err := s.Allow(t.Context(), "x"); err != nil || d.Degraded() {
		t.Fatal(d, err)
	}
	db.advance(960 * time.Millisecond) // near the end of the second window
	admitted := 0                      // all in this one millisecond
	for range 2 * limit {
		if d, err := s.Allow(t.Context(), "x"); err != nil {
			t.Fatal(err)
		} else if d.Allowed {
			admitted++
		}
	}
	for range 2 * limit {
		if d, _ := l.Allow(t.Context(), "x"); d.Allowed {
			admitted++
		}
	}
	if admitted > limit {
		t.Errorf("%d admitted within one millisecond, the limit is %d per second", admitted, limit)
	}
}

// TestRefundRecalledInTheNextWindow: a refund of a recalled decision is taken from
// what others took.
func TestRefundRecalledInTheNextWindow(t *testing.T) {
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(10, time.Second), ratelimit.Options{Remember: -1})
	allow(t, l, "x", 1, true)
	db.advance(990 * time.Millisecond)
	loseAndWait(db, 20*time.Millisecond)
	d := allow(t, l, "x", 9, true) // counted in the first window, answered in the second
	db.fail = nil
	db.advance(900 * time.Millisecond)
	allow(t, l, "x", 9, true) // the second window
	n, err := l.Refund(t.Context(), "x", d, 9)
	after, _ := l.Peek(t.Context(), "x")
	db.advance(0)
	t.Logf("refunded %d, %v; remaining %d", n, err, after.Remaining)
	if after.Remaining > 1 {
		t.Errorf("9 of 10 were taken in this window, and %d remain: the refund came off somebody else's count", after.Remaining)
	}
}

// TestRefundRecalledTwoWindowsLater: the window between belongs to others, too.
func TestRefundRecalledTwoWindowsLater(t *testing.T) {
	db := newLuaDB(t)
	alg := ratelimit.SlidingWindow(10, 100*time.Millisecond)
	others := db.on(alg, ratelimit.Options{Remember: -1})
	first := true
	d := funcDoer(func(ctx context.Context, c upstash.Command) (upstash.Reply, error) {
		r, err := db.Do(ctx, c)
		if !first {
			return r, err
		}
		first = false
		db.advance(199 * time.Millisecond) // near the end of the second window
		allow(t, others, "x", 9, true)
		db.advance(10 * time.Millisecond) // the third one
		return upstash.Reply{}, lostAnswer()
	})
	l := newLimiter(t, d, alg, ratelimit.Options{Remember: -1, Timeout: time.Minute})
	took := allow(t, l, "x", 1, true)
	before, err := l.Peek(t.Context(), "x")
	if err != nil || before.Remaining > 2 {
		t.Fatalf("9 of 10 were taken in the window before, %d remain, %v", before.Remaining, err)
	}
	if n, err := l.Refund(t.Context(), "x", took, 1); n != 0 || err != nil {
		t.Errorf("Refund = %d, %v; want 0, its window is gone", n, err)
	}
}

// TestRefundAfterALostAnswer: a refund of a decision that had to be asked for twice.
func TestRefundAfterALostAnswer(t *testing.T) {
	for _, alg := range []ratelimit.Algorithm{ratelimit.FixedWindow(10, time.Minute), ratelimit.SlidingWindow(10, time.Minute), ratelimit.SlidingLog(10, time.Minute), ratelimit.TokenBucket(1, time.Minute, 10), ratelimit.GCRA(1, time.Minute, 10)} {
		db := newLuaDB(t)
		l := db.on(alg, ratelimit.Options{})
		loseAndWait(db, 20*time.Millisecond)
		d := allow(t, l, "x", 4, true)
		if n, err := l.Refund(t.Context(), "x", d, 4); n != 4 || err != nil {
			t.Errorf("%s: Refund(4) = %d, %v", alg, n, err)
		}
	}
}

type funcDoer func(context.Context, upstash.Command) (upstash.Reply, error)

func (f funcDoer) Do(ctx context.Context, c upstash.Command) (upstash.Reply, error) { return f(ctx, c) }

// TestResetOvertakenByARefusal: a refusal that is on its way while the id is reset
// is remembered after it.
func TestResetOvertakenByARefusal(t *testing.T) {
	db := newLuaDB(t)
	held, answered := make(chan struct{}), make(chan struct{})
	var slow atomic.Bool
	d := funcDoer(func(ctx context.Context, c upstash.Command) (upstash.Reply, error) {
		r, err := db.Do(ctx, c)
		if slow.CompareAndSwap(true, false) {
			close(answered)
			<-held
		}
		return r, err
	})
	l := newLimiter(t, d, ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{Timeout: time.Minute})
	allow(t, l, "x", 1, true)
	slow.Store(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = l.Allow(context.Background(), "x")
	}()
	<-answered // the server has refused; the answer is on its way
	if err := l.Reset(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	close(held)
	<-done
	if d, err := l.Allow(t.Context(), "x"); err != nil || !d.Allowed {
		t.Errorf("after Reset: %+v, %v", d, err)
	}
}

// TestWaitWithoutTimeoutHangs: Reservation.Wait gives the ticket back without any
// bound.
func TestWaitWithoutTimeoutHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newTickingDB(t)
		var hang atomic.Bool
		stop := make(chan struct{})
		d := funcDoer(func(ctx context.Context, c upstash.Command) (upstash.Reply, error) {
			if hang.Load() { // the server has gone silent
				select {
				case <-ctx.Done():
					return upstash.Reply{}, ctx.Err()
				case <-stop:
					return upstash.Reply{}, errors.New("stopped")
				}
			}
			return db.Do(ctx, c)
		})
		l := newLimiter(t, d, ratelimit.GCRA(1, time.Minute, 1), ratelimit.Options{Timeout: -1})
		allow(t, l, "x", 1, true)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		r, err := l.Reserve(ctx, "x", 1, time.Hour)
		if err != nil || !r.OK {
			t.Fatal(r, err)
		}
		go func() { ended <- r.Wait(ctx) }()
		<-time.After(time.Second)
		hang.Store(true)
		cancel()
		select {
		case err := <-ended:
			t.Logf("ended: %v", err)
		case <-time.After(24 * time.Hour):
			t.Error("Wait still waits a day after its ctx ended")
			close(stop)
			<-ended
		}
	})
}

// TestHugeLimits: what the scripts cannot count is refused.
func TestHugeLimits(t *testing.T) {
	for name, tc := range map[string]struct {
		alg     ratelimit.Algorithm
		refused bool
	}{
		"bucket of 2^60":    {ratelimit.TokenBucket(1<<60, time.Hour, 1<<60), true},
		"the largest":       {ratelimit.TokenBucket(math.MaxInt64, time.Hour, math.MaxInt64), true},
		"bucket of 16":      {ratelimit.TokenBucket(4e15, time.Hour, 4e15), false},
		"gcra of 16 digits": {ratelimit.GCRA(1_000_000, time.Millisecond, 4e15), false},
	} {
		t.Run(name, func(t *testing.T) {
			alg, db := tc.alg, newLuaDB(t)
			l, err := ratelimit.New(db, ratelimit.NewPolicy("test", alg), ratelimit.Options{Timeout: time.Minute})
			if (err != nil) != tc.refused {
				t.Fatalf("error %v", err)
			}
			if tc.refused {
				return
			}
			n := alg.Limit() - 7
			for i := range 4 {
				d, err := l.AllowN(t.Context(), "x", n)
				if err != nil || d.Degraded() {
					t.Fatalf("take %d: %+v %v", i, d, err)
				}
				want := i == 0
				if d.Allowed != want {
					t.Fatalf("take %d: allowed %t", i, d.Allowed)
				}
				if i == 0 && d.Remaining != 7 {
					t.Errorf("remaining %d, want 7", d.Remaining)
				}
			}
			for i := range 7 {
				d, err := l.AllowN(t.Context(), "x", 1)
				if err != nil || d.Degraded() || !d.Allowed {
					t.Fatalf("one more, %d: %+v %v", i, d, err)
				}
			}
			if d, _ := l.AllowN(t.Context(), "x", 1); d.Allowed {
				t.Error("above the limit")
			}
		})
	}
}

// TestBadWindowIsBlamedOnTheName: what New says about a bad window.
func TestBadWindowIsBlamedOnTheName(t *testing.T) {
	db := newLuaDB(t)
	for _, w := range []time.Duration{-time.Second, time.Microsecond} {
		_, err := ratelimit.New(db, ratelimit.NewPolicy("test", ratelimit.FixedWindow(1, w)), ratelimit.Options{})
		if err == nil || !strings.Contains(err.Error(), "Algorithm") {
			t.Errorf("%v: %v", w, err)
		}
	}
}

// TestNeverHeader: the headers of a cost above the limit.
func TestNeverHeader(t *testing.T) {
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(10, time.Minute), ratelimit.Options{})
	d, err := l.AllowN(t.Context(), "x", 11)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := l.Peek(t.Context(), "x")
	d.Header(func(name, value string) {
		if name == "RateLimit" && strings.Contains(value, ";r=0") {
			t.Errorf("%s: %s, and %d remain", name, value, p.Remaining)
		}
	})
}

// TestLeaseResetAfter: ResetAfter of a token that was taken in advance.
func TestLeaseResetAfter(t *testing.T) {
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(100, time.Minute), ratelimit.Options{})
	s, err := ratelimit.NewLeased(l, ratelimit.LeaseOptions{Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = s.Allow(t.Context(), "x")
	db.advance(59 * time.Second)
	d, err := s.Allow(t.Context(), "x")
	if err != nil || d.Reason != ratelimit.ByLease || d.ResetAfter > time.Second {
		t.Errorf("one second before the end: reason %v, ResetAfter %v, %v", d.Reason, d.ResetAfter, err)
	}
}

// TestSlotOfALateAnswer: a slot that was taken although the answer was late.
func TestSlotOfALateAnswer(t *testing.T) {
	db := newLuaDB(t)
	db.fail = func(int) error { return lostAnswer() } // applied, both answers are lost
	c, err := ratelimit.NewConcurrency(db, "jobs", ratelimit.ConcurrencyOptions{Limit: 1, TTL: time.Hour, Options: ratelimit.Options{Timeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	s, d, err := c.Acquire(t.Context(), "x")
	db.fail = nil
	if err != nil || !d.Degraded() || s == nil {
		t.Fatal(s, d, err)
	}
	_ = s.Release(t.Context())
	if n, err := c.InFlight(t.Context(), "x"); n != 0 || err != nil {
		t.Errorf("after the release of the degraded slot %d are in flight, %v", n, err)
	}
}

// TestInFlightAboveTheLimit: InFlight when more are held than this process allows.
func TestInFlightAboveTheLimit(t *testing.T) {
	db := newLuaDB(t)
	mk := func(limit int64) *ratelimit.Concurrency {
		c, err := ratelimit.NewConcurrency(db, "jobs", ratelimit.ConcurrencyOptions{Limit: limit, TTL: time.Hour, Options: ratelimit.Options{Timeout: time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if s, _, err := mk(10).AcquireN(t.Context(), "x", 8); s == nil || err != nil {
		t.Fatal(err)
	}
	if n, _ := mk(5).InFlight(t.Context(), "x"); n != 8 {
		t.Errorf("8 are held, InFlight = %d", n)
	}
}

// TestFastHTTPShutdown: requests under way while a fasthttp server shuts down.
func TestFastHTTPShutdown(t *testing.T) {
	db := newLuaDB(t)
	l := newLimiter(t, db, ratelimit.FixedWindow(100, time.Minute), ratelimit.Options{OnFailure: ratelimit.FailDeny})
	begun, goOn := make(chan struct{}), make(chan struct{})
	var cause error
	limited := ratelimit.FastHTTPMiddleware(l, ratelimit.HTTPOptions[*fasthttp.RequestCtx]{
		Key:        func(*fasthttp.RequestCtx) string { return "x" },
		OnDegraded: func(_ *fasthttp.RequestCtx, d ratelimit.Decision) { cause = d.Err },
	})(func(ctx *fasthttp.RequestCtx) { ctx.SetStatusCode(200) })
	srv := &fasthttp.Server{Handler: func(ctx *fasthttp.RequestCtx) {
		close(begun)
		<-goOn
		limited(ctx)
	}}
	ln := fasthttputil.NewInmemoryListener()
	go func() { _ = srv.Serve(ln) }()
	status := make(chan int, 1)
	go func() {
		c := fasthttp.Client{Dial: func(string) (net.Conn, error) { return ln.Dial() }}
		code, _, err := c.Get(nil, "http://x/")
		if err != nil {
			code = -1
		}
		status <- code
	}()
	<-begun
	down := make(chan struct{})
	go func() { defer close(down); _ = srv.Shutdown() }()
	for { // until Shutdown has closed the listener
		c, err := ln.Dial()
		if err != nil {
			break
		}
		_ = c.Close()
	}
	// the done channel is closed right after the listener, under the same lock
	<-time.After(50 * time.Millisecond)
	close(goOn)
	if code := <-status; code != 200 {
		t.Errorf("a request under way at a graceful shutdown got %d: %v", code, cause)
	}
	<-down
}

// TestLeasedBadID: a bad id.
func TestLeasedBadID(t *testing.T) {
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(100, time.Minute), ratelimit.Options{})
	s, _ := ratelimit.NewLeased(l, ratelimit.LeaseOptions{})
	d, err := s.Allow(t.Context(), strings.Repeat("x", 40000))
	if err == nil {
		t.Fatal("no error")
	}
	if d.Allowed || d.Degraded() {
		t.Errorf("a bad id is an error and allowed %t, degraded %t (Limiter.Allow says neither)", d.Allowed, d.Degraded())
	}
	if s.Held() != 0 {
		t.Errorf("%d places are taken by it", s.Held())
	}
}

// TestMemoryAfterSuspension: the machine is suspended: the monotonic clock stands
// still, the wall clock and the server's go on.
func TestMemoryAfterSuspension(t *testing.T) {
	db := newLuaDB(t)
	l := newLimiter(t, db, ratelimit.FixedWindow(1, time.Hour), ratelimit.Options{})
	now, suspended := time.Now(), uint64(0)
	l.SetNow(func() time.Time {
		n := now
		*(*uint64)(unsafe.Pointer(&n)) += suspended << 30 //nolint:gosec // seconds of the wall clock, see type time.Time
		return n
	})
	allow(t, l, "x", 1, true)
	allow(t, l, "x", 1, false)
	suspended = 2 * 3600
	db.advance(2 * time.Hour)
	if d, err := l.Allow(t.Context(), "x"); err != nil || !d.Allowed {
		t.Errorf("an hour after the window's end: allowed %t by %v, retry after %v, %v", d.Allowed, d.Reason, d.RetryAfter, err)
	}
}
