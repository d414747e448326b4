//go:build linux

package edge_test

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// A measure is one line of the report.
type measure struct {
	name  string
	limit float64 // of what the first contestant may be of the second; 0: none
}

var (
	listening    = &measure{name: "start to listening, ms"}
	firstAnswer  = &measure{name: "start to first answer, ms", limit: 0.45}
	firstCPU     = &measure{name: "CPU to first answer, ms"}
	getMedian    = &measure{name: "GET, one caller, p50 ms", limit: 0.75}
	setMedian    = &measure{name: "SET, one caller, p50 ms", limit: 0.75}
	tail         = &measure{name: "GET and SET, one caller, p95 ms"}
	oneCPU       = &measure{name: "CPU per request, one caller, ms"}
	manyMedian   = &measure{name: "50 callers, GET and SET, p50 ms", limit: 0.75}
	manyRate     = &measure{name: "50 callers, answers/s"}
	startMemory  = &measure{name: "resident after the first answer, MiB", limit: 0.7}
	startAnon    = &measure{name: "of that not of files, MiB"}
	loadedMemory = &measure{name: "resident after 20,000, collected, MiB", limit: 0.7}
	loadedAnon   = &measure{name: "of that not of files, collected, MiB"}

	measures = []*measure{
		listening, firstAnswer, firstCPU, getMedian, setMedian, tail, oneCPU, manyMedian, manyRate,
		startMemory, startAnon, loadedMemory, loadedAnon,
	}
)

// results has for each measure and contestant one value per round.
type results map[*measure]map[string][]float64

func (r results) add(m *measure, contestant string, value float64) {
	if r[m] == nil {
		r[m] = make(map[string][]float64)
	}
	r[m][contestant] = append(r[m][contestant], value)
}

// ratio is the median of the ratios within each round.
func (r results) ratio(m *measure, ours, theirs string) float64 {
	var ratios []float64
	for i, v := range r[m][ours] {
		ratios = append(ratios, v/r[m][theirs][i])
	}
	return median(ratios)
}

// beyond names the measures that are over their limits.
func (r results) beyond(ours, theirs string) (names []string) {
	for _, m := range measures {
		if m.limit == 0 || r[m] == nil {
			continue
		}
		if x := r.ratio(m, ours, theirs); !(x <= m.limit) { // NaN is beyond
			names = append(names, fmt.Sprintf("%s: %.2f of %s, want %.2f at most", m.name, x, theirs, m.limit))
		}
	}
	return names
}

// table has a line for each measure: medians with the least and the greatest, and
// what the first contestant is of the others.
func (r results) table(names []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\t", strings.Join(names, "\t"))
	for _, other := range names[1:] {
		fmt.Fprint(w, "\tof ", other)
	}
	fmt.Fprintln(w)
	for _, m := range measures {
		if r[m] == nil {
			continue
		}
		fmt.Fprint(w, m.name)
		for _, name := range names {
			v := r[m][name]
			fmt.Fprintf(w, "\t%.4g [%.4g-%.4g]", median(v), slices.Min(v), slices.Max(v))
		}
		for _, other := range names[1:] {
			fmt.Fprintf(w, "\t%.2f", r.ratio(m, names[0], other))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
	return b.String()
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile is the value that a part q of the values does not exceed.
func quantile(values []float64, q float64) float64 {
	v := slices.Clone(values)
	slices.Sort(v)
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

// slope is what a value grows by per sample: least squares.
func slope(values []float64) float64 {
	var x, y, xx, xy float64
	n := float64(len(values))
	for i, v := range values {
		at := float64(i)
		x, y, xx, xy = x+at, y+v, xx+at*at, xy+at*v
	}
	return (n*xy - x*y) / (n*xx - x*x)
}
