package cache_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

// TestNoLease: loads store against what was read, and nothing else stands in
// Redis meanwhile.
func TestNoLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{NoLease: true, TTL: time.Second, StaleIfError: time.Hour, ErrorTTL: time.Second})
		l := &constant{value: "1", took: time.Second}
		go fetch(t, c, l)
		synctest.Wait()
		if f.raw("t:1") != "" {
			t.Errorf("while loading: %q", f.raw("t:1"))
		}
		<-time.After(3 * time.Second)
		l.set("", errors.New("boom"))
		for range 2 { // the second is in the back-off
			if e := fetch(t, c, l); e.Value != "1" || !e.Stale {
				t.Errorf("spare: %+v", e)
			}
		}
		if l.n() != 2 {
			t.Errorf("%d loads, want 2", l.n())
		}
		<-time.After(2 * time.Second)
		l.set("", cache.ErrNotFound)
		_, err := c.GetOrLoad(t.Context(), "1", l.load)
		wantErr(t, "gone at the origin", err, cache.ErrNotFound)
		<-time.After(time.Millisecond)
		if f.raw("t:1") != "" {
			t.Errorf("the old value is still there: %q", f.raw("t:1"))
		}
		_, err = c.GetOrLoad(t.Context(), "1", l.load)
		wantErr(t, "never there", err, cache.ErrNotFound)

		l.set("3", nil)
		go fetch(t, c, l)
		synctest.Wait()
		_ = c.Set(t.Context(), "1", "set")
		<-time.After(1500 * time.Millisecond)
		e, err := c.Lookup(t.Context(), "1")
		if err == nil || f.raw("t:1") == "" { // past its TTL by now
			t.Errorf("%+v, %v", e, err)
		}
		l.set("", errors.New("boom"))
		if e := fetch(t, c, l); e.Value != "set" {
			t.Errorf("a load replaced what was set meanwhile: %+v", e)
		}
	})
}

// TestManyOnOldServer: scripts in a batch.
func TestManyOnOldServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Old, f.OldNX = true, true
		c := mustText(t, f, cache.Options{})
		for range 2 {
			if got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b"}, (&shelf{}).load); err != nil || len(got) != 2 {
				t.Errorf("%v, %v", got, err)
			}
			if f.raw("t:a") != "va" || f.raw("t:b") != "vb" {
				t.Errorf("stored %q, %q", f.raw("t:a"), f.raw("t:b"))
			}
			_, _ = c.Delete(t.Context(), "a", "b")
		}
	})
}

// TestBatchFails: every command of a failed batch has failed.
func TestBatchFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		f.setFault(func([][]string) fault { return noSend })
		values := map[string]string{"a": "1", "b": "2"}
		for range 3 {
			wantErr(t, "SetMany", c.SetMany(t.Context(), values), errFault)
		}
		f.reset()
		wantErr(t, "SetMany with an open breaker", c.SetMany(t.Context(), values), cache.ErrUnavailable)
		if n, _ := f.cost(); n != 0 {
			t.Errorf("%d requests with an open breaker", n)
		}
		got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b"}, (&shelf{}).load)
		if err != nil || len(got) != 2 {
			t.Errorf("loads without Redis: %v, %v", got, err)
		}
	})
}
