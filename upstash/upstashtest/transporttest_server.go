//go:build !wasm

package upstashtest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

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
