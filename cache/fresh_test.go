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

// fetch is Fetch with a constant loader.
func fetch(t *testing.T, c *cache.Cache[string], l *constant) cache.Entry[string] {
	t.Helper()
	e, err := c.Fetch(t.Context(), "1", func(ctx context.Context) (cache.Loaded[string], error) {
		v, err := l.load(ctx)
		return cache.Loaded[string]{Value: v}, err
	})
	if err != nil {
		t.Errorf("Fetch: %v", err)
	}
	return e
}

func TestStaleWhileRevalidate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		o := cache.Options{TTL: 10 * time.Second, Stale: 20 * time.Second}
		a, b := mustText(t, f, o), mustText(t, f, o)
		l := &constant{value: "1", took: time.Second}
		if e := fetch(t, a, l); e.Source != cache.Origin || e.Age != 0 || !e.AgeKnown || e.Stale {
			t.Errorf("loaded: %+v", e)
		}
		<-time.After(4 * time.Second)
		if e := fetch(t, b, l); e.Source != cache.Remote || e.Age != 4*time.Second || !e.AgeKnown || e.Stale {
			t.Errorf("fresh: %+v", e)
		}
		<-time.After(6 * time.Second)
		l.set("2", nil)
		began := time.Now()
		var wg sync.WaitGroup
		for range 20 { // only one of them reloads
			for _, c := range []*cache.Cache[string]{a, b} {
				wg.Go(func() {
					if e := fetch(t, c, l); e.Value != "1" || !e.Stale || e.Age != 10*time.Second {
						t.Errorf("stale: %+v", e)
					}
				})
			}
		}
		wg.Wait()
		if time.Since(began) != 0 {
			t.Errorf("a stale value took %v", time.Since(began))
		}
		if _, err := a.Get(t.Context(), "1"); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("Get of a stale value: %v", err)
		}
		if e, err := a.Lookup(t.Context(), "1"); err != nil || !e.Stale || e.Value != "1" {
			t.Errorf("Lookup of a stale value: %+v, %v", e, err)
		}
		<-time.After(2 * time.Second)
		if e := fetch(t, b, l); e.Value != "2" || e.Stale || e.Age != time.Second {
			t.Errorf("reloaded: %+v", e)
		}
		if l.n() != 2 {
			t.Errorf("%d loads, want 2", l.n())
		}
		<-time.After(40 * time.Second)
		if f.raw("t:1") != "" {
			t.Error("an entry outlives its windows")
		}
	})
}

// TestRefreshDoesNotResurrect deletes an entry while it is being reloaded in the
// background.
func TestRefreshDoesNotResurrect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: time.Second, Stale: time.Minute})
		l := &constant{value: "1"}
		fetch(t, c, l)
		<-time.After(2 * time.Second)
		l.took = time.Second
		fetch(t, c, l)
		<-time.After(500 * time.Millisecond)
		if _, err := c.Delete(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Second)
		if f.raw("t:1") != "" {
			t.Errorf("stored %q", f.raw("t:1"))
		}
	})
}

func TestStaleIfError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		var ev events
		c := mustText(t, f, cache.Options{TTL: 10 * time.Second, StaleIfError: time.Minute, ErrorTTL: 5 * time.Second, OnError: ev.add})
		l := &constant{value: "1"}
		fetch(t, c, l)
		<-time.After(11 * time.Second)
		l.set("", errors.New("boom"))
		for range 3 { // the first fails, the others are in its back-off
			if e := fetch(t, c, l); e.Value != "1" || !e.Stale || e.Age != 11*time.Second {
				t.Errorf("spare: %+v", e)
			}
		}
		if l.n() != 2 || !slices.Equal(ev.ops(), []string{"load"}) {
			t.Errorf("%d loads, events %v", l.n(), ev.ops())
		}
		if _, err := c.Get(t.Context(), "1"); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("Get: %v", err)
		}
		<-time.After(5 * time.Second)
		l.set("2", nil)
		if e := fetch(t, c, l); e.Value != "2" || e.Stale {
			t.Errorf("after the back-off: %+v", e)
		}
		l.set("", errors.New("boom"))
		<-time.After(70 * time.Second)
		_, err := c.GetOrLoad(t.Context(), "1", l.load)
		wantErr(t, "after StaleIfError", err, l.err)
	})
}

// TestSpareWhileLoading: with a spare value nobody waits for another's load.
func TestSpareWhileLoading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		o := cache.Options{TTL: time.Second, StaleIfError: time.Minute}
		a, b := mustText(t, f, o), mustText(t, f, o)
		l := &constant{value: "1"}
		fetch(t, a, l)
		<-time.After(2 * time.Second)
		l.set("2", nil)
		l.took = time.Second
		go fetch(t, a, l)
		synctest.Wait()
		began := time.Now()
		if e := fetch(t, b, l); e.Value != "1" || !e.Stale || time.Since(began) != 0 {
			t.Errorf("%+v after %v", e, time.Since(began))
		}
		<-time.After(1500 * time.Millisecond)
		if e := fetch(t, b, l); e.Value != "2" || l.n() != 2 {
			t.Errorf("%+v, %d loads", e, l.n())
		}
	})
}

// TestEarly checks that hot entries are reloaded before they end, by few loads.
func TestEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: 10 * time.Second, Early: 1})
		l := &constant{value: "v", took: 500 * time.Millisecond}
		fetch(t, c, l)
		slow := 0
		for range 6000 { // a minute, a request each 10 ms
			<-time.After(10 * time.Millisecond)
			began := time.Now()
			if e := fetch(t, c, l); e.Stale {
				t.Fatal("stale")
			}
			if time.Since(began) > 0 {
				slow++
			}
		}
		if l.n() < 6 || l.n() > 20 || slow > 1 {
			t.Errorf("%d loads and %d waits in a minute of TTLs of 10 s", l.n(), slow)
		}
	})
}

func TestJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: 100 * time.Second, Jitter: 0.2})
		seen := map[time.Duration]bool{}
		for range 50 {
			if err := c.Set(t.Context(), "1", "v"); err != nil {
				t.Fatal(err)
			}
			ttl := f.ttl("t:1")
			if ttl < 80*time.Second || ttl > 100*time.Second {
				t.Errorf("TTL %v", ttl)
			}
			seen[ttl] = true
		}
		if len(seen) < 20 {
			t.Errorf("only %d different TTLs", len(seen))
		}
	})
}

func TestPlainEntriesHaveNoAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		plain, dated := mustText(t, f, cache.Options{}), mustText(t, f, cache.Options{Envelope: true})
		f.put("t:1", "v", time.Minute)
		if e := fetch(t, plain, nil); e.AgeKnown || e.Stale || e.Source != cache.Remote {
			t.Errorf("plain: %+v", e)
		}
		if err := dated.Set(t.Context(), "1", "v2"); err != nil {
			t.Fatal(err)
		}
		<-time.After(3 * time.Second)
		for _, c := range []*cache.Cache[string]{plain, dated} { // both read both
			if e := fetch(t, c, nil); e.Value != "v2" || e.Age != 3*time.Second || !e.AgeKnown {
				t.Errorf("in an envelope: %+v", e)
			}
		}
	})
}

func TestCloseEndsBackgroundLoads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: time.Second, Stale: time.Hour})
		l := &constant{value: "1"}
		fetch(t, c, l)
		<-time.After(2 * time.Second)
		l.took = time.Minute
		fetch(t, c, l)
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantErr(t, "Wait", c.Wait(short), context.DeadlineExceeded)
		began := time.Now()
		if err := c.Close(t.Context()); err != nil || time.Since(began) != 0 {
			t.Errorf("Close: %v after %v", err, time.Since(began))
		}
		if e := fetch(t, c, l); !e.Stale || l.n() != 2 {
			t.Errorf("after Close: %+v, %d loads", e, l.n())
		}
	})
}
