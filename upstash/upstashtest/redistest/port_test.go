//go:build !wasm

package redistest

import (
	"net"
	"os/exec"
	"strconv"
	"testing"
)

// TestPortTakenMeanwhile: between the choice of a port and the start of the process
// somebody else may take it.
func TestPortTakenMeanwhile(t *testing.T) {
	t.Parallel()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		Unavailable(t, "redis", "no redis-server in PATH")
	}
	taken := 0
	s := &Server{bin: bin, args: []string{"--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()}}
	s.startOn(t, func() int {
		port := FreePort(t)
		if taken++; taken <= 2 {
			ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = ln.Close() })
		}
		return port
	})
	t.Cleanup(s.Stop)
	if want := "redis://127.0.0.1:" + s.port + "/0"; taken != 3 || s.URL != want {
		t.Errorf("%d ports were tried, want 3; URL %s, want %s", taken, s.URL, want)
	}
	c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}
