package wire

// fastIndex says whether bytes.IndexByte examines many bytes at a time. On
// WebAssembly it does not.
const fastIndex = false
