//go:build !js

package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// postServer answers by path. left counts the requests that their sender has ended.
func postServer(t *testing.T, left *atomic.Int32) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.Header.Get("X-One") != "1" || r.Header.Get("Upstash-Sync-Token") != "mine" || string(body) != "\x00\xffx" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/plain")
		path, arg, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		n, _ := strconv.Atoi(arg)
		text := strings.Repeat("é", n/2)
		switch path {
		case "length":
			h.Set("Upstash-Sync-Token", "theirs")
			_, _ = io.WriteString(w, text)
		case "pieces":
			for _, c := range text {
				_, _ = io.WriteString(w, string(c))
				w.(http.Flusher).Flush()
			}
		case "gzip": // the length is that of the compressed bytes
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = io.WriteString(z, text)
			_ = z.Close()
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(b.Len()))
			_, _ = w.Write(b.Bytes())
		case "busy":
			h.Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "empty":
			w.WriteHeader(http.StatusNoContent)
		case "moved":
			http.Redirect(w, r, "/length/2", http.StatusFound)
		case "broken":
			h.Set("Content-Length", "100")
			_, _ = io.WriteString(w, text)
		case "endless":
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, text)
			}
			left.Add(1)
		case "long":
			h.Set("Content-Length", "1000000000")
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			left.Add(1)
		case "never":
			<-r.Context().Done()
			left.Add(1)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// TestWorkerRuntimeAbandon has requests that nobody waits for any more. Their
// invocations go on, so it is not their end that ends the requests.
func TestWorkerRuntimeAbandon(t *testing.T) {
	var left atomic.Int32
	s := postServer(t, &left)
	w := &world{out: new(output)}
	w.serve(t, "./testdata/probe", "", []string{"REDIS_REST_URL=" + s.URL})
	for i, c := range [...]struct{ path, want string }{
		{"never", "deadline|0|0|||"},
		{"long", "too large|200|0|text/plain||"},
		{"endless/50000", "too large|200|0|text/plain||"},
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if a := w.want(t, 200, "", "/hold/"+c.path, ""); a.body != c.want {
				t.Errorf("%s: %q, want %q", c.path, a.body, c.want)
			}
		}()
		for range 1000 {
			if left.Load() > int32(i) {
				break
			}
			<-time.After(10 * time.Millisecond)
		}
		if left.Load() != int32(i)+1 {
			t.Errorf("%s: the request was not ended", c.path)
		}
		w.want(t, 200, "", "/open/"+c.path, "")
		<-done
	}
}

// TestWorkerRuntimePost has the invocation send and read, as upstash.WithInvocation
// wants it.
func TestWorkerRuntimePost(t *testing.T) {
	var left atomic.Int32
	s := postServer(t, &left)
	w := &world{out: new(output)}
	w.serve(t, "./testdata/probe", "", []string{"REDIS_REST_URL=" + s.URL})
	for _, c := range [...]struct{ path, want string }{
		{"length/0", "nil|200|0|text/plain|theirs|"},
		{"length/1000", "nil|200|1000|text/plain|theirs|"},
		{"length/1002", "too large|200|0|text/plain|theirs|"},
		{"pieces/1000", "nil|200|1000|text/plain||"},
		{"pieces/1002", "too large|200|0|text/plain||"},
		{"gzip/1000", "nil|200|1000|text/plain||"},
		{"gzip/100000", "too large|200|0|text/plain||"},
		{"busy", "nil|503|0|text/plain||7"},
		{"empty", "nil|204|0|text/plain||"},
		{"broken/10", "failed|200|0|||"},
		{"endless/50000", "too large|200|0|text/plain||"},
		{"never", "deadline|0|0|||"},
	} {
		if a := w.want(t, 200, "", "/fetch/"+c.path, ""); !strings.HasSuffix(a.body, c.want) {
			t.Errorf("%s: %q, want %q", c.path, a.body, c.want)
		}
	}
	if a := w.want(t, 200, "", "/fetch/moved", ""); !strings.HasPrefix(a.body, "nil|302|") {
		t.Errorf("moved: %q", a.body)
	}
	crowd(50, func(i int) {
		if a := w.want(t, 200, "", "/fetch/length/"+strconv.Itoa(2*i), ""); a.body != "nil|200|"+strconv.Itoa(2*i)+"|text/plain|theirs|" {
			t.Errorf("%d: %q", 2*i, a.body)
		}
	})
	s.Close()
	if a := w.want(t, 200, "", "/fetch/length/2", ""); a.body != "failed|0|0|||" {
		t.Errorf("no server: %q", a.body)
	}
	if n := w.stats(t).Live; n != 0 {
		t.Errorf("%d invocations are not over", n)
	}
}
