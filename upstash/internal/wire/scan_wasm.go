package wire

// fastIndex says whether bytes.IndexByte examines many bytes at a time. On
// WebAssembly it does not.
const fastIndex = false

// lean leaves out short cuts that only save time. A WebAssembly program is
// downloaded and compiled before it answers its first request, and that costs more
// than what they save.
const lean = true

// countByte counts c in p. bytes.Count would bring the search for longer
// separators with it.
func countByte(p []byte, c byte) (n int) {
	for _, b := range p {
		if b == c {
			n++
		}
	}
	return n
}
