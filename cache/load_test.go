package cache_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

func TestGetOrLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		l := &constant{value: "v"}
		for range 3 {
			got, err := c.GetOrLoad(t.Context(), "1", l.load)
			want(t, "value", got, "v", err)
		}
		if l.n() != 1 || f.raw("t:1") != "v" {
			t.Errorf("%d loads, stored %q", l.n(), f.raw("t:1"))
		}
		if got := f.ttl("t:1"); got != time.Minute {
			t.Errorf("TTL %v, want a minute", got)
		}
		s := c.Stats()
		if s.Misses != 1 || s.Hits != 2 || s.Loads != 1 || s.Name != "t:" {
			t.Errorf("stats %+v", s)
		}
		if rate, ok := s.HitRate(); !ok || rate < 0.66 || rate > 0.67 {
			t.Errorf("hit rate %v, %v", rate, ok)
		}
	})
}

func TestStampedeInProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Trip = 10 * time.Millisecond
		c := mustText(t, f, cache.Options{})
		l := &constant{value: "v", took: 200 * time.Millisecond}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				got, err := c.GetOrLoad(t.Context(), "1", l.load)
				want(t, "value", got, "v", err)
			})
		}
		wg.Wait()
		requests, billed := f.cost()
		if l.n() != 1 || requests != 3 || billed != 3 {
			t.Errorf("%d loads, %d requests, %d commands; want 1, 3, 3", l.n(), requests, billed)
		}
		if s := c.Stats(); s.Coalesced != 99 || s.Misses != 100 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestStampedeAcrossCaches has a cache per process, as far as the library can
// tell. The wait is bounded by the load and two round trips.
func TestStampedeAcrossCaches(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		name       string
		old, oldNX bool
	}{{"conditions", false, false}, {"Redis 7", true, false}, {"Redis 6", true, true}} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const trip, took = 10 * time.Millisecond, 200 * time.Millisecond
				f := newFakeRedis()
				f.Trip, f.Old, f.OldNX = trip, mode.old, mode.oldNX
				l := &constant{value: "v", took: took}
				var wg sync.WaitGroup
				for range 50 {
					c := mustText(t, f, cache.Options{})
					for range 20 {
						wg.Go(func() {
							began := time.Now()
							got, err := c.GetOrLoad(t.Context(), "1", l.load)
							want(t, "value", got, "v", err)
							// Two trips until the load begins, half a one until its value
							// is stored, two until that is seen and brought home; and one
							// for each form of SET that an old server does not know.
							limit := took + 4*trip + trip/2
							if mode.old {
								limit += trip
							}
							if mode.oldNX {
								limit += trip
							}
							if waited := time.Since(began); waited > limit {
								t.Errorf("waited %v", waited)
							}
						})
					}
				}
				wg.Wait()
				if l.n() != 1 {
					t.Errorf("%d loads, want 1", l.n())
				}
			})
		})
	}
}

func TestFollowerKeepsItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustText(t, newFakeRedis(), cache.Options{})
		l := &constant{value: "v", took: time.Second}
		leader, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.GetOrLoad(leader, "1", l.load)
			wantErr(t, "leader", err, gone)
		})
		synctest.Wait()
		wg.Go(func() {
			got, err := c.GetOrLoad(t.Context(), "1", l.load)
			want(t, "follower", got, "v", err)
		})
		synctest.Wait()
		cancel(gone)
		wg.Wait()
		if l.n() != 1 {
			t.Errorf("%d loads, want 1", l.n())
		}
	})
}

// TestLastWaiterCancels checks that a load ends with its last waiter, and that
// its lease is given back at once.
func TestLastWaiterCancels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			go func() {
				_, _ = c.GetOrLoad(ctx, "1", func(ctx context.Context) (string, error) {
					<-ctx.Done()
					ended <- ctx.Err()
					return "", ctx.Err()
				})
			}()
		}
		synctest.Wait()
		cancel()
		wantErr(t, "loader's context", <-ended, context.Canceled)
		synctest.Wait()
		<-time.After(time.Millisecond)
		if f.raw("t:1") != "" {
			t.Errorf("the lease is still there: %q", f.raw("t:1"))
		}
		got, err := c.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		want(t, "next", got, "v", err)
	})
}

func TestDeleteWinsOverLoad(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		delete func(t *testing.T, f *fakeRedis, c *cache.Cache[string])
	}{
		{"same cache", func(t *testing.T, _ *fakeRedis, c *cache.Cache[string]) { _, _ = c.Delete(t.Context(), "1") }},
		{"other process", func(t *testing.T, f *fakeRedis, _ *cache.Cache[string]) {
			_, _ = mustText(t, f, cache.Options{}).Delete(t.Context(), "1")
		}},
		{"plain DEL", func(_ *testing.T, f *fakeRedis, _ *cache.Cache[string]) {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.data, "t:1")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				c := mustText(t, f, cache.Options{})
				l := &constant{value: "old", took: time.Second}
				go func() { _, _ = c.GetOrLoad(t.Context(), "1", l.load) }()
				<-time.After(500 * time.Millisecond)
				tc.delete(t, f, c)
				<-time.After(time.Second)
				if f.raw("t:1") != "" || c.Stats().Discarded != 1 {
					t.Errorf("stored %q, stats %+v", f.raw("t:1"), c.Stats())
				}
			})
		})
	}
}

// TestDeleteIsNotJoined checks that who comes after a delete does not get what a
// load from before it returns.
func TestDeleteIsNotJoined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustText(t, newFakeRedis(), cache.Options{})
		go func() {
			_, _ = c.GetOrLoad(t.Context(), "1", (&constant{value: "old", took: time.Second}).load)
		}()
		synctest.Wait()
		if _, err := c.Delete(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		got, err := c.GetOrLoad(t.Context(), "1", (&constant{value: "new"}).load)
		want(t, "after delete", got, "new", err)
		if d := time.Since(began); d > 0 {
			t.Errorf("waited %v for the load from before", d)
		}
		<-time.After(2 * time.Second)
		got, err = c.Get(t.Context(), "1")
		want(t, "later", got, "new", err)
	})
}

func TestSetWinsOverLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustText(t, newFakeRedis(), cache.Options{})
		go func() {
			_, _ = c.GetOrLoad(t.Context(), "1", (&constant{value: "old", took: time.Second}).load)
		}()
		synctest.Wait()
		if err := c.Set(t.Context(), "1", "set"); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Second)
		got, err := c.Get(t.Context(), "1")
		want(t, "after the load", got, "set", err)
	})
}

func TestNegativeEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{NegativeTTL: 10 * time.Second})
		l := &constant{err: cache.ErrNotFound}
		for range 3 {
			_, err := c.GetOrLoad(t.Context(), "1", l.load)
			wantErr(t, "load", err, cache.ErrNotFound)
		}
		_, err := c.Get(t.Context(), "1")
		wantErr(t, "Get", err, cache.ErrNotFound)
		if ok, err := c.Exists(t.Context(), "1"); ok || err != nil {
			t.Errorf("Exists: %v, %v", ok, err)
		}
		if l.n() != 1 || c.Stats().NegativeHits != 3 {
			t.Errorf("%d loads, stats %+v", l.n(), c.Stats())
		}
		if !strings.HasPrefix(f.raw("t:1"), "null") || strings.TrimSpace(f.raw("t:1")) != "null" {
			t.Errorf("stored %q, which is not JSON null", f.raw("t:1"))
		}
		<-time.After(10 * time.Second)
		l.set("v", nil)
		got, err := c.GetOrLoad(t.Context(), "1", l.load)
		want(t, "after NegativeTTL", got, "v", err)
	})
}

func TestNotFoundIsNotRememberedByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		l := &constant{err: cache.ErrNotFound}
		for range 2 {
			_, err := c.GetOrLoad(t.Context(), "1", l.load)
			wantErr(t, "load", err, cache.ErrNotFound)
			<-time.After(time.Millisecond)
		}
		if l.n() != 2 || f.raw("t:1") != "" {
			t.Errorf("%d loads, stored %q", l.n(), f.raw("t:1"))
		}
	})
}

// TestFailingLoader checks that a failing loader is called once per interval by
// all processes together.
func TestFailingLoader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Trip = 2 * time.Millisecond
		boom := errors.New("boom")
		l := &constant{err: boom, took: 20 * time.Millisecond}
		began := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			c := mustText(t, f, cache.Options{ErrorTTL: time.Second})
			for range 5 {
				wg.Go(func() {
					for time.Since(began) < 5*time.Second {
						_, err := c.GetOrLoad(t.Context(), "1", l.load)
						if !errors.Is(err, boom) && !errors.Is(err, cache.ErrBackoff) {
							t.Errorf("got %v", err)
						}
						<-time.After(7 * time.Millisecond)
					}
				})
			}
		}
		wg.Wait()
		if l.n() < 4 || l.n() > 6 {
			t.Errorf("%d calls in 5 s, want one per second", l.n())
		}
	})
}

func TestNoBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustText(t, newFakeRedis(), cache.Options{ErrorTTL: -1})
		l := &constant{err: errors.New("boom")}
		for range 3 {
			_, err := c.GetOrLoad(t.Context(), "1", l.load)
			wantErr(t, "load", err, l.err)
			<-time.After(time.Millisecond)
		}
		if l.n() != 3 {
			t.Errorf("%d loads, want 3", l.n())
		}
	})
}

// TestLostLoader has a process die while it loads: others go on when its lease
// ends.
func TestLostLoader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		dying := mustText(t, f, cache.Options{LoadTimeout: time.Second, Timeout: 500 * time.Millisecond})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = dying.GetOrLoad(ctx, "1", (&constant{took: time.Hour}).load) }()
		synctest.Wait()
		f.setFault(func(cmds [][]string) fault { // the process's last words are not heard
			if cmds[0][0] == "SET" && strings.Contains(strings.Join(cmds[0], " "), "PX 1 ") || strings.HasSuffix(strings.Join(cmds[0], " "), "PX 1") {
				return noSend
			}
			return fine
		})
		cancel()
		began := time.Now()
		got, err := mustText(t, f, cache.Options{}).GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		want(t, "other process", got, "v", err)
		if waited := time.Since(began); waited < time.Second || waited > 1600*time.Millisecond {
			t.Errorf("waited %v for a lease of 1.5 s", waited)
		}
	})
}

// TestSlowLoader checks that a loader that does not look at its context is left.
func TestSlowLoader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustText(t, newFakeRedis(), cache.Options{LoadTimeout: time.Second, ErrorTTL: time.Millisecond})
		began := time.Now()
		_, err := c.GetOrLoad(t.Context(), "1", func(context.Context) (string, error) {
			<-time.After(time.Minute)
			return "late", nil
		})
		wantErr(t, "slow", err, cache.ErrLoadTimeout)
		if d := time.Since(began); d != time.Second {
			t.Errorf("took %v", d)
		}
		<-time.After(2 * time.Minute)
		_, err = c.Get(t.Context(), "1")
		wantErr(t, "late value", err, cache.ErrMiss)
	})
}

func TestLoaderPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{ErrorTTL: -1})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				defer func() {
					p, ok := recover().(*cache.PanicError)
					if !ok || p.Value != "oops" || !strings.Contains(string(p.Stack), "TestLoaderPanics") {
						t.Errorf("recovered %v", p)
					}
				}()
				_, _ = c.GetOrLoad(t.Context(), "1", func(context.Context) (string, error) { panic("oops") })
			})
		}
		wg.Wait()
		<-time.After(time.Millisecond)
		if f.raw("t:1") != "" {
			t.Error("the lease was not given back")
		}
	})
}

func TestLoaderChoosesTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		for id, l := range map[string]cache.Loaded[string]{
			"a": {Value: "v", TTL: 1500 * time.Millisecond},
			"b": {Value: "v", TTL: 7 * time.Millisecond},
			"c": {Value: "v"},
		} {
			if _, err := c.Fetch(t.Context(), id, func(context.Context) (cache.Loaded[string], error) { return l, nil }); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[string]time.Duration{"a": 1500 * time.Millisecond, "b": 7 * time.Millisecond, "c": time.Minute} {
			if got := f.ttl("t:" + id); got != want {
				t.Errorf("%s: TTL %v, want %v", id, got, want)
			}
		}
		e, err := c.Fetch(t.Context(), "d", func(context.Context) (cache.Loaded[string], error) {
			return cache.Loaded[string]{Value: "v", NoStore: true}, nil
		})
		want(t, "not stored", e.Value, "v", err)
		<-time.After(time.Millisecond)
		if f.raw("t:d") != "" {
			t.Error("stored a value that was not to be stored")
		}
	})
}
