//go:build !js

package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestWorkerLimit lets one hundred requests in at once, of which the limit allows
// sixty.
func TestWorkerLimit(t *testing.T) {
	const limit, callers = 60, 100
	w := start(t, "RATE_LIMIT="+strconv.Itoa(limit))
	w.want(t, 201, "owner", "/projects/p/works", "first")
	var allowed, refused atomic.Int32
	crowd(callers, func(int) {
		a, err := w.ask(t.Context(), "caller", "/projects/p", "")
		switch {
		case err == nil && a.status == 200 && a.body == `{"works":["first"]}`:
			allowed.Add(1)
		case err == nil && a.status == 429 && a.header.Get("Retry-After") != "":
			refused.Add(1)
		default:
			t.Errorf("error %v, status %d, body %s", err, a.status, a.body)
		}
	})
	if allowed.Load() != limit || refused.Load() != callers-limit {
		t.Errorf("%d allowed and %d refused, want %d and %d", allowed.Load(), refused.Load(), limit, callers-limit)
	}
	w.want(t, 200, "another", "/projects/p", "")
	if a := w.want(t, 429, "caller", "/projects/p", ""); !strings.Contains(a.header.Get("RateLimit-Policy"), "q="+strconv.Itoa(limit)) {
		t.Errorf("headers %v", a.header)
	}
}

// TestWorkerCache has one hundred readers at once of what nobody has loaded: one
// loads, and the others, whose invocations are not its own, get what it got.
func TestWorkerCache(t *testing.T) {
	w := start(t)
	w.want(t, 201, "owner", "/projects/p/works", "first")
	before := w.count("GET project:p")
	crowd(100, func(int) {
		if a := w.want(t, 200, "u", "/projects/p", ""); a.body != `{"works":["first"]}` {
			t.Errorf("body %s", a.body)
		}
	})
	if n := w.count("GET project:p") - before; n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
	if a := w.want(t, 200, "u", "/projects/p", ""); a.header.Get("X-Cache") != "hit" {
		t.Errorf("X-Cache is %q, want hit", a.header.Get("X-Cache"))
	}
	w.want(t, 201, "owner", "/projects/p/works", "second")
	if a := w.want(t, 200, "u", "/projects/p", ""); a.body != `{"works":["first","second"]}` || a.header.Get("X-Cache") != "miss" {
		t.Errorf("after a write: body %s, X-Cache %q", a.body, a.header.Get("X-Cache"))
	}
	w.want(t, 404, "u", "/projects/none", "")
}

// TestWorkerWaitUntil serves a stale entry and reloads it after the answer.
func TestWorkerWaitUntil(t *testing.T) {
	w := start(t, "CACHE_TTL=50ms")
	w.want(t, 201, "owner", "/projects/p/works", "first")
	w.want(t, 200, "u", "/projects/p", "")
	<-time.After(100 * time.Millisecond)
	before := w.count("GET project:p")
	a := w.want(t, 200, "u", "/projects/p", "")
	if a.header.Get("X-Cache") != "stale" {
		t.Fatalf("X-Cache is %q, want stale", a.header.Get("X-Cache"))
	}
	for began := time.Now(); w.count("GET project:p") == before || w.stats(t).Live > 0; <-time.After(5 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("what was served stale has not been reloaded")
		}
	}
}

// TestWorkerLock has writers that read, change and write: every work must be there.
func TestWorkerLock(t *testing.T) {
	const writers = 40
	w := start(t)
	var mu sync.Mutex
	counts := make(map[string]bool)
	crowd(writers, func(i int) {
		a := w.want(t, 201, "u", "/projects/p/works", "work "+strconv.Itoa(i))
		mu.Lock()
		defer mu.Unlock()
		counts[a.body] = true
	})
	if len(counts) != writers {
		t.Errorf("%d different numbers of works, want %d", len(counts), writers)
	}
	var p struct{ Works []string }
	if err := json.Unmarshal([]byte(w.want(t, 200, "u", "/projects/p", "").body), &p); err != nil || len(p.Works) != writers {
		t.Errorf("error %v; %d works, want %d", err, len(p.Works), writers)
	}
}

// TestWorkerMixed does everything at once, so that goroutines of many invocations
// wake each other, and some clients leave before they are answered.
func TestWorkerMixed(t *testing.T) {
	w := start(t)
	w.want(t, 201, "owner", "/projects/p/works", "first")
	var left atomic.Int32
	crowd(60, func(i int) {
		for n := range 5 {
			switch (i + n) % 4 {
			case 0:
				w.want(t, 200, "u"+strconv.Itoa(i), "/projects/p", "")
			case 1:
				w.want(t, 201, "u"+strconv.Itoa(i), "/projects/p"+strconv.Itoa(i%3)+"/works", "w")
			case 2:
				w.want(t, 200, "", "/health", "")
			case 3:
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i%20)*time.Millisecond)
				if _, err := w.ask(ctx, "u", "/projects/p"+strconv.Itoa(i%3)+"/works", "w"); err != nil {
					left.Add(1)
				}
				cancel()
			}
		}
	})
	if left.Load() == 0 {
		t.Error("no client has left early")
	}
	for began := time.Now(); w.stats(t).Live > 0; <-time.After(10 * time.Millisecond) {
		if time.Since(began) > 40*time.Second {
			t.Fatalf("%d invocations are not over", w.stats(t).Live)
		}
	}
}

func TestWorkerWrongToken(t *testing.T) {
	w := start(t, "REDIS_REST_TOKEN=canary")
	a := w.want(t, 503, "", "/health", "")
	if !strings.Contains(a.body, `"down"`) || !strings.Contains(a.body, "WRONGPASS") || strings.Contains(a.body, "canary") {
		t.Errorf("body %s", a.body)
	}
	if a = w.want(t, 503, "u", "/projects/p", ""); strings.Contains(a.body, "canary") {
		t.Errorf("body %s", a.body)
	}
	w = start(t, "REDIS_REST_TOKEN=", "REDIS_REST_URL=")
	if a = w.want(t, 503, "", "/health", ""); !strings.Contains(a.body, "REDIS_REST_URL") {
		t.Errorf("no bindings: body %s", a.body)
	}
}

// TestWorkerServerDown stops the database and lets it come back.
func TestWorkerServerDown(t *testing.T) {
	w := start(t)
	w.want(t, 201, "owner", "/projects/p/works", "first")
	w.want(t, 200, "u", "/health", "")
	_ = w.dev.Close()
	if a := w.want(t, 503, "u", "/health", ""); !strings.Contains(a.body, `"down"`) {
		t.Errorf("body %s", a.body)
	}
	w.want(t, 503, "u", "/projects/p", "")
	w.want(t, 503, "u", "/projects/p/works", "second")
}

func TestWorkerRoutes(t *testing.T) {
	w := start(t)
	w.want(t, 404, "u", "/nothing", "")
	w.want(t, 404, "u", "/projects/", "")
	w.want(t, 405, "u", "/projects/p/works", "")
	w.want(t, 405, "u", "/projects/p", "body")
}

// TestWorkerLargeBody: who sends too much is told so, which takes that the rest is
// read: a connection closed before could take the answer with it.
func TestWorkerLargeBody(t *testing.T) {
	w := start(t)
	for _, size := range []int{64<<10 + 1, 100 << 10, 1 << 20} {
		body := strings.Repeat("x", size)
		crowd(8, func(i int) {
			for range 20 {
				if i%2 == 0 {
					w.want(t, 413, "u", "/projects/p/works", body)
					continue
				}
				a, err := w.send(t.Context(), http.MethodPost, "u", "/projects/p/works", io.MultiReader(strings.NewReader(body))) // no Content-Length
				if err != nil || a.status != 413 {
					t.Errorf("%d bytes in chunks: error %v, status %d", size, err, a.status)
				}
			}
		})
	}
	if a, err := w.send(t.Context(), http.MethodPost, "u", "/projects/q/works", io.MultiReader(strings.NewReader("in "), strings.NewReader("chunks"))); err != nil || a.status != 201 {
		t.Errorf("a small body in chunks: error %v, status %d, body %s", err, a.status, a.body)
	}
	if a := w.want(t, 200, "u", "/projects/q", ""); a.body != `{"works":["in chunks"]}` {
		t.Errorf("body %s", a.body)
	}
	// What has no end is not read to its end.
	endless := &endlessBody{}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if a, err := w.send(ctx, http.MethodPost, "u", "/projects/p/works", endless); ctx.Err() != nil || err == nil && a.status != 413 {
		t.Errorf("an endless body: error %v, status %d", err, a.status)
	}
	t.Logf("%d bytes of an endless body were taken", endless.n.Load())
	w.want(t, 413, "u", "/projects/p/works", strings.Repeat("x", 64<<10+1))
}

// An endlessBody counts what is read of it.
type endlessBody struct{ n atomic.Int64 }

func (b *endlessBody) Read(p []byte) (int, error) {
	b.n.Add(int64(len(p)))
	return len(p), nil
}

// TestWorkerMemory sends many requests and looks at what grows. V8 collects before
// each look. It also optimises early, which it otherwise does after thousands of
// requests: see #pump in runtime.mjs for what may break then.
func TestWorkerMemory(t *testing.T) {
	const warm, rounds, callers, each = 3, 7, 20, 75
	w := startV8(t, `"--expose-gc", "--invocation-count-for-turbofan=50"`)
	w.want(t, 201, "owner", "/projects/p/works", "first")
	var first, last workerStats
	var before, after int
	for i := range rounds {
		crowd(callers, func(n int) {
			for range each {
				w.want(t, 200, "u"+strconv.Itoa(n), "/projects/p", "")
			}
		})
		last = w.stats(t)
		after = w.resident(t)
		t.Logf("after %d requests: %+v, %d KiB resident", (i+1)*callers*each, last, after)
		if i == warm-1 {
			first, before = last, after
		}
	}
	if last.Live != 0 {
		t.Errorf("%d invocations are not over", last.Live)
	}
	if last.Memory > first.Memory+1<<20 {
		t.Errorf("Go's memory went from %d to %d bytes", first.Memory, last.Memory)
	}
	if last.Values > first.Values+20_000 { // several per request, until Go collects
		t.Errorf("Go's references to JavaScript went from %d to %d", first.Values, last.Values)
	}
	if after > before+before/3 {
		t.Errorf("resident memory went from %d to %d KiB", before, after)
	}
}

type workerStats struct{ Live, Memory, Values int }

func (w *world) stats(t *testing.T) (s workerStats) {
	t.Helper()
	if err := json.Unmarshal([]byte(w.want(t, 200, "", "/stats", "").body), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// resident is the memory of workerd in KiB.
func (w *world) resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(w.pid) + "/status")
	if err != nil {
		t.Skip("no /proc here:", err)
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
