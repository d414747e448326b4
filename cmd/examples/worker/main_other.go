//go:build !js

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "worker runs in a Cloudflare Worker: see cmd/examples/worker/README.md")
	os.Exit(2)
}
