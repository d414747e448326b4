//go:build !wasm

package redistest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Node returns the path of node, for a script in dir that imports
// @upstash/redis. Where node or dir's node_modules are missing the test is
// skipped with a reason, or fails if EDGEREDIS_REQUIRE contains "node".
func Node(tb testing.TB, dir string) string {
	tb.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		Unavailable(tb, "node", "no node in PATH")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@upstash", "redis")); err != nil {
		Unavailable(tb, "node", "run npm ci in upstash/devserver/interop first")
	}
	return node
}
