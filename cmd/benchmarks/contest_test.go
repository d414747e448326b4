//go:build unix

package benchmarks_test

import (
	"context"
	"flag"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	slice = flag.Duration("slice", 30*time.Millisecond, "how long a contestant runs before it is the next one's turn")
	only  = flag.String("only", "", "names of contestants, separated by commas: leave out all others (for profiles)")
)

// A contestant does the same work as the others of its contest.
type contestant struct {
	name string
	op   func(ctx context.Context) error
}

// A cost is what one operation of a contestant took in one round.
type cost struct{ cpu, wall, allocs, bytes float64 }

// contest lets all contestants run in turn, round after round, so that whatever
// else the machine does hits all of them. b.N counts rounds: -benchtime 9x.
//
// For each contestant it reports medians over the rounds: cpu-us/op (user and
// system time of this process, which holds the clients and no server), allocs/op
// and B/op, each with the contestant's name in front; and for all but the first
// x-cpu and x-wall, what the first one costs as a part of what it costs: below 1
// the first is cheaper.
func contest(b *testing.B, all ...contestant) {
	b.Helper()
	if *only != "" {
		all = slices.DeleteFunc(all, func(c contestant) bool { return !slices.Contains(strings.Split(*only, ","), c.name) })
	}
	ctx := b.Context() // as in a server: it can end
	turns := make([]int, len(all))
	for i, c := range all {
		turns[i] = calibrate(ctx, b, c)
	}
	costs := make([][]cost, len(all))
	for b.Loop() {
		for i, c := range all {
			costs[i] = append(costs[i], measure(ctx, b, c, turns[i]))
		}
	}
	b.ReportMetric(0, "ns/op") // of a round: it means nothing
	for i, c := range all {
		b.ReportMetric(median(costs[i], cpu), c.name+":cpu-us/op")
		b.ReportMetric(median(costs[i], allocs), c.name+":allocs/op")
		b.ReportMetric(median(costs[i], size), c.name+":B/op")
		if i > 0 {
			b.ReportMetric(ratio(costs[0], costs[i], cpu), c.name+":x-cpu")
			b.ReportMetric(ratio(costs[0], costs[i], wall), c.name+":x-wall")
		}
	}
}

func cpu(c cost) float64    { return c.cpu }
func wall(c cost) float64   { return c.wall }
func allocs(c cost) float64 { return c.allocs }
func size(c cost) float64   { return c.bytes }

// calibrate warms c up and returns how many operations fill a slice.
func calibrate(ctx context.Context, b *testing.B, c contestant) int {
	b.Helper()
	n, start := 0, time.Now()
	for time.Since(start) < *slice {
		if err := c.op(ctx); err != nil {
			b.Fatalf("%s: %v", c.name, err)
		}
		n++
	}
	return n
}

// measure runs c n times. Garbage of the contestant before is not its to clear.
func measure(ctx context.Context, b *testing.B, c contestant, n int) cost {
	b.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, cpu := time.Now(), cpuTime(b)
	for range n {
		if err := c.op(ctx); err != nil {
			b.Fatalf("%s: %v", c.name, err)
		}
	}
	cpu, took := cpuTime(b)-cpu, time.Since(start)
	runtime.ReadMemStats(&after)
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(n) }
	return cost{
		cpu: per(cpu), wall: per(took),
		allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
	}
}

// ratio is the median of the ratios within each round.
func ratio(ours, theirs []cost, of func(cost) float64) float64 {
	r := make([]cost, len(ours))
	for i := range r {
		r[i].cpu = of(ours[i]) / of(theirs[i])
	}
	return median(r, cpu)
}

func median(cs []cost, of func(cost) float64) float64 {
	v := make([]float64, len(cs))
	for i, c := range cs {
		v[i] = of(c)
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// cpuTime is the CPU time, user and system, that this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
