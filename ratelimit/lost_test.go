//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// TestLostRefundIsNotRepeated: it would give back twice.
func TestLostRefundIsNotRepeated(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(10, time.Minute), ratelimit.Options{})
	d := allow(t, l, "x", 10, true)
	db.fail = func(int) error { return lostAnswer() }
	if n, err := l.Refund(t.Context(), "x", d, 3); n != 0 || upstash.OutcomeOf(err) != upstash.MaybeApplied {
		t.Errorf("Refund = %d, %v", n, err)
	}
	db.fail = nil
	if d, err := l.Peek(t.Context(), "x"); err != nil || d.Remaining != 3 {
		t.Errorf("after it %d remain, %v, want 3", d.Remaining, err)
	}
}

// TestLostAnswerIsNotChargedTwice: the question is asked again, and Redis knows
// that it has answered it before.
func TestLostAnswerIsNotChargedTwice(t *testing.T) {
	t.Parallel()
	for _, alg := range algorithms {
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			for name, applied := range map[string]bool{"after it was counted": true, "before": false} {
				db := newLuaDB(t)
				l := db.on(alg, ratelimit.Options{Remember: -1})
				lose := func(try int) error {
					if try == 1 {
						return lostAnswer()
					}
					return nil
				}
				if applied {
					db.fail = lose
				} else {
					db.before = lose
				}
				if d := allow(t, l, "x", 1, true); d.Taken != 1 || d.Remaining != 1 {
					t.Errorf("lost %s: %+v", name, d)
				}
				if d, _ := l.Peek(t.Context(), "x"); d.Remaining != 1 {
					t.Errorf("lost %s: %d remain, want 1", name, d.Remaining)
				}
			}
		})
	}
}

// TestLostAnswersThroughTheClient loses answers between the real client and the
// dev server, for every kind of call.
func TestLostAnswersThroughTheClient(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	transport, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	faults := upstashtest.NewFaults(transport, upstashtest.FaultOptions{
		Rate: 0.3, Random: []upstashtest.Fault{upstashtest.ReplyLost(), upstashtest.NotSent(), upstashtest.ErrorPage(502).AfterApply()}, Seed: 4,
	})
	client, err := upstash.New(upstash.Config{
		URL: s.srv.URL, Token: upstash.Secret(s.srv.Token), Transport: faults,
		Retry: upstash.Retry{MaxAttempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	const limit = 1_000_000
	l := newLimiter(t, client, ratelimit.SlidingWindow(limit, time.Hour), ratelimit.Options{})
	n := 2000
	if testing.Short() || raceEnabled {
		n = 300
	}
	acknowledged, ambiguous := int64(0), int64(0)
	for range n {
		d, err := l.Allow(t.Context(), "x")
		switch {
		case err != nil:
			t.Fatal(err)
		case !d.Degraded():
			acknowledged++
		case upstash.OutcomeOf(d.Err) == upstash.MaybeApplied:
			ambiguous++
		}
	}
	check := newLimiter(t, s, ratelimit.SlidingWindow(limit, time.Hour), ratelimit.Options{})
	d, err := check.Peek(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	used := limit - d.Remaining
	t.Logf("%d calls: %d acknowledged, %d told to be unknown, %d counted; faults %v", n, acknowledged, ambiguous, used, faults.Counts().Kinds)
	if used < acknowledged || used > acknowledged+ambiguous {
		t.Errorf("%d were counted for %d acknowledged and %d unknown", used, acknowledged, ambiguous)
	}
	if ambiguous == 0 || ambiguous > int64(n)/4 {
		t.Error("the faults tell nothing")
	}
}

// TestLateAnswerIsNotAskedForAgain: the scripts do not remember for ever, so a
// question that was lost long ago would be charged twice.
func TestLateAnswerIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(l *ratelimit.Limiter) (ratelimit.Decision, error){
		"Allow": func(l *ratelimit.Limiter) (ratelimit.Decision, error) { return l.Allow(t.Context(), "x") },
		"AllowMany": func(l *ratelimit.Limiter) (ratelimit.Decision, error) {
			d, err := l.AllowMany(t.Context(), []ratelimit.Request{{ID: "x"}})
			return d[0], err
		},
	} {
		db := newLuaDB(t)
		l := db.on(ratelimit.FixedWindow(10, time.Hour), ratelimit.Options{OnFailure: ratelimit.FailDeny, Timeout: -1})
		db.fail = func(int) error { db.now += 5001; return lostAnswer() }
		d, err := ask(l)
		if err != nil || d.Allowed || upstash.OutcomeOf(d.Err) != upstash.MaybeApplied {
			t.Errorf("%s = %+v, %v, want a denial because of an answer that was lost", name, d, err)
		}
		if requests, _, _ := db.counts(); requests != 1 {
			t.Errorf("%s: %d requests, want 1", name, requests)
		}
	}
}

// TestLostAnswerOnABusyKey: when so much happened in between that Redis cannot
// tell any more, nothing is charged, and the decision says so.
func TestLostAnswerOnABusyKey(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(100, time.Hour), ratelimit.Options{OnFailure: ratelimit.FailDeny})
	other := db.on(ratelimit.SlidingWindow(100, time.Hour), ratelimit.Options{})
	gate := &interposed{Doer: db, after: func() {
		for range 8 {
			allow(t, other, "x", 1, true)
		}
	}}
	l, err := ratelimit.New(gate, l.Policy(), ratelimit.Options{OnFailure: ratelimit.FailDeny})
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Allow(t.Context(), "x")
	if err != nil || d.Allowed || !errors.Is(d.Err, ratelimit.ErrUncertain) {
		t.Errorf("Allow = %+v, %v, want ErrUncertain", d, err)
	}
	if d, _ := other.Peek(t.Context(), "x"); d.Remaining != 91 {
		t.Errorf("%d remain, want 91: 9 were counted", d.Remaining)
	}
}

// An interposed Doer loses the first answer and lets something happen then.
type interposed struct {
	upstash.Doer
	after func()
	lost  bool
}

func (d *interposed) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	r, err := d.Doer.Do(ctx, cmd)
	if !d.lost {
		d.lost = true
		d.after()
		return upstash.Reply{}, lostAnswer()
	}
	return r, err
}
