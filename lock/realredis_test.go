//go:build !wasm

package lock_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// realRedis is a redis-server of this test binary, started when the first test
// asks for it. Each test gets a database of its own in it.
var realRedis struct {
	once sync.Once
	cmd  *exec.Cmd
	port int
	err  string
	next atomic.Int32
}

// ownDatabase returns the URL of an empty database of a real Redis. REDIS_URL is
// not used, because these tests expect that nobody else is there.
func ownDatabase(tb testing.TB) string {
	tb.Helper()
	r := &realRedis
	r.once.Do(func() {
		bin, err := exec.LookPath("redis-server")
		if err != nil {
			r.err = "no redis-server in PATH"
			return
		}
		r.cmd, r.port, r.err = startRedis(bin)
	})
	if r.err != "" {
		unavailable(tb, "redis", r.err)
	}
	return "redis://127.0.0.1:" + strconv.Itoa(r.port) + "/" + strconv.Itoa(int(r.next.Add(1)))
}

// startRedis starts a server on a free port and waits until it is ready.
func startRedis(bin string) (*exec.Cmd, int, string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err.Error()
	}
	port := ln.Addr().(*net.TCPAddr).Port
	_ = ln.Close()
	cmd := exec.Command(bin, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no", "--dir", os.TempDir(), "--databases", "10000")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err.Error()
	}
	if err := cmd.Start(); err != nil {
		return nil, 0, err.Error()
	}
	sc := bufio.NewScanner(out)
	for sc.Scan() {
		if strings.Contains(sc.Text(), "Ready to accept connections") {
			go func() {
				for sc.Scan() { // or the server would block on its log
				}
			}()
			return cmd, port, ""
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return nil, 0, "redis-server did not start"
}

// stopRedis ends the server of this test binary.
func stopRedis() {
	if realRedis.cmd != nil {
		_ = realRedis.cmd.Process.Kill()
		_ = realRedis.cmd.Wait()
	}
}

// unavailable skips the test, or fails it when EDGEREDIS_REQUIRE names the tool.
func unavailable(tb testing.TB, tool, reason string) {
	tb.Helper()
	if slices.Contains(strings.Split(os.Getenv("EDGEREDIS_REQUIRE"), ","), tool) {
		tb.Fatalf("%s is required by EDGEREDIS_REQUIRE: %s", tool, reason)
	}
	tb.Skipf("needs %s: %s", tool, reason)
}
