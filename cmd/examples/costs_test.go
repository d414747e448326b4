//go:build !wasm

package examples_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// costs measures operations on a server that counts as Upstash does.
type costs struct {
	t      *testing.T
	srv    *devserver.Running
	client *upstash.Client
}

// row measures operations and wants the README's table to have a row that says so.
// Each is run twice, with two ids, since the first time finds out what the server knows.
func (c *costs) row(readme, label string, ops ...func(id string) error) {
	c.t.Helper()
	var billed, requests []string
	for _, op := range ops {
		if err := op("warm"); err != nil {
			c.t.Errorf("%s: %v", label, err)
		}
		before := c.srv.Stats()
		if err := op("measured"); err != nil {
			c.t.Errorf("%s: %v", label, err)
		}
		after := c.srv.Stats()
		billed = append(billed, strconv.FormatInt(after.Billed()-before.Billed(), 10))
		requests = append(requests, strconv.FormatInt(after.Requests-before.Requests, 10))
	}
	want := fmt.Sprintf("| %s | %s | %s |", label, strings.Join(billed, "; "), same(requests))
	if !strings.Contains(readme, want) {
		c.t.Errorf("the README lacks the row\n%s", want)
	}
}

// same says a number once that is always the same.
func same(list []string) string {
	for _, s := range list {
		if s != list[0] {
			return strings.Join(list, "; ")
		}
	}
	return list[0]
}

// TestCosts measures the rows of the README's table that are plain numbers.
func TestCosts(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	metrics := health.NewMetrics(health.MetricsOptions{})
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Hook: metrics})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c := &costs{t, srv, client}
	ctx := t.Context()
	c.cache(ctx, readme)
	c.rateLimit(ctx, readme)
	c.lock(ctx, readme)

	checker, err := health.New(client, health.Options{Metrics: metrics})
	if err != nil {
		t.Fatal(err)
	}
	c.row(readme, "readiness while there is traffic", func(string) error {
		return failIf(checker.Ready(ctx).Status == health.Unhealthy)
	})
}

func failIf(bad bool) error {
	if bad {
		return errors.New("not the answer that was meant")
	}
	return nil
}

func (c *costs) cache(ctx context.Context, readme string) {
	must := func(o cache.Options) *cache.Cache[string] {
		o.TTL, o.Timeout = time.Minute, time.Minute // the machine may be busy
		ca, err := cache.New(c.client, cache.Text(), o)
		if err != nil {
			c.t.Fatal(err)
		}
		return ca
	}
	load := func(context.Context) (string, error) { return "v", nil }
	tagged := must(cache.Options{Prefix: "t:", Namespace: "n", Tags: func(string) []string { return []string{"a", "b", "c"} }})
	plain, noLease := must(cache.Options{Prefix: "p:"}), must(cache.Options{Prefix: "l:", NoLease: true})
	for _, id := range []string{"warm", "measured"} {
		if err := tagged.Set(ctx, id, "v"); err != nil {
			c.t.Fatal(err)
		}
	}
	c.row(readme, "cache: hit, with any number of tags; many at once",
		func(id string) error { _, err := tagged.Get(ctx, id); return err },
		func(string) error { _, err := tagged.GetMany(ctx, "warm", "measured"); return err })
	c.row(readme, "cache: miss with load; without lease",
		func(id string) error { _, err := plain.GetOrLoad(ctx, id, load); return err },
		func(id string) error { _, err := noLease.GetOrLoad(ctx, id, load); return err })
	c.row(readme, "cache: invalidation of an id, of a tag, of a namespace",
		func(id string) error { _, err := plain.Delete(ctx, id); return err },
		func(string) error { return tagged.InvalidateTags(ctx, "a") },
		func(string) error { return tagged.InvalidateNamespace(ctx) })
}

func (c *costs) rateLimit(ctx context.Context, readme string) {
	options := ratelimit.Options{Timeout: time.Minute} // the machine may be busy
	one := func(limit int64, remember int) *ratelimit.Limiter {
		o := options
		o.Remember = remember
		l, err := ratelimit.New(c.client, ratelimit.NewPolicy("l"+strconv.FormatInt(limit, 10), ratelimit.SlidingWindow(limit, time.Hour)), o)
		if err != nil {
			c.t.Fatal(err)
		}
		return l
	}
	plenty, single, remembered := one(1000, 0), one(1, -1), one(2, 0)
	allow := func(l *ratelimit.Limiter, id string, want bool) error {
		d, err := l.Allow(ctx, id)
		return errors.Join(err, failIf(d.Allowed != want))
	}
	for _, id := range []string{"warm", "measured"} {
		if err := errors.Join(allow(single, id, true), allow(remembered, id, true), allow(remembered, id, true), allow(remembered, id, false)); err != nil {
			c.t.Fatal(err)
		}
	}
	c.row(readme, "rate limit: allowed; refused; refused again",
		func(id string) error { return allow(plenty, id, true) },
		func(id string) error { return allow(single, id, false) },
		func(id string) error { return allow(remembered, id, false) })
}

func (c *costs) lock(ctx context.Context, readme string) {
	fenced, err := lock.New(c.client, lock.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	plain, err := lock.New(c.client, lock.Options{NoFence: true})
	if err != nil {
		c.t.Fatal(err)
	}
	cycle := func(l *lock.Locker, prefix string) func(string) error {
		return func(id string) error {
			if prefix == "" {
				id = "known"
			}
			lease, err := l.TryAcquire(ctx, prefix+id)
			if err != nil {
				return err
			}
			return lease.Release(ctx)
		}
	}
	c.row(readme, "lock: acquire and release, with fencing; without", cycle(fenced, ""), cycle(plain, ""))
	c.row(readme, "lock: the same for a name that is new", cycle(fenced, "new:"), cycle(plain, "other:"))
	lease, err := fenced.TryAcquire(ctx, "renewed")
	if err != nil {
		c.t.Fatal(err)
	}
	c.row(readme, "lock: renewal, every third of the TTL", func(string) error { return lease.Extend(ctx) })
	if err := lease.Release(ctx); err != nil {
		c.t.Error(err)
	}
}
