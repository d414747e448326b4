//go:build !wasm

package cache_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// TestCosts is the table in the package documentation.
func TestCosts(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		plain := mustText(t, r, cache.Options{Prefix: r.prefix + "p:"})
		load := (&constant{value: "v"}).load
		r.start()
		check := func(what string, requests, billed int, err error) {
			t.Helper()
			if err != nil && !errors.Is(err, cache.ErrMiss) {
				t.Errorf("%s: %v", what, err)
			}
			r.costs(t, what, requests, billed)
		}
		_, err := plain.GetOrLoad(ctx, "1", load)
		check("miss with load", 3, 3, err)
		_, err = plain.GetOrLoad(ctx, "1", load)
		check("hit", 1, 1, err)
		_, err = plain.Get(ctx, "1")
		check("Get", 1, 1, err)
		check("Set", 1, 1, plain.Set(ctx, "2", "v"))
		check("SetMany of 3", 1, 1, plain.SetMany(ctx, map[string]string{"1": "v", "2": "v", "3": "v"}))
		_, err = plain.GetMany(ctx, "1", "2", "3", "4")
		check("GetMany", 1, 1, err)
		_, err = plain.Exists(ctx, "1")
		check("Exists", 1, 1, err)
		_, err = plain.TTL(ctx, "1")
		check("TTL", 2, 2, err)
		check("Touch", 2, 2, plain.Touch(ctx, "1", time.Hour))
		_, err = plain.Delete(ctx, "1", "2", "3")
		check("Delete", 1, 1, err)
		_, err = plain.GetOrLoadMany(ctx, []string{"1", "2", "3"}, (&shelf{}).load)
		check("GetOrLoadMany of 3 misses", 3, 1+1+3, err)
		_, err = plain.GetOrLoadMany(ctx, []string{"1", "2", "3"}, (&shelf{}).load)
		check("GetOrLoadMany of 3 hits", 1, 1, err)
		_, err = plain.GetOrLoad(ctx, "gone", (&constant{err: errors.New("boom")}).load)
		check("failing load", 3, 3, nil)
		if err == nil {
			t.Error("a failing load does not fail")
		}
		bare := mustText(t, r, cache.Options{Prefix: r.prefix + "n:", NoLease: true})
		_, err = bare.GetOrLoad(ctx, "1", load)
		check("miss without lease", 2, 2, err)
		_, err = bare.GetOrLoadMany(ctx, []string{"2", "3", "4"}, (&shelf{}).load)
		check("GetOrLoadMany of 3 misses without lease", 2, 1+1, err)
	})
}

// TestMoreCosts is the rest of it.
func TestMoreCosts(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		level, err := local.New(local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		kind := keys.Declare(keys.Cache, "costs-"+strings.ToLower(rand.Text()[:12]), time.Minute)
		e, err := cache.NewEntity(r, kind, cache.Text(), cache.Options{Envelope: true, Local: level, LocalTTL: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		load := (&constant{value: "v"}).load
		r.start()
		check := func(what string, requests, billed int, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			r.costs(t, what, requests, billed)
		}
		_, err = e.GetOrLoad(ctx, "1", load)
		check("miss", 3, 3, err)
		_, err = e.GetOrLoad(ctx, "1", load)
		check("hit in the in-process level", 0, 0, err)
		_, err = e.TTL(ctx, "1")
		check("TTL in an envelope", 1, 1, err)
		check("Touch in an envelope", 2, 2, e.Touch(ctx, "1", time.Hour))
		check("InvalidateAll", 1, 2, e.InvalidateAll(ctx, "1"))
		check("Invalidate of 3", 1, 1, e.Invalidate(ctx, "1", "2", "3"))
		check("InvalidateTags of 2", 1, 2, e.InvalidateTags(ctx, e.Tag("1"), e.Tag("2")))
		values := map[string]string{}
		for i := range 900 {
			values[strconv.Itoa(i)] = "v"
		}
		check("SetMany of 900", 1, 1, e.SetMany(ctx, values))
		p, err := e.Purge(ctx, cache.PurgeOptions{Batch: 1000, Progress: func(p cache.PurgeProgress) error {
			r.meter.mu.Lock()
			defer r.meter.mu.Unlock()
			if n := int(2 * p.Steps); r.meter.requests > n || r.meter.billed > n {
				t.Errorf("%d steps: %d requests, %d commands", p.Steps, r.meter.requests, r.meter.billed)
			}
			return nil
		}})
		if err != nil || p.Deleted != 900 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestTagCosts is the part of the table about tags and stale values.
func TestTagCosts(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		c := mustText(t, r, cache.Options{
			Prefix: r.prefix, Namespace: r.prefix, TTL: time.Minute, Stale: time.Hour,
			Tags: func(id string) []string { return []string{r.prefix + id, r.prefix + "all"} },
		})
		load := (&constant{value: strings.Repeat("v", 500)}).load
		r.start()
		check := func(what string, requests, billed int, err error) {
			t.Helper()
			if err != nil && !errors.Is(err, cache.ErrMiss) {
				t.Errorf("%s: %v", what, err)
			}
			r.costs(t, what, requests, billed)
		}
		_, err := c.GetOrLoad(ctx, "1", load)
		check("miss with tags", 3, 3, err)
		_, err = c.GetOrLoad(ctx, "1", load)
		check("hit with tags", 1, 1, err)
		check("Set with tags", 2, 2, c.Set(ctx, "2", "v"))
		_, err = c.GetMany(ctx, "1", "2", "3")
		check("GetMany with tags", 1, 1, err)
		check("InvalidateTags", 1, 1, c.InvalidateTags(ctx, r.prefix+"all"))
		_, err = c.Get(ctx, "1")
		check("invalidated", 1, 1, err)
		wantErr(t, "invalidated", err, cache.ErrMiss)
		_, err = c.GetOrLoad(ctx, "1", load)
		check("reload after invalidation", 3, 3, err)
		check("InvalidateNamespace", 1, 1, c.InvalidateNamespace(ctx))
		_, err = c.GetOrLoad(ctx, "1", load)
		check("reload after the namespace's", 3, 3, err)
		check("SetFor", 2, 2, c.SetFor(ctx, "1", "v", time.Millisecond))
		<-time.After(5 * time.Millisecond)
		e, err := c.Fetch(ctx, "1", func(ctx context.Context) (cache.Loaded[string], error) {
			v, err := load(ctx)
			return cache.Loaded[string]{Value: v}, err
		})
		if !e.Stale {
			t.Errorf("not stale: age %v", e.Age)
		}
		if err := c.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		check("stale hit with its reload", 3, 3, err)
	})
}
