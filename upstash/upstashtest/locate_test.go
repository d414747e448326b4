package upstashtest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// TestLocate: a user's recordings are in testdata of the package, or above it in
// the same module.
func TestLocate(t *testing.T) {
	root := t.TempDir()
	pkg := filepath.Join(root, "module", "pkg")
	for path, text := range map[string]string{
		"module/go.mod":                 "module example.com/user\n",
		"module/pkg/testdata/near.json": greeting,
		"module/testdata/top.json":      greeting,
		"testdata/outside.json":         greeting,
	} {
		path = filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(pkg)
	for name, found := range map[string]bool{"near": true, "near.json": true, "top": true, "outside": false} {
		tb := runFake(t, func(tb testing.TB) {
			c := upstashtest.Open(tb, name)
			do(t, c, "SET", "greeting", "hello", "EX", 100)
			do(t, c, "GET", "greeting")
		})
		if found {
			tb.wantPass(t)
		} else {
			tb.wantFailure(t, "testdata/outside.json", "no such recording", "-upstash.record")
		}
	}
	// A new recording goes next to the test.
	e := newEcho(t)
	tb := runFake(t, func(tb testing.TB) {
		do(t, upstashtest.LoadRecording(tb, "sub/fresh", e.env()).Client(), "ECHO", "x")
	})
	tb.wantPass(t)
	if _, err := os.Stat(filepath.Join(pkg, "testdata", "sub", "fresh.json")); err != nil {
		t.Error(err)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	long, short := flag.Lookup("upstash.record"), flag.Lookup("record")
	if long == nil || short == nil || !strings.Contains(short.Usage, "the same as") {
		t.Errorf("flags = %v, %v; want both in this module", long, short)
	}
}
