package cache_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// level returns an in-process level of its own.
func level(t *testing.T) cache.Local {
	t.Helper()
	l, err := local.New(local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLocalPlainTTL: a plain value past its TTL does not come from the in-process
// level as fresh.
func TestLocalPlainTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, down := range []bool{false, true} {
			f := newFakeRedis()
			if down {
				f.setFault(func([][]string) fault { return noSend })
			}
			c := mustText(t, f, cache.Options{TTL: 100 * time.Millisecond, Local: level(t)})
			l := &constant{value: "1"}
			v, err := c.GetOrLoad(t.Context(), "1", l.load)
			want(t, "first", v, "1", err)
			l.set("2", nil)
			<-time.After(500 * time.Millisecond)
			e, err := c.Fetch(t.Context(), "1", func(ctx contextT) (cache.Loaded[string], error) {
				v, err := l.load(ctx)
				return cache.Loaded[string]{Value: v}, err
			})
			if err != nil || e.Value != "2" {
				t.Errorf("down=%v: 500 ms after a load with a TTL of 100 ms: %+v, %v", down, e, err)
			}
		}
	})
}

func TestLocalPlainHit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{TTL: 100 * time.Millisecond, Local: level(t)})
		_ = c.Set(t.Context(), "1", "v")
		v, err := c.Get(t.Context(), "1")
		want(t, "first", v, "v", err)
		<-time.After(500 * time.Millisecond)
		v, err = c.Get(t.Context(), "1")
		if !errors.Is(err, cache.ErrMiss) {
			t.Errorf("500 ms after a hit of a cache with a TTL of 100 ms: %q, %v", v, err)
		}
	})
}

// TestInvalidateAllLocal: other entries may carry the tag.
func TestInvalidateAllLocal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		e, err := cache.NewEntity(f, keys.KindCreator, cache.Text(), cache.Options{
			Tags: func(string) []string { return []string{keys.KindCreator.Tag("7")} }, Local: level(t), LocalTTL: time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &constant{value: "old"}
		_, _ = e.GetOrLoad(t.Context(), "8", l.load)
		l.set("new", nil)
		if err := e.InvalidateAll(t.Context(), "7"); err != nil {
			t.Fatal(err)
		}
		v, err := e.GetOrLoad(t.Context(), "8", l.load)
		want(t, "after InvalidateAll of its tag", v, "new", err)
	})
}

// TestPurgeOfLocal: the answer to DEL is lost, the key may be gone.
func TestPurgeOfLocal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		e, err := cache.NewEntity(f, keys.KindUser, cache.Text(), cache.Options{Local: level(t), LocalTTL: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = e.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		f.setFault(func(cmds [][]string) fault {
			if cmds[0][0] == "DEL" {
				return lost
			}
			return fine
		})
		_, err = e.PurgeOf(t.Context(), "1", cache.PurgeOptions{})
		v, gerr := e.Get(t.Context(), "1")
		if err == nil || !errors.Is(gerr, cache.ErrMiss) {
			t.Errorf("PurgeOf: %v; then Get: %q, %v", err, v, gerr)
		}
	})
}
