//go:build !wasm

package upstashtest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
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

// A transportServer hands its connections to a function.
type transportServer struct {
	url   string
	ln    net.Listener
	wg    sync.WaitGroup
	mu    sync.Mutex
	conns []net.Conn // guarded by mu
}

// newTransportServer serves until t ends. handle's connection is closed when it
// returns.
func newTransportServer(t testing.TB, handle func(c net.Conn, r *bufio.Reader)) *transportServer {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &transportServer{url: "http://" + ln.Addr().String(), ln: ln}
	s.wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
			s.wg.Go(func() {
				defer c.Close()
				handle(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(s.stop)
	return s
}

// stop closes everything and waits for the handlers.
func (s *transportServer) stop() {
	_ = s.ln.Close()
	s.mu.Lock()
	conns := s.conns
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
	s.wg.Wait()
}

// takeRequest reads one whole request.
func takeRequest(r *bufio.Reader) error {
	req, err := http.ReadRequest(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err
}

// transportAnswer is a complete response with body.
func transportAnswer(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// transportPost posts body to url.
func transportPost(ctx context.Context, tr upstash.Transport, url, body string) (*upstash.Response, error) {
	req := &upstash.Request{
		URL:         url + "/",
		Header:      []upstash.HeaderField{{Name: "Authorization", Value: "Bearer secret"}},
		Body:        []byte(body),
		MaxResponse: 1 << 20,
	}
	resp := new(upstash.Response)
	return resp, tr.RoundTrip(ctx, req, resp)
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

// bestTransportCancel cancels run's ctx when begun fires, up to cancelTries times, and
// checks how long it ran on.
func bestTransportCancel(t *testing.T, begun <-chan struct{}, run func(ctx context.Context) error) {
	t.Helper()
	best := time.Hour
	for range cancelTries {
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := make(chan time.Time, 1)
		go func() {
			<-begun
			cancelled <- time.Now()
			cancel()
		}()
		err := run(ctx)
		best = min(best, time.Since(<-cancelled))
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v, want context.Canceled", err)
		}
		if best <= cancelBound {
			return
		}
	}
	t.Errorf("returned %v after the cancellation at best, want %v", best, cancelBound)
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

// testBroken has answers that are no answers.
func testBroken(t *testing.T, tr upstash.Transport) {
	const head = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct{ name, answer string }{
		{"nothing", ""},
		{"half a status line", "HTTP/1.1 20"},
		{"garbage", "\x16\x03\x01 garbage\r\n\r\n"},
		{"no status", "HTTP/1.1 OK\r\n\r\n"},
		{"half a header", head + "Content-Le"},
		{"short body", head + "Content-Length: 10\r\n\r\nfive5"},
		{"negative length", head + "Content-Length: -1\r\n\r\n"},
		{"two lengths", head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
		{"short chunk", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nab"},
		{"no last chunk", head + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"},
		{"bad chunk size", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n"},
		{"chunk too long", head + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"},
		{"only interim", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 10)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTransportServer(t, func(conn net.Conn, r *bufio.Reader) {
				if takeRequest(r) == nil {
					_, _ = io.WriteString(conn, c.answer)
				}
			})
			resp, err := transportPost(t.Context(), tr, s.url, "[]")
			if err == nil || errors.Is(err, upstash.ErrNotSent) {
				t.Errorf("error %v (status %d, body %q), want one that is not NotSent", err, resp.Status, resp.Body)
			}
		})
	}
	t.Run("endless header", func(t *testing.T) {
		s := newTransportServer(t, func(c net.Conn, r *bufio.Reader) {
			if takeRequest(r) != nil {
				return
			}
			_, err := io.WriteString(c, head)
			for err == nil {
				_, err = io.WriteString(c, "X-Filler: "+strings.Repeat("x", 1000)+"\r\n")
			}
		})
		if _, err := transportPost(t.Context(), tr, s.url, "[]"); err == nil || errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("error %v, want one that is not NotSent", err)
		}
	})
}

// testOdd has answers that are unusual and right.
func testOdd(t *testing.T, tr upstash.Transport) {
	for _, c := range []struct {
		name, answer string
		status       int
		body         string
	}{
		{"interim first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + transportAnswer("a"), 200, "a"},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nold", 200, "old"},
		{"no reason phrase", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", 200, "a"},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 1\n\na", 200, "a"},
		{"odd case", "HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:\t1 \r\n\r\na", 200, "a"},
		{"chunk extension and trailer", "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n" +
			"A;ext=1\r\n0123456789\r\n0\r\nX-Trailer: a\r\n\r\n", 200, "0123456789"},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
		{"unknown status", "HTTP/1.1 799 Odd\r\nContent-Length: 1\r\n\r\na", 799, "a"},
		{"redirect", "HTTP/1.1 308 Permanent Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 308, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTransportServer(t, func(conn net.Conn, r *bufio.Reader) {
				if takeRequest(r) == nil {
					_, _ = io.WriteString(conn, c.answer)
				}
			})
			resp, err := transportPost(t.Context(), tr, s.url, "[]")
			if err != nil || resp.Status != c.status || string(resp.Body) != c.body {
				t.Errorf("error %v, status %d, body %q; want %d, %q", err, resp.Status, resp.Body, c.status, c.body)
			}
		})
	}
	t.Run("early", func(t *testing.T) {
		s := newTransportServer(t, func(conn net.Conn, r *bufio.Reader) {
			if _, err := http.ReadRequest(r); err != nil { // the header only
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, r)
		})
		resp, err := transportPost(t.Context(), tr, s.url, strings.Repeat("x", 8<<20))
		if err != nil || resp.Status != 413 || string(resp.Body) != "big" {
			t.Errorf("error %v, status %d, body %q; want 413, \"big\"", err, resp.Status, resp.Body)
		}
	})
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
