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
// its codec. It fails when a hit costs more than 1.3 times that, or a hit in the
// in-process level more than a hundredth of a remote one:
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
		n    int // calls that are timed as one, lest the clock is what is measured
	}{
		{"bare", func() error {
			text, err := upstash.Get(r.prefix+"1").Do(b.Context(), r)
			if err != nil {
				return err
			}
			var p profile
			return json.Unmarshal([]byte(text), &p)
		}, 1},
		{"Get", func() error { _, err := c.Get(b.Context(), "1"); return err }, 1},
		{"GetOrLoad", func() error { _, err := c.GetOrLoad(b.Context(), "1", load); return err }, 1},
		{"local", func() error { _, err := l.GetOrLoad(b.Context(), "1", load); return err }, 200},
	}
	times := make([][]time.Duration, len(contestants))
	for b.Loop() {
		for i, ct := range contestants {
			began := time.Now()
			for range ct.n {
				if err := ct.run(); err != nil {
					b.Fatal(err)
				}
			}
			times[i] = append(times[i], time.Since(began)/time.Duration(ct.n))
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
	if b.N < 5000 {
		return // too few for a verdict
	}
	if hit, near := median(2)/bare, median(2)/median(3); hit > 1.3 || near < 100 {
		b.Errorf("a hit costs %.2f times the bare GET, and %.0f times a local hit; want at most 1.3, at least 100", hit, near)
	}
}
