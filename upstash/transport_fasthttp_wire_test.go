//go:build !wasm

package upstash_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A cannedConn answers every request with the same bytes and then ends. It
// notes each write.
type cannedConn struct {
	net.Conn // nil: nothing else may be called
	answer   io.Reader
	writes   [][]byte
}

func (c *cannedConn) Read(p []byte) (int, error) { return c.answer.Read(p) }
func (c *cannedConn) Write(p []byte) (int, error) {
	c.writes = append(c.writes, bytes.Clone(p))
	return len(p), nil
}
func (c *cannedConn) Close() error                { return nil }
func (c *cannedConn) SetDeadline(time.Time) error { return nil }

// canned is a transport over c.
func canned(tb testing.TB, c net.Conn) *upstash.FastHTTPTransport {
	return newFastHTTP(tb, upstash.FastHTTPOptions{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return c, nil
	}})
}

// TestFastHTTPRequestBytes has small requests leave in one write, byte for byte
// as promised.
func TestFastHTTPRequestBytes(t *testing.T) {
	for _, c := range []struct{ url, line, host string }{
		{"http://127.0.0.1:8079/pipeline", "/pipeline", "127.0.0.1:8079"},
		{"http://127.0.0.1", "/", "127.0.0.1"},
		{"http://127.0.0.1?a=1", "/?a=1", "127.0.0.1"},
		{"http://127.0.0.1/base/set/a%2Fb?EX=1", "/base/set/a%2Fb?EX=1", "127.0.0.1"},
		{"http://[::1]:80/", "/", "[::1]:80"},
	} {
		conn := &cannedConn{answer: strings.NewReader(fhAnswer("a"))}
		err := canned(t, conn).RoundTrip(t.Context(), &upstash.Request{
			URL:    c.url,
			Header: []upstash.HeaderField{{Name: "Zeta", Value: "1"}, {Name: "alpha", Value: ""}, {Name: "Zeta", Value: "2"}},
			Body:   []byte(`["PING"]`),
		}, new(upstash.Response))
		want := "POST " + c.line + " HTTP/1.1\r\nHost: " + c.host + "\r\nZeta: 1\r\nalpha: \r\nZeta: 2\r\nContent-Length: 8\r\n\r\n" + `["PING"]`
		if err != nil || len(conn.writes) != 1 || string(conn.writes[0]) != want {
			t.Errorf("error %v, wrote %q, want %q", err, conn.writes, want)
		}
	}
}

// endless repeats a piece for ever.
type endless struct {
	piece string
	off   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], e.piece[e.off:])
		n += m
		e.off = (e.off + m) % len(e.piece)
	}
	return n, nil
}

// TestFastHTTPEndlessBody reads from servers that never stop, or announce 10 GiB.
func TestFastHTTPEndlessBody(t *testing.T) {
	const limit = 16 << 20
	piece := strings.Repeat("x", 0xffff)
	for _, c := range []struct {
		name, head string
		body       io.Reader
		memory     uint64 // bytes allocated in all
	}{
		{"announced", "Content-Length: 10737418240", &endless{piece: piece}, 1 << 20},
		{"chunked", "Transfer-Encoding: chunked", &endless{piece: "ffff\r\n" + piece + "\r\n"}, 5 * limit},
		{"one chunk", "Transfer-Encoding: chunked", io.MultiReader(strings.NewReader("7fffffff\r\n"), &endless{piece: piece}), 1 << 20},
		{"until closed", "X: y", &endless{piece: piece}, 5 * limit},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := canned(t, &cannedConn{answer: io.MultiReader(strings.NewReader("HTTP/1.1 200 OK\r\n"+c.head+"\r\n\r\n"), c.body)})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var resp upstash.Response
			err := tr.RoundTrip(t.Context(), &upstash.Request{URL: "http://127.0.0.1/", MaxResponse: limit}, &resp)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, upstash.ErrResponseTooLarge) || errors.Is(err, upstash.ErrNotSent) {
				t.Errorf("error %v, want ErrResponseTooLarge", err)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > c.memory {
				t.Errorf("%d bytes allocated, want at most %d", got, c.memory)
			}
			if cap(resp.Body) > 2*limit {
				t.Errorf("a buffer of %d bytes is left", cap(resp.Body))
			}
		})
	}
	t.Run("no bound, truncated", func(t *testing.T) {
		tr := canned(t, &cannedConn{answer: strings.NewReader("HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\nshort")})
		var resp upstash.Response
		err := tr.RoundTrip(t.Context(), &upstash.Request{URL: "http://127.0.0.1/"}, &resp)
		if !errors.Is(err, io.ErrUnexpectedEOF) || cap(resp.Body) > 2<<20 {
			t.Errorf("error %v with %d bytes of memory", err, cap(resp.Body))
		}
	})
}

// FuzzFastHTTPResponse compares the parser with net/http's: what it accepts,
// net/http must read the same way.
func FuzzFastHTTPResponse(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\nhello",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello",
		"HTTP/1.1 204 No Content\r\nUpstash-Sync-Token: t\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 1\n\nab",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n Folded: x\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		conn := &cannedConn{answer: bytes.NewReader(answer)}
		var got upstash.Response
		err := canned(t, conn).RoundTrip(t.Context(), &upstash.Request{URL: "http://127.0.0.1/", MaxResponse: 1 << 20}, &got)
		if err != nil {
			if errors.Is(err, upstash.ErrNotSent) {
				t.Fatalf("error %v is NotSent", err)
			}
			return
		}
		r := bufio.NewReader(bytes.NewReader(answer))
		var want *http.Response
		for {
			want, err = http.ReadResponse(r, &http.Request{Method: http.MethodPost})
			if err != nil {
				// net/http also refuses what is of no interest here, such as
				// odd characters in other headers.
				t.Skip("net/http: ", err)
			}
			if want.StatusCode >= 200 {
				break
			}
		}
		body, _ := io.ReadAll(want.Body) // its error is about the trailer, with which it is stricter
		if want.StatusCode != got.Status || !bytes.Equal(body, got.Body) {
			t.Fatalf("status %d, body %q; net/http has %d, %q", got.Status, got.Body, want.StatusCode, body)
		}
	})
}

func TestFastHTTPAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("allocation counts do not hold under the race detector")
	}
	hello := []byte(fhAnswer(`{"result":"aGVsbG8="}`))
	s := fhServe(t, func(c net.Conn, r *bufio.Reader) {
		size := len("POST / HTTP/1.1\r\nHost: " + c.LocalAddr().String() + "\r\nContent-Length: 2\r\n\r\n[]")
		for { // without an allocation of its own
			if _, err := r.Discard(size); err != nil {
				return
			}
			if _, err := c.Write(hello); err != nil {
				return
			}
		}
	})
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, c := range []struct {
		name     string
		ctx      context.Context
		deadline time.Time
		want     float64
	}{
		{"plain", context.Background(), time.Time{}, 0},
		{"deadline", context.Background(), time.Now().Add(time.Hour), 0},
		{"cancellable", cancellable, time.Time{}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newFastHTTP(t, upstash.FastHTTPOptions{})
			req := &upstash.Request{URL: s.url + "/", Body: []byte("[]"), Deadline: c.deadline, MaxResponse: 1 << 20}
			var resp upstash.Response
			got := testing.AllocsPerRun(500, func() {
				if err := tr.RoundTrip(c.ctx, req, &resp); err != nil {
					t.Fatal(err)
				}
			})
			if got > c.want {
				t.Errorf("%v allocations per exchange, want %v", got, c.want)
			}
		})
	}
}
