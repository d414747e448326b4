//go:build !wasm

package upstash_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func TestFastHTTPConformance(t *testing.T) {
	upstashtest.TestTransport(t, func(tb testing.TB) upstash.Transport {
		return newFastHTTP(tb, upstash.FastHTTPOptions{})
	})
}

func TestFastHTTPConformanceTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(upstashtest.TransportHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of each abandoned handshake
	s.StartTLS()
	defer s.Close()
	upstashtest.TestTransportURL(t, func(tb testing.TB) upstash.Transport {
		return newFastHTTP(tb, upstash.FastHTTPOptions{TLS: trusting(s)})
	}, s.URL)
}

// TestFastHTTPConformanceFewConns has exchanges wait for each other.
func TestFastHTTPConformanceFewConns(t *testing.T) {
	s := httptest.NewServer(upstashtest.TransportHandler())
	defer s.Close()
	upstashtest.TestTransportURL(t, func(tb testing.TB) upstash.Transport {
		return newFastHTTP(tb, upstash.FastHTTPOptions{MaxConns: 2})
	}, s.URL)
}

// newFastHTTP returns a transport whose connections end with tb.
func newFastHTTP(tb testing.TB, o upstash.FastHTTPOptions) *upstash.FastHTTPTransport {
	tb.Helper()
	tr, err := upstash.NewFastHTTPTransport(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(tr.CloseIdle)
	return tr
}

// trusting is a TLS configuration that accepts s.
func trusting(s *httptest.Server) *tls.Config {
	return s.Client().Transport.(*http.Transport).TLSClientConfig
}

// An fhServer hands each connection to a function, and counts them.
type fhServer struct {
	ln    net.Listener
	addr  string
	url   string
	wg    sync.WaitGroup
	mu    sync.Mutex
	conns []net.Conn // guarded by mu
}

// fhServe serves until tb ends. A connection is closed when handle returns.
func fhServe(tb testing.TB, handle func(c net.Conn, r *bufio.Reader)) *fhServer {
	tb.Helper()
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &fhServer{ln: ln, addr: ln.Addr().String(), url: "http://" + ln.Addr().String()}
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
	tb.Cleanup(func() {
		_ = ln.Close()
		s.mu.Lock()
		for _, c := range s.conns {
			_ = c.Close()
		}
		s.mu.Unlock()
		s.wg.Wait()
	})
	return s
}

// accepted is the number of connections so far.
func (s *fhServer) accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// fhRequest reads one request and reports whether there was one.
func fhRequest(r *bufio.Reader) (*http.Request, bool) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil, false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return req, err == nil
}

// fhAnswer is a complete answer.
func fhAnswer(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// fhPost posts body to url/.
func fhPost(ctx context.Context, tr upstash.Transport, url, body string) (*upstash.Response, error) {
	resp := new(upstash.Response)
	return resp, tr.RoundTrip(ctx, &upstash.Request{URL: url + "/", Body: []byte(body)}, resp)
}
