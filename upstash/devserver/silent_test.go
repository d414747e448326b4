//go:build !wasm

package devserver_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// TestCloseSilent: a connection on which nothing was ever sent, as HTTP clients
// leave them, does not keep the server from ending.
func TestCloseSilent(t *testing.T) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	do(t, srv, `["PING"]`) // connections are accepted in order
	began := time.Now()
	if err := srv.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("Close took %v", took)
	}
}
