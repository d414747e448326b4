//go:build !wasm

package wire

// fastIndex says whether bytes.IndexByte examines many bytes at a time, as it
// does on amd64, arm64 and most others.
const fastIndex = true
