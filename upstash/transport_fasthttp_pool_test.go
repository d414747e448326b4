//go:build !wasm

package upstash_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestFastHTTPFrozen is the function that sleeps while the server closes its
// idle connections: not one of 1,000 increments may fail or count twice.
func TestFastHTTPFrozen(t *testing.T) {
	s := httptest.NewUnstartedServer(nil) // for its certificate only
	s.StartTLS()
	defer s.Close()
	for _, name := range []string{"plain", "TLS"} {
		t.Run(name, func(t *testing.T) {
			const rounds = 1000
			var counter atomic.Int64
			closed := make(chan struct{}, 1)
			handle := func(c net.Conn, r *bufio.Reader) {
				if _, ok := fhRequest(r); !ok {
					return
				}
				counter.Add(1)
				_, _ = io.WriteString(c, fhAnswer(`{"result":1}`))
				_ = c.Close()
				closed <- struct{}{}
			}
			o := upstash.FastHTTPOptions{TLS: trusting(s)}
			server := fhServe(t, func(c net.Conn, r *bufio.Reader) {
				if name == "TLS" {
					c = tls.Server(c, s.TLS)
					r = bufio.NewReader(c)
				}
				handle(c, r)
			})
			url := server.url
			if name == "TLS" {
				url = "https" + strings.TrimPrefix(url, "http")
			}
			tr := newFastHTTP(t, o)
			for i := range rounds {
				if _, err := fhPost(t.Context(), tr, url, `["INCR","n"]`); err != nil {
					t.Fatalf("round %d: %v", i, err)
				}
				<-closed
			}
			if n := counter.Load(); n != rounds {
				t.Errorf("the counter is %d after %d increments", n, rounds)
			}
		})
	}
}

// TestFastHTTPUnasked has a server that says something between exchanges: it
// must not become the answer of the next one.
func TestFastHTTPUnasked(t *testing.T) {
	said := make(chan struct{})
	s := fhServe(t, func(c net.Conn, r *bufio.Reader) {
		if _, ok := fhRequest(r); !ok {
			return
		}
		_, _ = io.WriteString(c, fhAnswer("asked"))
		_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
		said <- struct{}{}
		_, _ = fhRequest(r)
	})
	tr := newFastHTTP(t, upstash.FastHTTPOptions{})
	for range 3 {
		resp, err := fhPost(t.Context(), tr, s.url, "")
		if err != nil || resp.Status != 200 || string(resp.Body) != "asked" {
			t.Fatalf("error %v, status %d, body %q", err, resp.Status, resp.Body)
		}
		<-said
	}
	if n := s.accepted(); n != 3 {
		t.Errorf("%d connections for 3 exchanges", n)
	}
}

// counting answers every request and knows how many connections are open.
func counting(t *testing.T) (s *fhServer, most func() int64, ended <-chan struct{}) {
	var open, peak atomic.Int64
	end := make(chan struct{}, 1000)
	s = fhServe(t, func(c net.Conn, r *bufio.Reader) {
		n := open.Add(1)
		for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
		}
		defer func() {
			open.Add(-1)
			end <- struct{}{}
		}()
		for {
			if _, ok := fhRequest(r); !ok {
				return
			}
			_, _ = io.WriteString(c, fhAnswer("a"))
		}
	})
	return s, peak.Load, end
}

func TestFastHTTPReuse(t *testing.T) {
	s, _, ended := counting(t)
	tr := newFastHTTP(t, upstash.FastHTTPOptions{})
	for i := range 50 {
		req := &upstash.Request{URL: s.url + "/"}
		if i%2 == 0 {
			req.Deadline = time.Now().Add(time.Hour) // set and cleared
		}
		if err := tr.RoundTrip(t.Context(), req, new(upstash.Response)); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.accepted(); n != 1 {
		t.Errorf("%d connections for exchanges one after another", n)
	}
	tr.CloseIdle()
	<-ended // the server sees it close
	if _, err := fhPost(t.Context(), tr, s.url, ""); err != nil {
		t.Errorf("after CloseIdle: %v", err)
	}
}

func TestFastHTTPIdleTimeout(t *testing.T) {
	s, _, ended := counting(t)
	tr := newFastHTTP(t, upstash.FastHTTPOptions{IdleTimeout: time.Millisecond})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if _, err := fhPost(t.Context(), tr, s.url, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for range s.accepted() {
		<-ended // hangs if a connection is kept
	}
}

func TestFastHTTPMaxConns(t *testing.T) {
	s, most, _ := counting(t)
	tr := newFastHTTP(t, upstash.FastHTTPOptions{MaxConns: 3})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 10 {
				if _, err := fhPost(t.Context(), tr, s.url, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := most(); n > 3 {
		t.Errorf("%d connections at once, want at most 3", n)
	}
}

// TestFastHTTPPoolWait ends waits for a connection.
func TestFastHTTPPoolWait(t *testing.T) {
	got, hold := make(chan struct{}), make(chan struct{})
	s := fhServe(t, func(c net.Conn, r *bufio.Reader) {
		if _, ok := fhRequest(r); ok {
			got <- struct{}{}
			<-hold
			_, _ = io.WriteString(c, fhAnswer("a"))
		}
	})
	tr := newFastHTTP(t, upstash.FastHTTPOptions{MaxConns: 1})
	first := make(chan error)
	go func() {
		_, err := fhPost(t.Context(), tr, s.url, "")
		first <- err
	}()
	<-got // the only connection is in use
	for _, c := range []struct {
		name string
		want error
		run  func() error
	}{
		{"cancel", context.Canceled, func() error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go cancel()
			_, err := fhPost(ctx, tr, s.url, "")
			return err
		}},
		{"deadline", context.DeadlineExceeded, func() error {
			req := &upstash.Request{URL: s.url + "/", Deadline: time.Now().Add(5 * time.Millisecond)}
			return tr.RoundTrip(t.Context(), req, new(upstash.Response))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(); !errors.Is(err, c.want) || !errors.Is(err, upstash.ErrNotSent) {
				t.Errorf("error %v, want %v and NotSent", err, c.want)
			}
		})
	}
	close(hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
