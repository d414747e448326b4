//go:build js

package upstash_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall/js"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A mockFetch is a fetch function of the tests' own.
type mockFetch struct {
	js.Func
	mu   sync.Mutex
	now  int // under way; guarded by mu, like most
	most int
}

// newMockFetch calls answer on a goroutine for each request; what it returns
// settles the promise.
func newMockFetch(t testing.TB, answer func(m *mockFetch, request js.Value) (v any, ok bool)) *mockFetch {
	t.Helper()
	m := &mockFetch{}
	m.Func = js.FuncOf(func(_ js.Value, args []js.Value) any {
		request := args[0]
		return newPromise(func(settle func(ok bool, v any)) {
			m.mu.Lock()
			m.now++
			m.most = max(m.most, m.now)
			m.mu.Unlock()
			go func() {
				v, ok := answer(m, request)
				m.mu.Lock()
				m.now--
				m.mu.Unlock()
				settle(ok, v)
			}()
		})
	})
	t.Cleanup(m.Release)
	return m
}

// newPromise returns a promise that settle settles.
func newPromise(run func(settle func(ok bool, v any))) js.Value {
	var f js.Func
	f = js.FuncOf(func(_ js.Value, args []js.Value) any {
		f.Release()
		run(func(ok bool, v any) {
			if ok {
				args[0].Invoke(v)
			} else {
				args[1].Invoke(v)
			}
		})
		return nil
	})
	return js.Global().Get("Promise").New(f)
}

func newAnswer(body string, init map[string]any) js.Value {
	return js.Global().Get("Response").New(body, init)
}

func hostError(name string, properties map[string]any) js.Value {
	e := js.Global().Get(name).New("canary in the host's own text")
	for k, v := range properties {
		e.Set(k, v)
	}
	return e
}

// post sends one request to nowhere.
func postNowhere(ctx context.Context, tr upstash.Transport, resp *upstash.Response) error {
	return tr.RoundTrip(ctx, &upstash.Request{URL: "http://127.0.0.1/", Body: []byte("[]"), MaxResponse: 1000}, resp)
}

// jsValues is how many values of JavaScript the Go program refers to; -1 where the
// program that runs the test has not said which Go it is.
func jsValues() int {
	host := js.Global().Get("edgeredisGo")
	if !host.Truthy() {
		return -1
	}
	for range 3 { // finalizers run after a collection
		runtime.GC()
		<-time.After(10 * time.Millisecond)
	}
	return host.Get("_values").Length() - host.Get("_idPool").Length()
}

// TestFetchLeak ends 10,000 requests in each way there is.
func TestFetchLeak(t *testing.T) {
	var never sync.WaitGroup
	var kept atomic.Int32 // requests that the mock keeps
	forever := make(chan struct{})
	m := newMockFetch(t, func(_ *mockFetch, request js.Value) (any, bool) {
		switch request.Get("headers").Call("get", "x-way").String() {
		case "reject":
			return hostError("TypeError", nil), false
		case "never":
			kept.Add(1)
			never.Done()
			<-forever
			return nil, false
		case "late":
			<-time.After(2 * time.Millisecond)
		case "pieces":
			return js.Global().Get("Response").New(newAnswer(strings.Repeat("x", 500), nil).Get("body")), true
		case "large":
			return newAnswer(strings.Repeat("x", 2000), nil), true
		}
		return newAnswer("[]", map[string]any{"headers": map[string]any{"content-length": "2"}}), true
	})
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value, MaxInFlight: -1})
	ways := []string{"ok", "reject", "never", "late", "pieces", "large", "stream", "url", "header", "ended"}
	round := func(n int) {
		var wg sync.WaitGroup
		for i := range n {
			way := ways[i%len(ways)]
			if way == "never" {
				never.Add(1)
			}
			wg.Go(func() {
				// On a slow machine the deadline may have passed before fetch is called.
				if err := oneWay(t, tr, way); way == "never" && errors.Is(err, upstash.ErrNotSent) {
					never.Done()
				}
			})
			if i%100 == 99 {
				wg.Wait()
			}
		}
	}
	round(1000)
	never.Wait()
	before, keptBefore := jsValues(), kept.Load()
	round(10_000)
	never.Wait()
	if n := upstash.FetchCallsForTest(); n != 0 {
		t.Errorf("%d exchanges are still known", n)
	}
	if after := jsValues(); before < 0 {
		t.Log("the values of JavaScript are not counted here")
	} else if grown := after - before - 3*int(kept.Load()-keptBefore); grown > 100 {
		// Of "never" the mock itself keeps what it has: three values each.
		t.Errorf("%d values of JavaScript more than before 10,000 requests", grown)
	}
	close(forever)
}

// oneWay runs a request that ends in the given way.
func oneWay(t *testing.T, tr *upstash.FetchTransport, way string) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req := &upstash.Request{
		URL: "http://127.0.0.1/", Header: []upstash.HeaderField{{Name: "X-Way", Value: way}},
		Body: []byte("[]"), MaxResponse: 1000,
	}
	switch way {
	case "never", "late":
		req.Deadline = time.Now().Add(time.Millisecond)
	case "url":
		req.URL = "nowhere"
	case "header":
		req.Header[0].Value = "a\nb"
	case "ended":
		cancel()
	case "stream":
		if s, err := tr.Stream(ctx, req); err == nil {
			_, _ = s.Body.Read(make([]byte, 1))
			_ = s.Body.Close()
		} else {
			t.Error(err)
		}
		return nil
	}
	err := tr.RoundTrip(ctx, req, new(upstash.Response))
	if good := way == "ok" || way == "pieces"; good != (err == nil) {
		t.Errorf("%s: error %v", way, err)
	}
	return err
}

// TestFetchMemory receives 200 MB in bodies for which Go itself needs nothing.
func TestFetchMemory(t *testing.T) {
	process := js.Global().Get("process")
	if !process.Truthy() || process.Get("memoryUsage").IsUndefined() {
		t.Skip("only Node tells of its memory")
	}
	const size, rounds, bound = 100_000, 2000, 128 << 20
	held := func() int { return process.Call("memoryUsage").Get("arrayBuffers").Int() }
	bytes := js.Global().Get("Uint8Array").New(size)
	m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) {
		return js.Global().Get("Response").New(bytes, map[string]any{"headers": map[string]any{"content-length": size}}), true
	})
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	req := &upstash.Request{URL: "http://127.0.0.1/", MaxResponse: 1 << 20}
	var resp upstash.Response
	before, most := held(), 0
	for range rounds {
		if err := tr.RoundTrip(t.Context(), req, &resp); err != nil || len(resp.Body) != size {
			t.Fatal(err, len(resp.Body))
		}
		most = max(most, held())
	}
	t.Logf("%d bytes before, %d at most", before, most)
	if most-before > bound {
		t.Errorf("%d bytes are held by the host, want at most %d", most-before, bound)
	}
}

func TestFetchErrors(t *testing.T) {
	for _, c := range []struct {
		name    string
		value   any
		notSent bool
		text    string
	}{
		{"TypeError", hostError("TypeError", nil), false, "TypeError"},
		{"known text", hostError("TypeError", map[string]any{"message": "fetch failed"}), false, "fetch failed"},
		{"refused", hostError("TypeError", map[string]any{"cause": map[string]any{"code": "ECONNREFUSED", "syscall": "connect"}}), true, "ECONNREFUSED"},
		{"unreachable", hostError("TypeError", map[string]any{"cause": map[string]any{"code": "EHOSTUNREACH", "syscall": "connect"}}), true, "EHOSTUNREACH"},
		{"no such host", hostError("TypeError", map[string]any{"cause": map[string]any{"code": "ENOTFOUND", "syscall": "getaddrinfo"}}), true, "ENOTFOUND"},
		{"several addresses", hostError("TypeError", map[string]any{"cause": map[string]any{"code": "ECONNREFUSED"}}), true, ""},
		{"reset", hostError("TypeError", map[string]any{"cause": map[string]any{"code": "ECONNRESET", "syscall": "read"}}), false, "ECONNRESET"},
		{"closed", hostError("TypeError", map[string]any{"cause": map[string]any{"code": "UND_ERR_SOCKET"}}), false, "UND_ERR_SOCKET"},
		{"odd code", hostError("TypeError", map[string]any{"cause": map[string]any{"code": "a canary"}}), false, ""},
		{"nothing", nil, false, "fetch failed"},
		{"undefined", js.Undefined(), false, "fetch failed"},
		{"text", "canary", false, "fetch failed"},
		{"number", 5, false, "fetch failed"},
		{"odd name", map[string]any{"name": "canary name", "message": 5}, false, "fetch failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) { return c.value, false })
			err := postNowhere(t.Context(), newFetch(t, upstash.FetchOptions{Fetch: m.Value}), new(upstash.Response))
			if err == nil || errors.Is(err, upstash.ErrNotSent) != c.notSent || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v, NotSent %v", err, errors.Is(err, upstash.ErrNotSent))
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v shows the host's own text", err)
			}
		})
	}
}

// TestFetchThrows has a fetch that throws instead of rejecting, as polyfills may:
// nobody knows what it has done before.
func TestFetchThrows(t *testing.T) {
	thrower := js.Global().Get("Reflect").Get("construct").Call("bind", js.Null(), js.Global().Get("Symbol"), js.ValueOf([]any{}))
	err := postNowhere(t.Context(), newFetch(t, upstash.FetchOptions{Fetch: thrower}), new(upstash.Response))
	if err == nil || errors.Is(err, upstash.ErrNotSent) || !strings.Contains(err.Error(), "TypeError") {
		t.Errorf("error %v", err)
	}
	notPromise := js.FuncOf(func(js.Value, []js.Value) any { return map[string]any{"then": 5} })
	defer notPromise.Release()
	err = postNowhere(t.Context(), newFetch(t, upstash.FetchOptions{Fetch: notPromise.Value}), new(upstash.Response))
	if err == nil || errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v", err)
	}
	for _, v := range []any{5, nil, map[string]any{}, "text", map[string]any{"status": 200}} {
		m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) { return v, true })
		err := postNowhere(t.Context(), newFetch(t, upstash.FetchOptions{Fetch: m.Value}), new(upstash.Response))
		if err == nil || errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("answer %v: error %v", v, err)
		}
	}
	if _, err := upstash.NewFetchTransport(upstash.FetchOptions{Fetch: js.ValueOf("text")}); err == nil {
		t.Error("a fetch that is no function was accepted")
	}
}

func TestFetchBadInput(t *testing.T) {
	m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) {
		t.Error("fetch is called")
		return nil, false
	})
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	header := func(name, value string) []upstash.HeaderField {
		return []upstash.HeaderField{{Name: name, Value: value}}
	}
	for _, c := range []struct {
		name string
		req  upstash.Request
	}{
		{"no scheme", upstash.Request{URL: "//canary/"}},
		{"a path", upstash.Request{URL: "/canary"}},
		{"other scheme", upstash.Request{URL: "data:,canary"}},
		{"no host", upstash.Request{URL: "http://"}},
		{"user", upstash.Request{URL: "http://user:canary@127.0.0.1/"}},
		{"bad port", upstash.Request{URL: "http://127.0.0.1:port/canary"}},
		{"line break in a value", upstash.Request{URL: "http://127.0.0.1/", Header: header("Authorization", "Bearer\ncanary")}},
		{"not Latin-1", upstash.Request{URL: "http://127.0.0.1/", Header: header("Authorization", "canary\u20ac")}},
		{"bad name", upstash.Request{URL: "http://127.0.0.1/", Header: header("a canary", "b")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := tr.RoundTrip(t.Context(), &c.req, new(upstash.Response))
			if !errors.Is(err, upstash.ErrNotSent) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v", err)
			}
		})
	}
}
