//go:build !wasm

package upstash_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// stuckDial is a dialer that never gets through; begun fires when it is asked.
func stuckDial(begun chan<- struct{}) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case begun <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
}

func TestFastHTTPCancelConnect(t *testing.T) {
	const bound, tries = 10 * time.Millisecond, 25
	begun := make(chan struct{}, 1)
	tr := newFastHTTP(t, upstash.FastHTTPOptions{DialContext: stuckDial(begun)})
	best := time.Hour
	for n := 0; n < tries && best > bound; n++ {
		cause := errors.New("the user left")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancelled := make(chan time.Time, 1)
		go func() {
			<-begun
			cancelled <- time.Now()
			cancel(cause)
		}()
		_, err := fhPost(ctx, tr, "http://127.0.0.1:1", "")
		best = min(best, time.Since(<-cancelled))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || !errors.Is(err, upstash.ErrNotSent) {
			t.Fatalf("error %v, want context.Canceled, its cause and NotSent", err)
		}
	}
	if best > bound {
		t.Errorf("returned %v after the cancellation at best, want %v", best, bound)
	}
}

func TestFastHTTPDialTimeouts(t *testing.T) {
	for _, c := range []struct {
		name     string
		timeout  time.Duration
		deadline time.Duration
		text     string
	}{
		{"DialTimeout", time.Millisecond, time.Hour, "DialTimeout"},
		{"no deadline", time.Millisecond, 0, "DialTimeout"},
		{"deadline", time.Hour, time.Millisecond, "deadline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newFastHTTP(t, upstash.FastHTTPOptions{DialTimeout: c.timeout, DialContext: stuckDial(nil)})
			req := &upstash.Request{URL: "http://127.0.0.1:1/"}
			if c.deadline > 0 {
				req.Deadline = time.Now().Add(c.deadline)
			}
			err := tr.RoundTrip(t.Context(), req, new(upstash.Response))
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, upstash.ErrNotSent) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestFastHTTPDeadlineError hangs after the request: the deadline of the
// connection must show as the one of the request.
func TestFastHTTPDeadlineError(t *testing.T) {
	s := fhServe(t, func(_ net.Conn, r *bufio.Reader) {
		_, _ = fhRequest(r)
		_, _ = fhRequest(r) // until the client closes
	})
	tr := newFastHTTP(t, upstash.FastHTTPOptions{})
	req := &upstash.Request{URL: s.url + "/", Deadline: time.Now().Add(20 * time.Millisecond)}
	err := tr.RoundTrip(t.Context(), req, new(upstash.Response))
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v", err)
	}
}

func TestFastHTTPTLS(t *testing.T) {
	states := make(chan tls.ConnectionState, 2)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		states <- *r.TLS
		w.Header().Set("Connection", "close")
	}))
	s.TLS = &tls.Config{NextProtos: []string{"h2", "http/1.1"}} //nolint:gosec // the server's
	s.StartTLS()
	defer s.Close()
	// example.com is in the certificate; the dialer leads it to the server.
	tr := newFastHTTP(t, upstash.FastHTTPOptions{
		TLS: trusting(s),
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr != "example.com:443" {
				t.Errorf("dials %s", addr)
			}
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		},
		Proxy: noProxy,
	})
	for i := range 2 {
		if _, err := fhPost(t.Context(), tr, "https://example.com", ""); err != nil {
			t.Fatal(err)
		}
		state := <-states
		if state.DidResume != (i == 1) {
			t.Errorf("connection %d: resumed is %v", i+1, state.DidResume)
		}
		if state.ServerName != "example.com" || state.NegotiatedProtocol != "http/1.1" {
			t.Errorf("server name %q, protocol %q", state.ServerName, state.NegotiatedProtocol)
		}
	}
}

func TestFastHTTPRejectedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }))
	s.Config.ErrorLog = silentLog()
	s.StartTLS()
	defer s.Close()
	_, err := fhPost(t.Context(), newFastHTTP(t, upstash.FastHTTPOptions{}), s.URL, "")
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want a refused certificate and NotSent", err)
	}
}

func TestFastHTTPBadInput(t *testing.T) {
	tr := newFastHTTP(t, upstash.FastHTTPOptions{DialContext: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dials")
		return nil, errors.New("no")
	}})
	header := func(name, value string) []upstash.HeaderField {
		return []upstash.HeaderField{{Name: name, Value: value}}
	}
	for _, c := range []struct {
		name string
		req  upstash.Request
	}{
		{"no URL", upstash.Request{}},
		{"no scheme", upstash.Request{URL: "127.0.0.1/canary"}},
		{"other scheme", upstash.Request{URL: "redis://127.0.0.1/canary"}},
		{"no host", upstash.Request{URL: "http:///canary"}},
		{"bad port", upstash.Request{URL: "http://127.0.0.1:port/canary"}},
		{"user in the URL", upstash.Request{URL: "http://user:canary@127.0.0.1/"}},
		{"host not ASCII", upstash.Request{URL: "http://bücher.example/"}},
		{"blank in the path", upstash.Request{URL: "http://127.0.0.1/a canary"}},
		{"line break in the path", upstash.Request{URL: "http://127.0.0.1/a\r\nX-canary: 1"}},
		{"fragment", upstash.Request{URL: "http://127.0.0.1/#canary"}},
		{"line break in a value", upstash.Request{URL: "http://127.0.0.1/", Header: header("Authorization", "canary\r\nX: y")}},
		{"line feed in a value", upstash.Request{URL: "http://127.0.0.1/", Header: header("Authorization", "canary\nX: y")}},
		{"carriage return in a value", upstash.Request{URL: "http://127.0.0.1/", Header: header("Authorization", "canary\rX: y")}},
		{"line break in a name", upstash.Request{URL: "http://127.0.0.1/", Header: header("X\r\ncanary", "y")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := tr.RoundTrip(t.Context(), &c.req, new(upstash.Response))
			if !errors.Is(err, upstash.ErrNotSent) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v", err)
			}
		})
	}
	for _, o := range []upstash.FastHTTPOptions{{MaxConns: -1}, {DialTimeout: -1}, {IdleTimeout: -1}} {
		if _, err := upstash.NewFastHTTPTransport(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
