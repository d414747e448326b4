//go:build unix

package redistest_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

func TestHangResume(t *testing.T) {
	s := redistest.StartOwn(t)
	addr := strings.TrimSuffix(strings.TrimPrefix(s.URL, "redis://"), "/0")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.Hang(t)
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 7)
	_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := c.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a server that hangs answered %q, %v", b, err)
	}
	s.Resume(t)
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := c.Read(b); err != nil || string(b) != "+PONG\r\n" {
		t.Errorf("got %q, %v", b, err)
	}
	s.Hang(t)
	s.Stop()
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("still listening after Stop")
	}
}
