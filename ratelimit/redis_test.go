//go:build !wasm

package ratelimit_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// short are algorithms whose limit of 3 comes back soon.
var short = []ratelimit.Algorithm{
	ratelimit.FixedWindow(3, 200*time.Millisecond), ratelimit.SlidingWindow(3, 200*time.Millisecond), ratelimit.SlidingLog(3, 200*time.Millisecond),
	ratelimit.TokenBucket(3, 200*time.Millisecond, 3), ratelimit.GCRA(15, time.Second, 3),
}

// now returns the time of the server in milliseconds.
func (db *respDB) now() int64 {
	db.t.Helper()
	r, err := db.command("TIME")
	if err != nil {
		db.t.Fatal(err)
	}
	s, _ := r.Index(0).Int64()
	us, _ := r.Index(1).Int64()
	return s*1000 + us/1000
}

// TestRetryAfterOnRedis asks a real Redis, which takes the time from its own
// clock, again and again: every refusal came before RetryAfter had passed, and
// what was let through came after.
func TestRetryAfterOnRedis(t *testing.T) {
	t.Parallel()
	db := dialRedis(t, redistest.Start(t))
	for _, alg := range short {
		l := newLimiter(t, db, alg, ratelimit.Options{Remember: -1})
		id, first, before, after := refusal(t, db, l)
		wait := first.RetryAfter.Milliseconds()
		if wait < 1 {
			t.Fatalf("%s: refused with %+v", alg, first)
		}
		for polls := 1; ; polls++ {
			began := db.now()
			d, err := l.AllowN(t.Context(), id, 2)
			ended := db.now()
			if err != nil || d.Degraded() {
				t.Fatal(d, err)
			}
			if d.Allowed {
				if ended < before+wait {
					t.Errorf("%s: let through after %d ms, RetryAfter was %d", alg, ended-before, wait)
				}
				t.Logf("%s: RetryAfter %d ms, let through between %d and %d ms, after %d polls", alg, wait, began-after, ended-before, polls)
				break
			}
			if began >= after+wait {
				t.Fatalf("%s: still refused after %d ms, RetryAfter was %d", alg, began-after, wait)
			}
		}
	}
}

// refusal takes 3 and is refused 2; a machine that stands still meanwhile makes it
// start anew.
func refusal(t *testing.T, db *respDB, l *ratelimit.Limiter) (id string, d ratelimit.Decision, before, after int64) {
	t.Helper()
	for range 20 {
		id = t.Name() + strconv.FormatInt(time.Now().UnixNano(), 36)
		allow(t, l, id, 3, true)
		before = db.now()
		d, err := l.AllowN(t.Context(), id, 2)
		after = db.now()
		if err != nil || d.Degraded() {
			t.Fatal(d, err)
		}
		if !d.Allowed {
			return id, d, before, after
		}
	}
	t.Fatal("was never refused")
	return "", ratelimit.Decision{}, 0, 0
}

// TestTTLOnRedis: every path leaves a TTL on a real Redis, not longer than the
// state matters.
func TestTTLOnRedis(t *testing.T) {
	t.Parallel()
	db := dialRedis(t, redistest.Start(t))
	for _, alg := range algorithms {
		l := newLimiter(t, db, alg, ratelimit.Options{})
		id := "ttl" + strconv.FormatInt(time.Now().UnixNano(), 36)
		check := func(what string, most time.Duration) {
			t.Helper()
			if got := millis(db.ttl("ratelimit:test:" + id)); got <= 0 || got > most {
				t.Errorf("%s, %s: the key lives %v, want at most %v", alg, what, got, most)
			}
		}
		d := allow(t, l, id, 1, true)
		check("taken", 2*time.Hour)
		allow(t, l, id, 1, true)
		check("taken again", 2*time.Hour)
		allow(t, l, id, 1, false)
		check("refused", 2*time.Hour)
		if _, err := l.Refund(t.Context(), id, d, 1); err != nil {
			t.Error(err)
		}
		check("refunded", 2*time.Hour)
		if r, err := l.Reserve(t.Context(), id, 2, 10*time.Hour); err != nil || !r.OK {
			t.Error(r, err)
		}
		check("reserved", 6*time.Hour)
		if err := l.Reset(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	c := newConcurrency(t, db, ratelimit.ConcurrencyOptions{Limit: 2, TTL: time.Minute})
	slot, _ := acquire(t, c, 1, true)
	other, _ := acquire(t, c, 1, true)
	_ = slot.Release(t.Context())
	if got := millis(db.ttl("ratelimit:jobs:x")); got <= 0 || got > time.Minute {
		t.Errorf("the key of slots lives %v", got)
	}
	_ = other.Release(t.Context())
	if got := db.ttl("ratelimit:jobs:x"); got != -2 {
		t.Errorf("the key of no slots is still there, PTTL %d", got)
	}
}

// commandCalls returns how often the server has run each command, by INFO.
func commandCalls(t testing.TB, url string) map[string]int {
	t.Helper()
	r, err := dialRedis(t, url).command("INFO", "commandstats")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := r.Text()
	out := map[string]int{}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		if ok {
			n, _, _ := strings.Cut(rest, ",")
			out[name], _ = strconv.Atoi(n)
		}
	}
	return out
}
