package cache_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
)

// The faults of two widely used caches that this package must not have, one test
// each: 1 to 5 are go-redis/cache's, 6 to 9 gocache's.

// 1: go-redis/cache stores a TTL of 500 ms as an hour.
func TestPeerFaultSubSecondTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: 500 * time.Millisecond})
		_, _ = c.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		if got := f.ttl("t:1"); got != 500*time.Millisecond {
			t.Errorf("TTL %v", got)
		}
	})
}

// 2: go-redis/cache fails a follower when the leader's context ends.
func TestPeerFaultFollowerDiesWithLeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustText(t, newFakeRedis(), cache.Options{})
		leader, cancel := context.WithCancel(t.Context())
		load := (&constant{value: "v", took: time.Second}).load
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.GetOrLoad(leader, "1", load)
			wantErr(t, "leader", err, context.Canceled)
		})
		synctest.Wait()
		for range 5 {
			wg.Go(func() {
				got, err := c.GetOrLoad(t.Context(), "1", load)
				want(t, "follower", got, "v", err)
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}

// 3: go-redis/cache stores a nil of the loader as empty bytes, reports no error and
// leaves the caller's value untouched.
func TestPeerFaultNilResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := must(t, f, cache.JSON[*user](), cache.Options{Prefix: "t:", TTL: time.Minute})
		for range 2 {
			got, err := c.GetOrLoad(t.Context(), "1", func(contextT) (*user, error) { return nil, nil })
			if got != nil || err != nil {
				t.Errorf("%v, %v", got, err)
			}
		}
		if f.raw("t:1") != "null" {
			t.Errorf("stored %q", f.raw("t:1"))
		}
		if ok, err := c.Exists(t.Context(), "1"); !ok || err != nil {
			t.Errorf("a value that is nil does not exist: %v", err)
		}
	})
}

// 4: go-redis/cache calls the loader for every request while Redis is down, and
// shows no error.
func TestPeerFaultRedisDownIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		var ev events
		c := mustText(t, f, cache.Options{OnError: ev.add})
		f.setFault(func([][]string) fault { return noSend })
		l := &constant{value: "v", took: time.Second}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				got, err := c.GetOrLoad(t.Context(), "1", l.load)
				want(t, "down", got, "v", err)
			})
		}
		wg.Wait()
		if l.n() != 1 || !slices.Equal(ev.ops(), []string{"read"}) {
			t.Errorf("%d loads, events %v", l.n(), ev.ops())
		}
	})
}

// 5: go-redis/cache deletes what it cannot decode and calls itself; when the delete
// fails too, it never ends.
func TestPeerFaultDecodeErrorRecursion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.put("t:1", "not JSON", time.Hour)
		f.setFault(func(cmds [][]string) fault {
			if cmds[0][0] == "GET" {
				return fine
			}
			return denied
		})
		c := must(t, f, cache.JSON[user](), cache.Options{Prefix: "t:", TTL: time.Minute})
		got, err := c.GetOrLoad(t.Context(), "1", func(contextT) (user, error) { return user{ID: 1}, nil })
		if got.ID != 1 || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
		if n, _ := f.cost(); n > 3 {
			t.Errorf("%d requests", n)
		}
	})
}

// A server on which conditions never hold must not make a loop either.
func TestConditionsNeverHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.put("t:1", "not JSON", time.Hour)
		var ev events
		c := must(t, stubborn{f}, cache.JSON[user](), cache.Options{Prefix: "t:", TTL: time.Minute, OnError: ev.add})
		got, err := c.GetOrLoad(t.Context(), "1", func(contextT) (user, error) { return user{ID: 1}, nil })
		if got.ID != 1 || err != nil || f.raw("t:1") != "not JSON" {
			t.Errorf("%+v, %v, stored %q", got, err, f.raw("t:1"))
		}
		if n, _ := f.cost(); n > 10 || !slices.Contains(ev.ops(), "lease") {
			t.Errorf("%d requests, events %v", n, ev.ops())
		}
	})
}

// stubborn answers every SET as if its condition did not hold.
type stubborn struct{ *fakeRedis }

func (s stubborn) Do(ctx contextT, cmd upstash.Command) (upstash.Reply, error) {
	if cmd.Name() == "SET" {
		return s.fakeRedis.Do(ctx, upstash.NewCommand("GET", "no such key"))
	}
	return s.fakeRedis.Do(ctx, cmd)
}

// 6: gocache undoes a Delete during a load through its queue of writes.
func TestPeerFaultDeleteUndone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		l := &constant{value: "old", took: time.Second}
		go func() { _, _ = c.GetOrLoad(t.Context(), "1", l.load) }()
		synctest.Wait()
		_, _ = c.Delete(t.Context(), "1")
		<-time.After(5 * time.Second)
		_, err := c.Get(t.Context(), "1")
		wantErr(t, "after delete and load", err, cache.ErrMiss)
	})
}

// 7: gocache's Clear is FLUSHALL.
func TestPeerFaultClearFlushes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.put("somebody:else", "v", time.Hour)
		users, err := cache.Users[user](f, cache.Options{Namespace: "users"})
		if err != nil {
			t.Fatal(err)
		}
		_ = users.Set(t.Context(), "1", user{})
		if err := users.InvalidateNamespace(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := users.Purge(t.Context(), cache.PurgeOptions{}); err != nil {
			t.Fatal(err)
		}
		if f.raw("somebody:else") != "v" || f.raw("cache:user:1") != "" {
			t.Error("clearing deletes what is not the cache's, or not what is")
		}
		for _, name := range f.names() {
			if name == "FLUSHALL" || name == "FLUSHDB" || name == "KEYS" {
				t.Errorf("runs %s", name)
			}
		}
	})
}

// 8: gocache ignores errors when it writes tags.
func TestPeerFaultTagErrorsIgnored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{Tags: byOwner})
		f.setFault(func(cmds [][]string) fault {
			if cmds[0][0] == "MGET" || cmds[0][0] == "INCR" {
				return denied
			}
			return fine
		})
		wantErr(t, "Set without its tags", c.Set(t.Context(), "1", "v"), upstash.ErrNoPermission)
		if f.raw("t:1") != "" {
			t.Error("stored without its tags")
		}
		wantErr(t, "InvalidateTags", c.InvalidateTags(t.Context(), "owner:1"), upstash.ErrNoPermission)
	})
}

// 9: gocache counts every error of Redis as a miss.
func TestPeerFaultErrorIsMiss(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{FailWhenDown: true})
		_ = c.Set(t.Context(), "1", "v")
		for _, kind := range []fault{noSend, lost, denied} {
			c.ResetStats()
			f.setFault(func([][]string) fault { return kind })
			l := &constant{value: "loaded"}
			calls := map[string]func() error{
				"Get":       func() error { _, err := c.Get(t.Context(), "1"); return err },
				"Lookup":    func() error { _, err := c.Lookup(t.Context(), "1"); return err },
				"GetMany":   func() error { _, err := c.GetMany(t.Context(), "1", "2"); return err },
				"Exists":    func() error { _, err := c.Exists(t.Context(), "1"); return err },
				"TTL":       func() error { _, err := c.TTL(t.Context(), "1"); return err },
				"Touch":     func() error { return c.Touch(t.Context(), "1", 0) },
				"GetOrLoad": func() error { _, err := c.GetOrLoad(t.Context(), "1", l.load); return err },
			}
			for name, call := range calls {
				if err := call(); err == nil || errors.Is(err, cache.ErrMiss) || errors.Is(err, cache.ErrNotFound) {
					t.Errorf("%s: an error is reported as %v", name, err)
				}
			}
			if s := c.ResetStats(); s.Hits != 0 || s.Errors == 0 || l.n() != 0 {
				t.Errorf("%d loads, stats %+v", l.n(), s)
			}
			f.setFault(nil)
			<-time.After(2 * time.Second) // the breaker closes
			got, err := c.Get(t.Context(), "1")
			want(t, "afterwards", got, "v", err)
		}
	})
}
