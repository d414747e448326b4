//go:build !wasm

package redistest_test

import (
	"net"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

func TestStartOwnStopRestart(t *testing.T) {
	s := redistest.StartOwn(t)
	addr := strings.TrimSuffix(strings.TrimPrefix(s.URL, "redis://"), "/0")
	ping(t, addr)
	s.Stop()
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Fatal("still listening after Stop")
	}
	s.Restart(t)
	ping(t, addr)
}

func ping(t *testing.T, addr string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 7)
	if _, err := c.Read(b); err != nil || string(b) != "+PONG\r\n" {
		t.Fatalf("got %q, %v", b, err)
	}
}
