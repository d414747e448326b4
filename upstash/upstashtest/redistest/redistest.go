//go:build !wasm

package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Start returns the URL of a real Redis, redis://host:port/0.
//
// If REDIS_URL is set, that server is used: it is shared with whoever else uses
// it, so tests keep to keys of their own. Otherwise a redis-server of this test
// starts on a free loopback port, empty and without persistence, and ends with
// tb. Where neither exists the test is skipped with a reason, or fails if
// EDGEREDIS_REQUIRE contains "redis".
func Start(tb testing.TB) string {
	tb.Helper()
	if url := os.Getenv("REDIS_URL"); url != "" {
		return url
	}
	return StartOwn(tb).URL
}

// A Server is a redis-server process of one test.
type Server struct {
	// URL is redis://127.0.0.1:port/0.
	URL string

	bin  string
	port string
	args []string // but the port
	cmd  *exec.Cmd
}

// StartOwn is Start, but never uses REDIS_URL: for tests that empty the server,
// stop it or configure it. Extra arguments go to redis-server.
func StartOwn(tb testing.TB, args ...string) *Server {
	tb.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		Unavailable(tb, "redis", "no redis-server in PATH")
	}
	args = append([]string{
		"--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tb.TempDir(), "--daemonize", "no",
	}, args...)
	s := &Server{bin: bin, args: args}
	s.startOn(tb, func() int { return FreePort(tb) })
	tb.Cleanup(s.Stop)
	return s
}

// startOn starts the process on the first port of next that nobody else has taken
// by the time the process listens.
func (s *Server) startOn(tb testing.TB, next func() int) {
	tb.Helper()
	var err error
	for range 20 {
		s.port = strconv.Itoa(next())
		if err = s.start(); !errors.Is(err, errInUse) {
			break
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.URL = "redis://127.0.0.1:" + s.port + "/0"
}

// Restart starts the process, which must not be running, and waits until it
// accepts connections. The data of an earlier run is gone.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	if err := s.start(); err != nil {
		tb.Fatal(err)
	}
}

var errInUse = errors.New("the port is in use")

func (s *Server) start() error {
	cmd := exec.Command(s.bin, append([]string{"--port", s.port}, s.args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd = cmd
	ready := make(chan bool, 1)
	var log strings.Builder
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			log.WriteString(sc.Text() + "\n")
			if strings.Contains(sc.Text(), "Ready to accept connections") {
				ready <- true
				_, _ = io.Copy(io.Discard, out)
				return
			}
		}
		ready <- false
	}()
	select {
	case ok := <-ready:
		if ok {
			return nil
		}
		s.Stop()
		if strings.Contains(log.String(), "Address already in use") {
			return fmt.Errorf("redistest: %w:\n%s", errInUse, log.String())
		}
		return fmt.Errorf("redistest: %s did not start:\n%s", filepath.Base(s.bin), log.String())
	case <-time.After(30 * time.Second):
		s.Stop()
		return errors.New("redistest: redis-server did not become ready in 30 s")
	}
}

// Stop kills the process, by its handle, and waits for its end. It may be called
// more than once.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Unavailable skips the test because a tool is missing, or fails it when
// EDGEREDIS_REQUIRE, a comma-separated list, contains the tool.
func Unavailable(tb testing.TB, tool, reason string) {
	tb.Helper()
	for f := range strings.SplitSeq(os.Getenv("EDGEREDIS_REQUIRE"), ",") {
		if strings.TrimSpace(f) == tool {
			tb.Fatalf("%s is required by EDGEREDIS_REQUIRE: %s", tool, reason)
		}
	}
	tb.Skipf("needs %s: %s", tool, reason)
}
