//go:build unix

package ratelimit_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A drill is load on a limiter while something happens to Redis.
type drill struct {
	mu       sync.Mutex // guards what follows
	took     []time.Duration
	degraded int
	healthy  int
	allowed  int // while degraded
}

const callers = 8

// run sends decisions from as many callers until stop is closed.
func (d *drill) run(t *testing.T, l *ratelimit.Limiter, stop <-chan struct{}) *sync.WaitGroup {
	t.Helper()
	var wg sync.WaitGroup
	for c := range callers {
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
	for _, policy := range []ratelimit.FailurePolicy{ratelimit.FailAllow, ratelimit.FailDeny, ratelimit.FailLocal} {
		for _, how := range []string{"killed", "hung", "slow"} {
			t.Run(how+"/"+policy.String(), func(t *testing.T) { drillOnce(t, how, policy) })
		}
	}
}

const (
	drillBudget = 250 * time.Millisecond
	localCap    = 3 // per caller's id, for FailLocal
)

func drillOnce(t *testing.T, how string, policy ratelimit.FailurePolicy) {
	t.Helper()
	redis := redistest.StartOwn(t)
	s := newStack(t, redis.URL)
	l := newLimiter(t, s, ratelimit.SlidingWindow(1_000_000_000, time.Hour),
		ratelimit.Options{OnFailure: policy, LocalLimit: localCap, Timeout: drillBudget})
	var d drill
	stop := make(chan struct{})
	wg := d.run(t, l, stop)
	defer wg.Wait()
	defer close(stop)
	d.await(t, "decisions", func() bool { return d.healthy > 50 })

	over := make(chan struct{})
	switch how {
	case "killed":
		redis.Stop()
	case "hung":
		redis.Hang(t)
	case "slow":
		slowDown(t, redis, over)
	}
	d.reset()
	d.await(t, "degraded decisions", func() bool { return d.degraded > 40 })
	d.followed(t, policy)
	d.within(t)

	close(over)
	switch how {
	case "killed":
		redis.Restart(t)
	case "hung":
		redis.Resume(t)
	}
	d.reset()
	d.await(t, "Redis to decide again", func() bool { return d.healthy > 50 })
}

// followed checks what the policy let pass of the degraded decisions.
func (d *drill) followed(t *testing.T, policy ratelimit.FailurePolicy) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	least, most := 0, 0
	switch policy {
	case ratelimit.FailAllow:
		least, most = d.degraded, d.degraded
	case ratelimit.FailLocal: // of each of the callers
		most = callers * localCap
	}
	if d.allowed < least || d.allowed > most {
		t.Errorf("%s let %d of %d pass, want %d to %d", policy, d.allowed, d.degraded, least, most)
	}
	t.Logf("%s let %d of %d degraded decisions pass", policy, d.allowed, d.degraded)
}

// within checks the time of decisions, in the best of several tries: the machine
// that runs the test may be busy, which is not ours to bound.
func (d *drill) within(t *testing.T) {
	t.Helper()
	slack := 50 * time.Millisecond
	if raceEnabled {
		slack = 500 * time.Millisecond
	}
	best := time.Hour
	for range 5 {
		d.reset()
		d.await(t, "degraded decisions", func() bool { return d.degraded > 24 })
		if best = min(best, d.p99()); best <= drillBudget+slack {
			t.Logf("99th percentile %v", best)
			return
		}
	}
	t.Errorf("the 99th percentile of a decision is %v, the budget %v", best, drillBudget)
}

// slowDown makes Redis answer nobody for 600 ms, again and again until over is
// closed, by its own means.
func slowDown(t *testing.T, redis *redistest.Server, over <-chan struct{}) {
	t.Helper()
	conn := dialRedis(t, redis.URL)
	go func() {
		for {
			select {
			case <-over:
				return
			default:
			}
			if _, err := conn.command("CLIENT", "PAUSE", "600", "ALL"); err != nil {
				return // the test is over
			}
			_, _ = conn.command("PING") // answered after the pause
		}
	}()
}
