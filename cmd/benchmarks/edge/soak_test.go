//go:build linux

package edge_test

import (
	"slices"
	"testing"

	"github.com/valyala/fasthttp"
)

const (
	soakSamples = 10
	soakBetween = 1000 // requests
)

// soak sends 10,000 requests to make the Worker as large as it gets, and 10,000
// more, looking at the memory after every thousand. Before each look Go and V8
// collect their garbage: workerd's V8 lets it lie for tens of thousands of requests
// when the machine has memory, which would hide what grows.
func soak(t *testing.T, r results, bin string, c *contestant, env []string) {
	t.Helper()
	p, _ := start(t, bin, c.collectable(t), env)
	defer p.kill()
	for range soakSamples {
		several(t, p, soakBetween/callers)
	}
	var all, anon, memory, references []float64
	for i := range soakSamples + 1 {
		if i > 0 {
			several(t, p, soakBetween/callers)
		}
		s := p.collect(t)
		rss, a := p.resident(t)
		all, anon = append(all, rss), append(anon, a)
		memory = append(memory, float64(s.Memory)/(1<<20))
		references = append(references, float64(s.Values))
	}
	t.Logf("%s, before and after every thousand of 10,000 requests:\nresident, MiB: %.1f\nGo's memory, MiB: %.1f\nreferences of Go: %.0f",
		c.name, all, memory, references)
	r.add(loadedMemory, c.name, all[soakSamples])
	r.add(loadedAnon, c.name, anon[soakSamples])
	if c.name != "edgeredis" {
		return
	}
	if g := slope(memory) * soakSamples; g > 2 {
		t.Errorf("Go's memory grows by %.1f MiB in 10,000 requests", g)
	}
	// One that every tenth request leaves behind is too much.
	if g := slope(references) * soakSamples; g > 1000 {
		t.Errorf("the references of Go to JavaScript grow by %.0f in 10,000 requests", g)
	}
	if g, most := slope(all)*soakSamples, slices.Max(all); g > most/5 {
		t.Errorf("resident memory grows by %.1f MiB of %.1f in 10,000 requests", g, most)
	}
}

// collect lets Go and V8 collect, Go several times because finalizers run after a
// collection, and then tells what is left.
func (p *process) collect(t *testing.T) (s stats) {
	t.Helper()
	for range 3 {
		if err := p.ask(fasthttp.MethodGet, "/collect", "", ""); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		s = p.stats(t)
	}
	return s
}
