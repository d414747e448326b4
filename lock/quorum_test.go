//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// TestQuorum: a majority decides, and a minority may be away.
func TestQuorum(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var worlds []*world
			var ps []*process
			var ds []upstash.Doer
			for i := range 3 {
				w := newWorld(t, 1)
				p := w.process(1, network{delay: 5 * time.Millisecond, timeout: 5 * time.Second}, uint64(i))
				worlds, ps, ds = append(worlds, w), append(ps, p), append(ds, p)
			}
			o := lock.Options{TTL: 10 * time.Second, Scripts: scripts}.WithClock(ps[0])
			l, err := lock.NewQuorum(ds, o)
			ok(t, err)
			rival, err := lock.NewQuorum(ds, o)
			ok(t, err)

			lease := take(t, l, "a")
			if lease.Fence() != 0 {
				t.Error("a fencing token that means nothing")
			}
			if _, err := rival.TryAcquire(t.Context(), "a"); !errors.Is(err, lock.ErrHeld) {
				t.Errorf("second holder: %v", err)
			}
			if lock.OwnerOf(lease) != worlds[0].owner("a") {
				t.Error("the rival took something away")
			}

			ps[2].partition(time.Hour) // one of three is away
			time.Sleep(35 * time.Second)
			if !lease.Valid() {
				t.Fatalf("lost with a majority there: %v", context.Cause(lease.Context()))
			}
			ok(t, lease.Release(t.Context()))
			lease = take(t, rival, "a")
			ok(t, lease.Extend(t.Context()))

			ps[1].partition(time.Hour) // two of three
			<-lease.Context().Done()
			if worlds[0].owner("a") != "" && worlds[0].ttl("a") <= 0 {
				t.Error("told after the end")
			}
			if _, err := l.TryAcquire(t.Context(), "b"); !errors.Is(err, lock.ErrUnreachable) {
				t.Errorf("without a majority: %v", err)
			}
			time.Sleep(time.Minute)
			if worlds[0].owner("b") != "" {
				t.Error("the minority is still locked")
			}
			time.Sleep(2 * time.Hour)
			for _, w := range worlds {
				w.flights.Wait()
			}
		})
	}
}

// TestQuorumContended: rivals that split the votes all get their turn.
func TestQuorumContended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var worlds []*world
		for range 3 {
			worlds = append(worlds, newWorld(t, 1))
		}
		var wg sync.WaitGroup
		inside := 0
		for i := range 5 {
			var ds []upstash.Doer
			for j, w := range worlds {
				ds = append(ds, w.process(1, network{delay: 20 * time.Millisecond, timeout: 5 * time.Second}, uint64(3*i+j))) //nolint:gosec // small
			}
			l, err := lock.NewQuorum(ds, lock.Options{})
			ok(t, err)
			wg.Go(func() {
				for range 4 {
					ok(t, l.With(t.Context(), "a", func(context.Context, *lock.Lease) error {
						if inside++; inside != 1 {
							t.Errorf("%d at once", inside)
						}
						time.Sleep(50 * time.Millisecond)
						inside--
						return nil
					}))
				}
			})
		}
		wg.Wait()
		for _, w := range worlds {
			w.flights.Wait()
		}
	})
}

// TestQuorumRefused: what does not go with a quorum.
func TestQuorumRefused(t *testing.T) {
	t.Parallel()
	d := upstashtest.NewFake(nil)
	if _, err := lock.NewQuorum([]upstash.Doer{d, d}, lock.Options{}); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("two databases: %v", err)
	}
	c, err := upstash.New(upstash.Config{URL: "http://127.0.0.1:1", Token: "x", Transport: noStream{}})
	ok(t, err)
	if _, err := lock.NewQuorum([]upstash.Doer{d, d, d}, lock.Options{Wake: c.Subscribe}); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("with Wake: %v", err)
	}
}
