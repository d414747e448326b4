//go:build !wasm

package devserver_test

import (
	"bufio"
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// A sse is an open event stream; lines has every line without its LF.
type sse struct {
	lines  chan string
	cancel context.CancelFunc
	head   http.Header
}

func open(t *testing.T, srv *devserver.Running, path, body string) *sse {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+srv.Token)
	req.Header.Set("Upstash-Encoding", "base64")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	s := &sse{lines: make(chan string, 64), cancel: cancel, head: res.Header}
	go func() {
		defer close(s.lines)
		defer res.Body.Close()
		r := bufio.NewReader(res.Body)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			s.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	t.Cleanup(cancel)
	return s
}

// frame reads one frame: a line, then an empty one.
func (s *sse) frame(t *testing.T, want string) {
	t.Helper()
	for _, w := range []string{want, ""} {
		select {
		case got, ok := <-s.lines:
			if !ok || got != w {
				t.Fatalf("got %q (open %v), want %q", got, ok, w)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no line, want %q", w)
		}
	}
}

// until polls ok, for things that happen soon in another goroutine.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("never happened: " + what)
		}
	}
}

func TestSubscribe(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		s := open(t, srv, "/subscribe/ne%20ws", "[]")
		if ct := s.head.Get("Content-Type"); ct != "text/event-stream" {
			t.Errorf("content type %q", ct)
		}
		s.frame(t, "data: subscribe,ne ws,1")
		p := open(t, srv, "/psubscribe/ne*", "[]")
		p.frame(t, "data: psubscribe,ne*,1")
		second := open(t, srv, "/subscribe/ne%20ws", "")
		second.frame(t, "data: subscribe,ne ws,1")

		check(t, srv, exchange{path: "/publish/ne%20ws/a,b", want: `{"result":3}`})
		s.frame(t, "data: message,ne ws,a,b")
		second.frame(t, "data: message,ne ws,a,b")
		p.frame(t, "data: pmessage,ne*,ne ws,a,b")
		check(t, srv, exchange{body: `["EVAL","return redis.call('PUBLISH','newt','{\"x\":1}')",0]`, want: `{"result":1}`})
		p.frame(t, `data: pmessage,ne*,newt,{"x":1}`)

		check(t, srv, exchange{body: `["PUBSUB","CHANNELS"]`, want: `{"result":["ne ws"]}`})
		check(t, srv, exchange{body: `["PUBSUB","NUMSUB","ne ws","other"]`, want: `{"result":["ne ws",2,"other",0]}`})
		check(t, srv, exchange{body: `["PUBSUB","NUMPAT"]`, want: `{"result":1}`})
		s.cancel()
		until(t, "the subscription ends with its client", func() bool {
			return do(t, srv, `["PUBSUB","NUMSUB","ne ws"]`) == `{"result":["ne ws",1]}`
		})
		check(t, srv, exchange{path: "/subscribe/a/b", status: 400, want: `{"error":"ERR wrong number of arguments for 'subscribe' command"}`})
	})
}

func TestMonitor(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		s := open(t, srv, "/monitor", "")
		s.frame(t, `data: "OK"`)
		check(t, srv, exchange{path: "/pipeline", body: `[["SET","k","a\"b\n\u0001"],["NOPE"]]`, want: `[{"result":"OK"},` + noSuch + `]`})
		line := <-s.lines
		if !strings.HasPrefix(line, "data: ") || !strings.HasSuffix(line, ` [0 0.0.0.0:0] "SET" "k" "a\"b\n\x01"`) {
			t.Errorf("got %q", line)
		}
	})
}

// TestCloseEndsStreams also shows that nothing of a server outlives Close.
func TestCloseEndsStreams(t *testing.T) {
	before := runtime.NumGoroutine()
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, srv, "/subscribe/ch", "")
	s.frame(t, "data: subscribe,ch,1")
	m := open(t, srv, "/monitor", "")
	m.frame(t, `data: "OK"`)
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	for _, st := range []*sse{s, m} {
		if line, ok := <-st.lines; ok {
			t.Errorf("a line after Close: %q", line)
		}
		st.cancel()
	}
	http.DefaultClient.CloseIdleConnections()
	until(t, "all goroutines end", func() bool { return runtime.NumGoroutine() <= before })
	if _, err := http.Get(srv.URL); err == nil {
		t.Error("still listening")
	}
	if err := srv.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// TestClientThatLeavesIdleStream: nothing is ever written on a quiet channel, and
// still the server notices that the client has gone.
func TestClientThatLeavesIdleStream(t *testing.T) {
	srv := start(t, devserver.Options{})
	s := open(t, srv, "/subscribe/quiet", "")
	s.frame(t, "data: subscribe,quiet,1")
	s.cancel()
	until(t, "the stream ends", func() bool {
		return do(t, srv, `["PUBSUB","CHANNELS"]`) == `{"result":[]}`
	})
}
