//go:build !wasm

package upstashtest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestTransport checks that the transports made by mk keep the contract of
// [upstash.Transport], against servers on the loopback interface: every check of
// [TestTransportURL], and what needs a server that misbehaves. mk is called for
// each check; it registers its own clean-up. One check counts goroutines, so the
// calling test must not be parallel.
//
// It holds for a transport without keep-alive too. What it asks about a pooled
// connection that the server has closed is that no failure is mistaken for
// "nothing was sent"; whether there is a failure at all is the transport's merit.
func TestTransport(t *testing.T, mk func(testing.TB) upstash.Transport) {
	t.Helper()
	server := httptest.NewServer(TransportHandler())
	defer server.Close()
	TestTransportURL(t, mk, server.URL)
	for _, c := range []struct {
		name string
		run  func(*testing.T, upstash.Transport)
	}{
		{"refused connection", testRefused},
		{"cancel in the handshake", testCancelHandshake},
		{"cancel while writing", testCancelWrite},
		{"reset after the request", testReset},
		{"broken answers", testBroken},
		{"odd answers", testOdd},
		{"connection close", testConnectionClose},
		{"stale connections", testStale},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, mk(t)) })
	}
	t.Run("goroutines", func(t *testing.T) { testGoroutines(t, mk) })
}

func testRefused(t *testing.T, tr upstash.Transport) {
	s := newTransportServer(t, func(net.Conn, *bufio.Reader) {})
	s.stop()
	_, err := transportPost(t.Context(), tr, s.url, "[]")
	if !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want NotSent", err)
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v shows the token", err)
	}
}

// testCancelHandshake speaks TLS to a server that never answers.
func testCancelHandshake(t *testing.T, tr upstash.Transport) {
	begun := make(chan struct{})
	s := newTransportServer(t, func(_ net.Conn, r *bufio.Reader) {
		if _, err := r.ReadByte(); err == nil {
			begun <- struct{}{}
		}
		_, _ = io.Copy(io.Discard, r)
	})
	url := "https" + strings.TrimPrefix(s.url, "http")
	bestTransportCancel(t, begun, func(ctx context.Context) error {
		_, err := transportPost(ctx, tr, url, "[]")
		if !errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("error %v, want NotSent", err)
		}
		return err
	})
	req := &upstash.Request{URL: url + "/", Deadline: time.Now().Add(50 * time.Millisecond)}
	go func() { <-begun }()
	err := tr.RoundTrip(t.Context(), req, new(upstash.Response))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want context.DeadlineExceeded and NotSent", err)
	}
}

// testCancelWrite sends more than the buffers of the system hold to a server
// that does not read.
func testCancelWrite(t *testing.T, tr upstash.Transport) {
	begun, done := make(chan struct{}), make(chan struct{})
	defer close(done)
	s := newTransportServer(t, func(_ net.Conn, r *bufio.Reader) {
		if _, err := r.ReadByte(); err == nil {
			begun <- struct{}{}
		}
		<-done
	})
	body := strings.Repeat("x", 32<<20)
	bestTransportCancel(t, begun, func(ctx context.Context) error {
		_, err := transportPost(ctx, tr, s.url, body)
		if errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("error %v is NotSent", err)
		}
		return err
	})
}

func testReset(t *testing.T, tr upstash.Transport) {
	s := newTransportServer(t, func(c net.Conn, r *bufio.Reader) {
		if takeRequest(r) == nil {
			_ = c.(*net.TCPConn).SetLinger(0) // closing sends a reset
		}
	})
	for _, body := range []string{"[]", ""} {
		if _, err := transportPost(t.Context(), tr, s.url, body); err == nil || errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("body %q: error %v, want one that is not NotSent", body, err)
		}
	}
}

// testConnectionClose says "Connection: close" and keeps the connection open.
func testConnectionClose(t *testing.T, tr upstash.Transport) {
	s := newTransportServer(t, func(c net.Conn, r *bufio.Reader) {
		for n := 1; takeRequest(r) == nil; n++ {
			body := "request " + strconv.Itoa(n)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nconnection: x-other, Close\r\nContent-Length: "+
				strconv.Itoa(len(body))+"\r\n\r\n"+body)
		}
	})
	for range 3 {
		resp, err := transportPost(t.Context(), tr, s.url, "[]")
		if err != nil || string(resp.Body) != "request 1" {
			t.Errorf("error %v, body %q: want the first request of a connection", err, resp.Body)
		}
	}
}

// testStale counts up on a server that closes each connection after one answer,
// without saying so. Nothing may be counted that was reported as not sent.
func testStale(t *testing.T, tr upstash.Transport) {
	const rounds = 200
	var applied atomic.Int64
	closed := make(chan struct{}, rounds)
	s := newTransportServer(t, func(c net.Conn, r *bufio.Reader) {
		if takeRequest(r) != nil {
			return
		}
		n := applied.Add(1)
		_, _ = io.WriteString(c, transportAnswer(strconv.FormatInt(n, 10)))
		_ = c.Close()
		closed <- struct{}{}
	})
	acknowledged, unknown, unsent := 0, 0, 0
	for range rounds {
		_, err := transportPost(t.Context(), tr, s.url, `["INCR","n"]`)
		switch {
		case err == nil:
			acknowledged++
			<-closed
		case errors.Is(err, upstash.ErrNotSent):
			unsent++
		default:
			unknown++
		}
	}
	s.stop()
	if n := int(applied.Load()); n < acknowledged || n > acknowledged+unknown {
		t.Errorf("applied %d: acknowledged %d, possibly applied %d, not sent %d", n, acknowledged, unknown, unsent)
	}
	if acknowledged == 0 {
		t.Error("no exchange succeeded")
	}
	t.Logf("of %d: %d acknowledged, %d possibly applied, %d not sent", rounds, acknowledged, unknown, unsent)
}

// testGoroutines counts goroutines before a transport exists and after it has
// closed its connections.
func testGoroutines(t *testing.T, mk func(testing.TB) upstash.Transport) {
	if _, ok := mk(t).(upstash.Closer); !ok {
		t.Skip("the transport is no upstash.Closer")
	}
	before := runtime.NumGoroutine()
	s := newTransportServer(t, func(c net.Conn, r *bufio.Reader) {
		for takeRequest(r) == nil {
			_, _ = io.WriteString(c, transportAnswer("a"))
		}
	})
	tr := mk(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if _, err := transportPost(ctx, tr, s.url, "[]"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	tr.(upstash.Closer).CloseIdle()
	s.stop()
	for start := time.Now(); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Since(start) > 5*time.Second {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
