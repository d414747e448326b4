//go:build !wasm

package upstash_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A failingConn accepts n bytes and then fails.
type failingConn struct {
	cannedConn
	n int
}

var errWrite = errors.New("write fails")

func (c *failingConn) Write(p []byte) (int, error) {
	n := min(c.n, len(p))
	c.n -= n
	if n < len(p) {
		return n, errWrite
	}
	return n, nil
}

// TestFastHTTPNotSent is about the first byte.
func TestFastHTTPNotSent(t *testing.T) {
	for _, c := range []struct {
		name     string
		accepted int
		answer   string
		status   int
		notSent  bool
	}{
		{"no byte", 0, "", 0, true},
		{"no byte, whatever the server says", 0, fhAnswer("a"), 0, true},
		{"one byte", 1, "", 0, false},
		{"half", 20, "", 0, false},
		{"half, with an early answer", 20, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", 413, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := &failingConn{cannedConn{answer: strings.NewReader(c.answer)}, c.accepted}
			resp, err := fhPost(t.Context(), canned(t, conn), "http://127.0.0.1", "[]")
			if c.status > 0 {
				if err != nil || resp.Status != c.status {
					t.Errorf("error %v, status %d, want %d", err, resp.Status, c.status)
				}
				return
			}
			if !errors.Is(err, errWrite) || errors.Is(err, upstash.ErrNotSent) != c.notSent || resp.Status != 0 {
				t.Errorf("error %v, NotSent %v, want %v", err, errors.Is(err, upstash.ErrNotSent), c.notSent)
			}
		})
	}
}

// TestFastHTTPNotSentAgain reuses a connection that accepts no byte any more:
// what the exchange before has sent does not count.
func TestFastHTTPNotSentAgain(t *testing.T) {
	request := "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n[]"
	conn := &failingConn{cannedConn{answer: strings.NewReader(fhAnswer("a"))}, len(request)}
	tr := canned(t, conn)
	if _, err := fhPost(t.Context(), tr, "http://127.0.0.1", "[]"); err != nil {
		t.Fatal(err)
	}
	if _, err := fhPost(t.Context(), tr, "http://127.0.0.1", "[]"); !errors.Is(err, errWrite) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want NotSent", err)
	}
}

// A lateConn ends the ctx while the answer is on its way, and delivers it once
// the transport has reacted.
type lateConn struct {
	cannedConn
	cancel           context.CancelFunc
	aborted, closed  chan struct{}
	abortOnce, close sync.Once
	mu               sync.Mutex
	deadline         time.Time // guarded by mu; the last that was set
}

func (c *lateConn) Read(p []byte) (int, error) {
	c.cancel()
	<-c.aborted
	return c.answer.Read(p)
}

func (c *lateConn) SetDeadline(d time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = d
	if !d.IsZero() && d.Before(time.Now()) {
		c.abortOnce.Do(func() { close(c.aborted) })
	}
	return nil
}

func (c *lateConn) Close() error {
	c.close.Do(func() { close(c.closed) })
	return nil
}

func newLateConn(cancel context.CancelFunc) *lateConn {
	return &lateConn{
		cannedConn: cannedConn{answer: strings.NewReader(fhAnswer("a"))},
		cancel:     cancel, aborted: make(chan struct{}), closed: make(chan struct{}),
	}
}

// TestFastHTTPLateCancel has the answer win over the cancellation: it counts,
// but the connection has an expired deadline and must not be kept.
func TestFastHTTPLateCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	conn := newLateConn(cancel)
	resp, err := fhPost(ctx, canned(t, conn), "http://127.0.0.1", "[]")
	if err != nil || string(resp.Body) != "a" {
		t.Errorf("error %v, body %q", err, resp.Body)
	}
	select {
	case <-conn.closed:
	default:
		t.Error("the connection was kept")
	}
}

// TestFastHTTPStreamLateCancel ends the ctx just before a stream takes off the
// deadline of the header: the end of ctx must stay in force.
func TestFastHTTPStreamLateCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	conn := newLateConn(cancel)
	s, err := canned(t, conn).Stream(ctx, &upstash.Request{URL: "http://127.0.0.1/", Deadline: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Body.Close()
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if conn.deadline.IsZero() {
		t.Error("nothing ends the stream any more")
	}
}
