//go:build !wasm

package redistest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports below those that a system hands out by itself: from 32768 on Linux, from
// 49152 elsewhere. What has been found free there stays free while everybody else
// asks for port 0 or opens connections, also for a server that comes back.
const firstPort, lastPort = 20000, 32000

// FreePort returns a loopback port on which nobody listens now, for a server that
// has to be told its port, or comes back to it.
func FreePort(tb testing.TB) int {
	tb.Helper()
	var err error
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort) //nolint:gosec // not a secret
		var ln net.Listener
		if ln, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = ln.Close()
			return port
		}
	}
	tb.Fatalf("redistest: no free port: %v", err)
	return 0
}
