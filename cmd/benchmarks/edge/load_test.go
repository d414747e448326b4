//go:build linux

package edge_test

import (
	"sync"
	"testing"
	"time"
)

// round starts every Worker, each in a workerd of its own, one after the other;
// measures them in turn while all are there; and ends them.
func round(t *testing.T, r results, n int, bin string, all []*contestant, env []string) {
	t.Helper()
	var running []*process
	for i := range all { // nobody is always the first
		p, took := start(t, bin, all[(n+i)%len(all)], env)
		defer p.kill()
		running = append(running, p)
		r.add(listening, p.name, ms(took.listen))
		r.add(firstAnswer, p.name, ms(took.first))
		r.add(firstCPU, p.name, ms(took.cpu))
		rss, anon := p.resident(t)
		r.add(startMemory, p.name, rss)
		r.add(startAnon, p.name, anon)
	}
	one := make(map[string]*steady)
	for _, p := range running {
		one[p.name] = new(steady)
		new(steady).run(t, p, warm)
	}
	for range turns {
		for _, p := range running {
			one[p.name].run(t, p, each)
		}
	}
	for _, p := range running {
		one[p.name].report(r, p.name)
		crowd(t, r, p)
	}
}

// A steady is what one caller has seen.
type steady struct {
	gets, sets []float64 // ms
	cpu        time.Duration
}

// run sends n requests one after the other.
func (s *steady) run(t *testing.T, p *process, n int) {
	t.Helper()
	before := p.cpu(t)
	for i := range n {
		f, list := p.get, &s.gets
		if i%2 == 1 {
			f, list = p.set, &s.sets
		}
		began := time.Now()
		if err := f(); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		*list = append(*list, ms(time.Since(began)))
	}
	s.cpu += p.cpu(t) - before
}

func (s *steady) report(r results, name string) {
	both := append(append([]float64{}, s.gets...), s.sets...)
	r.add(getMedian, name, median(s.gets))
	r.add(setMedian, name, median(s.sets))
	r.add(tail, name, quantile(both, 0.95))
	r.add(oneCPU, name, ms(s.cpu)/float64(len(both)))
}

// crowd has many callers at once.
func crowd(t *testing.T, r results, p *process) {
	t.Helper()
	several(t, p, calls) // connections are made, and what runs often is compiled again
	began := time.Now()
	took := several(t, p, calls)
	rate := float64(len(took)) / time.Since(began).Seconds()
	r.add(manyMedian, p.name, median(took))
	r.add(manyRate, p.name, rate)
}

// several lets all callers send n requests each, and returns how long each took
// in ms.
func several(t *testing.T, p *process, n int) []float64 {
	t.Helper()
	took := make([]float64, callers*n)
	broken := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range n {
				began := time.Now()
				f := p.get
				if i%2 == 1 {
					f = p.set
				}
				if err := f(); err != nil {
					broken[c] = err
					return
				}
				took[c*n+i] = ms(time.Since(began))
			}
		})
	}
	wg.Wait()
	for _, err := range broken {
		if err != nil {
			t.Fatalf("%s, %d callers: %v", p.name, callers, err)
		}
	}
	return took
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
