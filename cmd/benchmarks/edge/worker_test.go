//go:build linux

package edge_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

const (
	example = "../../examples/worker"                           // has the shim and, after npm ci, workerd
	npm     = "../../../upstash/devserver/interop/node_modules" // has @upstash/redis after npm ci
	chunks  = npm + "/@upstash/redis/chunk-*.mjs"               // what cloudflare.mjs is built upon
)

// A module is one file of a Worker.
type module struct {
	name, kind string // kind is esModule or wasm
	from       string
	shared     bool // the same in both Go Workers: not counted as size
}

// A contestant is one of the Workers.
type contestant struct {
	name      string
	dir       string // with config.capnp
	raw, gzip int    // bytes of its modules without the shim
}

// findWorkerd returns the program of npm's package workerd.
func findWorkerd(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob(example + "/node_modules/@cloudflare/workerd-*/bin/workerd")
	if len(found) == 0 {
		redistest.Unavailable(t, "workerd", "run npm ci in cmd/examples/worker first")
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// contestants builds the Workers. The first is the one that the others are
// compared with.
func contestants(t *testing.T) []*contestant {
	t.Helper()
	chunk, _ := filepath.Glob(chunks)
	if len(chunk) == 0 {
		redistest.Unavailable(t, "workerd", "run npm ci in upstash/devserver/interop first")
	}
	script := []module{
		{name: "worker.mjs", from: "testdata/upstash.mjs"},
		{name: "cloudflare.mjs", from: npm + "/@upstash/redis/cloudflare.mjs"},
		{name: "uncrypto", from: npm + "/uncrypto/dist/crypto.web.mjs"},
	}
	for _, c := range chunk {
		script = append(script, module{name: filepath.Base(c), from: c})
	}
	return []*contestant{
		newContestant(t, "edgeredis", goModules(t, "./testdata/edgeredis")),
		newContestant(t, "net/http", goModules(t, "./testdata/nethttp")),
		newContestant(t, "@upstash/redis", script),
	}
}

// goModules compiles the program in dir, with the flags of cmd/examples/worker.
func goModules(t *testing.T, dir string) []module {
	t.Helper()
	wasm := filepath.Join(t.TempDir(), "worker.wasm")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w",
		"-gcflags=internal/runtime/atomic=-l", "-gcflags=sync=-l", "-gcflags=time=-l", "-o", wasm, dir)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=nogreenteagc")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s does not build: %v\n%s", dir, err, out)
	}
	return []module{
		{name: "worker.mjs", from: "testdata/go.mjs", shared: true},
		{name: "runtime.mjs", from: example + "/runtime.mjs", shared: true},
		{name: "wasm_exec.js", from: filepath.Join(goRoot(t), "lib", "wasm", "wasm_exec.js"), shared: true},
		{name: "worker.wasm", from: wasm, kind: "wasm"},
	}
}

// goRoot is where the Go is that compiles.
func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// newContestant copies the modules into a folder and writes workerd's
// configuration for them.
func newContestant(t *testing.T, name string, modules []module) *contestant {
	t.Helper()
	c := &contestant{name: name, dir: t.TempDir()}
	var list strings.Builder
	for i, m := range modules {
		b, err := os.ReadFile(m.from)
		if err != nil {
			t.Fatal(err)
		}
		file := fmt.Sprintf("module%d", i)
		c.write(t, file, b)
		if m.kind == "" {
			m.kind = "esModule"
		}
		fmt.Fprintf(&list, "(name = %q, %s = embed %q),\n", m.name, m.kind, file)
		if !m.shared {
			c.raw += len(b)
			c.gzip += gzipped(t, b)
		}
	}
	c.write(t, "config.capnp", []byte(strings.Replace(config, "MODULES", list.String(), 1)))
	return c
}

func (c *contestant) write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// collectable returns c with a function gc in its JavaScript. That option of V8
// makes workerd start more slowly, so it is not for measuring time.
func (c *contestant) collectable(t *testing.T) *contestant {
	t.Helper()
	d := *c
	d.dir = t.TempDir()
	if err := os.CopyFS(d.dir, os.DirFS(c.dir)); err != nil {
		t.Fatal(err)
	}
	const at = "Workerd.Config = ("
	b, err := os.ReadFile(filepath.Join(c.dir, "config.capnp"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(d.dir, "config.capnp")); err != nil {
		t.Fatal(err)
	}
	d.write(t, "config.capnp", []byte(strings.Replace(string(b), at, at+`v8Flags = ["--expose-gc"],`, 1)))
	return &d
}

// gzipped is how long b is after gzip -9.
func gzipped(t *testing.T, b []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// config is that of cmd/examples/worker with other modules.
const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [
MODULES  ],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["nodejs_als", "enable_request_signal"],
  bindings = [
    (name = "REDIS_REST_URL", fromEnvironment = "REDIS_REST_URL"),
    (name = "REDIS_REST_TOKEN", fromEnvironment = "REDIS_REST_TOKEN"),
  ],
);
`
