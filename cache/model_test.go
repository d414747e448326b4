package cache_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

// An origin is what caches load from: a number that only grows, with the moment
// each version became known to the callers to be the one to serve.
type origin struct {
	mu      sync.Mutex
	version int
	floors  []floor
}

// A floor says that from a moment on, versions below it have been invalidated.
type floor struct {
	at time.Time
	v  int
}

func (o *origin) read() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.version
}

func (o *origin) write() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.version++
}

// confirm raises the floor: everything older than v was invalidated by a call
// that has returned.
func (o *origin) confirm(v int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.floors = append(o.floors, floor{time.Now(), v})
}

// bound is the highest floor at a moment.
func (o *origin) bound(at time.Time) (v int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range o.floors {
		if f.at.Before(at) { // at the same instant, the order is open
			v = max(v, f.v)
		}
	}
	return v
}

// exists: in some versions there is nothing to be found.
func exists(v int) bool { return v%5 != 4 }

// gone reports whether there was nothing in any version from floor up to now.
func (o *origin) gone(floor int) bool {
	for v := floor; v <= o.read(); v++ {
		if !exists(v) {
			return true
		}
	}
	return false
}

// modelIDs are the entries, all made from the one version.
var modelIDs = []string{"1", "2", "3"}

// TestModel runs random histories of loads of one and of many, updates with
// invalidation, things that vanish and come back, processes that leave, failing
// loaders, slow loaders and a Redis that loses answers, over several caches. Who
// starts a lookup after an invalidation has returned never sees what was there
// before it, whatever else is in flight.
func TestModel(t *testing.T) {
	t.Parallel()
	tagged := func(string) []string { return []string{"t"} }
	for name, o := range map[string]cache.Options{
		"plain":        {TTL: 3 * time.Second},
		"negative":     {TTL: 3 * time.Second, NegativeTTL: 2 * time.Second},
		"stale":        {TTL: 200 * time.Millisecond, Stale: 500 * time.Millisecond, StaleIfError: 2 * time.Second, NegativeTTL: time.Second},
		"early":        {TTL: 300 * time.Millisecond, Early: 3},
		"tags":         {TTL: time.Second, Stale: time.Second, Tags: tagged},
		"plain, tags":  {TTL: time.Second, Tags: tagged, NegativeTTL: time.Second},
		"short leases": {TTL: time.Second, LoadTimeout: 20 * time.Millisecond, Timeout: 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			histories := 25
			if testing.Short() {
				histories = 4
			}
			for seed := range uint64(histories) {
				synctest.Test(t, func(t *testing.T) { history(t, seed, o) })
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

func history(t *testing.T, seed uint64, o cache.Options) {
	rng := rand.New(rand.NewPCG(seed, 1))
	f := newFakeRedis()
	f.Trip = time.Duration(rng.IntN(5)) * time.Millisecond
	faults := rand.New(rand.NewPCG(seed, 2))
	odds := 0
	if seed%2 == 1 {
		odds = 20
	}
	f.setFault(func(cmds [][]string) fault {
		// Invalidations are what the guarantee is about: theirs are heard.
		if odds == 0 || cmds[0][0] == "DEL" || cmds[0][0] == "INCR" || faults.IntN(odds) > 0 {
			return fine
		}
		return [...]fault{noSend, lost}[faults.IntN(2)]
	})
	var caches []*cache.Cache[string]
	for range 3 {
		o.ErrorTTL = 5 * time.Millisecond
		caches = append(caches, mustText(t, f, o))
	}
	var src origin
	var wg sync.WaitGroup
	for w := range 6 {
		mine := rand.New(rand.NewPCG(seed, uint64(10+w)))
		wg.Go(func() {
			for range 60 {
				c := caches[mine.IntN(len(caches))]
				if mine.IntN(5) == 0 {
					update(t, c, &src, o.Tags != nil, mine)
				} else {
					lookup(t, c, &src, mine, f.Trip, odds > 0)
				}
				<-time.After(time.Duration(mine.IntN(40)) * time.Millisecond)
			}
		})
	}
	wg.Wait()
	for _, c := range caches {
		_ = c.Wait(t.Context())
	}
	f.setFault(nil)
	<-time.After(3 * time.Second) // leases that were lost and open breakers end
	floor := src.bound(time.Now())
	for _, id := range modelIDs {
		got, err := caches[0].GetOrLoad(t.Context(), id, func(context.Context) (string, error) { return src.load() })
		src.check(t, "at the end", got, err, floor)
	}
}

// update writes to the origin, then invalidates.
func update(t *testing.T, c *cache.Cache[string], src *origin, tags bool, rng *rand.Rand) {
	src.write()
	v := src.read()
	<-time.After(time.Duration(rng.IntN(3)) * time.Millisecond)
	var err error
	if tags {
		err = c.InvalidateTags(t.Context(), "t")
	} else {
		_, err = c.Delete(t.Context(), modelIDs...)
	}
	switch {
	case err == nil:
		src.confirm(v)
	case !errors.Is(err, cache.ErrUnavailable):
		t.Errorf("invalidate: %v", err)
	}
}

var errModel = errors.New("model: the origin fails")

// load is what loaders return: the version, where there is something.
func (o *origin) load() (string, error) {
	v := o.read()
	if !exists(v) {
		return "", cache.ErrNotFound
	}
	return strconv.Itoa(v), nil
}

// check compares what a lookup brought with what may be served.
func (o *origin) check(t *testing.T, what, got string, err error, floor int) {
	t.Helper()
	if errors.Is(err, cache.ErrNotFound) {
		if !o.gone(floor) {
			t.Errorf("%s: not found, but there was something in all versions from %d to %d", what, floor, o.read())
		}
		return
	}
	if n, convErr := strconv.Atoi(got); err != nil || convErr != nil || n < floor || !exists(n) {
		t.Errorf("%s: got version %q, %v, but what is before %d was invalidated before", what, got, err, floor)
	}
}

func lookup(t *testing.T, c *cache.Cache[string], src *origin, rng *rand.Rand, trip time.Duration, faults bool) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if rng.IntN(4) == 0 {
		leave := time.AfterFunc(time.Duration(rng.IntN(30))*time.Millisecond, cancel)
		defer leave.Stop()
	}
	took, fails := time.Duration(rng.IntN(25))*time.Millisecond, rng.IntN(10) == 0
	load := func(ctx context.Context) (string, error) {
		v, err := src.load() // the value is from the beginning of the load
		select {
		case <-time.After(took):
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if fails {
			return "", errModel
		}
		return v, err
	}
	began := time.Now()
	// Who joins a read that is on its way gets what it finds: one trip more.
	// Without Redis loads are shared and not checked.
	grace := trip
	if faults {
		grace = 100 * time.Millisecond
	}
	floor := src.bound(began.Add(-grace))
	many := rng.IntN(3) == 0
	var err error
	if many {
		err = lookupMany(ctx, t, c, src, modelIDs[rng.IntN(len(modelIDs)):], load, floor)
	} else {
		var e cache.Entry[string]
		e, err = c.Fetch(ctx, modelIDs[rng.IntN(len(modelIDs))], func(ctx context.Context) (cache.Loaded[string], error) {
			v, err := load(ctx)
			return cache.Loaded[string]{Value: v}, err
		})
		if e.Source == cache.Origin && !faults {
			floor = src.bound(began)
		}
		if err == nil || errors.Is(err, cache.ErrNotFound) {
			src.check(t, "lookup", e.Value, err, floor)
			return
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, errModel), errors.Is(err, cache.ErrBackoff), errors.Is(err, cache.ErrLoadTimeout), ctx.Err() != nil:
	default:
		t.Errorf("lookup: %v", err)
	}
}

// lookupMany checks what comes, and what does not come although nothing failed.
func lookupMany(ctx context.Context, t *testing.T, c *cache.Cache[string], src *origin, ids []string, load func(context.Context) (string, error), floor int) error {
	got, err := c.GetOrLoadMany(ctx, ids, func(ctx context.Context, missing []string) (map[string]string, error) {
		out := map[string]string{}
		v, err := load(ctx)
		if errors.Is(err, cache.ErrNotFound) {
			return out, nil
		}
		for _, id := range missing {
			out[id] = v
		}
		return out, err
	})
	for _, id := range ids {
		v, ok := got[id]
		switch {
		case ok:
			src.check(t, "lookup of many", v, nil, floor)
		case err == nil:
			src.check(t, "lookup of many", "", cache.ErrNotFound, floor)
		}
	}
	return err
}
