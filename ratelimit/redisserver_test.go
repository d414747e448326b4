//go:build !wasm

package ratelimit_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sharedRedis returns the URL of a real Redis: that of REDIS_URL, or of a
// redis-server of this test's own. Tests keep to ids of their own.
func sharedRedis(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("REDIS_URL"); url != "" {
		return url
	}
	return ownRedis(t).url
}

// A redisServer is a redis-server process of one test.
type redisServer struct {
	url  string
	addr string
	bin  string
	dir  string
	cmd  *exec.Cmd
}

// ownRedis starts a redis-server for tests that stop it. Without one the test is
// skipped, or fails if EDGEREDIS_REQUIRE asks for redis.
func ownRedis(t testing.TB) *redisServer {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("EDGEREDIS_REQUIRE"), ","), "redis") {
			t.Fatal("redis is required by EDGEREDIS_REQUIRE: no redis-server in PATH")
		}
		t.Skip("needs redis: no redis-server in PATH")
	}
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	s := &redisServer{url: "redis://" + addr + "/0", addr: addr, bin: bin, dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	return s
}

// start starts the process and waits until it answers.
func (s *redisServer) start(t testing.TB) {
	t.Helper()
	_, port, _ := net.SplitHostPort(s.addr)
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), s.bin,
		"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.dir)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if s.answers() {
			return
		}
		// Waiting for a process to come up, which has no channel to wait on.
		<-time.After(5 * time.Millisecond)
	}
	s.stop()
	t.Fatal("redis-server on port " + port + " does not answer")
}

func (s *redisServer) answers() bool {
	conn, err := net.DialTimeout("tcp", s.addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	b := make([]byte, 7)
	_, err = conn.Write([]byte("PING\r\n"))
	if err == nil {
		_, err = conn.Read(b)
	}
	return err == nil && string(b) == "+PONG\r\n"
}

// stop kills the process.
func (s *redisServer) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// hang makes the process stand still, and resume lets it go on.
func (s *redisServer) hang()   { _ = s.cmd.Process.Signal(syscall.SIGSTOP) }
func (s *redisServer) resume() { _ = s.cmd.Process.Signal(syscall.SIGCONT) }

// command runs one command.
func (s *redisServer) command(t testing.TB, args ...string) string {
	t.Helper()
	r, err := dialRedis(t, s.url).command(args...)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := r.Text()
	return text
}

// commandCalls returns how often each command was called, by commandstats.
func (s *redisServer) commandCalls(t testing.TB) map[string]int {
	t.Helper()
	out := map[string]int{}
	for line := range strings.Lines(s.command(t, "INFO", "commandstats")) {
		name, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		if ok {
			n, _, _ := strings.Cut(rest, ",")
			out[name], _ = strconv.Atoi(n)
		}
	}
	return out
}
