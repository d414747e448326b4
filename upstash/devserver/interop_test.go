//go:build !wasm

package devserver_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// leastInterop guards against a run that tests nothing: the suite is larger.
const leastInterop = 450

// TestInterop runs @upstash/redis, @upstash/ratelimit and @upstash/lock from
// npm, unmodified, against the dev server. The SDK's own suite is not in its npm
// package, so the suite in interop/ is the measure.
func TestInterop(t *testing.T) {
	for _, b := range []string{"embedded", "redis"} {
		t.Run(b, func(t *testing.T) {
			node := redistest.Node(t, "interop")
			o := devserver.Options{ReadOnlyToken: "read-only-token"}
			if b == "redis" {
				o.Redis = redistest.StartOwn(t).URL
			}
			srv := start(t, o)
			out := runNode(t, node, srv, b)
			passed, failed, skipped := tapCount(out, "pass"), tapCount(out, "fail"), tapCount(out, "skipped")
			t.Logf("%s: %d passed, %d failed, %d known missing", b, passed, failed, skipped)
			if failed != 0 {
				t.Errorf("failures:\n%s", failures(out))
			}
			if passed < leastInterop {
				t.Errorf("only %d tests passed, the suite has more:\n%s", passed, failures(out))
			}
		})
	}
}

// runNode returns the TAP output; the exit status says nothing the counts don't.
func runNode(t *testing.T, node string, srv *devserver.Running, backend string) []byte {
	t.Helper()
	files, err := filepath.Glob("interop/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatal("no interop tests found", err)
	}
	args := []string{"--test", "--test-concurrency=1", "--test-reporter=tap"}
	for _, f := range files {
		args = append(args, filepath.Base(f))
	}
	cmd := exec.CommandContext(t.Context(), node, args...)
	cmd.Dir = "interop"
	cmd.Env = append(os.Environ(),
		"DEVSERVER_URL="+srv.URL, "DEVSERVER_TOKEN="+srv.Token,
		"DEVSERVER_READONLY_TOKEN=read-only-token", "DEVSERVER_BACKEND="+backend,
		"UPSTASH_DISABLE_TELEMETRY=1")
	out, _ := cmd.CombinedOutput()
	return out
}

func tapCount(out []byte, what string) int {
	m := regexp.MustCompile(`(?m)^# ` + what + ` (\d+)$`).FindSubmatch(out)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// failures cuts the failing tests out of TAP output.
func failures(out []byte) []byte {
	var b bytes.Buffer
	left := 0
	for line := range bytes.Lines(out) {
		if bytes.Contains(line, []byte("not ok ")) {
			left = 20
		}
		if left > 0 {
			b.Write(line)
			left--
		}
	}
	if b.Len() == 0 {
		return out
	}
	return b.Bytes()
}
