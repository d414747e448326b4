//go:build !wasm

package ratelimit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

var perSecondAndDay = []ratelimit.Policy{
	ratelimit.NewPolicy("second", ratelimit.GCRA(5, time.Second, 5)),
	ratelimit.NewPolicy("day", ratelimit.SlidingWindow(8, 24*time.Hour)),
	ratelimit.NewPolicy("global", ratelimit.FixedWindow(100, time.Minute)),
}

func newMulti(t *testing.T, d upstash.Doer, o ratelimit.Options) *ratelimit.Multi {
	t.Helper()
	m, err := ratelimit.NewMulti(d, perSecondAndDay, patient(d, o))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMultiIsAllOrNothing: what one policy refuses costs the others nothing.
func TestMultiIsAllOrNothing(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	m := newMulti(t, db, ratelimit.Options{Remember: -1})
	d, err := m.AllowN(t.Context(), 5, "u1", "u1", "all")
	if err != nil || !d.Allowed || len(d.Each) != 3 || d.Each[0].Remaining != 0 || d.Each[1].Remaining != 3 || d.Each[2].Remaining != 95 {
		t.Fatalf("AllowN(5) = %+v, %v", d, err)
	}
	if d.Policy != "second" {
		t.Errorf("the scarcest is %s, want second", d.Policy)
	}
	_, _, before := db.counts()
	if d, err = m.Allow(t.Context(), "u1", "u1", "all"); err != nil || d.Allowed || d.Policy != "second" || d.RetryAfter != 200*time.Millisecond {
		t.Errorf("Allow = %+v, %v, want refused by second", d.Decision, err)
	}
	if d.Each[1].Remaining != 3 || d.Each[2].Remaining != 95 {
		t.Errorf("the refusal cost others: %+v", d.Each)
	}
	if _, _, after := db.counts(); after != before {
		t.Error("a refusal wrote")
	}
	db.advance(time.Second)
	if d, err = m.AllowN(t.Context(), 4, "u1", "u1", "all"); err != nil || d.Allowed || d.Policy != "day" {
		t.Errorf("AllowN(4) = %+v, %v, want refused by day", d.Decision, err)
	}
	if d, err = m.AllowN(t.Context(), 5, "u2", "u2", "all"); err != nil || !d.Allowed || d.Each[2].Remaining != 90 {
		t.Errorf("another user: %+v, %v", d, err)
	}
	for _, key := range []string{"ratelimit:second:u2", "ratelimit:day:u1", "ratelimit:global:all"} {
		if db.ttl(key) <= 0 {
			t.Errorf("%s has no TTL", key)
		}
	}
}

// TestMultiSharesKeysWithLimiters of the same policy.
func TestMultiSharesKeysWithLimiters(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	m := newMulti(t, db, ratelimit.Options{})
	if d, err := m.AllowN(t.Context(), 5, "u", "u", "all"); err != nil || !d.Allowed {
		t.Fatal(d, err)
	}
	l, err := ratelimit.New(db, perSecondAndDay[1], ratelimit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	allow(t, l, "u", 4, false)
	allow(t, l, "u", 3, true)
	if err := m.Reset(t.Context(), "u", "u", "all"); err != nil {
		t.Fatal(err)
	}
	allow(t, l, "u", 8, true)
}

// TestMultiMemory: what is remembered is told without a request, per id.
func TestMultiMemory(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	m := newMulti(t, db, ratelimit.Options{})
	m.SetNow(db.time)
	_, _ = m.AllowN(t.Context(), 5, "u", "u", "all")
	_, _ = m.Allow(t.Context(), "u", "u", "all")
	requests, _, _ := db.counts()
	d, err := m.Allow(t.Context(), "u", "u", "all")
	if now, _, _ := db.counts(); err != nil || d.Reason != ratelimit.ByMemory || d.Policy != "second" || now != requests {
		t.Errorf("Allow = %+v, %v, %d requests", d, err, now-requests)
	}
	if d, err := m.Allow(t.Context(), "v", "v", "all"); err != nil || !d.Allowed {
		t.Errorf("another user: %+v, %v", d, err)
	}
}

// TestMultiNeverAndFailure: one limit above the cost, or Redis away.
func TestMultiNeverAndFailure(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	if d, err := newMulti(t, db, ratelimit.Options{}).AllowN(t.Context(), 9, "u", "u", "all"); err != nil || !d.Never() || d.Policy != "second" {
		t.Errorf("AllowN(9) = %+v, %v", d, err)
	}
	fake := upstashtest.NewFake(brokenRedis["error"])
	for policy, want := range map[ratelimit.FailurePolicy]int{ratelimit.FailAllow: 5, ratelimit.FailDeny: 0, ratelimit.FailLocal: 1} {
		m, passed := newMulti(t, fake, ratelimit.Options{OnFailure: policy}), 0
		for range 5 {
			d, err := m.Allow(t.Context(), "u", "u", "all")
			if err != nil || !d.Degraded() {
				t.Errorf("%s: %+v, %v", policy, d, err)
			}
			if d.Allowed {
				passed++
			}
		}
		if passed != want { // a tenth of 5 is less than 1
			t.Errorf("%s let %d of 5 pass, want %d", policy, passed, want)
		}
	}
}

// TestMultiLostAnswer is not charged twice under any policy.
func TestMultiLostAnswer(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	db.fail = func(try int) error {
		if try == 1 {
			return lostAnswer()
		}
		return nil
	}
	d, err := newMulti(t, db, ratelimit.Options{}).Allow(t.Context(), "u", "u", "all")
	if err != nil || !d.Allowed || d.Each[0].Remaining != 4 || d.Each[1].Remaining != 7 || d.Each[2].Remaining != 99 {
		t.Errorf("Allow = %+v, %v", d, err)
	}
}

func TestMultiRefusesBadArguments(t *testing.T) {
	t.Parallel()
	fake := upstashtest.NewFake(nil)
	if _, err := ratelimit.NewMulti(fake, nil, ratelimit.Options{}); !errors.Is(err, ratelimit.ErrBadOption) {
		t.Errorf("no policies: %v", err)
	}
	if _, err := ratelimit.NewMulti(fake, []ratelimit.Policy{ratelimit.API(), ratelimit.API()}, ratelimit.Options{}); !errors.Is(err, ratelimit.ErrBadOption) {
		t.Errorf("a name twice: %v", err)
	}
	m := newMulti(t, fake, ratelimit.Options{})
	for _, ids := range [][]string{nil, {"a"}, {"a", "b", ""}} {
		if _, err := m.Allow(t.Context(), ids...); err == nil {
			t.Errorf("ids %q were accepted", ids)
		}
	}
	if len(fake.Calls()) != 0 {
		t.Error("something was sent")
	}
}

// TestAllowMany: one round trip, each by itself, in order.
func TestAllowMany(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(2, time.Minute), ratelimit.Options{})
	ask := []ratelimit.Request{{ID: "a"}, {ID: "b", N: 2}, {ID: "b", N: 2}, {ID: "c", N: 3}, {ID: "a", N: 1}}
	for round, want := range []string{"yynny", "nnnnn", "nnnnn"} {
		requests, _, _ := db.counts()
		got, err := l.AllowMany(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range got {
			if d.Allowed != (want[i] == 'y') {
				t.Errorf("round %d, %d: %+v, want %c", round, i, d, want[i])
			}
		}
		if now, _, _ := db.counts(); now > requests+1 || round == 2 && now != requests {
			t.Errorf("round %d took %d requests", round, now-requests)
		}
	}
}

// TestAllowManyLost: an answer that was lost is asked for again, charged once.
func TestAllowManyLost(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(5, time.Minute), ratelimit.Options{})
	db.fail = func(try int) error {
		if try == 1 {
			return lostAnswer()
		}
		return nil
	}
	got, err := l.AllowMany(t.Context(), []ratelimit.Request{{ID: "a"}, {ID: "b"}})
	if err != nil || !got[0].Allowed || got[0].Remaining != 4 || got[1].Remaining != 4 {
		t.Errorf("AllowMany = %+v, %v", got, err)
	}
}

// TestAllowManyThroughTheClient uses a real pipeline of EVALSHA, first when the
// server does not know the script.
func TestAllowManyThroughTheClient(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	l := newLimiter(t, s, ratelimit.GCRA(10, time.Hour, 3), ratelimit.Options{})
	var ask []ratelimit.Request
	for _, id := range strings.Split("a a a a b", " ") {
		ask = append(ask, ratelimit.Request{ID: id})
	}
	for round, want := range []int{4, 1} {
		_, _, requests := s.bill(t, func() {
			got, err := l.AllowMany(t.Context(), ask)
			if err != nil {
				t.Fatal(err)
			}
			passed := 0
			for _, d := range got {
				if d.Allowed {
					passed++
				}
			}
			if passed != want {
				t.Errorf("round %d: %d passed, want %d: %+v", round, passed, want, got)
			}
		})
		if round == 1 && requests != 1 {
			t.Errorf("%d requests, want 1", requests)
		}
	}
}

// TestAllowManyFailure follows the policy for each.
func TestAllowManyFailure(t *testing.T) {
	t.Parallel()
	l := newLimiter(t, upstashtest.NewFake(brokenRedis["error"]), ratelimit.FixedWindow(9, time.Hour), ratelimit.Options{OnFailure: ratelimit.FailLocal})
	got, err := l.AllowMany(t.Context(), []ratelimit.Request{{ID: "a"}, {ID: "a"}, {ID: "b"}})
	if err != nil || !got[0].Allowed || got[1].Allowed || !got[2].Allowed || !got[1].Degraded() {
		t.Errorf("AllowMany = %+v, %v", got, err)
	}
}
