//go:build !wasm

package ratelimit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// @upstash/ratelimit over several regions: ids of one batch are charged with the
// cost of another one. Here every id of a batch is charged its own.
func TestPeerCostsMixedUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *luaDB, l *ratelimit.Limiter) {
		got, err := l.AllowMany(t.Context(), []ratelimit.Request{{ID: "a", N: 7}, {ID: "b"}, {ID: "c", N: 10}, {ID: "a", N: 2}})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int64{3, 9, 0, 1} {
			if !got[i].Allowed || got[i].Remaining != want {
				t.Errorf("request %d: %+v, want %d to remain", i, got[i], want)
			}
		}
	})
}

// @upstash/ratelimit over several regions: a reset is not waited for, and work in
// the background fails after the answer. Here what is done is done on return, and
// nothing happens afterwards.
func TestPeerWorkInTheBackground(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *luaDB, l *ratelimit.Limiter) {
		allow(t, l, "x", 10, true)
		allow(t, l, "x", 1, false)
		if err := l.Reset(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if db.ttl("ratelimit:test:x") != 0 {
			t.Error("the key is there after Reset")
		}
		requests, _, _ := db.counts()
		allow(t, l, "x", 10, true)
		if now, _, _ := db.counts(); now != requests+1 {
			t.Errorf("a decision took %d requests, want 1", now-requests)
		}
	})
}

// @upstash/ratelimit: a window of "1.5 s" throws when it is used, one of "0 s"
// divides by zero. Here a window is a Duration, and what cannot work is told by
// New; see also TestNewRefusesBadOptions.
func TestPeerWindowAsText(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	for _, make := range []func(int64, time.Duration) ratelimit.Algorithm{ratelimit.FixedWindow, ratelimit.SlidingLog} {
		l := db.on(make(1, 1500*time.Millisecond), ratelimit.Options{})
		allow(t, l, "x", 1, true)
		if d := allow(t, l, "x", 1, false); d.RetryAfter != 1500*time.Millisecond {
			t.Errorf("RetryAfter %v, want 1.5 s", d.RetryAfter)
		}
		db.advance(1500 * time.Millisecond)
		allow(t, l, "x", 1, true)
		for _, window := range []time.Duration{0, -time.Second, 100 * time.Microsecond} {
			if _, err := ratelimit.New(db, ratelimit.NewPolicy("test", make(1, window)), ratelimit.Options{}); err == nil {
				t.Errorf("a window of %v was accepted", window)
			}
		}
		db.clear()
	}
}

// redis_rate: its script calls redis.replicate_commands, which servers that always
// replicate effects do not have. Here nothing of redis is used but call and
// error_reply, all else is missing in luaDB; and a write after TIME, for which that
// was needed, works on a real Redis.
func TestPeerReplicateCommands(t *testing.T) {
	t.Parallel()
	for _, s := range ratelimit.Scripts() {
		src := s.(interface{ Source() string }).Source() //nolint:forcetypeassert // all have it
		for rest := src; ; {
			_, after, found := strings.Cut(rest, "redis.")
			if !found {
				break
			}
			if !strings.HasPrefix(after, "call(") && !strings.HasPrefix(after, "error_reply(") {
				t.Errorf("a script uses redis.%.20s", after)
			}
			rest = after
		}
	}
	db := dialRedis(t, redistest.Start(t))
	l := newLimiter(t, db, ratelimit.GCRA(10, time.Minute, 10), ratelimit.Options{})
	id := "replicate" + time.Now().Format(time.RFC3339Nano)
	if d := allow(t, l, id, 10, true); d.Remaining != 0 {
		t.Errorf("%+v", d)
	}
	allow(t, l, id, 1, false)
}

// @upstash/ratelimit: resets that do not match what is found then, and the absolute
// reset in Retry-After. Here both are durations, and hold.
func TestPeerResetDoesNotMatch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *luaDB, l *ratelimit.Limiter) {
		allow(t, l, "x", 3, true)
		db.advance(7 * time.Second)
		d := allow(t, l, "x", 2, true)
		db.advance(d.ResetAfter - time.Millisecond)
		if now, err := l.Peek(t.Context(), "x"); err != nil || now.ResetAfter != time.Millisecond {
			t.Errorf("a millisecond before the reset: %+v, %v", now, err)
		}
		db.advance(time.Millisecond)
		if now, err := l.Peek(t.Context(), "x"); err != nil || now.Remaining != 10 || now.ResetAfter != 0 {
			t.Errorf("at the reset: %+v, %v", now, err)
		}
		if db.ttl("ratelimit:test:x") != 0 {
			t.Error("the key outlives its state")
		}
	})
}
