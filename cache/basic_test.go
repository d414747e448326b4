package cache_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	f := newFakeRedis()
	for _, tc := range []struct {
		option string
		o      cache.Options
	}{
		{"TTL", cache.Options{}},
		{"TTL", cache.Options{TTL: time.Microsecond}},
		{"TTL", cache.Options{TTL: -time.Second}},
		{"TTL", cache.Options{Kind: keys.KindEmailQueue}},
		{"Prefix", cache.Options{Kind: keys.KindUser, Prefix: "x"}},
		{"Jitter", cache.Options{TTL: time.Second, Jitter: 1.1}},
		{"Early", cache.Options{TTL: time.Second, Early: -1}},
		{"Stale, StaleIfError and NegativeTTL", cache.Options{TTL: time.Second, Stale: -1}},
		{"NegativeTTL", cache.Options{TTL: time.Second, NegativeTTL: 1}},
		{"LoadTimeout, Timeout and LocalTTL", cache.Options{TTL: time.Second, Timeout: -1}},
		{"CompressFrom", cache.Options{TTL: time.Second, CompressFrom: -1}},
	} {
		_, err := cache.New(f, cache.Text(), tc.o)
		e, ok := errors.AsType[*cache.OptionError](err)
		if !ok || e.Option != tc.option || !errors.Is(err, cache.ErrBadOption) {
			t.Errorf("%s: %v", tc.option, err)
		}
	}
	if _, err := cache.New(nil, cache.Text(), cache.Options{TTL: 1e9}); !errors.Is(err, cache.ErrBadOption) {
		t.Errorf("no Doer: %v", err)
	}
	if _, err := cache.New[string](f, nil, cache.Options{TTL: 1e9}); !errors.Is(err, cache.ErrBadOption) {
		t.Errorf("no codec: %v", err)
	}
	if n, _ := f.cost(); n != 0 {
		t.Error("New does I/O")
	}
}

func TestSetGetDelete(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		ctx := t.Context()
		_, err := c.Get(ctx, "1")
		wantErr(t, "nothing there", err, cache.ErrMiss)
		if err := c.Set(ctx, "1", ""); err != nil {
			t.Fatal(err)
		}
		got, err := c.Get(ctx, "1")
		want(t, "empty string", got, "", err)
		if ok, err := c.Exists(ctx, "1"); !ok || err != nil {
			t.Errorf("Exists: %v, %v", ok, err)
		}
		if err := c.SetMany(ctx, map[string]string{"1": "a", "2": "b"}); err != nil {
			t.Fatal(err)
		}
		many, err := c.GetMany(ctx, "1", "2", "3", "2")
		if err != nil || !maps.Equal(many, map[string]string{"1": "a", "2": "b"}) {
			t.Errorf("GetMany: %v, %v", many, err)
		}
		if n, err := c.Delete(ctx, "1", "2", "3"); n != 2 || err != nil {
			t.Errorf("Delete: %d, %v", n, err)
		}
		if ok, err := c.Exists(ctx, "1"); ok || err != nil {
			t.Errorf("Exists after Delete: %v, %v", ok, err)
		}
		if n, err := c.Delete(ctx); n != 0 || err != nil {
			t.Errorf("Delete of nothing: %d, %v", n, err)
		}
		s := c.ResetStats()
		if s.Sets != 3 || s.Deletes != 3 || s.Hits != 3 || s.Misses != 2 || s.Commands != 8 {
			t.Errorf("stats %+v", s)
		}
		if z := c.Stats(); z != (cache.Stats{Name: "t:"}) {
			t.Errorf("after reset %+v", z)
		}
		if _, ok := c.Stats().HitRate(); ok {
			t.Error("a hit rate of nothing")
		}
	})
}

// TestSubSecondTTL: TTLs are exact to the millisecond.
func TestSubSecondTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		for _, ttl := range []time.Duration{time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond, time.Second} {
			c := mustText(t, f, cache.Options{TTL: ttl})
			if err := c.Set(t.Context(), "1", "v"); err != nil {
				t.Fatal(err)
			}
			if got, err := c.TTL(t.Context(), "1"); got != ttl || err != nil {
				t.Errorf("TTL %v, %v; want %v", got, err, ttl)
			}
			<-time.After(ttl - time.Microsecond)
			_, err := c.Get(t.Context(), "1")
			wantErr(t, "just before", err, nil)
			<-time.After(time.Microsecond)
			_, err = c.Get(t.Context(), "1")
			wantErr(t, "at its end", err, cache.ErrMiss)
		}
		c := mustText(t, f, cache.Options{})
		if err := c.SetFor(t.Context(), "1", "v", 250*time.Millisecond); err != nil || f.ttl("t:1") != 250*time.Millisecond {
			t.Errorf("SetFor: %v, TTL %v", err, f.ttl("t:1"))
		}
		wantErr(t, "SetFor of less than a millisecond", c.SetFor(t.Context(), "1", "v", time.Microsecond), cache.ErrBadOption)
	})
}

func TestTouchAndTTL(t *testing.T) {
	t.Parallel()
	for _, o := range []cache.Options{{TTL: 10 * time.Second}, {TTL: 10 * time.Second, Stale: time.Minute}} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			c := mustText(t, f, o)
			ctx := t.Context()
			_, err := c.TTL(ctx, "1")
			wantErr(t, "TTL of nothing", err, cache.ErrMiss)
			wantErr(t, "Touch of nothing", c.Touch(ctx, "1", 0), cache.ErrMiss)
			wantErr(t, "Touch too short", c.Touch(ctx, "1", 1), cache.ErrBadOption)
			if err := c.Set(ctx, "1", "v"); err != nil {
				t.Fatal(err)
			}
			<-time.After(6 * time.Second)
			if err := c.Touch(ctx, "1", 0); err != nil {
				t.Fatal(err)
			}
			if ttl, err := c.TTL(ctx, "1"); ttl != 10*time.Second || err != nil {
				t.Errorf("TTL %v, %v", ttl, err)
			}
			<-time.After(6 * time.Second)
			e, err := c.Lookup(ctx, "1")
			if err != nil || e.Value != "v" || e.Stale || e.AgeKnown && e.Age != 12*time.Second {
				t.Errorf("%+v, %v", e, err)
			}
			if err := c.Touch(ctx, "1", time.Hour); err != nil {
				t.Fatal(err)
			}
			if ttl, err := c.TTL(ctx, "1"); ttl != time.Hour || err != nil {
				t.Errorf("TTL %v, %v", ttl, err)
			}
		})
	}
}

// TestTouchLeavesLeases: making a lease longer would block everybody.
func TestTouchLeavesLeases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		go func() { _, _ = c.GetOrLoad(t.Context(), "1", (&constant{took: time.Second}).load) }()
		synctest.Wait()
		wantErr(t, "Touch", c.Touch(t.Context(), "1", time.Hour), cache.ErrMiss)
		_, err := c.TTL(t.Context(), "1")
		wantErr(t, "TTL", err, cache.ErrMiss)
		if f.ttl("t:1") > time.Minute {
			t.Errorf("the lease lives for %v", f.ttl("t:1"))
		}
	})
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	f := newFakeRedis()
	c := mustText(t, f, cache.Options{})
	ctx := t.Context()
	long := strings.Repeat("x", keys.MaxLength)
	load := (&constant{value: "v"}).load
	for id, wanted := range map[string]error{"": keys.ErrBadKind, long: keys.ErrTooLong} {
		_, err := c.Get(ctx, id)
		wantErr(t, "Get", err, wanted)
		_, err = c.GetOrLoad(ctx, id, load)
		wantErr(t, "GetOrLoad", err, wanted)
		_, err = c.GetMany(ctx, "1", id)
		wantErr(t, "GetMany", err, wanted)
		wantErr(t, "Set", c.Set(ctx, id, "v"), wanted)
		wantErr(t, "SetMany", c.SetMany(ctx, map[string]string{"1": "v", id: "v"}), wanted)
		_, err = c.Delete(ctx, "1", id)
		wantErr(t, "Delete", err, wanted)
		_, err = c.TTL(ctx, id)
		wantErr(t, "TTL", err, wanted)
	}
	if n, _ := f.cost(); n != 0 {
		t.Errorf("%d requests for bad keys", n)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		ctx := t.Context()
		var ev events
		strict := mustText(t, f, cache.Options{MaxValue: 10, OnError: ev.add})
		lax := mustText(t, f, cache.Options{MaxValue: 10, SkipTooLarge: true})
		big := strings.Repeat("x", 11)
		f.put("t:1", "old", time.Hour)

		err := strict.Set(ctx, "1", big)
		e, ok := errors.AsType[*cache.SizeError](err)
		if !ok || e.Size != 11 || e.Max != 10 || !errors.Is(err, cache.ErrTooLarge) {
			t.Errorf("Set: %v", err)
		}
		if f.raw("t:1") != "old" {
			t.Error("a refused Set changed the entry")
		}
		err = strict.SetMany(ctx, map[string]string{"1": big, "2": "small"})
		wantErr(t, "SetMany", err, cache.ErrTooLarge)
		if f.raw("t:2") != "small" {
			t.Error("SetMany dropped the value that fits")
		}
		if err := lax.Set(ctx, "1", big); err != nil || f.raw("t:1") != "" {
			t.Errorf("skipping Set: %v, left %q", err, f.raw("t:1"))
		}
		got, err := strict.GetOrLoad(ctx, "3", (&constant{value: big}).load)
		want(t, "loaded", got, big, err)
		<-time.After(time.Millisecond)
		if f.raw("t:3") != "" || strict.Stats().TooLarge != 3 || len(ev.ops()) != 1 {
			t.Errorf("stored %q, %+v, %v", f.raw("t:3"), strict.Stats(), ev.ops())
		}
		if err := mustText(t, f, cache.Options{MaxValue: -1}).Set(ctx, "1", strings.Repeat("x", 2<<20)); err != nil {
			t.Errorf("no bound: %v", err)
		}
	})
}

// oneByOne hides DoBatch.
type oneByOne struct{ d *fakeRedis }

func (o oneByOne) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	return o.d.Do(ctx, cmd)
}

func TestDoerThatCannotBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, oneByOne{f}, cache.Options{})
		if err := c.SetMany(t.Context(), map[string]string{"1": "a", "2": "b"}); err != nil {
			t.Fatal(err)
		}
		got, err := c.GetOrLoadMany(t.Context(), []string{"1", "2", "3", "4"}, (&shelf{}).load)
		if err != nil || len(got) != 4 || f.raw("t:4") != "v4" {
			t.Errorf("%v, %v", got, err)
		}
		if err := cache.InvalidateTags(t.Context(), oneByOne{f}, "a", "b"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSourceString(t *testing.T) {
	t.Parallel()
	for s, text := range map[cache.Source]string{cache.Remote: "remote", cache.LocalLevel: "local", cache.Origin: "origin", 0: ""} {
		if s.String() != text {
			t.Errorf("%d: %q", s, s)
		}
	}
}
