//go:build !wasm

package main

import (
	"os"
	"strings"
	"testing"
)

// TestMain lets this binary play the workers.
func TestMain(m *testing.M) {
	if spec := os.Getenv(workerEnv); spec != "" {
		os.Exit(workerMain(spec))
	}
	os.Exit(m.Run())
}

const want = `  worker A begins with number 0
  worker A pays ada 120.50
  worker A pays bela 8.80
  worker A pays chidi 301.25
worker A has crashed; its lock ends by itself
  worker B begins with number 3
  worker B pays dora 19.99
  worker B pays emre 455.00
  worker B pays fatou 7.20
  worker B pays gita 64.00
  worker B pays hugo 0.15
the fencing token has grown: true
a late payout of worker A is refused
8 creators paid once each
`

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("it says\n%s", out.String())
	}
}
