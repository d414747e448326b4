//go:build !wasm

package upstash_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// TestWorkerd runs the tests of the fetch transport and of the client in workerd,
// what Cloudflare Workers are run by. cmd/examples/worker tests it with several
// invocations. One test is left out: its mock of fetch is Go, called in the middle of
// a call from Go, a hundred levels deep, and the stack of workerd is too small for
// that.
func TestWorkerd(t *testing.T) {
	found, _ := filepath.Glob("../cmd/examples/worker/node_modules/@cloudflare/workerd-*/bin/workerd")
	if len(found) == 0 {
		redistest.Unavailable(t, "workerd", "run npm ci in cmd/examples/worker first")
	}
	dir := t.TempDir()
	for to, from := range map[string]string{
		"worker.mjs":   "testdata/hosts/worker.mjs",
		"worker.capnp": "testdata/hosts/worker.capnp",
		"wasm_exec.js": wasmExec(t, "wasm_exec.js"),
		"test.wasm":    buildHostTest(t),
	} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	url, log := startWorkerd(t, found[0], filepath.Join(dir, "worker.capnp"))
	run, err := json.Marshal(map[string]any{
		"args": []string{"-test.v", "-test.run=" + hostTests, "-test.skip=^TestFetchLeak$"},
		"env":  hostVars(append(hostEnv(t), "EDGEREDIS_HOST=workerd")),
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(run))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%v\nworkerd says:\n%s", err, log)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Logf("workerd says:\n%s", log)
	}
	checkHostOutput(t, bytes.TrimSuffix(bytes.TrimSpace(out), []byte("\nexit 0")), "TestFetchMemory")
}

// startWorkerd runs workerd until t ends. log may be read when it has ended or no
// longer writes.
func startWorkerd(t *testing.T, bin, config string) (url string, log *bytes.Buffer) {
	t.Helper()
	ready, report, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	log = new(bytes.Buffer)
	cmd := exec.Command(bin, "serve", "--control-fd=3", config)
	cmd.ExtraFiles = []*os.File{report}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = report.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for e := json.NewDecoder(ready); ; {
		var event struct {
			Event string
			Port  int
		}
		if err := e.Decode(&event); err != nil {
			_ = cmd.Wait()
			t.Fatalf("workerd has not begun to listen: %v\n%s", err, log)
		}
		if event.Event == "listen" {
			return "http://127.0.0.1:" + strconv.Itoa(event.Port) + "/", log
		}
	}
}

// hostVars splits NAME=value.
func hostVars(env []string) map[string]string {
	vars := make(map[string]string, len(env))
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
	}
	return vars
}
