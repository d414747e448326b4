//go:build !wasm

package wire

import "bytes"

// fastIndex says whether bytes.IndexByte examines many bytes at a time, as it
// does on amd64, arm64 and most others.
const fastIndex = true

// lean leaves out short cuts that only save time. A WebAssembly program is
// downloaded and compiled before it answers its first request, and that costs more
// than what they save.
const lean = false

// countByte counts c in p.
func countByte(p []byte, c byte) int { return bytes.Count(p, []byte{c}) }
