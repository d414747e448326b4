//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
)

// TestHistories plays random histories of three processes that fight for one
// name while everything goes wrong: pauses up to several TTLs, lost, late and
// repeated requests, partitions, clocks that drift, crashes. In each of them,
// at every change and at the end of every TTL,
//
//   - a process that runs and whose lease context has not ended has the lock on
//     the server (so no two have it, and the context ends before the TTL does),
//   - fencing tokens grow strictly,
//   - nothing is sent for a lease that has ended, except its release,
//   - and one TTL after the last request nothing is left.
//
// EDGEREDIS_HISTORIES sets the number; 100000 is the full run.
func TestHistories(t *testing.T) {
	n := 4000
	if testing.Short() || raceEnabled {
		n = 400
	}
	if s := os.Getenv("EDGEREDIS_HISTORIES"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	const batch = 500
	var sum history
	for at := 0; at < n; at += batch {
		synctest.Test(t, func(t *testing.T) {
			for i := at; i < min(n, at+batch) && !t.Failed(); i++ {
				h := playHistory(t, uint64(i), false) //nolint:gosec // not negative
				sum.add(h)
			}
		})
		if t.Failed() {
			break
		}
	}
	t.Logf("%d histories: %+v", n, sum.counts)
	for name, count := range map[string]int{
		"acquired": sum.acquired, "refused": sum.refused, "lost": sum.lost, "released": sum.released,
		"unknown": sum.unknown, "extended": sum.extended, "pauses": sum.pauses, "partitions": sum.partitions,
	} {
		if count == 0 {
			t.Errorf("no history had any %s: the test tests nothing", name)
		}
	}
}

// TestHistoriesSee breaks a rule and wants it noticed: without the margin, and
// with a clock that runs slow by more than it covers, two processes meet.
func TestHistoriesSee(t *testing.T) {
	var broken int
	synctest.Test(t, func(t *testing.T) {
		for i := range 300 {
			h := playHistory(t, uint64(i), true) //nolint:gosec // not negative
			broken += h.broken
		}
	})
	if broken == 0 {
		t.Error("clocks that drift beyond the margin break nothing: the invariants are not checked")
	}
}

type counts struct {
	acquired, refused, lost, released, unknown, extended, pauses, partitions, broken int
}

type history struct {
	mu sync.Mutex
	counts
	lastFence int64
	leases    map[string]*heldLease // by owner
}

type heldLease struct {
	lease *lock.Lease
	p     *process
}

func (h *history) add(o *history) {
	h.acquired += o.acquired
	h.refused += o.refused
	h.lost += o.lost
	h.released += o.released
	h.unknown += o.unknown
	h.extended += o.extended
	h.pauses += o.pauses
	h.partitions += o.partitions
	h.broken += o.broken
}

const contested = "lock:test:1"

// playHistory plays history number seed. With drift the clocks are worse than
// allowed and violations are only counted.
func playHistory(t *testing.T, seed uint64, drift bool) *history {
	rnd := rand.New(rand.NewPCG(seed, 42))
	spread := 0.0045
	if drift {
		spread = 0.2
	}
	rate := func() float64 { return 1 + spread*(2*rnd.Float64()-1) }
	ttl := []time.Duration{50 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second, 5 * time.Minute}[rnd.IntN(4)]
	net := network{delay: ttl / time.Duration(10+rnd.IntN(200)), timeout: ttl / 2}
	if rnd.IntN(4) > 0 {
		net.notSent, net.requestLost, net.replyLost = 0.05*rnd.Float64(), 0.1*rnd.Float64(), 0.15*rnd.Float64()
		net.repeated, net.slow = 0.1*rnd.Float64(), 0.1*rnd.Float64()
	}
	w := newWorld(t, rate())
	w.lacks = rnd.IntN(3) == 0
	h := &history{leases: map[string]*heldLease{}}
	w.changed = func(key, _ string, ends int64) {
		if key == contested {
			h.watch(w, ends)
		}
	}
	o := lock.Options{TTL: ttl, Retry: ttl / 20, RetryMax: ttl / 4, Grace: ttl / 10, NoFence: rnd.IntN(2) == 0, Scripts: rnd.IntN(4) == 0}
	wake := rnd.IntN(3) == 0
	var workers sync.WaitGroup
	var all []*process
	for i := range 3 {
		p := w.process(rate(), net, seed*8+uint64(i)) //nolint:gosec // not negative
		all = append(all, p)
		workers.Go(func() { h.work(t, p, o, wake, ttl) })
	}
	stop := make(chan struct{})
	var chaos sync.WaitGroup
	chaos.Go(func() { h.chaos(rnd, all, ttl, stop) })
	workers.Wait()
	close(stop)
	chaos.Wait()
	w.flights.Wait()
	time.Sleep(2*ttl + 2*time.Second)
	if w.owner(contested) != "" {
		w.violated("the lock is held by nobody and has not ended")
	}
	h.broken = len(w.broken)
	if h.broken > 0 && !drift {
		t.Errorf("history %d: %v", seed, w.broken)
	}
	return h
}

// chaos pauses and cuts off processes until stop.
func (h *history) chaos(rnd *rand.Rand, all []*process, ttl time.Duration, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(rnd.Int64N(int64(2 * ttl)))):
		}
		p := all[rnd.IntN(len(all))]
		d := time.Duration(rnd.Int64N(int64(3 * ttl)))
		if rnd.IntN(2) == 0 {
			h.pauses++
			p.pause(d)
		} else {
			h.partitions++
			p.partition(d)
		}
	}
}

// work is what one process does.
func (h *history) work(t *testing.T, p *process, o lock.Options, wake bool, ttl time.Duration) {
	if wake {
		o.Wake = p.Subscribe
	}
	l, err := lock.New(p, o.WithClock(p))
	if err != nil {
		t.Error(err)
		return
	}
	for range 4 {
		p.gate()
		h.round(t, p, l, o, ttl)
		time.Sleep(p.upTo(ttl / 2))
	}
}

func (h *history) round(t *testing.T, p *process, l *lock.Locker, o lock.Options, ttl time.Duration) {
	var lease *lock.Lease
	var err error
	ctx, cancel := context.WithTimeout(t.Context(), p.upTo(4*ttl))
	defer cancel()
	if p.random() < 0.3 {
		lease, err = l.TryAcquire(ctx, contested)
	} else {
		lease, err = l.Acquire(ctx, contested)
	}
	p.gate()
	if err != nil {
		h.count(&h.refused)
		return
	}
	h.got(p, lease, !o.NoFence)
	for range 1 + int(p.random()*4) {
		time.Sleep(p.upTo(ttl / 2))
		p.gate()
		if p.random() < 0.2 && lease.Extend(t.Context()) == nil {
			h.count(&h.extended)
		}
	}
	switch err := lease.Release(t.Context()); {
	case err == nil:
		h.count(&h.released)
	case errors.Is(err, lock.ErrLost):
		h.count(&h.lost)
	case errors.Is(err, lock.ErrUnreachable):
		h.count(&h.unknown)
	default:
		p.w.violated("release: " + err.Error())
	}
}

func (h *history) count(n *int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*n++
}

// got registers a lease and checks the order of fencing tokens.
func (h *history) got(p *process, lease *lock.Lease, fenced bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acquired++
	h.leases[lock.OwnerOf(lease)] = &heldLease{lease, p}
	if fenced && lease.Valid() {
		if lease.Fence() <= h.lastFence {
			p.w.violated("the fencing token " + strconv.FormatInt(lease.Fence(), 10) + " does not grow")
		}
		h.lastFence = lease.Fence()
	}
}

// watch checks the invariants now (the server has just changed the lock, and has
// its mutex) and right at the end of the new TTL.
func (h *history) watch(w *world, ends int64) {
	w.flights.Go(func() {
		h.check(w)
		at := w.began.Add(time.Duration(float64(time.UnixMilli(ends).Sub(w.began)) / w.rate))
		time.Sleep(time.Until(at) + 1)
		h.check(w)
	})
}

func (h *history) check(w *world) {
	h.mu.Lock()
	all := make([]*heldLease, 0, len(h.leases))
	for _, l := range h.leases {
		all = append(all, l)
	}
	h.mu.Unlock()
	holders := 0
	for _, l := range all {
		if l.p.paused() || l.lease.Context().Err() != nil {
			continue
		}
		holders++
		if owner := w.owner(contested); owner != lock.OwnerOf(l.lease) && l.lease.Context().Err() == nil && !l.p.paused() {
			w.violated("a process works under a lease that the server gave to " + map[bool]string{true: "nobody", false: "another"}[owner == ""])
		}
	}
	if holders > 1 {
		w.violated(strconv.Itoa(holders) + " holders at once")
	}
}
