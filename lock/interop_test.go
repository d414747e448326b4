//go:build !wasm

package lock_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// interopScript takes orders on its standard input, one a line, and answers each
// with a line: "acquire", "release", "status".
const interopScript = `
import { createInterface } from "node:readline";
import { Redis } from "@upstash/redis";
import { Lock } from "@upstash/lock";
const redis = new Redis({ url: process.env.REDIS_REST_URL, token: process.env.REDIS_REST_TOKEN, enableTelemetry: false });
const lock = new Lock({ id: process.env.LOCK_NAME, redis, lease: 60000, retry: { attempts: 1, delay: 1 } });
const orders = { acquire: () => lock.acquire(), release: () => lock.release(), status: () => lock.getStatus() };
for await (const order of createInterface({ input: process.stdin })) {
  console.log(String(await orders[order]()));
}
`

// TestInterop: @upstash/lock from npm and this package exclude each other on the
// same name, on every server and path.
func TestInterop(t *testing.T) {
	const modules = "../upstash/devserver/interop"
	node := redistest.Node(t, modules)
	onServers(t, func(t *testing.T, s *server, d upstash.Doer, o lock.Options) {
		const name = "lock:interop:1"
		cmd := exec.Command(node, "--input-type=module", "-e", interopScript)
		cmd.Dir = modules
		cmd.Stderr = os.Stderr
		cmd.Env = append(os.Environ(), "REDIS_REST_URL="+s.URL, "REDIS_REST_TOKEN="+s.Token, "LOCK_NAME="+name, "UPSTASH_DISABLE_TELEMETRY=1")
		stdin, err := cmd.StdinPipe()
		ok(t, err)
		stdout, err := cmd.StdoutPipe()
		ok(t, err)
		ok(t, cmd.Start())
		defer func() {
			_ = stdin.Close()
			ok(t, cmd.Wait())
		}()
		answers := bufio.NewScanner(stdout)
		order := func(what, want string) {
			t.Helper()
			if _, err := stdin.Write([]byte(what + "\n")); err != nil {
				t.Fatal(err)
			}
			if !answers.Scan() || answers.Text() != want {
				t.Fatalf("@upstash/lock says %q to %s, want %s", answers.Text(), what, want)
			}
		}
		for _, noFence := range []bool{false, true} {
			o.NoFence = noFence
			l := newLocker(t, d, o)
			lease := take(t, l, name)
			order("status", "FREE") // which means: not mine
			order("acquire", "false")
			order("release", "false")
			ok(t, lease.Extend(t.Context()))
			ok(t, lease.Release(t.Context()))
			order("acquire", "true")
			if _, err := l.TryAcquire(t.Context(), name); !errors.Is(err, lock.ErrHeld) {
				t.Errorf("while @upstash/lock holds it: %v", err)
			}
			if err := lease.Release(t.Context()); !errors.Is(err, lock.ErrReleased) {
				t.Errorf("old lease: %v", err)
			}
			order("status", "ACQUIRED")
			order("release", "true")
			ok(t, take(t, l, name).Release(t.Context()))
		}
	})
}
