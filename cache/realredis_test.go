//go:build !wasm

package cache_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// realRedis returns the URL of a real Redis: REDIS_URL, or a redis-server of this
// test. (The helper of package upstash is internal to it.)
func realRedis(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("REDIS_URL"); url != "" {
		return url
	}
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		unavailable(t, "redis", "no REDIS_URL and no redis-server in PATH")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
	ln.Close()
	cmd := exec.Command(bin, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() { // its pipe must not fill up
				for lines.Scan() {
				}
			}()
			return "redis://127.0.0.1:" + port + "/0"
		}
	}
	t.Fatal("redis-server did not start")
	return ""
}

// unavailable skips a test, or fails it where EDGEREDIS_REQUIRE says that what it
// needs must be there.
func unavailable(t testing.TB, what, reason string) {
	t.Helper()
	for _, need := range strings.Split(os.Getenv("EDGEREDIS_REQUIRE"), ",") {
		if strings.TrimSpace(need) == what {
			t.Fatal("EDGEREDIS_REQUIRE names " + what + ": " + reason)
		}
	}
	t.Skip("needs " + what + ": " + reason)
}
