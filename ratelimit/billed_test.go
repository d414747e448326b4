//go:build !wasm

package ratelimit_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// bill runs do and returns how many commands the embedded server counted, those
// inside scripts included, and how many the client's hook accounted for.
func (s *stack) bill(t *testing.T, do func()) (real, hook, requests int) {
	t.Helper()
	before, was := s.srv.Stats(), s.meter.Totals()
	do()
	after, is := s.srv.Stats(), s.meter.Totals()
	if !after.ScriptsCounted {
		t.Fatal("the server does not count what scripts call")
	}
	return int(after.Billed() - before.Billed()), is.Billed - was.Billed, is.Requests - was.Requests
}

var algorithms = []ratelimit.Algorithm{
	ratelimit.FixedWindow(2, time.Hour),
	ratelimit.SlidingWindow(2, time.Hour),
	ratelimit.SlidingLog(2, time.Hour),
	ratelimit.TokenBucket(1, time.Hour, 2),
	ratelimit.GCRA(1, time.Hour, 2),
}

// TestBilledPerDecision counts the commands that the database really ran.
func TestBilledPerDecision(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	for _, clientTime := range []bool{false, true} {
		extra := 1 // TIME
		name := "server time"
		if clientTime {
			extra, name = 0, "client time"
		}
		for _, alg := range algorithms {
			// Clocks that may differ cost these one of the burst.
			if clientTime && alg.String() == "GCRA" {
				alg = ratelimit.GCRA(1, time.Hour, 3)
			} else if clientTime && alg.String() == "token bucket" {
				alg = ratelimit.TokenBucket(1, time.Hour, 3)
			}
			t.Run(name+"/"+alg.String(), func(t *testing.T) {
				l := newLimiter(t, s, alg, ratelimit.Options{ClientTime: clientTime})
				id := t.Name()
				allow := func(want bool) func() {
					return func() {
						d, err := l.Allow(t.Context(), id)
						if err != nil || d.Allowed != want || d.Degraded() {
							t.Errorf("Allow = %+v, %v, want %t", d, err, want)
						}
					}
				}
				allow(true)() // the server learns the script
				check := func(what string, do func(), wantReal, wantHook, wantRequests int) {
					t.Helper()
					if real, hook, requests := s.bill(t, do); real != wantReal || hook != wantHook || requests != wantRequests {
						t.Errorf("%s: %d commands, %d by the hook, %d requests, want %d, %d, %d",
							what, real, hook, requests, wantReal, wantHook, wantRequests)
					}
				}
				check("allowed", allow(true), 3+extra, 3+extra, 1)
				// The hook counts what a script may run at most.
				check("refused", allow(false), 2+extra, 3+extra, 1)
				check("refused again", allow(false), 0, 0, 0)
				check("peek", func() { _, _ = l.Peek(t.Context(), id) }, 2+extra, 2+extra, 1)
				check("reset", func() { _ = l.Reset(t.Context(), id) }, 1, 1, 1)
				var d ratelimit.Decision
				check("at most", func() { d, _ = l.AllowAtMost(t.Context(), id, 2) }, 3+extra, 3+extra, 1)
				check("refund", func() { _, _ = l.Refund(t.Context(), id, d, 1) }, 3+extra, 3+extra, 1)
				check("reserve", func() { _, _ = l.Reserve(t.Context(), id, 2, 24*time.Hour) }, 3+extra, 3+extra, 1)
				check("2 ids", func() {
					_, _ = l.AllowMany(t.Context(), []ratelimit.Request{{ID: id + "a"}, {ID: id + "b"}})
				}, 2*(3+extra), 2*(3+extra), 1)
			})
		}
	}
}

// TestBilledSeveralLimits: k limits cost at most 1 + 2k commands in one request.
func TestBilledSeveralLimits(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	for k := 2; k <= 5; k++ {
		t.Run(strconv.Itoa(k), func(t *testing.T) {
			var policies []ratelimit.Policy
			var ids []string
			for i := range k {
				policies = append(policies, ratelimit.NewPolicy("p"+strconv.Itoa(k)+"-"+strconv.Itoa(i), algorithms[i]))
				ids = append(ids, "x")
			}
			m, err := ratelimit.NewMulti(s, policies, patient(s, ratelimit.Options{}))
			if err != nil {
				t.Fatal(err)
			}
			allow := func(want bool) {
				if d, err := m.Allow(t.Context(), ids...); err != nil || d.Allowed != want || d.Degraded() {
					t.Errorf("Allow = %+v, %v, want %t", d, err, want)
				}
			}
			allow(true) // the server learns the script
			real, hook, requests := s.bill(t, func() { allow(true) })
			if real != 3+k || hook != real || real > 1+2*k || requests != 1 {
				t.Errorf("allowed: %d commands, %d by the hook, %d requests, want %d in one", real, hook, requests, 3+k)
			}
			if real, _, requests := s.bill(t, func() { allow(false) }); real != 3 || requests != 1 {
				t.Errorf("refused: %d commands, %d requests, want 3 in one", real, requests)
			}
			if real, _, _ := s.bill(t, func() { allow(false) }); real != 0 {
				t.Errorf("refused again: %d commands, want 0", real)
			}
		})
	}
}

// TestBilledOnRedis counts with the statistics of a real Redis.
func TestBilledOnRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.StartOwn(t)
	s := newStack(t, redis.URL)
	l := newLimiter(t, s, ratelimit.SlidingWindow(30, time.Hour), ratelimit.Options{})
	allow := func(n int) {
		for range n {
			if d, err := l.Allow(context.Background(), "x"); err != nil || d.Degraded() {
				t.Fatal(d, err)
			}
		}
	}
	allow(10) // scripts are known, and the client has found out about flags
	before := commandCalls(t, redis.URL)
	allow(20)
	after := commandCalls(t, redis.URL)
	for name, want := range map[string]int{"evalsha": 20, "eval": 0, "get": 20, "set": 20, "time": 20, "pttl": 0} {
		if got := after[name] - before[name]; got != want {
			t.Errorf("20 allowed decisions called %s %d times, want %d", name, got, want)
		}
	}
	allow(1)
	refused := commandCalls(t, redis.URL)
	for name, want := range map[string]int{"evalsha": 1, "get": 1, "set": 0, "time": 1} {
		if got := refused[name] - after[name]; got != want {
			t.Errorf("a refusal called %s %d times, want %d", name, got, want)
		}
	}
	allow(50)
	if again := commandCalls(t, redis.URL)["evalsha"]; again != refused["evalsha"] {
		t.Errorf("50 refusals from memory ran %d scripts", again-refused["evalsha"])
	}
}

// TestBilledConcurrency counts the commands of a slot.
func TestBilledConcurrency(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	billSlots(t, s, newConcurrency(t, s, ratelimit.ConcurrencyOptions{Limit: 1}), 1)
	billSlots(t, s, newConcurrency(t, s, ratelimit.ConcurrencyOptions{Limit: 1, Options: ratelimit.Options{ClientTime: true}}), 0)
}

// billSlots checks what a limit of one slot costs; extra is what the time costs.
func billSlots(t *testing.T, s *stack, c *ratelimit.Concurrency, extra int) {
	t.Helper()
	first, _, err := c.Acquire(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Release(t.Context())
	var slot *ratelimit.Slot
	for _, step := range []struct {
		name string
		do   func() error
		want int
	}{
		{"acquired", func() (err error) { slot, _, err = c.Acquire(t.Context(), "x"); return err }, 3 + extra},
		{"refused", func() error { _, _, err := c.Acquire(t.Context(), "x"); return err }, 2 + extra},
		{"extended", func() error { return slot.Extend(t.Context()) }, 3 + extra},
		{"released", func() error { return slot.Release(t.Context()) }, 3},
	} {
		real, _, requests := s.bill(t, func() {
			if err := step.do(); err != nil {
				t.Error(step.name, err)
			}
		})
		if real != step.want || requests != 1 {
			t.Errorf("%s: %d commands in %d requests, want %d in 1", step.name, real, requests, step.want)
		}
	}
}
