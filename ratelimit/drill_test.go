//go:build !wasm

package ratelimit_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
)

// A drill is load on a limiter while something happens to Redis.
type drill struct {
	mu       sync.Mutex // guards what follows
	took     []time.Duration
	degraded int
	healthy  int
	allowed  int // while degraded
}

// run sends decisions from 8 callers until stop is closed.
func (d *drill) run(t *testing.T, l *ratelimit.Limiter, stop <-chan struct{}) *sync.WaitGroup {
	t.Helper()
	var wg sync.WaitGroup
	for c := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				got, err := l.Allow(context.Background(), "c"+strconv.Itoa(c))
				d.note(t, got, err, time.Since(began))
			}
		})
	}
	return &wg
}

func (d *drill) note(t *testing.T, got ratelimit.Decision, err error, took time.Duration) {
	if err != nil {
		t.Error(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.took = append(d.took, took)
	if !got.Degraded() {
		d.healthy++
		return
	}
	d.degraded++
	if got.Allowed {
		d.allowed++
	}
}

// await waits until the counts satisfy ok, which load makes happen.
func (d *drill) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		d.mu.Lock()
		done := ok()
		d.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("waited 30 s for " + what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// reset forgets the counts.
func (d *drill) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.took, d.degraded, d.healthy, d.allowed = nil, 0, 0, 0
}

// p99 returns the time within which 99 of 100 decisions came.
func (d *drill) p99() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.Sort(d.took)
	return d.took[len(d.took)*99/100]
}

// TestDrills kills Redis, makes it hang, makes it slow, and lets it come back,
// under load. Each time the policy decides within the budget, and decisions come
// from Redis again by themselves.
func TestDrills(t *testing.T) { // not parallel: it measures time
	const budget = 250 * time.Millisecond
	// The machine that runs the test may be busy: what is not ours to bound.
	slack := 150 * time.Millisecond
	if raceEnabled {
		slack = 500 * time.Millisecond
	}
	for _, policy := range []ratelimit.FailurePolicy{ratelimit.FailAllow, ratelimit.FailDeny} {
		for _, how := range []string{"killed", "hung", "slow"} {
			t.Run(how+"/"+policy.String(), func(t *testing.T) {
				redis := ownRedis(t)
				s := newStack(t, redis.url)
				l := newLimiter(t, s, ratelimit.SlidingWindow(1_000_000_000, time.Hour), ratelimit.Options{OnFailure: policy, Timeout: budget})
				var d drill
				stop := make(chan struct{})
				wg := d.run(t, l, stop)
				defer wg.Wait()
				defer close(stop)
				d.await(t, "decisions", func() bool { return d.healthy > 50 })

				d.reset()
				switch how {
				case "killed":
					redis.stop()
				case "hung":
					redis.hang()
				case "slow":
					slowDown(t, redis)
				}
				d.await(t, "degraded decisions", func() bool { return d.degraded > 60 })
				worst := d.p99()
				d.mu.Lock()
				wrong := d.allowed != 0 && policy == ratelimit.FailDeny || d.allowed != d.degraded && policy == ratelimit.FailAllow
				degraded := d.degraded
				d.mu.Unlock()
				if wrong {
					t.Errorf("the policy was not followed")
				}
				if worst > budget+slack {
					t.Errorf("the 99th percentile of a decision is %v, the budget %v", worst, budget)
				}

				switch how {
				case "killed":
					redis.start(t)
				case "hung":
					redis.resume()
				}
				d.reset()
				d.await(t, "Redis to decide again", func() bool { return d.healthy > 50 })
				t.Logf("%d degraded decisions, 99th percentile %v", degraded, worst)
			})
		}
	}
}

// slowDown makes Redis answer nobody for 600 ms, again and again for a while, by
// its own means.
func slowDown(t *testing.T, redis *redisServer) {
	t.Helper()
	conn := dialRedis(t, redis.url)
	go func() {
		for range 6 {
			if _, err := conn.command("CLIENT", "PAUSE", "600", "ALL"); err != nil {
				return // the test is over
			}
			_, _ = conn.command("PING") // answered after the pause
		}
	}()
}
