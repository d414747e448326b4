//go:build !wasm

package cache_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-json"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// profile is a struct of about 1 KiB as JSON.
type profile struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Bio      string   `json:"bio"`
	Tags     []string `json:"tags"`
	Verified bool     `json:"verified"`
	Sales    int64    `json:"sales"`
}

func someProfile() profile {
	return profile{
		ID: "creator-123", Name: "Ann", Bio: strings.Repeat("words and words ", 55),
		Tags: []string{"print", "textile", "ceramics"}, Verified: true, Sales: 12345,
	}
}

// BenchmarkHit compares a hit with the bare client's GET and the codec, and with
// the in-process level, in one run:
//
//	go test -run xxx -bench Hit -count 8 ./cache
func BenchmarkHit(b *testing.B) {
	r := newRig(b, devserver.Options{})
	c := must(b, r, cache.JSON[profile](), cache.Options{Prefix: r.prefix, TTL: time.Hour})
	level, err := local.New(local.Options{})
	if err != nil {
		b.Fatal(err)
	}
	l := must(b, r, cache.JSON[profile](), cache.Options{Prefix: r.prefix, TTL: time.Hour, Local: level, LocalTTL: time.Hour})
	if err := c.Set(b.Context(), "1", someProfile()); err != nil {
		b.Fatal(err)
	}
	load := func(contextT) (profile, error) { panic("a hit loads") }
	b.Run("bare GET and codec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text, err := upstash.Get(r.prefix+"1").Do(b.Context(), r)
			if err != nil {
				b.Fatal(err)
			}
			var p profile
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, bc := range []struct {
		name string
		run  func() error
	}{
		{"Get", func() error { _, err := c.Get(b.Context(), "1"); return err }},
		{"GetOrLoad", func() error { _, err := c.GetOrLoad(b.Context(), "1", load); return err }},
		{"in-process level", func() error { _, err := l.GetOrLoad(b.Context(), "1", load); return err }},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := bc.run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOwn is the cost of the cache itself, without a network: over a fake
// that answers at once.
func BenchmarkOwn(b *testing.B) {
	f := newFakeRedis()
	c := mustText(b, f, cache.Options{})
	dated := mustText(b, f, cache.Options{Prefix: "d:", Stale: time.Minute})
	for _, c := range []*cache.Cache[string]{c, dated} {
		if err := c.Set(b.Context(), "1", "v"); err != nil {
			b.Fatal(err)
		}
	}
	load := (&constant{value: "v"}).load
	for name, run := range map[string]func() error{
		"Get":                    func() error { _, err := c.Get(b.Context(), "1"); return err },
		"Get in an envelope":     func() error { _, err := dated.Get(b.Context(), "1"); return err },
		"GetOrLoad":              func() error { _, err := c.GetOrLoad(b.Context(), "1", load); return err },
		"the client's own share": func() error { _, err := upstash.Get("t:1").Do(b.Context(), f); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
				f.reset()
			}
		})
	}
}
