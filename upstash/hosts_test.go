//go:build !wasm

package upstash_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// hostTests are the tests that run on GOOS=js only.
const hostTests = "^(TestFetch|TestInvocation)"

// hostEnv starts what those tests ask for, a TransportHandler and a dev server,
// and returns the environment that leads to them. Little else is in it, because a
// Go program on js has 8 KiB for its environment.
func hostEnv(t *testing.T) []string {
	t.Helper()
	handler := httptest.NewServer(upstashtest.TransportHandler())
	t.Cleanup(handler.Close)
	srv := devStart(t, devserver.Options{Redis: redistest.Start(t)})
	return []string{
		"EDGEREDIS_TRANSPORT_URL=" + handler.URL,
		"REDIS_REST_URL=" + srv.URL,
		"REDIS_REST_TOKEN=" + srv.Token,
	}
}

// hostTest is this package's test binary for js.
var hostTest struct {
	sync.Once
	wasm []byte
	err  error
}

// buildHostTest compiles this package's tests for js, once, and returns a file.
func buildHostTest(t *testing.T) string {
	t.Helper()
	wasm := filepath.Join(t.TempDir(), "upstash.test.wasm")
	hostTest.Do(func() {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-ldflags=-s -w", "-o", wasm, ".")
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			hostTest.err = fmt.Errorf("go test -c for js: %w\n%s", err, out)
			return
		}
		hostTest.wasm, hostTest.err = os.ReadFile(wasm)
	})
	if hostTest.err != nil {
		t.Fatal(hostTest.err)
	}
	if err := os.WriteFile(wasm, hostTest.wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	return wasm
}

// wasmExec returns a file of Go's support for js.
func wasmExec(t *testing.T, name string) string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal("go env GOROOT:", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", name)
}

// checkHostOutput fails t if a test failed, was skipped, or did not run.
func checkHostOutput(t *testing.T, out []byte, skips ...string) {
	t.Helper()
	passed := bytes.Count(out, []byte("--- PASS: "))
	for line := range strings.Lines(string(out)) {
		name, skipped := strings.CutPrefix(strings.TrimSpace(line), "--- SKIP: ")
		for _, s := range skips {
			skipped = skipped && !strings.HasPrefix(name, s+" ")
		}
		if skipped {
			t.Errorf("skipped: %s", name)
		}
	}
	t.Logf("%d tests and parts of tests passed", passed)
	if passed < 70 || !bytes.HasSuffix(bytes.TrimSpace(out), []byte("PASS")) {
		t.Errorf("only %d tests passed:\n%s", passed, out)
	}
}

// TestNode runs the tests of the fetch transport on Node, and once more with a
// clock that stands still while code runs, as in a Worker.
func TestNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		redistest.Unavailable(t, "node", "no node in PATH")
	}
	env, wasm := hostEnv(t), buildHostTest(t)
	for clock, tests := range map[string]string{"": hostTests, "frozen": "^TestFetch(Transport|Client|Slots)"} {
		t.Run("clock "+clock, func(t *testing.T) {
			cmd := exec.CommandContext(
				t.Context(), node, "--stack-size=8192", "--require", "./testdata/hosts/node.cjs", wasmExec(t, "wasm_exec_node.js"),
				wasm, "-test.v", "-test.run="+tests, "-test.timeout=5m",
			)
			cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "EDGEREDIS_HOST=node", "EDGEREDIS_FROZEN_CLOCK="+clock)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v:\n%s", err, out)
			}
			checkHostOutput(t, out)
		})
	}
}
