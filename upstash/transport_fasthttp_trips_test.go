//go:build !wasm

package upstash_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A tripCounter is a way to a server that writes down who speaks: ">" for what the
// client sends, "<" for the server, once for each time the other one spoke before.
// Each "<" after a ">" is a round trip that the client has waited for.
type tripCounter struct {
	net.Listener
	mu    sync.Mutex
	trips strings.Builder // guarded by mu
	last  string          // guarded by mu
	conns int             // guarded by mu
}

func countTrips(t *testing.T, target string) *tripCounter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &tripCounter{Listener: ln}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", target)
			if err != nil {
				_ = in.Close()
				return
			}
			c.mu.Lock()
			c.conns++
			c.mu.Unlock()
			wg.Go(func() { c.pass(">", out, in) })
			wg.Go(func() { c.pass("<", in, out) })
		}
	})
	t.Cleanup(func() { _ = ln.Close(); wg.Wait() })
	return c
}

// pass copies one direction, and notes each piece before the other side can react.
func (c *tripCounter) pass(who string, to, from net.Conn) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			c.mu.Lock()
			if c.last != who {
				c.trips.WriteString(who)
			}
			c.last = who
			c.mu.Unlock()
			_, _ = to.Write(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// take returns what was written down since the last call, and the connections.
func (c *tripCounter) take() (string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.trips.String()
	c.trips.Reset()
	c.last = ""
	return s, c.conns
}

// TestRoundTripsToTheFirstAnswer: over TLS 1.3 a client that has just started waits
// for TCP, once for the handshake and once for the answer; later for the answer
// only. With a resumed session the handshake takes the same, and no certificate.
func TestRoundTripsToTheFirstAnswer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"result":"T0s="}`)
	}))
	// Without tickets, which the server sends when it likes and nobody waits for.
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true}
	srv.StartTLS()
	defer srv.Close()
	way := countTrips(t, srv.Listener.Addr().String())
	transport := newFastHTTP(t, upstash.FastHTTPOptions{TLS: trusting(srv), Proxy: noProxy})
	client, err := upstash.New(upstash.Config{URL: "https://" + way.Addr().String(), Token: "token", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	if trips, conns := way.take(); trips != "" || conns != 0 {
		t.Errorf("New talks to the server: %q over %d connections", trips, conns)
	}
	for i, want := range []string{"><><", "><", "><"} {
		if _, err := upstash.Get("k").Do(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if trips, conns := way.take(); trips != want || conns != 1 {
			t.Errorf("command %d: %q over %d connections, want %q over one", i+1, trips, conns, want)
		}
	}
}
