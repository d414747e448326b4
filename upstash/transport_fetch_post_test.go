//go:build js

package upstash_test

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A postHost is an invocation that sends by itself.
type postHost struct {
	*mockHost
	posts     []js.Value // the arguments ok and bad of each, one after the other
	abandoned []js.Value // arguments of abandon
	sent      string     // the last body, and the sync token before it
	limit     int
}

func newPostHost(t *testing.T) *postHost {
	h := &postHost{mockHost: newMockHost(t)}
	post := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if !h.Call("enter", args[3]).Bool() {
			return false
		}
		body := make([]byte, args[1].Length())
		js.CopyBytesToGo(body, args[1])
		token := args[0].Get("headers").Call("get", "upstash-sync-token")
		h.sent, h.limit = token.String()+" "+string(body), args[2].Int()
		h.posts = append(h.posts, args[3], args[4])
		return true
	})
	abandon := js.FuncOf(func(_ js.Value, args []js.Value) any {
		h.abandoned = append(h.abandoned, args[0])
		return nil
	})
	t.Cleanup(post.Release)
	t.Cleanup(abandon.Release)
	h.Set("post", post)
	h.Set("abandon", abandon)
	return h
}

// start begins a request in an event of h.
func (h *postHost) start(ctx context.Context, tr upstash.Transport, token string, resp *upstash.Response) chan error {
	done := make(chan error, 1)
	req := &upstash.Request{URL: "http://127.0.0.1/", Body: []byte("[]"), MaxResponse: 1000}
	if token != "" {
		req.Header = []upstash.HeaderField{{Name: "Upstash-Sync-Token", Value: token}}
	}
	go func() { done <- tr.RoundTrip(upstash.WithInvocation(ctx, h.Value), req, resp) }()
	settle()
	h.event()
	return done
}

func uint8Array(s string) js.Value {
	return js.Global().Get("TextEncoder").New().Call("encode", s)
}

// TestFetchPost lets the invocation send, several times with the same callbacks.
func TestFetchPost(t *testing.T) {
	h, tr := newPostHost(t), newFetch(t, upstash.FetchOptions{})
	var resp upstash.Response
	for i, token := range []string{"s1", "s2", "", "s2"} {
		done := h.start(t.Context(), tr, token, &resp)
		if len(h.posts) != 2*(i+1) {
			t.Fatalf("%d values are there from %d posts", len(h.posts), i+1)
		}
		if !h.posts[2*i].Equal(h.posts[0]) {
			t.Error("there are other callbacks than before")
		}
		if want := token; token == "" && h.sent != "<null> []" || token != "" && h.sent != want+" []" || h.limit != 1000 {
			t.Errorf("sent %q, limit %d", h.sent, h.limit)
		}
		body := strings.Repeat("x", 10*i)
		h.posts[2*i].Invoke(uint8Array(body+"text/plain\n\n7\n"), len(body), 503)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if resp.Status != 503 || string(resp.Body) != body || string(resp.ContentType) != "text/plain" ||
			len(resp.SyncToken) != 0 || string(resp.RetryAfter) != "7" {
			t.Errorf("status %d, body %q, %q, %q, %q", resp.Status, resp.Body, resp.ContentType, resp.SyncToken, resp.RetryAfter)
		}
	}
	if n := upstash.FetchCallsForTest(); n != 0 || len(h.abandoned) != 0 {
		t.Errorf("%d exchanges are still known, %d were abandoned", n, len(h.abandoned))
	}
}

// TestFetchPostFails ends posts in the ways in which they fail.
func TestFetchPostFails(t *testing.T) {
	h, tr := newPostHost(t), newFetch(t, upstash.FetchOptions{})
	last := func(i int) js.Value { return h.posts[len(h.posts)-2+i] }
	for _, c := range []struct {
		name   string
		end    func(cancel func())
		is     error // what the error matches
		status int
		sent   bool
	}{
		{"too large", func(func()) { last(0).Invoke(uint8Array("\n\n\n"), -1, 200) }, upstash.ErrResponseTooLarge, 200, true},
		{"no answer", func(func()) { last(1).Invoke(hostError("TypeError", nil), 0) }, nil, 0, true},
		{"a broken body", func(func()) { last(1).Invoke(hostError("TypeError", nil), 401) }, nil, 401, true},
		{"no connection", func(func()) {
			last(1).Invoke(hostError("TypeError", map[string]any{"cause": map[string]any{"syscall": "connect"}}), 0)
		}, nil, 0, false},
		{"the end of ctx", func(cancel func()) { cancel() }, context.Canceled, 0, true},
		{"nonsense", func(func()) { last(0).Invoke("text", 0, 200) }, nil, 200, true},
		{"less than was promised", func(func()) { last(0).Invoke(uint8Array("\n\n\n"), 5, 200) }, nil, 200, true},
		{"nothing", func(func()) { last(0).Invoke() }, nil, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var resp upstash.Response
			before := len(h.abandoned)
			done := h.start(ctx, tr, "", &resp)
			ok := last(0)
			c.end(cancel)
			err := <-done
			if err == nil || c.is != nil && !errors.Is(err, c.is) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v", err)
			}
			if errors.Is(err, upstash.ErrNotSent) == c.sent || resp.Status != c.status {
				t.Errorf("NotSent %v, status %d", errors.Is(err, upstash.ErrNotSent), resp.Status)
			}
			if c.sent && (len(h.abandoned) != before+1 || !h.abandoned[before].Equal(ok)) {
				t.Error("the post was not abandoned")
			}
			ok.Invoke(uint8Array("\n\n\n"), 0, 200) // finds nobody
		})
	}
	if n := upstash.FetchCallsForTest(); n != 0 {
		t.Errorf("%d exchanges are still known", n)
	}
}

// TestFetchPostOver ends before post has sent.
func TestFetchPostOver(t *testing.T) {
	h, tr := newPostHost(t), newFetch(t, upstash.FetchOptions{})
	ctx, cancel := context.WithCancel(upstash.WithInvocation(t.Context(), h.Value))
	done := make(chan error, 1)
	go func() { done <- postNowhere(ctx, tr, new(upstash.Response)) }()
	settle()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v", err)
	}
	h.event() // calls back for a request that has ended
	if len(h.posts)+len(h.abandoned) != 0 {
		t.Error("something was sent or abandoned")
	}
}

// TestFetchPostUnclear: what throws, or does not say that nothing was sent, may have
// sent.
func TestFetchPostUnclear(t *testing.T) {
	for name, post := range map[string]js.Value{
		"throws":       js.Global().Get("Reflect").Get("construct"),
		"says nothing": js.Global().Get("Object"),
	} {
		t.Run(name, func(t *testing.T) {
			h, tr := newPostHost(t), newFetch(t, upstash.FetchOptions{})
			h.Set("post", post)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if err := <-h.start(ctx, tr, "", new(upstash.Response)); err == nil || errors.Is(err, upstash.ErrNotSent) {
				t.Errorf("error %v", err)
			}
		})
	}
}
