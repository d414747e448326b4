//go:build !js

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A world is the Worker in a real workerd, over a dev server over a real Redis.
type world struct {
	url string
	dev *devserver.Running
	pid int
	out *output // of workerd

	mu   sync.Mutex
	runs map[string]int // by command and first argument; guarded by mu
}

// An output is read while it is written.
type output struct {
	mu sync.Mutex
	b  strings.Builder // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// count is how often a command has run.
func (w *world) count(command string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.runs[command]
}

// findWorkerd returns the program of npm's package workerd.
func findWorkerd(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("node_modules/@cloudflare/workerd-*/bin/workerd")
	if len(found) == 0 {
		redistest.Unavailable(t, "workerd", "run npm ci in cmd/examples/worker first")
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built are programs by folder, which the tests share.
var built = map[string][]byte{}

// compile compiles the program in dir for js, as npm run build does.
func compile(t *testing.T, dir string) []byte {
	t.Helper()
	if built[dir] == nil {
		wasm := filepath.Join(t.TempDir(), "worker.wasm")
		env := []string{"GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=nogreenteagc"}
		args := []string{"build", "-trimpath", "-ldflags=-s -w", "-gcflags=internal/runtime/atomic=-l", "-gcflags=sync=-l", "-gcflags=time=-l", "-o"}
		sameAsNPM(t, strings.Join(env, " ")+" go "+strings.Join(args, " "))
		cmd := exec.CommandContext(t.Context(), "go", append(args, wasm, dir)...)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s does not build: %v\n%s", dir, err, out)
		}
		var err error
		if built[dir], err = os.ReadFile(wasm); err != nil {
			t.Fatal(err)
		}
	}
	return built[dir]
}

// sameAsNPM fails the test when npm run build does not run this command.
func sameAsNPM(t *testing.T, command string) {
	t.Helper()
	b, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.ReplaceAll(string(b), "'", ""), command) {
		t.Errorf("package.json does not have what is tested, %s", command)
	}
}

// build makes what npm run build makes, in a folder of the test's own. write
// changes a file there.
func build(t *testing.T, program string) (dir string, write func(name string, b []byte)) {
	t.Helper()
	dir = t.TempDir()
	write = func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "dist"), 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal("go env GOROOT:", err)
	}
	for to, from := range map[string]string{
		"local.capnp":       "local.capnp",
		"dist/worker.mjs":   "testdata/worker.mjs",
		"dist/runtime.mjs":  "runtime.mjs",
		"dist/wasm_exec.js": filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"),
	} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		write(to, b)
	}
	write("dist/worker.wasm", compile(t, program))
	return dir, write
}

// start runs the Worker with these bindings; the database is the dev server's.
func start(t *testing.T, bindings ...string) *world {
	t.Helper()
	return startV8(t, "", bindings...)
}

// startV8 is start with options for V8, quoted and with commas between.
func startV8(t *testing.T, v8 string, bindings ...string) *world {
	t.Helper()
	w := &world{runs: make(map[string]int), out: new(output)}
	findWorkerd(t)
	var err error
	w.dev, err = devserver.Start(devserver.Options{
		Redis: redistest.StartOwn(t).URL,
		OnCommand: func(args []string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.runs[strings.Join(args[:min(2, len(args))], " ")]++
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.dev.Close() })
	w.serve(t, ".", v8, append([]string{
		"REDIS_REST_URL=" + w.dev.URL, "REDIS_REST_TOKEN=" + w.dev.Token, "RATE_LIMIT=1000000", "CACHE_TTL=30m",
	}, bindings...))
	return w
}

// serve runs workerd with the program in a folder until t ends.
func (w *world) serve(t *testing.T, program, v8 string, env []string) {
	t.Helper()
	bin := findWorkerd(t)
	dir, write := build(t, program)
	if v8 != "" {
		config, err := os.ReadFile("local.capnp")
		if err != nil {
			t.Fatal(err)
		}
		const at = "Workerd.Config = ("
		write("local.capnp", []byte(strings.Replace(string(config), at, at+"\n  v8Flags = ["+v8+"],", 1)))
	}
	ready, report, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	cmd := exec.Command(bin, "serve", "--control-fd=3", "--socket-addr=http=127.0.0.1:0", "local.capnp")
	cmd.Dir = dir
	cmd.ExtraFiles = []*os.File{report}
	cmd.Stdout, cmd.Stderr = w.out, w.out
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = report.Close()
	w.pid = cmd.Process.Pid
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log("workerd says:\n" + w.out.String())
		}
	})
	w.url = listening(t, ready)
}

// listening waits for workerd to say where it listens.
func listening(t *testing.T, control io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(control)
	for lines.Scan() {
		var e struct {
			Event  string
			Socket string
			Port   int
		}
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "listen" && e.Socket == "http" {
			return "http://127.0.0.1:" + strconv.Itoa(e.Port)
		}
	}
	t.Fatal("workerd has not begun to listen")
	return ""
}

// An answer is what the Worker says.
type answer struct {
	status int
	header http.Header
	body   string
}

// client keeps as many connections as the tests have callers.
var client = &http.Client{
	Transport: &http.Transport{MaxIdleConnsPerHost: 200},
	Timeout:   60 * time.Second,
}

// ask sends one request for user. A body makes it a POST.
func (w *world) ask(ctx context.Context, user, path, body string) (answer, error) {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	return w.send(ctx, method, user, path, strings.NewReader(body))
}

func (w *world) send(ctx context.Context, method, user, path string, body io.Reader) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.url+path, body)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("X-User", user)
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
}

// want asks and expects a status.
func (w *world) want(t *testing.T, status int, user, path, body string) answer {
	t.Helper()
	a, err := w.ask(t.Context(), user, path, body)
	if err != nil || a.status != status {
		t.Errorf("%s: error %v, status %d, want %d; body %s", path, err, a.status, status, a.body)
	}
	return a
}

// crowd runs f so many times at once.
func crowd(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}
