package cache_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// byOwner tags "7/projects" with "owner:7".
func byOwner(id string) []string {
	owner, _, _ := strings.Cut(id, "/")
	return []string{"owner:" + owner}
}

func TestTags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{Tags: byOwner, Namespace: "ns", Stale: time.Hour, StaleIfError: time.Hour})
		other := mustText(t, f, cache.Options{Prefix: "o:", Tags: byOwner})
		l := &constant{value: "v"}
		for i := range 100 {
			if _, err := c.GetOrLoad(t.Context(), fmt.Sprintf("%d/%d", i%2, i), l.load); err != nil {
				t.Fatal(err)
			}
		}
		if err := other.Set(t.Context(), "0/x", "v"); err != nil {
			t.Fatal(err)
		}
		f.reset()
		if err := c.InvalidateTags(t.Context(), "owner:0"); err != nil {
			t.Fatal(err)
		}
		if requests, billed := f.cost(); requests != 1 || billed != 1 {
			t.Errorf("invalidation costs %d requests, %d commands", requests, billed)
		}
		for i := range 100 {
			_, err := c.Lookup(t.Context(), fmt.Sprintf("%d/%d", i%2, i))
			if (err == nil) != (i%2 == 1) {
				t.Errorf("%d after invalidation: %v", i, err)
			}
		}
		_, err := other.Get(t.Context(), "0/x")
		wantErr(t, "other cache", err, cache.ErrMiss)

		l.set("v2", nil)
		got, err := c.GetOrLoad(t.Context(), "0/0", l.load)
		want(t, "reloaded", got, "v2", err)
		if err := c.InvalidateNamespace(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"0/0", "1/1"} {
			_, err := c.Lookup(t.Context(), id)
			wantErr(t, "after namespace", err, cache.ErrMiss)
		}
	})
}

// TestTagsDuringLoad: what was loaded before an invalidation is not served after
// it, and nobody waits for it.
func TestTagsDuringLoad(t *testing.T) {
	t.Parallel()
	for _, warm := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			o := cache.Options{Tags: byOwner, TTL: time.Minute, StaleIfError: time.Hour}
			a, b := mustText(t, f, o), mustText(t, f, o)
			l := &constant{value: "old"}
			if warm {
				_, _ = a.GetOrLoad(t.Context(), "1/x", l.load)
				<-time.After(2 * time.Minute)
			}
			l.took = time.Second
			go func() { _, _ = a.GetOrLoad(t.Context(), "1/x", l.load) }()
			<-time.After(500 * time.Millisecond)
			if err := cache.InvalidateTags(t.Context(), f, "owner:1"); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			got, err := b.GetOrLoad(t.Context(), "1/x", (&constant{value: "new"}).load)
			want(t, "after invalidation", got, "new", err)
			if time.Since(began) > 0 {
				t.Errorf("waited %v for an outdated load", time.Since(began))
			}
			<-time.After(time.Second)
			got, err = b.Get(t.Context(), "1/x")
			want(t, "after the old load", got, "new", err)
		})
	}
}

// TestTagsOfNegativeEntries: an invalidation reaches what is remembered as
// missing too.
func TestTagsOfNegativeEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{Tags: byOwner, NegativeTTL: time.Hour})
		_, err := c.GetOrLoad(t.Context(), "1/x", (&constant{err: cache.ErrNotFound}).load)
		wantErr(t, "first", err, cache.ErrNotFound)
		before := c.Stats().Commands
		if err := c.InvalidateTags(t.Context(), "owner:1", "owner:2"); err != nil {
			t.Fatal(err)
		}
		if n := c.Stats().Commands - before; n != 2 {
			t.Errorf("%d commands counted, want 2", n)
		}
		got, err := c.GetOrLoad(t.Context(), "1/x", (&constant{value: "v"}).load)
		want(t, "after invalidation", got, "v", err)
	})
}

// TestPlainEntriesAreNotTrusted: an entry without epochs may have been
// invalidated, so a cache with tags does not serve it.
func TestPlainEntriesAreNotTrusted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.put("t:1", "plain", time.Minute)
		got, err := mustText(t, f, cache.Options{Tags: byOwner}).GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		want(t, "with tags", got, "v", err)
		_, err = mustText(t, f, cache.Options{}).Get(t.Context(), "1")
		wantErr(t, "tagged entry in a cache without tags", err, cache.ErrMiss)
	})
}

func TestVersion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		v1, v2 := mustText(t, f, cache.Options{Version: 1}), mustText(t, f, cache.Options{Version: 2})
		if err := v1.Set(t.Context(), "1", "v"); err != nil {
			t.Fatal(err)
		}
		_, err := v2.Get(t.Context(), "1")
		wantErr(t, "other version", err, cache.ErrMiss)
		got, err := v2.GetOrLoad(t.Context(), "1", (&constant{value: "v2"}).load)
		want(t, "loaded by the other version", got, "v2", err)
	})
}

func TestInvalidateTagsRefuses(t *testing.T) {
	t.Parallel()
	f := newFakeRedis()
	wantErr(t, "long tag", cache.InvalidateTags(t.Context(), f, strings.Repeat("x", keys.MaxLength)), keys.ErrTooLong)
	wantErr(t, "no namespace", mustText(t, f, cache.Options{}).InvalidateNamespace(t.Context()), cache.ErrBadOption)
	f.setFault(func([][]string) fault { return denied })
	wantErr(t, "refused", cache.InvalidateTags(t.Context(), f, "a"), upstash.ErrNoPermission)
}

func TestEntity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		users, err := cache.Users[user](f, cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		lists := must(t, f, cache.JSON[[]int](), cache.Options{
			Kind: keys.KindList,
			Tags: func(id string) []string { return []string{users.Tag(id)} },
		})
		if err := users.Set(t.Context(), "7", user{7, "Ann"}); err != nil {
			t.Fatal(err)
		}
		if err := lists.Set(t.Context(), "7", []int{1, 2}); err != nil {
			t.Fatal(err)
		}
		if got := f.raw("cache:user:7"); got != `{"id":7,"name":"Ann"}` {
			t.Errorf("stored %q", got)
		}
		if got := f.ttl("cache:user:7"); got != time.Hour {
			t.Errorf("TTL %v", got)
		}
		f.reset()
		if err := users.InvalidateAll(t.Context(), "7"); err != nil {
			t.Fatal(err)
		}
		if requests, billed := f.cost(); requests != 1 || billed != 2 {
			t.Errorf("InvalidateAll costs %d requests, %d commands", requests, billed)
		}
		_, err = users.Get(t.Context(), "7")
		wantErr(t, "user", err, cache.ErrMiss)
		_, err = lists.Get(t.Context(), "7")
		wantErr(t, "list", err, cache.ErrMiss)

		for _, id := range []string{"1", "2", "3"} {
			if err := users.Set(t.Context(), id, user{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := users.Invalidate(t.Context(), "1", "2"); err != nil {
			t.Fatal(err)
		}
		got, err := users.GetMany(t.Context(), "1", "2", "3")
		if err != nil || len(got) != 1 {
			t.Errorf("after Invalidate: %v, %v", got, err)
		}
	})
}

// TestEntities checks each entity cache's keys and TTL against the schema.
func TestEntities(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		for name, tc := range map[string]struct {
			make func(upstash.Doer, cache.Options) (*cache.Entity[user], error)
			ttl  time.Duration
		}{
			"user": {cache.Users[user], time.Hour}, "creator": {cache.Creators[user], time.Hour}, "brand": {cache.Brands[user], time.Hour},
			"project": {cache.Projects[user], 30 * time.Minute}, "asset": {cache.Assets[user], 30 * time.Minute},
			"license": {cache.Licenses[user], 15 * time.Minute},
		} {
			e, err := tc.make(f, cache.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Set(t.Context(), "a:b", user{}); err != nil {
				t.Fatal(err)
			}
			if got := f.ttl("cache:" + name + ":a%3Ab"); got != tc.ttl {
				t.Errorf("%s: TTL %v, want %v", name, got, tc.ttl)
			}
			if e.Kind().Entity() != name || e.Tag("1") != name+":1" {
				t.Errorf("%s: kind %v, tag %q", name, e.Kind(), e.Tag("1"))
			}
		}
		if _, err := cache.NewEntity(f, keys.Kind{}, cache.Text(), cache.Options{}); err == nil {
			t.Error("an undeclared kind is accepted")
		}
	})
}

func TestPurge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		users, _ := cache.Users[user](f, cache.Options{})
		for i := range 1000 {
			f.put(keys.User(fmt.Sprint(i)), "{}", time.Hour)
			f.put(keys.Creator(fmt.Sprint(i)), "{}", time.Hour)
		}
		f.put("cache:userx:1", "{}", time.Hour)
		f.put(keys.KindUser.Key("5", "draft"), "{}", time.Hour)

		stop := fmt.Errorf("stop")
		var last cache.PurgeProgress
		p, err := users.Purge(t.Context(), cache.PurgeOptions{Batch: 100, Progress: func(p cache.PurgeProgress) error {
			last = p
			if p.Steps == 12 {
				return stop
			}
			return nil
		}})
		wantErr(t, "stopped", err, stop)
		if p != last || p.Done || p.Deleted != p.Matched {
			t.Errorf("stopped at %+v", p)
		}
		q, err := users.Purge(t.Context(), cache.PurgeOptions{Batch: 100, Cursor: p.Cursor})
		if err != nil || !q.Done || p.Deleted+q.Deleted != 1001 {
			t.Errorf("%+v and %+v, %v", p, q, err)
		}
		f.mu.Lock()
		left := len(f.data)
		f.mu.Unlock()
		if left != 1001 {
			t.Errorf("%d keys are left, want 1001", left)
		}
		f.put(keys.KindUser.Key("5", "draft"), "{}", time.Hour)
		f.put(keys.KindUser.Key("5"), "{}", time.Hour)
		f.put(keys.KindUser.Key("55"), "{}", time.Hour)
		if _, err := users.PurgeOf(t.Context(), "5", cache.PurgeOptions{}); err != nil {
			t.Fatal(err)
		}
		if f.raw("cache:user:5:draft") != "" || f.raw("cache:user:5") != "" || f.raw("cache:user:55") == "" {
			t.Error("PurgeOf deleted too much or too little")
		}
		_, err = cache.Purge(t.Context(), f, keys.Pattern{}, cache.PurgeOptions{})
		wantErr(t, "zero pattern", err, cache.ErrBadOption)
		_, err = cache.Purge(t.Context(), f, keys.Cache.Pattern(), cache.PurgeOptions{Batch: 5001})
		wantErr(t, "batch", err, cache.ErrBadOption)
	})
}
