package cache_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A crowd of processes waits for the load of another one.
type crowd struct {
	db   *fakeRedis
	load time.Duration
	// doer is what each process talks to; nil means db.
	doer func(i int) upstash.Doer

	late     time.Duration // the longest that anybody waited after the load's end
	commands int           // of all who waited
}

// wait lets processes come, spread over two round trips after the loader, and
// measures how long after the end of the load the last of them is served.
func (w *crowd) wait(t *testing.T, processes int) {
	t.Helper()
	var ended time.Time
	var wg sync.WaitGroup
	first := mustText(t, w.db, cache.Options{})
	wg.Go(func() {
		_, err := first.GetOrLoad(t.Context(), "1", func(context.Context) (string, error) {
			<-time.After(w.load)
			ended = time.Now()
			return "v", nil
		})
		if err != nil {
			t.Errorf("the loader: %v", err)
		}
	})
	const goroutines = 3 // of one process: they share its looks
	late := make([]time.Duration, processes*goroutines)
	spread := 2 * w.db.Trip / time.Duration(processes)
	for i := range processes {
		var d upstash.Doer = w.db
		if w.doer != nil {
			d = w.doer(i)
		}
		c := mustText(t, d, cache.Options{})
		wg.Go(func() {
			<-time.After(w.db.Trip + time.Duration(i)*spread)
			for g := range goroutines {
				wg.Go(func() {
					got, err := c.GetOrLoad(t.Context(), "1", func(context.Context) (string, error) {
						t.Error("a second load")
						return "", nil
					})
					want(t, "waiting", got, "v", err)
					late[i*goroutines+g] = time.Since(ended)
				})
			}
		})
	}
	wg.Wait()
	for _, d := range late {
		w.late = max(w.late, d)
	}
	_, w.commands = w.db.cost()
	w.commands -= 3
}

// TestWaitIsTwoTrips: whenever somebody comes and however long the load takes, up
// to 60 round trips, the value is home at most two round trips after its load.
// Longer loads add a 64th of theirs at most, instead of a look per round trip.
func TestWaitIsTwoTrips(t *testing.T) {
	t.Parallel()
	const trip = 10 * time.Millisecond
	for _, tc := range []struct {
		load  time.Duration
		limit time.Duration
		looks int // most, per process
	}{
		{time.Millisecond, 2 * trip, 4},
		{37 * time.Millisecond, 2 * trip, 8},
		{200 * time.Millisecond, 2 * trip, 25},
		{60 * trip, 2 * trip, 65},
		{2 * time.Second, trip + 2*time.Second/64, 150},
		{9 * time.Second, trip + 9*time.Second/64, 250},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			f.Trip = trip
			w := crowd{db: f, load: tc.load}
			const processes = 40
			w.wait(t, processes)
			t.Logf("load %v: %v after its end, %d commands per process", tc.load, w.late, w.commands/processes)
			if w.late > tc.limit {
				t.Errorf("load %v: %v after its end, want %v", tc.load, w.late, tc.limit)
			}
			if w.commands > processes*tc.looks {
				t.Errorf("load %v: %d commands of %d processes", tc.load, w.commands, processes)
			}
		})
	}
}

// jittery makes requests slower, by up to more, before or after they take effect.
type jittery struct {
	*fakeRedis
	rng  *rand.Rand
	more time.Duration
}

func (j jittery) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	extra := time.Duration(j.rng.Int64N(int64(j.more)))
	before := time.Duration(j.rng.Int64N(int64(extra) + 1))
	<-time.After(before)
	r, err := j.fakeRedis.Do(ctx, cmd)
	<-time.After(extra - before)
	return r, err
}

// TestWaitWithUnevenTrips: the bound holds for the slowest round trip there is.
func TestWaitWithUnevenTrips(t *testing.T) {
	t.Parallel()
	const trip, more = 5 * time.Millisecond, 20 * time.Millisecond
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			f.Trip = trip
			w := crowd{db: f, load: 150 * time.Millisecond, doer: func(i int) upstash.Doer {
				return jittery{f, rand.New(rand.NewPCG(seed, uint64(i))), more}
			}}
			w.wait(t, 20)
			if limit := 2 * (trip + more); w.late > limit {
				t.Errorf("seed %d: %v after the load's end, want %v", seed, w.late, limit)
			}
		})
	}
}

// TestWaitForTheDead: who comes late to the lease of a process that has died waits
// exactly as long as the lease has left, and a round trip until that is seen.
func TestWaitForTheDead(t *testing.T) {
	t.Parallel()
	const trip = 4 * time.Millisecond
	for _, arrives := range []time.Duration{0, 1234 * time.Millisecond, 11 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			dying := mustText(t, f, cache.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			go func() { _, _ = dying.GetOrLoad(ctx, "1", (&constant{took: time.Hour}).load) }()
			synctest.Wait()
			f.setFault(func([][]string) fault { return hang }) // its last words are not heard
			cancel()
			left := f.ttl("t:1")
			synctest.Wait()
			<-time.After(arrives)
			f.setFault(nil)
			f.Trip = trip
			left -= arrives
			began := time.Now()
			got, err := mustText(t, f, cache.Options{}).GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
			want(t, "the next process", got, "v", err)
			// A trip to see it, one to take the lease, one to store.
			if waited := time.Since(began); waited < left || waited > left+4*trip {
				t.Errorf("arriving after %v: waited %v for a lease that had %v left", arrives, waited, left)
			}
			_, billed := f.cost()
			t.Logf("%v left: %d commands", left, billed)
		})
	}
}

// TestWaitStartsAnew: who has waited long for a load that came to nothing is early
// again for the next one.
func TestWaitStartsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const trip = 4 * time.Millisecond
		f := newFakeRedis()
		dying := mustText(t, f, cache.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = dying.GetOrLoad(ctx, "1", (&constant{took: time.Hour}).load) }()
		synctest.Wait()
		f.setFault(func([][]string) fault { return hang })
		cancel()
		synctest.Wait()
		f.setFault(nil)
		f.Trip = trip
		var ended time.Time
		var wg sync.WaitGroup
		late := make([]time.Duration, 10)
		for i := range late {
			c := mustText(t, f, cache.Options{})
			wg.Go(func() {
				<-time.After(time.Duration(i) * time.Millisecond)
				got, err := c.GetOrLoad(t.Context(), "1", func(context.Context) (string, error) {
					<-time.After(97 * time.Millisecond)
					ended = time.Now()
					return "v", nil
				})
				want(t, "after the dead", got, "v", err)
				late[i] = time.Since(ended)
			})
		}
		wg.Wait()
		for _, d := range late {
			if d > 2*trip {
				t.Errorf("%v after the load's end, want %v", d, 2*trip)
			}
		}
	})
}
