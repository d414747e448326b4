package cache_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestRedisDown: loads go on, one at a time per key, bounded in time, and every
// failure is reported.
func TestRedisDown(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]fault{"refuses connections": noSend, "hangs": hang, "loses answers": lost} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				var ev events
				c := mustText(t, f, cache.Options{Timeout: 300 * time.Millisecond, OnError: ev.add})
				f.setFault(func([][]string) fault { return kind })
				l := &constant{value: "v", took: 50 * time.Millisecond}
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() {
						began := time.Now()
						got, err := c.GetOrLoad(t.Context(), "1", l.load)
						want(t, "down", got, "v", err)
						if d := time.Since(began); d > 400*time.Millisecond {
							t.Errorf("took %v", d)
						}
					})
				}
				wg.Wait()
				if l.n() != 1 || !slices.Contains(ev.ops(), "read") {
					t.Errorf("%d loads, events %v", l.n(), ev.ops())
				}
				for range 3 {
					_, _ = c.GetOrLoad(t.Context(), "1", l.load)
				}
				began := time.Now() // now Redis is not even asked
				got, err := c.GetOrLoad(t.Context(), "1", l.load)
				want(t, "breaker", got, "v", err)
				if d := time.Since(began); d != 50*time.Millisecond {
					t.Errorf("took %v with an open breaker", d)
				}
				wantErr(t, "Set", c.Set(t.Context(), "2", "v"), cache.ErrUnavailable)
				f.setFault(nil)
				<-time.After(time.Second)
				if err := c.Set(t.Context(), "2", "v"); err != nil {
					t.Errorf("after recovery: %v", err)
				}
				got, err = c.Get(t.Context(), "2")
				want(t, "after recovery", got, "v", err)
			})
		})
	}
}

func TestFailWhenDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{FailWhenDown: true})
		f.setFault(func([][]string) fault { return noSend })
		l := &constant{value: "v"}
		for range 5 { // also when the breaker is open
			_, err := c.GetOrLoad(t.Context(), "1", l.load)
			wantErr(t, "load", err, cache.ErrUnavailable)
			wantErr(t, "its cause", err, upstash.ErrNotSent)
		}
		if l.n() != 0 {
			t.Errorf("%d loads", l.n())
		}
	})
}

// TestDownAndLoaderFails: the back-off and the spare value are then this
// process's own.
func TestDownAndLoaderFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		level, err := local.New(local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c := mustText(t, f, cache.Options{StaleIfError: time.Hour, Local: level})
		l := &constant{value: "v"}
		fetch(t, c, l)
		f.setFault(func([][]string) fault { return noSend })
		l.set("", errors.New("boom"))
		<-time.After(2 * time.Second)
		for range 3 {
			if e := fetch(t, c, l); e.Value != "v" || !e.Stale || e.Source != cache.LocalLevel || e.Age != 2*time.Second {
				t.Errorf("spare: %+v", e)
			}
		}
		_, err = c.GetOrLoad(t.Context(), "2", l.load)
		wantErr(t, "no spare", err, l.err)
		_, err = c.GetOrLoad(t.Context(), "2", l.load)
		wantErr(t, "back-off", err, cache.ErrBackoff)
		if l.n() != 3 {
			t.Errorf("%d loads, want 3", l.n())
		}
	})
}

// TestReadOnlyToken: a database that takes no writes still serves loads, one call
// per error interval if the loader fails.
func TestReadOnlyToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		var ev events
		c := mustText(t, f, cache.Options{OnError: ev.add})
		f.setFault(func(cmds [][]string) fault {
			if cmds[0][0] == "SET" {
				return denied
			}
			return fine
		})
		l := &constant{value: "v"}
		got, err := c.GetOrLoad(t.Context(), "1", l.load)
		want(t, "read-only", got, "v", err)
		if !slices.Equal(ev.ops(), []string{"lease"}) || !errors.Is(ev.list[0].Err, upstash.ErrNoPermission) {
			t.Errorf("events %v", ev.ops())
		}
		if n, _ := f.cost(); n != 2 {
			t.Errorf("%d requests, want the read and the lease", n)
		}
		l.set("", errors.New("boom"))
		_, err = c.GetOrLoad(t.Context(), "1", l.load)
		wantErr(t, "failing", err, l.err)
		_, err = c.GetOrLoad(t.Context(), "1", l.load)
		wantErr(t, "back-off", err, cache.ErrBackoff)
	})
}

// TestLostAnswers: a lease whose answer was lost is recognised as our own, and
// what is stored is right in any case.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lease", "store"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				c := mustText(t, f, cache.Options{})
				sets := 0
				f.setFault(func(cmds [][]string) fault {
					if cmds[0][0] == "SET" {
						sets++
						if name == "lease" && sets == 1 || name == "store" && sets == 2 {
							return lost
						}
					}
					return fine
				})
				got, err := c.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
				want(t, "value", got, "v", err)
				if f.raw("t:1") != "v" {
					t.Errorf("stored %q", f.raw("t:1"))
				}
			})
		})
	}
}

// again repeats what may have been applied, as the client does where it may.
type again struct{ *fakeRedis }

func (a again) Do(ctx contextT, cmd upstash.Command) (upstash.Reply, error) {
	r, err := a.fakeRedis.Do(ctx, cmd)
	if errors.Is(err, upstash.ErrMaybeApplied) && cmd.Repeatable() {
		r, err = a.fakeRedis.Do(ctx, cmd)
	}
	return r, err
}

// TestRepeatedLease: the answer to a repeated lease says that somebody holds one;
// it is recognised as our own. On an old server, and for a swap of a value, that
// takes another look.
func TestRepeatedLease(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		for _, warm := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				f.Old, f.OldNX = old, old
				c := mustText(t, again{f}, cache.Options{TTL: time.Second, StaleIfError: time.Hour})
				l := &constant{value: "1"}
				if warm {
					fetch(t, c, l)
					<-time.After(2 * time.Second)
				}
				l.set("2", nil)
				f.setFault(loseFirst())
				began := time.Now()
				if e := fetch(t, c, l); e.Value != "2" || e.Source != cache.Origin || time.Since(began) > 0 {
					t.Errorf("old %v, warm %v: %+v after %v", old, warm, e, time.Since(began))
				}
				if e := fetch(t, c, l); e.Value != "2" || e.Source != cache.Remote {
					t.Errorf("old %v, warm %v: not stored: %+v", old, warm, e)
				}
			})
		}
	}
}

// loseFirst loses the answer to each write that takes effect for the first time.
func loseFirst() func(cmds [][]string) fault {
	seen := map[string]bool{}
	return func(cmds [][]string) fault {
		text := strings.Join(cmds[0], "\x00")
		if name := cmds[0][0]; name != "SET" && name != "EVALSHA" || seen[text] {
			return fine
		}
		seen[text] = true
		return lost
	}
}

func TestCallerWhoLeavesIsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Trip = 100 * time.Millisecond
		c := mustText(t, f, cache.Options{})
		for range 10 {
			ctx, cancel := contextWithTimeout(t.Context(), 10*time.Millisecond)
			_, err := c.Get(ctx, "1")
			wantErr(t, "Get", err, contextDeadline)
			cancel()
		}
		if err := c.Set(t.Context(), "1", "v"); err != nil {
			t.Errorf("the breaker is open: %v", err)
		}
	})
}

func TestLocalLevel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		level, err := local.New(local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c := mustText(t, f, cache.Options{Local: level, LocalTTL: 500 * time.Millisecond})
		other := mustText(t, f, cache.Options{})
		l := &constant{value: "1"}
		fetch(t, c, l)
		f.reset()
		<-time.After(400 * time.Millisecond)
		if e := fetch(t, c, l); e.Source != cache.LocalLevel || e.Age != 400*time.Millisecond || e.Stale {
			t.Errorf("local: %+v", e)
		}
		_ = other.Set(t.Context(), "1", "2")
		got, err := c.Get(t.Context(), "1")
		want(t, "within LocalTTL", got, "1", err)
		<-time.After(100 * time.Millisecond)
		got, err = c.Get(t.Context(), "1")
		want(t, "after LocalTTL", got, "2", err)

		if err := c.Set(t.Context(), "1", "3"); err != nil {
			t.Fatal(err)
		}
		got, err = c.Get(t.Context(), "1")
		want(t, "own write", got, "3", err)
		if _, err := c.Delete(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		_, err = c.Get(t.Context(), "1")
		wantErr(t, "own delete", err, cache.ErrMiss)
		if s := c.Stats(); s.LocalHits != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestLocalRespectsTTL: the level never makes an entry live longer.
func TestLocalRespectsTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		level, _ := local.New(local.Options{})
		c := mustText(t, f, cache.Options{TTL: 100 * time.Millisecond, Envelope: true, Local: level, LocalTTL: time.Hour})
		_ = c.Set(t.Context(), "1", "v")
		<-time.After(50 * time.Millisecond)
		got, err := c.Get(t.Context(), "1")
		want(t, "fresh", got, "v", err)
		<-time.After(50 * time.Millisecond)
		_, err = c.Get(t.Context(), "1")
		wantErr(t, "at its end", err, cache.ErrMiss)
	})
}

// slowReads delays the answers of GET on their way back.
type slowReads struct {
	*fakeRedis
	by time.Duration
}

func (s slowReads) Do(ctx contextT, cmd upstash.Command) (upstash.Reply, error) {
	r, err := s.fakeRedis.Do(ctx, cmd)
	if cmd.Name() == "GET" {
		<-time.After(s.by)
	}
	return r, err
}

// TestLocalAndDelete: a read that began before a delete does not put the old
// value into the level after it.
func TestLocalAndDelete(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		level, _ := local.New(local.Options{})
		c := mustText(t, slowReads{f, 100 * time.Millisecond}, cache.Options{Local: level, LocalTTL: time.Hour})
		_ = c.Set(t.Context(), "1", "old")
		go func() {
			got, err := c.Get(t.Context(), "1")
			want(t, "slow read", got, "old", err)
		}()
		synctest.Wait() // it has read, its answer is on the way
		if _, err := c.Delete(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		_, err := c.Get(t.Context(), "1")
		wantErr(t, "after delete", err, cache.ErrMiss)
	})
}
