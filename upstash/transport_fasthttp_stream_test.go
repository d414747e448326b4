//go:build !wasm

package upstash_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// fhOpen opens a stream on s.
func fhOpen(ctx context.Context, tr upstash.Transport, s *fhServer) (*upstash.Stream, error) {
	return tr.(upstash.Streamer).Stream(ctx, &upstash.Request{URL: s.url + "/", Body: []byte("[]")})
}

// fhHold answers each request with answer and keeps the connection open until
// the client has closed it, which it tells by gone.
func fhHold(tb testing.TB, answer string) (s *fhServer, gone chan struct{}) {
	gone = make(chan struct{}, 100)
	return fhServe(tb, func(c net.Conn, r *bufio.Reader) {
		if _, ok := fhRequest(r); !ok {
			return
		}
		_, _ = io.WriteString(c, answer)
		if n, _ := io.Copy(io.Discard, r); n > 0 {
			tb.Errorf("%d bytes after the request", n)
		}
		gone <- struct{}{}
	}), gone
}

const (
	fhChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	fhFixedHead   = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
	fhOpenHead    = "HTTP/1.1 200 OK\r\n\r\n"
)

// TestFastHTTPStreamArrives: what has arrived is handed out at once, be it part
// of a chunk, and more does not wait for the line end of the chunk before it.
func TestFastHTTPStreamArrives(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, answer, want string }{
		{"part of a chunk", fhChunkedHead + "ff\r\nhello", "hello"},
		{"a chunk without its line end", fhChunkedHead + "5\r\nhello", "hello"},
		{"two chunks", fhChunkedHead + "5\r\nhello\r\nff;x=y\r\nworld", "helloworld"},
		{"part of a length", fhFixedHead + "hello", "hello"},
		{"until the end", fhOpenHead + "hello", "hello"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server, gone := fhHold(t, tc.answer)
			s, err := fhOpen(t.Context(), newFastHTTP(t, upstash.FastHTTPOptions{}), server)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 0, 100)
			for len(got) < len(tc.want) {
				n, err := s.Body.Read(got[len(got):cap(got)]) // more room than there is data
				if got = got[:len(got)+n]; err != nil {
					t.Fatalf("%q, %v", got, err)
				}
			}
			if string(got) != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			_ = s.Body.Close()
			<-gone
		})
	}
}

// TestFastHTTPStreamEnd tells an end from a stream that was cut off.
func TestFastHTTPStreamEnd(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, answer string
		want         error // nil: some other than io.EOF
	}{
		{"last chunk", fhChunkedHead + "5\r\nhello\r\n0\r\n\r\n", io.EOF},
		{"last chunk with a trailer", fhChunkedHead + "5\r\nhello\r\n0\r\nA: b\r\n\r\n", io.EOF},
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", io.EOF},
		{"no body", "HTTP/1.1 204 No Content\r\n\r\n", io.EOF},
		{"connection", fhOpenHead + "hello", io.EOF},
		{"cut off in a chunk", fhChunkedHead + "6\r\nhello", io.ErrUnexpectedEOF},
		{"cut off after a chunk", fhChunkedHead + "5\r\nhello", io.ErrUnexpectedEOF},
		{"cut off before a chunk", fhChunkedHead + "5\r\nhello\r\n", io.ErrUnexpectedEOF},
		{"cut off in the trailer", fhChunkedHead + "5\r\nhello\r\n0\r\n", io.ErrUnexpectedEOF},
		{"cut off in a length", fhFixedHead + "hello", io.ErrUnexpectedEOF},
		{"bad chunk size", fhChunkedHead + "5\r\nhello\r\nzz\r\n\r\n", nil},
		{"chunk too long", fhChunkedHead + "5\r\nhello!\r\n0\r\n\r\n", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server := fhServe(t, func(c net.Conn, r *bufio.Reader) {
				if _, ok := fhRequest(r); ok {
					_, _ = io.WriteString(c, tc.answer)
				}
			})
			s, err := fhOpen(t.Context(), newFastHTTP(t, upstash.FastHTTPOptions{}), server)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Body.Close()
			var got []byte
			buf := make([]byte, 64)
			for err == nil {
				var n int
				n, err = s.Body.Read(buf)
				got = append(got, buf[:n]...)
			}
			if tc.want != nil && !errors.Is(err, tc.want) || tc.want == nil && errors.Is(err, io.EOF) || tc.want == io.EOF && err != io.EOF {
				t.Errorf("error %v, want %v", err, tc.want)
			}
			if s.Status == 200 && string(got) != "hello" {
				t.Errorf("read %q", got)
			}
			if _, again := s.Body.Read(buf); again == nil || tc.want == io.EOF && again != io.EOF {
				t.Errorf("error %v when reading on", again)
			}
		})
	}
}

// TestFastHTTPStreamOwnsConnection: a stream takes no slot, and its connection
// serves nothing else, not even after a clean end.
func TestFastHTTPStreamOwnsConnection(t *testing.T) {
	t.Parallel()
	server := fhServe(t, func(c net.Conn, r *bufio.Reader) {
		for {
			if _, ok := fhRequest(r); !ok {
				return
			}
			_, _ = io.WriteString(c, fhAnswer("hello"))
		}
	})
	tr := newFastHTTP(t, upstash.FastHTTPOptions{MaxConns: 1})
	var streams []*upstash.Stream
	for range 3 {
		s, err := fhOpen(t.Context(), tr, server)
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range 2 {
		if resp, err := fhPost(ctx, tr, server.url, "[]"); err != nil || string(resp.Body) != "hello" {
			t.Fatalf("%q, %v", resp.Body, err)
		}
	}
	if n := server.accepted(); n != 4 {
		t.Errorf("%d connections for 3 streams and 2 exchanges", n)
	}
	for _, s := range streams {
		if b, err := io.ReadAll(s.Body); err != nil || string(b) != "hello" {
			t.Errorf("%q, %v", b, err)
		}
		_ = s.Body.Close()
	}
	tr.CloseIdle()
	if _, err := fhPost(ctx, tr, server.url, "[]"); err != nil || server.accepted() != 5 {
		t.Errorf("%v after %d connections: a stream's was used again", err, server.accepted())
	}
}

// TestFastHTTPStreamCancelled reads nothing more once ctx has ended, and says why.
func TestFastHTTPStreamCancelled(t *testing.T) {
	t.Parallel()
	server, gone := fhHold(t, fhOpenHead+"hello")
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	s, err := fhOpen(ctx, newFastHTTP(t, upstash.FastHTTPOptions{}), server)
	if err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := io.ReadFull(s.Body, one); err != nil {
		t.Fatal(err)
	}
	cancel(why)
	if n, err := s.Body.Read(one); n != 0 || !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Errorf("%d bytes, error %v", n, err)
	}
	_ = s.Body.Close()
	<-gone
}

// TestFastHTTPStreamNotSent tells what cannot have been sent.
func TestFastHTTPStreamNotSent(t *testing.T) {
	t.Parallel()
	refused := &fhServer{url: "http://127.0.0.1:1"} // nobody listens there
	dropped := fhServe(t, func(_ net.Conn, r *bufio.Reader) { fhRequest(r) })
	for _, tc := range []struct {
		name    string
		server  *fhServer
		notSent bool
	}{
		{"refused", refused, true},
		{"dropped after the request", dropped, false},
	} {
		_, err := fhOpen(t.Context(), newFastHTTP(t, upstash.FastHTTPOptions{}), tc.server)
		if err == nil || errors.Is(err, upstash.ErrNotSent) != tc.notSent {
			t.Errorf("%s: error %v", tc.name, err)
		}
	}
}

// TestFastHTTPStreamLeavesNothing: no goroutine belongs to a stream, neither
// while it runs nor after.
func TestFastHTTPStreamLeavesNothing(t *testing.T) {
	server, gone := fhHold(t, fhOpenHead+"hello")
	tr := newFastHTTP(t, upstash.FastHTTPOptions{})
	before := runtime.NumGoroutine()
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := fhOpen(ctx, tr, server)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadFull(s.Body, make([]byte, 5))
		if strings.Contains(streamStacks(), "httpStream") {
			t.Fatal("a goroutine of a stream")
		}
		_ = s.Body.Close()
		<-gone
		cancel()
	}
	waitFor(t, "all goroutines end", func() bool { return runtime.NumGoroutine() <= before })
}

// streamStacks is what all goroutines but this one are doing.
func streamStacks() string {
	buf := make([]byte, 1<<20)
	all := string(buf[:runtime.Stack(buf, true)])
	_, others, _ := strings.Cut(all, "\n\n")
	return others
}

// waitFor polls ok, for what happens soon in another goroutine or process.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("never happened: " + what)
		}
	}
}
