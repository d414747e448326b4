//go:build !wasm

package upstashtest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

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
