package lock

import "math/rand/v2"

// newOwner returns a value that nobody else has: 128 bits of the runtime's
// generator, which the host's getRandomValues seeds. crypto/rand would cost 52 kB
// of the compressed module; a memory that is thawed twice does not exist here.
func newOwner() string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	b := make([]byte, 26)
	var bits uint64
	for i := range b {
		if i%13 == 0 {
			bits = rand.Uint64() //nolint:gosec // seeded by the host
		}
		b[i] = letters[bits&31]
		bits >>= 5
	}
	return string(b)
}
