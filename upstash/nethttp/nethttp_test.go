package nethttp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func TestConformanceOwnClient(t *testing.T) {
	upstashtest.TestTransport(t, func(tb testing.TB) upstash.Transport {
		tr := nethttp.New(nil)
		tb.Cleanup(tr.(upstash.Closer).CloseIdle)
		return tr
	})
}

// TestConformanceGivenClient uses a client that would follow redirects, and
// whose connections tell nothing about writes.
func TestConformanceGivenClient(t *testing.T) {
	upstashtest.TestTransport(t, func(tb testing.TB) upstash.Transport {
		c := &http.Client{Transport: &http.Transport{DisableCompression: true}}
		tb.Cleanup(c.CloseIdleConnections)
		return struct{ upstash.Transport }{nethttp.New(c)} // no Closer: the connections are the caller's
	})
}

func TestConformanceTLS(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[http2], func(t *testing.T) {
			s := httptest.NewUnstartedServer(upstashtest.TransportHandler())
			s.EnableHTTP2 = http2
			s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of each abandoned handshake
			s.StartTLS()
			defer s.Close()
			c := s.Client()
			c.Transport.(*http.Transport).MaxIdleConnsPerHost = 100
			upstashtest.TestTransportURL(t, func(testing.TB) upstash.Transport { return nethttp.New(c) }, s.URL)
		})
	}
}

const token = "canary-token"

func post(ctx context.Context, tr upstash.Transport, body string) (*upstash.Response, error) {
	resp := new(upstash.Response)
	return resp, tr.RoundTrip(ctx, &upstash.Request{
		URL:    "https://mock.invalid/set/canary-argument",
		Header: []upstash.HeaderField{{Name: "Authorization", Value: "Bearer " + token}},
		Body:   []byte(body),
	}, resp)
}

func TestMock(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, "https://mock.invalid/set/canary-argument", func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("body error %v, headers %v", err, r.Header)
		}
		resp := httpmock.NewStringResponse(200, "got "+string(body))
		resp.Header.Set("Upstash-Sync-Token", "t1")
		return resp, nil
	})
	client := &http.Client{Transport: mock}
	resp, err := post(t.Context(), nethttp.New(client), "[]")
	if err != nil || string(resp.Body) != "got []" || string(resp.SyncToken) != "t1" {
		t.Errorf("error %v, body %q, token %q", err, resp.Body, resp.SyncToken)
	}
	if client.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestNotSent is about round trippers without httptrace.
func TestNotSent(t *testing.T) {
	lost := errors.New("lost")
	readAll := func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		return nil, lost
	}
	readNothing := func(*http.Request) (*http.Response, error) { return nil, lost }
	for _, c := range []struct {
		name    string
		f       roundTripper
		body    string
		notSent bool
	}{
		{"body read", readAll, "[]", false},
		{"body not read", readNothing, "[]", true},
		{"no body, hence nothing known", readNothing, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := post(t.Context(), nethttp.New(&http.Client{Transport: c.f}), c.body)
			if !errors.Is(err, lost) || errors.Is(err, upstash.ErrNotSent) != c.notSent {
				t.Errorf("error %v, NotSent %v, want %v", err, errors.Is(err, upstash.ErrNotSent), c.notSent)
			}
			if s := err.Error(); strings.Contains(s, "canary") {
				t.Errorf("error %q shows the URL or the token", s)
			}
		})
	}
}

func TestBadURL(t *testing.T) {
	err := nethttp.New(nil).RoundTrip(t.Context(), &upstash.Request{URL: "http://h/%zz/canary"}, new(upstash.Response))
	if !errors.Is(err, upstash.ErrNotSent) || strings.Contains(err.Error(), "canary") {
		t.Errorf("error %v", err)
	}
}

// TestLateReader is a round tripper that keeps reading the body after it has
// returned, as net/http may.
func TestLateReader(t *testing.T) {
	returned, late := make(chan struct{}), make(chan error)
	tr := nethttp.New(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		go func() {
			<-returned
			b, err := io.ReadAll(r.Body)
			if len(b) > 0 {
				t.Errorf("read %q after the exchange", b)
			}
			late <- err
		}()
		return httpmock.NewStringResponse(200, "early"), nil
	})})
	body := []byte("the caller's")
	req := &upstash.Request{URL: "http://127.0.0.1/", Body: body}
	if err := tr.RoundTrip(t.Context(), req, new(upstash.Response)); err != nil {
		t.Fatal(err)
	}
	close(returned)
	copy(body, "overwritten!") // the race detector looks on
	if err := <-late; err == nil {
		t.Error("the body ended as if it had been complete")
	}
}

// TestClientTimeout keeps the given client's own limit.
func TestClientTimeout(t *testing.T) {
	tr := nethttp.New(&http.Client{Timeout: time.Millisecond, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})})
	if _, err := post(t.Context(), tr, "[]"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
}

// TestOwnClientPool opens one connection for exchanges one after another, and
// keeps those of a burst.
func TestOwnClientPool(t *testing.T) {
	opened := make(chan struct{}, 100)
	s := httptest.NewUnstartedServer(upstashtest.TransportHandler())
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened <- struct{}{}
		}
	}
	s.Start()
	defer s.Close()
	tr := nethttp.New(nil)
	defer tr.(upstash.Closer).CloseIdle()
	var resp upstash.Response
	for range 20 {
		req := &upstash.Request{URL: s.URL + "/echo", Body: bytes.Repeat([]byte("x"), 1000)}
		if err := tr.RoundTrip(t.Context(), req, &resp); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(opened); n != 1 {
		t.Errorf("%d connections for 20 exchanges one after another", n)
	}
}

// TestRejectedCertificate fails before anything of the request has left.
func TestRejectedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(upstashtest.TransportHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	err := nethttp.New(nil).RoundTrip(t.Context(), &upstash.Request{URL: s.URL + "/echo", Body: []byte("[]")}, new(upstash.Response))
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want a refused certificate and NotSent", err)
	}
}
