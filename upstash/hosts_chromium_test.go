//go:build !wasm

package upstash_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A hostRun serves a test binary to a host that cannot read files, and takes what
// it prints.
type hostRun struct {
	*httptest.Server
	result chan []byte

	mu       sync.Mutex
	progress []byte // guarded by mu
}

func serveHostRun(t *testing.T, wasm string, args, env []string) *hostRun {
	t.Helper()
	run, err := json.Marshal(map[string]any{"args": args, "env": hostVars(env)})
	if err != nil {
		t.Fatal(err)
	}
	h := &hostRun{result: make(chan []byte, 1)}
	goExec := wasmExec(t, "wasm_exec.js")
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServer(http.Dir("testdata/hosts")))
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, goExec) })
	mux.HandleFunc("GET /test.wasm", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, wasm) })
	mux.HandleFunc("GET /run.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(run) })
	mux.HandleFunc("POST /progress", func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.progress = b
	})
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		h.result <- b
	})
	h.Server = httptest.NewServer(mux)
	t.Cleanup(h.Close)
	return h
}

// wait returns what the tests printed.
func (h *hostRun) wait(t *testing.T, log *bytes.Buffer) []byte {
	t.Helper()
	select {
	case out := <-h.result:
		return bytes.TrimSuffix(bytes.TrimSpace(out), []byte("\nexit 0"))
	case <-time.After(4 * time.Minute):
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t.Fatalf("no result after four minutes; so far:\n%s\nthe host says:\n%s", h.progress, log)
	return nil
}

// TestChromium runs the tests of the fetch transport and of the client in a
// browser. The servers are of other origins than the page, so they must allow it
// everything: the methods, the headers, and to see the headers of answers.
//
// One check cannot hold: Chromium sends a request again whose kept-alive connection
// was closed without an answer, and no option of fetch prevents that.
func TestChromium(t *testing.T) {
	var chromium string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		redistest.Unavailable(t, "chromium", "no chromium in PATH")
	}
	env := append(hostEnv(t), "EDGEREDIS_HOST=chromium")
	h := serveHostRun(t, buildHostTest(t), []string{"-test.v", "-test.run=" + hostTests, "-test.skip=^TestFetchTransport$/^no_retry$"}, env)
	cmd := exec.Command(
		chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+t.TempDir(), "--js-flags=--stack-size=4000", h.URL+"/page.html",
	)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = 10 * time.Second // its children hold the pipes
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	checkHostOutput(t, h.wait(t, &log), "TestFetchMemory")
}
