package nethttp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
)

func openStream(ctx context.Context, tr upstash.Transport, url string) (*upstash.Stream, error) {
	return tr.(upstash.Streamer).Stream(ctx, &upstash.Request{URL: url, Body: []byte("[]")})
}

// streamServer sends "hello" and holds the stream; gone tells that the client
// has left.
func streamServer(t *testing.T) (url string, gone chan struct{}) {
	gone = make(chan struct{}, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "hello")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	t.Cleanup(s.Close)
	return s.URL, gone
}

// TestStreamOutlivesClientTimeout: the given client's limit is for exchanges.
func TestStreamOutlivesClientTimeout(t *testing.T) {
	t.Parallel()
	url, gone := streamServer(t)
	const limit = 50 * time.Millisecond
	tr := nethttp.New(&http.Client{Transport: &http.Transport{}, Timeout: limit})
	s, err := openStream(t.Context(), tr, url)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(4*limit, func() { _ = s.Body.Close() })
	began := time.Now()
	if b, err := io.ReadAll(s.Body); string(b) != "hello" || errors.Is(err, context.DeadlineExceeded) || time.Since(began) < 3*limit {
		t.Errorf("%q, %v after %v", b, err, time.Since(began))
	}
	<-gone
}

// TestStreamCloseIsNoTimeout: a read that Close ends says neither that a
// deadline has passed nor that ctx has ended.
func TestStreamCloseIsNoTimeout(t *testing.T) {
	t.Parallel()
	url, gone := streamServer(t)
	s, err := openStream(t.Context(), nethttp.New(nil), url)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Body.Close()
	_, err = s.Body.Read(make([]byte, 1))
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		t.Errorf("error %v", err)
	}
	<-gone
}

// TestStreamCancelled reads nothing more once ctx has ended, and says why.
func TestStreamCancelled(t *testing.T) {
	t.Parallel()
	url, gone := streamServer(t)
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	s, err := openStream(ctx, nethttp.New(nil), url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Body.Close()
	one := make([]byte, 1)
	if _, err := io.ReadFull(s.Body, one); err != nil {
		t.Fatal(err)
	}
	cancel(why)
	if n, err := s.Body.Read(one); n != 0 || !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Errorf("%d bytes, error %v", n, err)
	}
	<-gone
}

// TestStreamCutOff tells an end from a connection that was lost.
func TestStreamCutOff(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, answer string
		want         error
	}{
		{"last chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", nil},
		{"cut off in a chunk", "Transfer-Encoding: chunked\r\n\r\n6\r\nhello", io.ErrUnexpectedEOF},
		{"cut off after a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", io.ErrUnexpectedEOF},
		{"cut off in a length", "Content-Length: 100\r\n\r\nhello", io.ErrUnexpectedEOF},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+tc.answer)
				}
			}()
			s, err := openStream(t.Context(), nethttp.New(nil), "http://"+ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Body.Close()
			if b, err := io.ReadAll(s.Body); string(b) != "hello" || !errors.Is(err, tc.want) {
				t.Errorf("%q, %v, want %v", b, err, tc.want)
			}
		})
	}
}

// TestStreamNotSent tells what cannot have been sent, and never shows the URL.
func TestStreamNotSent(t *testing.T) {
	t.Parallel()
	_, err := openStream(t.Context(), nethttp.New(nil), "http://127.0.0.1:1/subscribe/canary") // nobody listens there
	if !errors.Is(err, upstash.ErrNotSent) || strings.Contains(err.Error(), "canary") {
		t.Errorf("error %v", err)
	}
}
