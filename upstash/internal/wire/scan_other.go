//go:build !wasm

package wire

import "bytes"

// fastIndex says whether bytes.IndexByte examines many bytes at a time, as it
// does on amd64, arm64 and most others.
const fastIndex = true

// countByte counts c in p.
func countByte(p []byte, c byte) int { return bytes.Count(p, []byte{c}) }
