//go:build !wasm

package cache_test

import (
	"slices"
	"testing"
	"time"

	"github.com/goccy/go-json"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// BenchmarkRatio runs the contestants of BenchmarkHit in turn, call by call, so
// that noise hits all alike, and reports medians relative to the bare GET with
// its codec:
//
//	go test -run xxx -bench Ratio -benchtime 20000x ./cache
func BenchmarkRatio(b *testing.B) {
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
	contestants := []struct {
		name string
		run  func() error
	}{
		{"bare", func() error {
			text, err := upstash.Get(r.prefix+"1").Do(b.Context(), r)
			if err != nil {
				return err
			}
			var p profile
			return json.Unmarshal([]byte(text), &p)
		}},
		{"Get", func() error { _, err := c.Get(b.Context(), "1"); return err }},
		{"GetOrLoad", func() error { _, err := c.GetOrLoad(b.Context(), "1", load); return err }},
		{"local", func() error { _, err := l.GetOrLoad(b.Context(), "1", load); return err }},
	}
	times := make([][]time.Duration, len(contestants))
	for b.Loop() {
		for i, ct := range contestants {
			began := time.Now()
			if err := ct.run(); err != nil {
				b.Fatal(err)
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return float64(times[i][len(times[i])/2])
	}
	bare := median(0)
	b.ReportMetric(bare, "bare-ns")
	b.ReportMetric(median(1)/bare, "Get/bare")
	b.ReportMetric(median(2)/bare, "GetOrLoad/bare")
	b.ReportMetric(median(2)/median(3), "remote/local")
	b.ReportMetric(0, "ns/op")
}
