//go:build !wasm

package cache_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWasm builds a program that caches texts for both WebAssembly platforms, and
// checks that JSON is not linked into it.
func TestWasm(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds programs")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	for _, tc := range []struct {
		goos, codec, typ string
		json             bool
	}{
		{"js", "Text()", "string", false},
		{"js", "JSON[point]()", "point", true},
		{"wasip1", "Bytes()", "[]byte", false},
	} {
		dir := t.TempDir()
		src := `package main

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
)

type point struct{ X, Y int }

type none struct{}

func (none) Do(context.Context, upstash.Command) (upstash.Reply, error) { return upstash.ReplyOf(nil), nil }

func main() {
	c, err := cache.New[` + tc.typ + `](none{}, cache.` + tc.codec + `, cache.Options{Prefix: "p:", TTL: time.Minute})
	if err != nil {
		panic(err)
	}
	_, err = c.GetOrLoad(context.Background(), "1", func(context.Context) (v ` + tc.typ + `, err error) { return v, nil })
	println(err == nil)
}
`
		// The program must be inside the module to import it; an overlay puts it
		// there without writing to it.
		file := filepath.Join(dir, "main.go")
		if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		wd, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		overlay := filepath.Join(dir, "overlay.json")
		if err := os.WriteFile(overlay, []byte(`{"Replace":{"`+wd+`/wasmcheck/main.go":"`+file+`"}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		bin := filepath.Join(dir, "x.wasm")
		cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", bin, wd+"/wasmcheck")
		cmd.Env = append(os.Environ(), "GOOS="+tc.goos, "GOARCH=wasm")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", tc.goos, err, out)
		}
		code, err := os.ReadFile(bin)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(code, []byte("smalljson.Unmarshal")); got != tc.json {
			t.Errorf("%s with %s: a JSON decoder is linked: %v", tc.goos, tc.codec, got)
		}
		for _, heavy := range []string{"encoding/json.(*", "fmt.Fprintf", "os.NewFile"} {
			if bytes.Contains(code, []byte(heavy)) {
				t.Errorf("%s with %s: %s is linked", tc.goos, tc.codec, heavy)
			}
		}
		t.Logf("%s with %s: %d kB", tc.goos, tc.codec, len(code)/1000)
	}
}

// TestDependencies: what is heavy is linked only by those who ask for it.
func TestDependencies(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, dep := range strings.Fields(string(out)) {
		for _, heavy := range []string{"github.com/maypok86/otter", "github.com/klauspost/compress/s2", "testing"} {
			if dep == heavy || strings.HasPrefix(dep, heavy+"/") {
				t.Errorf("cache imports %s", dep)
			}
		}
	}
}
