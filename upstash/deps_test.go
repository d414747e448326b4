//go:build !wasm

package upstash_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/yesgoddess/edgeredis"

// deps lists what a package imports, directly and indirectly, on one platform.
func deps(t *testing.T, goos, goarch, pkg string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", pkg)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -deps %s on %s: %v", pkg, goos, err)
	}
	return strings.Fields(string(out))
}

// siblings never import each other, and upstash imports none of them.
var siblings = []string{"pipeline", "cache", "ratelimit", "lock", "health"}

// exists tells whether a package of the module has files.
func exists(pkg string) bool {
	_, err := os.Stat(".." + strings.TrimPrefix(pkg, module))
	return err == nil
}

// TestImportDirection checks design section 1 for each platform.
func TestImportDirection(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	for _, p := range []struct{ goos, goarch string }{{"linux", "amd64"}, {"js", "wasm"}, {"wasip1", "wasm"}} {
		t.Run(p.goos, func(t *testing.T) {
			t.Parallel()
			for _, from := range append([]string{"upstash"}, siblings...) {
				pkg := module + "/" + from
				if !exists(pkg) || p.goarch == "wasm" && from == "health" {
					continue
				}
				for _, dep := range deps(t, p.goos, p.goarch, pkg) {
					if why := forbidden(p.goarch, from, dep); why != "" {
						t.Errorf("%s: %s imports %s: %s", p.goos, from, dep, why)
					}
				}
			}
		})
	}
}

// forbidden says why package from may not reach dep, "" when it may.
func forbidden(goarch, from, dep string) string {
	for _, s := range siblings {
		if s != from && (dep == module+"/"+s || strings.HasPrefix(dep, module+"/"+s+"/")) {
			return "siblings know only package upstash"
		}
	}
	switch {
	case dep == "testing" || strings.HasPrefix(dep, "github.com/jarcoal/httpmock"):
		return "test code does not belong into the library"
	case strings.HasPrefix(dep, "github.com/alicebob/miniredis"), dep == module+"/upstash/devserver":
		return "the dev server is no part of the client"
	}
	if goarch != "wasm" {
		return ""
	}
	for _, heavy := range []string{"net/http", "net/url", "net", "regexp", "log/slog", "crypto/tls", "github.com/valyala/fasthttp", "github.com/goccy/go-json"} {
		if dep == heavy {
			return "too large for WebAssembly"
		}
	}
	return ""
}

// TestForbiddenSees makes sure that the rules above can fail.
func TestForbiddenSees(t *testing.T) {
	t.Parallel()
	for _, tc := range [][3]string{
		{"amd64", "upstash", module + "/cache"},
		{"amd64", "cache", module + "/lock"},
		{"wasm", "upstash", "net/http"},
		{"wasm", "cache", "github.com/goccy/go-json"},
		{"amd64", "upstash", "testing"},
		{"amd64", "upstash", module + "/upstash/devserver"},
	} {
		if forbidden(tc[0], tc[1], tc[2]) == "" {
			t.Errorf("%v is allowed", tc)
		}
	}
	if why := forbidden("amd64", "upstash", "net/http"); why != "" {
		t.Errorf("net/http natively: %s", why)
	}
}
