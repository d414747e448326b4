//go:build unix

package benchmarks_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	rediscache "github.com/go-redis/cache/v9"
	"github.com/goccy/go-json"
	"github.com/redis/rueidis"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
	"github.com/yesgoddess/edgeredis/upstash"
)

// profile is a struct of 1 KiB as JSON.
type profile struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Bio      string   `json:"bio"`
	Tags     []string `json:"tags"`
	Verified bool     `json:"verified"`
	Sales    int64    `json:"sales"`
}

const profileKey = "bench:profile"

var someProfile = profile{
	ID: "creator-123", Name: "Ann", Bio: strings.Repeat("words and words ", 56),
	Tags: []string{"print", "textile", "ceramics"}, Verified: true, Sales: 12345,
}

func profileJSON() string {
	b, err := json.Marshal(someProfile)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func checkProfile(p profile, err error) error {
	if err == nil && (p.ID != someProfile.ID || len(p.Bio) != len(someProfile.Bio)) {
		return errors.New("a wrong profile")
	}
	return err
}

var errLoads = errors.New("a hit loads")

// BenchmarkCacheHit is a hit of a 1 KiB struct that comes over the network. All
// but msgpack use the same JSON library. "bare" is the client's GET and the codec,
// without a cache; rueidis is the same for rueidis.
func BenchmarkCacheHit(b *testing.B) {
	url, addr := start(b, "canned"), startRedis(b)
	ours, goRedis, ru := newClient(b, url, upstash.Base64), newGoRedis(b, addr), newRueidis(b, addr)
	if err := goRedis.Set(b.Context(), profileKey, profileJSON(), time.Hour).Err(); err != nil {
		b.Fatal(err)
	}
	contest(b,
		cacheOf(b, "edgeredis", ours, cache.Options{}),
		contestant{"edgeredis-bare", func(ctx context.Context) error {
			v, err := upstash.Get(profileKey).Do(ctx, ours)
			return unpack([]byte(v), err)
		}},
		redisCacheOf("go-redis-cache", &rediscache.Options{Redis: goRedis, Marshal: json.Marshal, Unmarshal: json.Unmarshal}),
		redisCacheOf("go-redis-cache-msgpack", &rediscache.Options{Redis: goRedis}),
		contestant{"rueidis", func(ctx context.Context) error {
			v, err := ru.Do(ctx, ru.B().Get().Key(profileKey).Build()).AsBytes()
			return unpack(v, err)
		}},
	)
}

// BenchmarkCacheLocal is a hit of a 1 KiB struct in the memory of the process.
// go-redis/cache and rueidis, which is what rueidisaside asks for each hit, keep
// bytes there, and so decode each time; ours keeps values.
func BenchmarkCacheLocal(b *testing.B) {
	url, addr := start(b, "canned"), startRedis(b)
	ours, goRedis, ru := newClient(b, url, upstash.Base64), newGoRedis(b, addr), newRueidis(b, addr)
	if err := goRedis.Set(b.Context(), profileKey, profileJSON(), time.Hour).Err(); err != nil {
		b.Fatal(err)
	}
	level, err := local.New(local.Options{})
	if err != nil {
		b.Fatal(err)
	}
	contest(b,
		cacheOf(b, "edgeredis", ours, cache.Options{Local: level, LocalTTL: time.Hour}),
		redisCacheOf("go-redis-cache", &rediscache.Options{
			Redis: goRedis, Marshal: json.Marshal, Unmarshal: json.Unmarshal,
			LocalCache: rediscache.NewTinyLFU(10_000, time.Hour),
		}),
		contestant{"rueidis", func(ctx context.Context) error {
			v, err := ru.DoCache(ctx, ru.B().Get().Key(profileKey).Cache(), time.Hour).AsBytes()
			return unpack(v, err)
		}},
	)
}

// BenchmarkCacheMiss is a key that nobody has, and a loader that takes no time.
// Ours goes through the dev server to the same Redis. go-redis/cache has no lease;
// "nolease" is ours without. rueidis makes the conversation of rueidisaside: a GET
// that is kept in memory, a SET NX GET of a placeholder, and a script that
// replaces it.
func BenchmarkCacheMiss(b *testing.B) {
	addr := startRedis(b)
	client := newClient(b, start(b, "redis://"+addr), upstash.Base64)
	goRedis, ru := newGoRedis(b, addr), newRueidis(b, addr)
	theirs := rediscache.New(&rediscache.Options{Redis: goRedis, Marshal: json.Marshal, Unmarshal: json.Unmarshal})
	var n atomic.Int64
	contest(b,
		missOf(b, "edgeredis", client, cache.Options{}),
		missOf(b, "edgeredis-nolease", client, cache.Options{NoLease: true}),
		contestant{"go-redis-cache", func(ctx context.Context) error {
			var p profile
			err := theirs.Once(&rediscache.Item{
				Ctx: ctx, Key: fmt.Sprint("bench:gr:", n.Add(1)), Value: &p, TTL: time.Minute,
				Do: func(*rediscache.Item) (any, error) { return someProfile, nil },
			})
			return checkProfile(p, err)
		}},
		contestant{"rueidis", func(ctx context.Context) error { return asideMiss(ctx, ru, fmt.Sprint("bench:ru:", n.Add(1))) }},
	)
}

func unpack(v []byte, err error) error {
	if err != nil {
		return err
	}
	var p profile
	err = json.Unmarshal(v, &p)
	return checkProfile(p, err)
}

// cacheOf is our cache on an entry that is there.
func cacheOf(b *testing.B, name string, d upstash.Doer, o cache.Options) contestant {
	b.Helper()
	o.Prefix, o.TTL = "bench:", time.Hour
	c, err := cache.New(d, cache.JSON[profile](), o)
	if err != nil {
		b.Fatal(err)
	}
	load := func(context.Context) (profile, error) { return profile{}, errLoads }
	return contestant{name, func(ctx context.Context) error {
		p, err := c.GetOrLoad(ctx, "profile", load)
		return checkProfile(p, err)
	}}
}

// redisCacheOf is go-redis/cache on an entry that it has stored itself.
func redisCacheOf(name string, o *rediscache.Options) contestant {
	c := rediscache.New(o)
	stored := false
	return contestant{name, func(ctx context.Context) error {
		if !stored {
			stored = true
			if err := c.Set(&rediscache.Item{Ctx: ctx, Key: "bench:" + name, Value: someProfile, TTL: time.Hour}); err != nil {
				return err
			}
		}
		var p profile
		err := c.Once(&rediscache.Item{
			Ctx: ctx, Key: "bench:" + name, Value: &p, TTL: time.Hour,
			Do: func(*rediscache.Item) (any, error) { return nil, errLoads },
		})
		return checkProfile(p, err)
	}}
}

// missOf is our cache on one entry after the other that is not there.
func missOf(b *testing.B, name string, d upstash.Doer, o cache.Options) contestant {
	b.Helper()
	o.Prefix, o.TTL = "bench:"+name+":", time.Minute
	c, err := cache.New(d, cache.JSON[profile](), o)
	if err != nil {
		b.Fatal(err)
	}
	load := func(context.Context) (profile, error) { return someProfile, nil }
	n := 0
	return contestant{name, func(ctx context.Context) error {
		n++
		p, err := c.GetOrLoad(ctx, fmt.Sprint(n), load)
		return checkProfile(p, err)
	}}
}

var replace = rueidis.NewLuaScript(`if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])`)

// asideMiss loads a key that is not there, under a placeholder.
func asideMiss(ctx context.Context, ru rueidis.Client, key string) error {
	const placeholder = "placeholder:4d5b3c9e8f7a6b1c2d3e4f50"
	if err := ru.DoCache(ctx, ru.B().Get().Key(key).Cache(), time.Minute).Error(); !rueidis.IsRedisNil(err) {
		return fmt.Errorf("the key is there: %w", err)
	}
	lease := ru.B().Set().Key(key).Value(placeholder).Nx().Get().Px(time.Minute).Build()
	if err := ru.Do(ctx, lease).Error(); !rueidis.IsRedisNil(err) {
		return fmt.Errorf("the key is taken: %w", err)
	}
	v, err := json.Marshal(someProfile)
	if err != nil {
		return err
	}
	return replace.Exec(ctx, ru, []string{key}, []string{placeholder, string(v), "60000"}).Error()
}
