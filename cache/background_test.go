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
)

// host is what an edge worker's host does: it keeps what it is given and runs it
// when it pleases.
type host struct {
	mu    sync.Mutex
	given []func()
	from  []any // the request that each came from
}

type requestKey struct{}

func (h *host) background(ctx context.Context, run func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.given = append(h.given, run)
	h.from = append(h.from, ctx.Value(requestKey{}))
}

// work runs what was given, at once, and reports how much that was.
func (h *host) work() int {
	h.mu.Lock()
	given := h.given
	h.given = nil
	h.mu.Unlock()
	var wg sync.WaitGroup
	for _, run := range given {
		wg.Go(run)
	}
	wg.Wait()
	return len(given)
}

// TestBackground: the host gets the reload of a stale entry, once, with the
// caller's context; nothing of it happens before.
func TestBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		var h host
		c := mustText(t, f, cache.Options{TTL: time.Second, Stale: time.Minute, Background: h.background})
		l := &constant{value: "1"}
		fetch(t, c, l)
		<-time.After(2 * time.Second)
		l.set("2", nil)
		ctx := context.WithValue(t.Context(), requestKey{}, "request 1")
		for range 3 {
			got, err := c.GetOrLoad(ctx, "1", l.load)
			want(t, "stale", got, "1", err)
		}
		synctest.Wait()
		if l.n() != 1 || !slices.Equal(h.from, []any{"request 1"}) {
			t.Errorf("%d loads, given from %v", l.n(), h.from)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantErr(t, "Wait before the host has run it", c.Wait(short), context.DeadlineExceeded)
		if n := h.work(); n != 1 || l.n() != 2 {
			t.Errorf("%d given, %d loads", n, l.n())
		}
		if err := c.Wait(t.Context()); err != nil {
			t.Errorf("Wait: %v", err)
		}
		got, err := c.Get(t.Context(), "1")
		want(t, "reloaded", got, "2", err)

		<-time.After(2 * time.Second)
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if e := fetch(t, c, l); !e.Stale || h.work() != 0 {
			t.Errorf("after Close: %+v, given %d", e, len(h.given))
		}
	})
}

// TestBackgroundOfAbandoned: a load that its last caller has left still has its
// lease to give back; the host is told, and so does Wait know.
func TestBackgroundOfAbandoned(t *testing.T) {
	t.Parallel()
	for _, hosted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			f.Trip = 20 * time.Millisecond
			var h host
			o := cache.Options{}
			if hosted {
				o.Background = h.background
			}
			c := mustText(t, f, o)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := c.GetOrLoad(ctx, "1", (&constant{took: time.Hour}).load)
			wantErr(t, "the caller", err, context.DeadlineExceeded)
			if f.raw("t:1") == "" {
				t.Error("the lease is given back before anything can have travelled")
			}
			began := time.Now()
			if hosted && h.work() != 1 {
				t.Error("the host was not told")
			}
			if err := c.Wait(t.Context()); err != nil || time.Since(began) != f.Trip {
				t.Errorf("Wait: %v after %v", err, time.Since(began))
			}
			<-time.After(time.Millisecond)
			if f.raw("t:1") != "" {
				t.Errorf("the lease is still there: %q", f.raw("t:1"))
			}
		})
	}
}

// TestBackgroundIsForNobodyElse: callers who are served, or leave others behind,
// cause no work in the background.
func TestBackgroundIsForNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Trip = 2 * time.Millisecond
		var h host
		c := mustText(t, f, cache.Options{Background: h.background})
		l := &constant{value: "v", took: time.Second}
		leaver, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.GetOrLoad(leaver, "1", l.load)
			wantErr(t, "leaver", err, context.DeadlineExceeded)
		})
		wg.Go(func() {
			got, err := c.GetOrLoad(t.Context(), "1", l.load)
			want(t, "who stays", got, "v", err)
		})
		wg.Wait()
		fetch(t, c, l)
		_, err := c.GetOrLoad(t.Context(), "2", (&constant{err: errors.New("boom")}).load)
		if err == nil || h.work() != 0 {
			t.Errorf("%v; the host was given something", err)
		}
	})
}

// TestWaitWhileWorkBegins is for the race detector.
func TestWaitWhileWorkBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: time.Millisecond, Stale: time.Hour})
		l := &constant{value: "v"}
		fetch(t, c, l)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 50 {
					<-time.After(2 * time.Millisecond)
					fetch(t, c, l)
				}
			})
			wg.Go(func() {
				for range 100 {
					if err := c.Wait(t.Context()); err != nil {
						t.Errorf("Wait: %v", err)
					}
					<-time.After(time.Millisecond)
				}
			})
		}
		wg.Wait()
	})
}

// TestOneReloadPerProcess: without leases it is the process that knows that an
// entry is being reloaded already.
func TestOneReloadPerProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: time.Second, Stale: time.Hour, NoLease: true})
		l := &constant{value: "1"}
		fetch(t, c, l)
		<-time.After(2 * time.Second)
		l.took = time.Second
		for range 9 {
			if e := fetch(t, c, l); !e.Stale {
				t.Errorf("%+v", e)
			}
			<-time.After(100 * time.Millisecond)
		}
		<-time.After(200 * time.Millisecond)
		if e := fetch(t, c, l); e.Stale || l.n() != 2 {
			t.Errorf("%+v, %d loads", e, l.n())
		}
		<-time.After(2 * time.Second)
		fetch(t, c, l) // and when it has ended, again
		synctest.Wait()
		if l.n() != 3 {
			t.Errorf("%d loads, want 3", l.n())
		}
	})
}
