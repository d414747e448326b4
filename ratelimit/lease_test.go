//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func newLeased(t testing.TB, d upstash.Doer, alg ratelimit.Algorithm, o ratelimit.Options, lo ratelimit.LeaseOptions) *ratelimit.Leased {
	t.Helper()
	s, err := ratelimit.NewLeased(newLimiter(t, d, alg, o), lo)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var leasable = []func(int64, time.Duration) ratelimit.Algorithm{ratelimit.FixedWindow, ratelimit.SlidingWindow}

// TestLeaseWithCrashes: 8 instances of which some die with what they hold. The sum
// that is admitted never exceeds the limit in any window, most of the limit can be
// used, and requests are few.
func TestLeaseWithCrashes(t *testing.T) {
	t.Parallel()
	const limit, size, window = 10_000, 20, time.Minute
	for _, make := range leasable {
		alg := make(limit, window)
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			rounds := 20
			if testing.Short() || raceEnabled {
				rounds = 4
			}
			for seed := range rounds {
				synctest.Test(t, func(t *testing.T) {
					leaseRound(t, alg, size, uint64(seed)) //nolint:gosec // small and positive
				})
			}
		})
	}
}

func leaseRound(t *testing.T, alg ratelimit.Algorithm, size int64, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // a repeatable sequence is the purpose
	db := newTickingDB(t)
	fleet := make([]*ratelimit.Leased, 8)
	start := func(i int) {
		fleet[i] = newLeased(t, db, alg, ratelimit.Options{}, ratelimit.LeaseOptions{Size: size})
	}
	for i := range fleet {
		start(i)
	}
	admitted, refused, decisions, crashes := int64(0), int64(0), int64(0), 0
	began := time.Now()
	for time.Since(began) < 50*time.Second { // all of it within one window
		i := r.IntN(len(fleet))
		for range r.IntN(200) {
			d, err := fleet[i].Allow(t.Context(), "hot")
			if err != nil || d.Degraded() {
				t.Fatal(d, err)
			}
			decisions++
			if d.Allowed {
				admitted++
			} else {
				refused++
			}
		}
		if r.IntN(100) == 0 {
			crashes++
			start(i)
		}
		time.Sleep(millis(r.Int64N(200)))
	}
	requests, _, _ := db.counts()
	if admitted > alg.Limit() {
		t.Errorf("seed %d: %d admitted of %d", seed, admitted, alg.Limit())
	}
	if admitted*100 < alg.Limit()*95 {
		t.Errorf("seed %d: only %d of %d could be used, with %d crashes", seed, admitted, alg.Limit(), crashes)
	}
	// Each instance's last lease may have been smaller than asked for.
	if most := decisions/size + refused + int64(crashes) + 8; int64(requests) > most {
		t.Errorf("seed %d: %d requests for %d decisions, want at most %d", seed, requests, decisions, most)
	}
	if seed == 0 {
		t.Logf("%d decisions, %d admitted of %d, %d refused, %d crashes, %d requests", decisions, admitted, alg.Limit(), refused, crashes, requests)
	}
}

// TestLeaseOverManyWindows: tokens are used in the window in which they were taken
// or not at all. The takes are held against the rules at the times of use.
func TestLeaseOverManyWindows(t *testing.T) {
	t.Parallel()
	const limit, size, window = 50, 10, 10 * time.Second
	for _, make := range leasable {
		alg := make(limit, window)
		t.Run(alg.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(11, 0)) //nolint:gosec // a repeatable sequence is the purpose
				db := newTickingDB(t)
				var fleet []*ratelimit.Leased
				for range 8 {
					fleet = append(fleet, newLeased(t, db, alg, ratelimit.Options{}, ratelimit.LeaseOptions{Size: size}))
				}
				var uses []stamped
				for i := range 4000 {
					time.Sleep(millis(r.Int64N(int64(60 + i/200%2*700)))) // busy times and quiet ones
					d, err := fleet[r.IntN(8)].Allow(t.Context(), "hot")
					if err != nil {
						t.Fatal(err)
					}
					if d.Allowed {
						uses = append(uses, stamped{time.Now().UnixMilli(), 1, d.Stamp()})
					}
				}
				checkUses(t, alg, uses)
				if len(uses) < 1000 {
					t.Errorf("only %d uses", len(uses))
				}
			})
		})
	}
}

// checkUses holds uses against the algorithm's rule, at the time of use and with
// the windows of Redis.
func checkUses(t *testing.T, alg ratelimit.Algorithm, uses []stamped) {
	t.Helper()
	window, limit := alg.Window().Milliseconds(), alg.Limit()
	counts := map[int64]int64{}
	for _, u := range uses {
		counts[u.stamp]++
		if u.at < u.stamp || u.at >= u.stamp+window {
			t.Fatalf("a token of the window at %d was used at %d", u.stamp, u.at)
		}
		weight := counts[u.stamp] * window
		if alg.String() == "sliding window" {
			weight += counts[u.stamp-window] * (window - (u.at - u.stamp))
		}
		if weight > limit*window {
			t.Fatalf("%s of %d: the weight at %d is %d/%d", alg, limit, u.at, weight, window)
		}
	}
}

// TestLeaseLapsesWithItsWindow.
func TestLeaseLapsesWithItsWindow(t *testing.T) {
	t.Parallel()
	for _, make := range leasable {
		synctest.Test(t, func(t *testing.T) {
			db := newTickingDB(t)
			s := newLeased(t, db, make(10, time.Second), ratelimit.Options{}, ratelimit.LeaseOptions{Size: 10})
			if d, err := s.Allow(t.Context(), "x"); err != nil || d.Reason != ratelimit.ByLease || d.Remaining != 9 {
				t.Fatal(d, err)
			}
			time.Sleep(time.Second)
			requests, _, _ := db.counts()
			_, err := s.Allow(t.Context(), "x")
			if now, _, _ := db.counts(); err != nil || now != requests+1 {
				t.Errorf("tokens of a window that is over were used (%v)", err)
			}
		})
	}
}

// TestLeaseCloseGivesBack what is left, into its window.
func TestLeaseCloseGivesBack(t *testing.T) {
	t.Parallel()
	for _, make := range leasable {
		synctest.Test(t, func(t *testing.T) {
			db := newTickingDB(t)
			alg := make(100, time.Minute)
			s := newLeased(t, db, alg, ratelimit.Options{}, ratelimit.LeaseOptions{Size: 40})
			for range 3 {
				if d, err := s.Allow(t.Context(), "x"); err != nil || !d.Allowed {
					t.Fatal(d, err)
				}
			}
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			l := newLimiter(t, db, alg, ratelimit.Options{})
			if d, err := l.Peek(t.Context(), "x"); err != nil || d.Remaining != 97 {
				t.Errorf("after Close: %+v, %v, want 97", d, err)
			}
			// Used again it takes anew; and Close of what lapsed gives nothing.
			if _, err := s.Allow(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			requests, _, _ := db.counts()
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if now, _, _ := db.counts(); now != requests {
				t.Error("tokens that had lapsed were given back")
			}
		})
	}
}

// TestLeaseConcurrent: many callers at once share the requests.
func TestLeaseConcurrent(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	leased := newLeased(t, s, ratelimit.SlidingWindow(100, time.Hour), ratelimit.Options{}, ratelimit.LeaseOptions{Size: 10})
	var allowed atomic.Int64
	_, _, requests := s.bill(t, func() {
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				d, err := leased.Allow(t.Context(), "hot")
				if err != nil || d.Degraded() {
					t.Error(d, err)
				}
				if d.Allowed {
					allowed.Add(1)
				}
			})
		}
		wg.Wait()
	})
	if allowed.Load() != 100 {
		t.Errorf("%d allowed, want 100", allowed.Load())
	}
	if requests > 10+2+1 { // the script's first run, and the refusal
		t.Errorf("%d requests for 200 callers", requests)
	}
}

// TestLeaseWhenRedisFails: each caller is decided about by itself, at once.
func TestLeaseWhenRedisFails(t *testing.T) {
	t.Parallel()
	for policy, want := range map[ratelimit.FailurePolicy]int64{ratelimit.FailAllow: 20, ratelimit.FailDeny: 0, ratelimit.FailLocal: 3} {
		synctest.Test(t, func(t *testing.T) {
			s := newLeased(t, upstashtest.NewFake(brokenRedis["hang"]), ratelimit.FixedWindow(100, time.Hour),
				ratelimit.Options{OnFailure: policy, LocalLimit: 3}, ratelimit.LeaseOptions{})
			began := time.Now()
			var allowed atomic.Int64
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					d, err := s.Allow(t.Context(), "x")
					if err != nil || !d.Degraded() {
						t.Error(d, err)
					}
					if d.Allowed {
						allowed.Add(1)
					}
				})
			}
			wg.Wait()
			if allowed.Load() != want || time.Since(began) != 250*time.Millisecond {
				t.Errorf("%s: %d allowed in %v, want %d", policy, allowed.Load(), time.Since(began), want)
			}
		})
	}
}

// TestLeaseLeaderGivesUp: the others do not fail with it.
func TestLeaseLeaderGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newTickingDB(t)
		first := true
		slow := doerFunc(func(ctx context.Context, c upstash.Command) (upstash.Reply, error) {
			if first {
				first = false
				<-ctx.Done()
				return upstash.Reply{}, ctx.Err()
			}
			return db.Do(ctx, c)
		})
		s := newLeased(t, slow, ratelimit.FixedWindow(100, time.Hour), ratelimit.Options{}, ratelimit.LeaseOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			if _, err := s.Allow(ctx, "x"); !errors.Is(err, context.Canceled) {
				t.Errorf("the leader: %v", err)
			}
		}()
		synctest.Wait()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if d, err := s.Allow(t.Context(), "x"); err != nil || !d.Allowed || d.Degraded() {
				t.Errorf("the follower: %+v, %v", d, err)
			}
		}()
		synctest.Wait()
		cancel()
		<-done
	})
}

type doerFunc func(ctx context.Context, c upstash.Command) (upstash.Reply, error)

func (f doerFunc) Do(ctx context.Context, c upstash.Command) (upstash.Reply, error) { return f(ctx, c) }

// TestLeaseIDsAreBounded: more ids than there is room for still work.
func TestLeaseIDsAreBounded(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	s := newLeased(t, db, ratelimit.FixedWindow(10, time.Hour), ratelimit.Options{}, ratelimit.LeaseOptions{Size: 2, MaxIDs: 4})
	for i := range 100 {
		if d, err := s.Allow(t.Context(), strconv.Itoa(i)); err != nil || !d.Allowed {
			t.Fatal(d, err)
		}
		if n := s.Held(); n > 4 {
			t.Fatalf("%d ids are held", n)
		}
	}
}

func TestNewLeasedRefusesBadOptions(t *testing.T) {
	t.Parallel()
	fake := upstashtest.NewFake(nil)
	for name, tc := range map[string]struct {
		alg ratelimit.Algorithm
		o   ratelimit.Options
		lo  ratelimit.LeaseOptions
	}{
		"gcra":        {alg: ratelimit.GCRA(1, time.Second, 1)},
		"log":         {alg: ratelimit.SlidingLog(1, time.Second)},
		"size":        {alg: ratelimit.FixedWindow(5, time.Second), lo: ratelimit.LeaseOptions{Size: 6}},
		"negative":    {alg: ratelimit.FixedWindow(5, time.Second), lo: ratelimit.LeaseOptions{MaxIDs: -1}},
		"client time": {alg: ratelimit.FixedWindow(5, time.Second), o: ratelimit.Options{ClientTime: true}},
	} {
		if _, err := ratelimit.NewLeased(newLimiter(t, fake, tc.alg, tc.o), tc.lo); !errors.Is(err, ratelimit.ErrBadOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
