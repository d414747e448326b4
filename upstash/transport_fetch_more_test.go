//go:build js

package upstash_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"syscall/js"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestFetchInit looks at what the host is asked for.
func TestFetchInit(t *testing.T) {
	got := map[string]string{}
	m := newMockFetch(t, func(_ *mockFetch, r js.Value) (any, bool) {
		for _, name := range []string{"method", "redirect", "credentials", "cache", "referrerPolicy"} {
			if v := r.Get(name); v.Type() == js.TypeString {
				got[name] = v.String()
			}
		}
		return newAnswer("", nil), true
	})
	if err := postNowhere(t.Context(), newFetch(t, upstash.FetchOptions{Fetch: m.Value}), new(upstash.Response)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"method": "POST", "redirect": "manual", "credentials": "omit", "cache": "no-store"} {
		if v, ok := got[name]; v != want && (ok || name == "method" || name == "redirect") {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
}

// TestFetchOldHost runs where Request throws when it sees an option that it does
// not know.
func TestFetchOldHost(t *testing.T) {
	real := js.Global().Get("Request")
	var asked []string
	strict := js.FuncOf(func(_ js.Value, args []js.Value) any {
		for _, name := range []string{"cache", "credentials"} {
			if !args[1].Get(name).IsUndefined() {
				asked = append(asked, name)
				return js.Undefined()
			}
		}
		return real.New(args[0], args[1])
	})
	defer strict.Release()
	// A proxy whose construct trap returns no object makes "new" throw a TypeError.
	trap := js.FuncOf(func(_ js.Value, args []js.Value) any { return strict.Invoke(args[1].Index(0), args[1].Index(1)) })
	defer trap.Release()
	js.Global().Set("Request", js.Global().Get("Proxy").New(real, map[string]any{"construct": trap}))
	defer js.Global().Set("Request", real)
	m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) { return newAnswer("[]", nil), true })
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	var resp upstash.Response
	if err := postNowhere(t.Context(), tr, &resp); err != nil || string(resp.Body) != "[]" {
		t.Errorf("error %v, body %q", err, resp.Body)
	}
	if !slices.Equal(asked, []string{"credentials", "cache"}) {
		t.Errorf("options that were tried: %v", asked)
	}
}

// TestFetchOpaque is what browsers answer to redirect: "manual".
func TestFetchOpaque(t *testing.T) {
	m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) {
		return map[string]any{"type": "opaqueredirect", "status": 0, "body": nil, "headers": js.Global().Get("Headers").New()}, true
	})
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	db, err := upstash.New(upstash.Config{URL: "http://127.0.0.1", Token: "t", Transport: tr})
	if err != nil {
		t.Fatal(err)
	}
	_, err = upstash.Incr("n").Do(t.Context(), db)
	if !errors.Is(err, upstash.ErrRedirect) || errors.Is(err, upstash.ErrMaybeApplied) {
		t.Errorf("error %v", err)
	}
}

// TestFetchCompressed has bodies that are longer than Content-Length says, and of
// which no more may be read than needed.
func TestFetchCompressed(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		headers    map[string]any
	}{
		{"encoding", "", map[string]any{"content-length": 10, "content-encoding": "gzip"}},
		{"hidden encoding", "cors", map[string]any{"content-length": 10}},
		{"no length", "", map[string]any{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pulled := 0
			pull := js.FuncOf(func(_ js.Value, args []js.Value) any {
				pulled++
				args[0].Call("enqueue", js.Global().Get("Uint8Array").New(100))
				return nil
			})
			defer pull.Release()
			m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) {
				body := js.Global().Get("ReadableStream").New(map[string]any{"pull": pull})
				answer := js.Global().Get("Response").New(body, map[string]any{"headers": c.headers})
				if c.kind != "" {
					js.Global().Get("Object").Call("defineProperty", answer, "type", map[string]any{"value": c.kind})
				}
				return answer, true
			})
			err := postNowhere(t.Context(), newFetch(t, upstash.FetchOptions{Fetch: m.Value}), new(upstash.Response))
			if !errors.Is(err, upstash.ErrResponseTooLarge) || errors.Is(err, upstash.ErrNotSent) {
				t.Errorf("error %v", err)
			}
			if pulled < 11 || pulled > 14 {
				t.Errorf("%d pieces of 100 bytes were asked for, the limit is 1000", pulled)
			}
		})
	}
}

// gatedFetch answers a request when the test says so. names receives the header
// X-Name of requests in the order in which they are sent.
func gatedFetch(t *testing.T) (m *mockFetch, names chan string, gate chan struct{}) {
	names, gate = make(chan string, 100), make(chan struct{})
	m = newMockFetch(t, func(_ *mockFetch, r js.Value) (any, bool) {
		names <- r.Get("headers").Call("get", "x-name").String()
		<-gate
		return newAnswer("[]", nil), true
	})
	return m, names, gate
}

func named(ctx context.Context, tr upstash.Transport, name string, deadline time.Time) error {
	return tr.RoundTrip(ctx, &upstash.Request{
		URL: "http://127.0.0.1/", Header: []upstash.HeaderField{{Name: "X-Name", Value: name}}, Deadline: deadline,
	}, new(upstash.Response))
}

// settle lets every goroutine run until all wait.
func settle() { <-time.After(20 * time.Millisecond) }

// until settles until done, at most for two seconds, and once more, for what goes
// beyond. The machine may be slow.
func until(done func() bool) {
	for range 100 {
		if settle(); done() {
			break
		}
	}
	settle()
}

func TestFetchSlots(t *testing.T) {
	m, names, gate := gatedFetch(t)
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := named(t.Context(), tr, strconv.Itoa(i), time.Time{}); err != nil {
				t.Error(err)
			}
		})
		settle() // so that they arrive in this order
	}
	// Two who leave the line, by ctx and by deadline, and do not disturb it.
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 2)
	go func() { left <- named(ctx, tr, "left", time.Time{}) }()
	go func() { left <- named(t.Context(), tr, "late", time.Now().Add(5*time.Millisecond)) }()
	settle()
	cancel()
	for range 2 {
		if err := <-left; !errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("error %v, want NotSent", err)
		}
	}
	if m.most != 6 || len(names) != 6 {
		t.Errorf("%d requests at a time, want 6", m.most)
	}
	for i := range 20 {
		if got := <-names; got != strconv.Itoa(i) {
			t.Errorf("request %s was sent as number %d", got, i)
		}
		gate <- struct{}{}
	}
	wg.Wait()
	if m.most != 6 {
		t.Errorf("%d requests at a time, want 6", m.most)
	}
	for range 6 { // nobody has kept a slot
		wg.Go(func() { _ = named(t.Context(), tr, "", time.Time{}) })
	}
	until(func() bool { return len(names) >= 6 })
	if len(names) != 6 {
		t.Errorf("%d requests at a time afterwards, want 6", len(names))
	}
	close(gate)
	wg.Wait()
}

func TestFetchSlotsOptions(t *testing.T) {
	for limit, want := range map[int]int{1: 1, 3: 3, -1: 10} {
		m, _, gate := gatedFetch(t)
		tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value, MaxInFlight: limit})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { _ = named(t.Context(), tr, "", time.Time{}) })
		}
		until(func() bool { return m.most >= want })
		if m.most != want {
			t.Errorf("MaxInFlight %d: %d at a time, want %d", limit, m.most, want)
		}
		close(gate)
		wg.Wait()
	}
}

// A mockHost is an invocation whose event is being handled only inside enter.
type mockHost struct {
	js.Value
	inside bool
	queue  []js.Value
	holds  int
}

func newMockHost(t *testing.T) *mockHost {
	h := &mockHost{Value: js.Global().Get("Object").New()}
	add := func(name string, f func(args []js.Value) any) {
		g := js.FuncOf(func(_ js.Value, args []js.Value) any { return f(args) })
		t.Cleanup(g.Release)
		h.Set(name, g)
	}
	add("enter", func(args []js.Value) any {
		if h.inside {
			return true
		}
		h.queue = append(h.queue, args[0])
		return false
	})
	add("hold", func([]js.Value) any { h.holds++; return nil })
	add("release", func([]js.Value) any { h.holds--; return nil })
	return h
}

// event handles one event of the invocation.
func (h *mockHost) event() {
	settle()
	queue := h.queue
	h.queue = nil
	h.inside = true
	for _, f := range queue {
		f.Invoke()
	}
	settle()
	h.inside = false
}

// TestFetchInvocation sends and aborts in events of the right invocation only.
func TestFetchInvocation(t *testing.T) {
	m, names, gate := gatedFetch(t)
	defer close(gate)
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	a, b := newMockHost(t), newMockHost(t)
	ctx, cancel := context.WithCancel(upstash.WithInvocation(t.Context(), a.Value))
	failed := make(chan error, 1)
	go func() { failed <- named(ctx, tr, "a", time.Time{}) }()
	settle()
	if len(names) != 0 {
		t.Fatal("the request was sent outside of its invocation")
	}
	a.event()
	if len(names) != 1 {
		t.Fatal("the request was not sent")
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) || errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v", err)
	}
	if len(a.queue) != 1 {
		t.Error("the request was aborted outside of its invocation, or not at all")
	}
	a.event()
	// One that has not been let in has sent nothing.
	ctx, cancel = context.WithCancel(upstash.WithInvocation(t.Context(), b.Value))
	go func() { failed <- named(ctx, tr, "b", time.Time{}) }()
	settle()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v", err)
	}
	b.event()
	if len(names) != 1 {
		t.Error("a request was sent after its end")
	}
}

// TestFetchInvocationSlots fills one invocation, which another must not notice.
func TestFetchInvocationSlots(t *testing.T) {
	m, names, gate := gatedFetch(t)
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value, MaxInFlight: 2})
	var wg sync.WaitGroup
	for range 2 {
		h := newMockHost(t)
		h.inside = true
		ctx := upstash.WithInvocation(t.Context(), h.Value)
		for range 5 {
			wg.Go(func() {
				if err := named(ctx, tr, "", time.Time{}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	until(func() bool { return len(names) >= 4 })
	if len(names) != 4 {
		t.Errorf("%d requests of two invocations at a time, want 2 of each", len(names))
	}
	close(gate)
	wg.Wait()
}

func TestInvocationWaitUntil(t *testing.T) {
	h := newMockHost(t)
	ctx := upstash.WithInvocation(t.Context(), h.Value)
	done, ended := make(chan struct{}), make(chan struct{})
	run := func() {
		<-done
		ended <- struct{}{}
	}
	upstash.WaitUntil(ctx, run)
	upstash.WaitUntil(context.WithoutCancel(ctx), run)
	if h.holds != 2 {
		t.Errorf("%d holds, want 2", h.holds)
	}
	close(done)
	<-ended
	<-ended
	settle()
	if h.holds != 0 {
		t.Errorf("%d holds, want 0", h.holds)
	}
	upstash.WaitUntil(t.Context(), run)
	<-ended
}

// TestInvocationOver has a host that lets nobody in any more.
func TestInvocationOver(t *testing.T) {
	h := newMockHost(t)
	h.Set("enter", js.Global().Get("Symbol").Get("keyFor")) // throws a TypeError
	m := newMockFetch(t, func(*mockFetch, js.Value) (any, bool) {
		t.Error("fetch is called")
		return nil, false
	})
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	err := postNowhere(upstash.WithInvocation(t.Context(), h.Value), tr, new(upstash.Response))
	if !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want NotSent", err)
	}
}
