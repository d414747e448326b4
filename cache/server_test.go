//go:build !wasm

package cache_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/compress"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/keys"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// meter adds up what the client's hook sees.
type meter struct {
	mu               sync.Mutex
	requests, billed int
}

func (m *meter) Before(ctx context.Context, _ *upstash.Attempt) context.Context { return ctx }

func (m *meter) After(_ context.Context, a *upstash.Attempt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
	m.billed += a.Billed()
}

// A rig is a client on a dev server, and what it costs.
type rig struct {
	*upstash.Client
	srv    *devserver.Running
	meter  meter
	before devserver.Stats
	prefix string // own keys, because a real Redis may be shared
}

// onServers runs a test over the embedded Redis and over a real one.
func onServers(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		fn(t, newRig(t, devserver.Options{}))
	})
	t.Run("Redis", func(t *testing.T) {
		t.Parallel()
		fn(t, newRig(t, devserver.Options{Redis: redistest.Start(t)}))
	})
}

func newRig(t testing.TB, o devserver.Options) *rig {
	t.Helper()
	srv, err := devserver.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	r := &rig{srv: srv, prefix: "cachetest-" + rand.Text() + ":"}
	r.Client, err = upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Hook: &r.meter})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// start begins to count.
func (r *rig) start() {
	r.meter.mu.Lock()
	defer r.meter.mu.Unlock()
	r.meter.requests, r.meter.billed = 0, 0
	r.before = r.srv.Stats()
}

// costs checks requests and billed commands: what the client's hook counts, and
// what the server has run, scripts included.
func (r *rig) costs(t *testing.T, what string, requests, billed int) {
	t.Helper()
	r.meter.mu.Lock()
	got := [2]int{r.meter.requests, r.meter.billed}
	r.meter.mu.Unlock()
	if want := [2]int{requests, billed}; got != want {
		t.Errorf("%s: the hook counts %d requests and %d commands, want %v", what, got[0], got[1], want)
	}
	now := r.srv.Stats()
	if n := now.Billed() - r.before.Billed(); n != int64(billed) {
		t.Errorf("%s: the server ran %d commands, want %d", what, n, billed)
	}
	if n := now.Requests - r.before.Requests; n != int64(requests) {
		t.Errorf("%s: the server got %d requests, want %d", what, n, requests)
	}
	r.start()
}

// TestOnServers runs what depends on the server's own behaviour.
func TestOnServers(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		raw := func(key string) string {
			v, err := upstash.Get(r.prefix+key).Do(ctx, r)
			if err != nil && !errors.Is(err, upstash.ErrNil) {
				t.Fatal(err)
			}
			return v
		}
		users := must(t, r, cache.JSON[user](), cache.Options{Prefix: r.prefix, TTL: 9999 * time.Millisecond, NegativeTTL: time.Minute})
		got, err := users.GetOrLoad(ctx, "u", func(contextT) (user, error) { return user{7, "Zoë"}, nil })
		if err != nil || got.Name != "Zoë" || raw("u") != `{"id":7,"name":"Zoë"}` {
			t.Errorf("%+v, %v, stored %q", got, err, raw("u"))
		}
		if ttl, err := users.TTL(ctx, "u"); err != nil || ttl <= 9*time.Second || ttl > 9999*time.Millisecond {
			t.Errorf("TTL %v, %v; want 9.999 s", ttl, err)
		}
		_, err = users.GetOrLoad(ctx, "none", func(contextT) (user, error) { return user{}, cache.ErrNotFound })
		wantErr(t, "not found", err, cache.ErrNotFound)
		_, err = users.Get(ctx, "none")
		wantErr(t, "remembered", err, cache.ErrNotFound)

		// Delete during a load.
		loading, gone := make(chan bool), make(chan bool)
		done := make(chan error, 1)
		go func() {
			_, err := users.GetOrLoad(ctx, "d", func(contextT) (user, error) {
				close(loading)
				<-gone
				return user{1, "old"}, nil
			})
			done <- err
		}()
		<-loading
		if !strings.HasPrefix(raw("d"), "null ") && strings.TrimSpace(raw("d")) != "null" {
			t.Errorf("the lease is %q", raw("d"))
		}
		if n, err := users.Delete(ctx, "d"); n != 1 || err != nil {
			t.Errorf("Delete: %d, %v", n, err)
		}
		close(gone)
		if err := <-done; err != nil || raw("d") != "" {
			t.Errorf("after the load: %v, stored %q", err, raw("d"))
		}

		// Bytes, compressed bytes, and their replacement.
		blobs := must(t, r, cache.Bytes(), cache.Options{
			Prefix: r.prefix + "b:", TTL: time.Minute, StaleIfError: time.Minute, Compressor: compress.S2(), CompressFrom: 64,
		})
		noise := make([]byte, 300)
		_, _ = rand.Read(noise)
		values := map[string][]byte{"noise": noise, "zeros": make([]byte, 5000), "short": {0xff, 0}}
		if err := blobs.SetMany(ctx, values); err != nil {
			t.Fatal(err)
		}
		many, err := blobs.GetMany(ctx, "noise", "zeros", "short")
		if err != nil || !maps.EqualFunc(many, values, bytes.Equal) {
			t.Errorf("bytes: %d values, %v", len(many), err)
		}
		if err := blobs.Touch(ctx, "noise", time.Hour); err != nil { // a condition on bytes that are no text
			t.Errorf("Touch: %v", err)
		}
		again, err := blobs.Get(ctx, "noise")
		if err != nil || !bytes.Equal(again, noise) {
			t.Errorf("touched bytes: %v", err)
		}
	})
}

// TestPurgeOnServers deletes many keys among others.
func TestPurgeOnServers(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		kind := keys.Declare(keys.Cache, "purge-"+strings.ToLower(rand.Text()[:12]), time.Minute)
		e, err := cache.NewEntity(r, kind, cache.Text(), cache.Options{Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{}
		for i := range 1200 {
			values[strconv.Itoa(i)+"*?[a]"] = "v"
		}
		if err := e.SetMany(ctx, values); err != nil {
			t.Fatal(err)
		}
		other := kind.Category().String() + ":" + kind.Entity() + "x:1"
		if _, err := upstash.Set(other, "v").Do(ctx, r); err != nil {
			t.Fatal(err)
		}
		steps := 0
		p, err := e.Purge(ctx, cache.PurgeOptions{Batch: 200, Progress: func(cache.PurgeProgress) error { steps++; return nil }})
		if err != nil || p.Deleted != 1200 || !p.Done || int64(steps) != p.Steps || p.Matched != 1200 {
			t.Errorf("%+v, %v", p, err)
		}
		if n, err := upstash.Del(other).Do(ctx, r); n != 1 || err != nil {
			t.Errorf("a key of another kind was deleted: %d, %v", n, err)
		}
	})
}

// TestUnreachable: nobody listens; the load is served, soon.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	r := newRig(t, devserver.Options{})
	if err := r.srv.Close(); err != nil {
		t.Fatal(err)
	}
	var ev events
	c := mustText(t, r, cache.Options{Timeout: 500 * time.Millisecond, OnError: ev.add})
	began := time.Now()
	got, err := c.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
	want(t, "unreachable", got, "v", err)
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	if fmt.Sprint(ev.ops()) != "[read]" {
		t.Errorf("events %v", ev.ops())
	}
}

// noConditions is a server in front of a Redis without conditions in SET.
type noConditions struct{ *rig }

func (n noConditions) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	for _, a := range cmd.Args() {
		if cmd.Name() == "SET" && (a == "IFEQ" || a == "IFDEQ") {
			return upstash.Reply{}, upstash.ReplyOf(errors.New("ERR syntax error")).Err()
		}
	}
	return n.rig.Do(ctx, cmd)
}

// TestScriptOnServers runs loads with the script that stands in for conditions.
func TestScriptOnServers(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		c := must(t, noConditions{r}, cache.Bytes(), cache.Options{
			Prefix: r.prefix, TTL: time.Minute, StaleIfError: time.Hour, ErrorTTL: -1,
		})
		value := []byte("\xff bytes that are no text")
		load := func(contextT) ([]byte, error) { return value, nil }
		for _, id := range []string{"1", "2"} {
			got, err := c.GetOrLoad(ctx, id, load)
			if err != nil || !bytes.Equal(got, value) {
				t.Errorf("load %s: %q, %v", id, got, err)
			}
			got, err = c.Get(ctx, id)
			if err != nil || !bytes.Equal(got, value) {
				t.Errorf("stored %s: %q, %v", id, got, err)
			}
		}
		r.start()
		if _, err := c.GetOrLoad(ctx, "3", load); err != nil {
			t.Fatal(err)
		}
		r.meter.mu.Lock()
		if r.meter.requests != 3 || r.meter.billed != 5 {
			t.Errorf("a miss costs %d requests, %d commands; want 3, 5", r.meter.requests, r.meter.billed)
		}
		r.meter.mu.Unlock()

		loading, gone, done := make(chan bool), make(chan bool), make(chan bool)
		go func() {
			defer close(done)
			_, _ = c.GetOrLoad(ctx, "4", func(contextT) ([]byte, error) {
				close(loading)
				<-gone
				return value, nil
			})
		}()
		<-loading
		if n, err := c.Delete(ctx, "4"); n != 1 || err != nil {
			t.Errorf("Delete: %d, %v", n, err)
		}
		close(gone)
		<-done
		if _, err := c.Get(ctx, "4"); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("after the load: %v", err)
		}
	})
}
