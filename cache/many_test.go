package cache_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

// shelf is a loader of many that notes what it was asked for.
type shelf struct {
	mu    sync.Mutex
	calls [][]string
	took  time.Duration
	err   error
	lacks string
}

func (s *shelf) load(ctx context.Context, ids []string) (map[string]string, error) {
	s.mu.Lock()
	sorted := slices.Sorted(slices.Values(ids))
	s.calls = append(s.calls, sorted)
	took, err := s.took, s.err
	s.mu.Unlock()
	select {
	case <-time.After(took):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	out := map[string]string{}
	for _, id := range ids {
		if id != s.lacks {
			out[id] = "v" + id
		}
	}
	return out, err
}

func TestGetOrLoadMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{NegativeTTL: time.Minute})
		f.put("t:b", "cached", time.Minute)
		s := &shelf{lacks: "d"}
		got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b", "c", "d", "a"}, s.load)
		if err != nil || !maps.Equal(got, map[string]string{"a": "va", "b": "cached", "c": "vc"}) {
			t.Errorf("got %v, %v", got, err)
		}
		if len(s.calls) != 1 || !slices.Equal(s.calls[0], []string{"a", "c", "d"}) {
			t.Errorf("calls %v", s.calls)
		}
		if requests, billed := f.cost(); requests != 3 || billed != 1+1+3 {
			t.Errorf("%d requests, %d commands", requests, billed)
		}
		f.reset()
		got, err = c.GetOrLoadMany(t.Context(), []string{"a", "b", "c", "d"}, s.load)
		if err != nil || len(got) != 3 || len(s.calls) != 1 {
			t.Errorf("again: %v, %v, calls %v", got, err, s.calls)
		}
		if requests, billed := f.cost(); requests != 1 || billed != 1 {
			t.Errorf("again: %d requests, %d commands", requests, billed)
		}
		if got, err := c.GetOrLoadMany(t.Context(), nil, s.load); err != nil || len(got) != 0 {
			t.Errorf("none: %v, %v", got, err)
		}
	})
}

func TestGetOrLoadManyWithoutLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{NoLease: true})
		s := &shelf{}
		if got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b"}, s.load); err != nil || len(got) != 2 {
			t.Errorf("%v, %v", got, err)
		}
		if requests, billed := f.cost(); requests != 2 || billed != 1+1 {
			t.Errorf("%d requests, %d commands; want 2, 2", requests, billed)
		}
		if f.raw("t:a") != "va" {
			t.Errorf("stored %q", f.raw("t:a"))
		}
	})
}

// TestManyShare: overlapping sets load each id once, across processes.
func TestManyShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Trip = time.Millisecond
		s := &shelf{took: 100 * time.Millisecond}
		var wg sync.WaitGroup
		for _, ids := range [][]string{{"a", "b", "c"}, {"b", "c", "d"}, {"c", "d", "e"}, {"e", "a"}} {
			c := mustText(t, f, cache.Options{})
			wg.Go(func() {
				got, err := c.GetOrLoadMany(t.Context(), ids, s.load)
				if err != nil || len(got) != len(ids) {
					t.Errorf("%v: %v, %v", ids, got, err)
				}
			})
		}
		wg.Wait()
		loaded := map[string]int{}
		for _, call := range s.calls {
			for _, id := range call {
				loaded[id]++
			}
		}
		for id, n := range loaded {
			if n != 1 {
				t.Errorf("%s was loaded %d times", id, n)
			}
		}
		if len(loaded) != 5 {
			t.Errorf("loaded %v", loaded)
		}
	})
}

func TestManyDeleteWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		s := &shelf{took: time.Second}
		go func() { _, _ = c.GetOrLoadMany(t.Context(), []string{"a", "b"}, s.load) }()
		synctest.Wait()
		if _, err := c.Delete(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Second)
		if f.raw("t:a") != "" || f.raw("t:b") != "vb" {
			t.Errorf("stored %q, %q", f.raw("t:a"), f.raw("t:b"))
		}
	})
}

func TestManyErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		f.put("t:b", "cached", time.Hour)
		s := &shelf{err: errors.New("boom")}
		got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b"}, s.load)
		wantErr(t, "failing", err, s.err)
		if got["b"] != "cached" {
			t.Errorf("what is cached is missing: %v", got)
		}
		_, err = c.GetOrLoadMany(t.Context(), []string{"a", "b"}, s.load)
		wantErr(t, "again", err, cache.ErrBackoff)
		<-time.After(time.Second)

		ctx, cancel := context.WithCancel(t.Context())
		s.err, s.took = nil, time.Second
		go func() {
			<-time.After(100 * time.Millisecond)
			cancel()
		}()
		_, err = c.GetOrLoadMany(ctx, []string{"a"}, s.load)
		wantErr(t, "cancelled", err, context.Canceled)
		<-time.After(time.Millisecond)
		if f.raw("t:a") != "" {
			t.Error("the lease was not given back")
		}
		_, err = c.GetOrLoadMany(ctx, []string{"a"}, s.load)
		wantErr(t, "cancelled before", err, context.Canceled)
	})
}

func TestManyStale(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: time.Second, Stale: time.Minute})
		s := &shelf{}
		ids := []string{"a", "b"}
		_, _ = c.GetOrLoadMany(t.Context(), ids, s.load)
		<-time.After(2 * time.Second)
		if got, err := c.GetOrLoadMany(t.Context(), ids, s.load); err != nil || len(got) != 2 || c.Stats().StaleHits != 2 {
			t.Errorf("stale: %v, %v, %+v", got, err, c.Stats())
		}
		if err := c.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(s.calls) != 2 || len(s.calls[1]) != 2 {
			t.Errorf("calls %v", s.calls)
		}
		if got, err := c.GetMany(t.Context(), ids...); err != nil || len(got) != 2 {
			t.Errorf("reloaded: %v, %v", got, err)
		}
	})
}
