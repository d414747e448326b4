//go:build !wasm

package lock_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// BenchmarkCycle takes and releases a free lock over the dev server. "beside" does so in turn with the two bare round trips that it
// cannot do without, and reports how many times as long it takes, by the medians.
func BenchmarkCycle(b *testing.B) {
	b.Run("beside, real Redis", func(b *testing.B) { beside(b, serve(b, redistest.StartOwn(b).URL)) })
	s := serve(b, "")
	b.Run("beside, embedded Redis", func(b *testing.B) { beside(b, s) })
	for name, o := range map[string]lock.Options{"without fence": {NoFence: true}, "fence": {}} {
		b.Run(name, func(b *testing.B) { cycle(b, s.client, o) })
	}
}

// beside times the two in turn.
func beside(b *testing.B, s *server) {
	ctx := context.Background()
	l := newLocker(b, s.client, lock.Options{NoFence: true})
	var bare, locked []time.Duration
	for b.Loop() {
		t0 := time.Now()
		owner := rand.Text()
		_, err := upstash.SetGet("lock:bench:1", owner, upstash.SetOptions{NX: true, TTL: lock.DefaultTTL}).Do(ctx, s.client)
		if !errors.Is(err, upstash.ErrNil) {
			b.Fatal(err)
		}
		if _, err := upstash.DelEx("lock:bench:1", upstash.DelExOptions{IfEqual: owner}).Do(ctx, s.client); err != nil {
			b.Fatal(err)
		}
		t1 := time.Now()
		lease, err := l.Acquire(ctx, "lock:bench:1")
		if err != nil {
			b.Fatal(err)
		}
		if err := lease.Release(ctx); err != nil {
			b.Fatal(err)
		}
		bare, locked = append(bare, t1.Sub(t0)), append(locked, time.Since(t1))
	}
	slices.Sort(bare)
	slices.Sort(locked)
	b.ReportMetric(float64(locked[len(locked)/2])/float64(bare[len(bare)/2]), "x-bare")
}

func cycle(b *testing.B, d upstash.Doer, o lock.Options) {
	l := newLocker(b, d, o)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		lease, err := l.Acquire(ctx, "lock:bench:1")
		if err != nil {
			b.Fatal(err)
		}
		if err := lease.Release(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// instant answers at once, so that only this package's own cost remains.
func instant() upstash.Doer {
	set, one := upstash.ReplyOf(nil), upstash.ReplyOf(int64(1))
	return doerFunc(func(cmd upstash.Command) upstash.Reply {
		if cmd.Name() == "SET" {
			return set
		}
		return one
	})
}

type doerFunc func(cmd upstash.Command) upstash.Reply

func (f doerFunc) Do(_ context.Context, cmd upstash.Command) (upstash.Reply, error) {
	return f(cmd), nil
}

// BenchmarkOwnCost is a cycle without a network.
func BenchmarkOwnCost(b *testing.B) { cycle(b, instant(), lock.Options{NoFence: true}) }

// TestAllocations is the budget of a cycle, the two commands included.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	l := newLocker(t, instant(), lock.Options{NoFence: true})
	ctx := context.Background()
	got := testing.AllocsPerRun(1000, func() {
		lease, err := l.Acquire(ctx, "lock:bench:1")
		if err == nil {
			err = lease.Release(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%.0f allocations for one cycle", got)
	if got > cycleAllocs {
		t.Errorf("%.0f allocations, want at most %d", got, cycleAllocs)
	}
}

const cycleAllocs = 15
