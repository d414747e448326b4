package health_test

import (
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// fakeLimiter cannot be compared, which Register must survive.
type fakeLimiter []struct {
	policy           string
	allowed, refused int64
}

func (f fakeLimiter) Report(report func(string, int64, int64, int64)) {
	for _, p := range f {
		report(p.policy, p.allowed, p.refused, 0)
	}
}

type fakeLocks struct {
	class               string
	acquired, contended int64
}

func (f *fakeLocks) Report(report func(string, int64, int64, int64, int64)) {
	report(f.class, f.acquired, 0, f.contended, 0)
}

func TestRegisteredTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	m := health.NewMetrics(health.MetricsOptions{})
	users := &fakeCache{"users", 10, 7}
	m.RegisterCache(users)
	m.RegisterCache(users)
	m.RegisterCache(nil)
	m.RegisterCache(&fakeCache{"users", 10, 1}) // another one of the same name
	m.RegisterCache(&fakeCache{"brands", 0, 0})
	if got, want := asJSON(t, m.Caches()), `[{"name":"brands","lookups":0,"hits":0},{"name":"users","lookups":20,"hits":8,"hit_rate_ratio":0.4}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// must returns v. A test that cannot be set up panics.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The objects of the other packages can be registered in a line each, and what they
// do over the dev server is counted.
func TestRegisterWhatTheOtherPackagesMake(t *testing.T) {
	t.Parallel()
	srv := must(devserver.Start(devserver.Options{}))
	defer srv.Close()
	m := health.NewMetrics(health.MetricsOptions{})
	client := must(upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Hook: m}))
	defer client.Close()
	users := must(cache.New(client, cache.JSON[string](), cache.Options{Name: "users", Prefix: "cache:user:", TTL: time.Minute}))
	policy := ratelimit.Login().With(ratelimit.FixedWindow(2, time.Hour))
	var analytics ratelimit.Analytics
	logins := must(ratelimit.New(client, policy, ratelimit.Options{OnDecision: analytics.Observe}))
	both := must(ratelimit.NewMulti(client, []ratelimit.Policy{ratelimit.Upload(), ratelimit.Export()}, ratelimit.Options{}))
	jobs := must(ratelimit.NewConcurrency(client, "jobs", ratelimit.ConcurrencyOptions{Limit: 1}))
	locker := must(lock.New(client, lock.Options{}))
	m.RegisterCache(users)
	m.RegisterLimiter(logins)
	m.RegisterLimiter(both)
	m.RegisterLimiter(jobs)
	m.RegisterLocks(locker)

	ctx := t.Context()
	_ = users.Set(ctx, "1", "ada")
	_, _ = users.Get(ctx, "1")
	_, _ = users.Get(ctx, "2")
	for range 3 {
		_, _ = logins.Allow(ctx, "ada@example.com")
	}
	_ = must(both.Allow(ctx, "ada", "ada"))
	_, _, _ = jobs.Acquire(ctx, "ada")
	lease := must(locker.TryAcquire(ctx, "lock:payout:1"))
	_, _ = locker.TryAcquire(ctx, "lock:payout:1")
	_ = lease.Release(ctx)

	seats := must(lock.NewSemaphore(client, 1, lock.Options{}))
	lease = must(seats.TryAcquire(ctx, "lock:seat:1"))
	defer lease.Release(ctx)
	other := health.NewMetrics(health.MetricsOptions{})
	other.RegisterLimiter(&analytics)
	other.RegisterLocks(seats)
	if got, want := asJSON(t, []any{other.Limiters(), other.Locks()}), `[[{"policy":"login","allowed":2,"refused":1,"degraded":0}],`+
		`[{"class":"lock:seat","acquired":1,"held":1,"contended":0,"lost":0}]]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	got := asJSON(t, []any{m.Caches(), m.Limiters(), m.Locks()})
	const want = `[[{"name":"users","lookups":2,"hits":1,"hit_rate_ratio":0.5}],` +
		`[{"policy":"jobs","allowed":1,"refused":0,"degraded":0},{"policy":"login","allowed":2,"refused":1,"degraded":0},` +
		`{"policy":"upload+export","allowed":1,"refused":0,"degraded":0}],` +
		`[{"class":"lock:payout","acquired":1,"held":0,"contended":1,"lost":0}]]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
