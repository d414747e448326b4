package lock

import (
	"math/rand/v2"
	"strconv"
)

// newOwner returns a value that nobody else has: 128 bits of the runtime's
// generator, which the host's getRandomValues seeds. crypto/rand would cost 52 kB
// of the compressed module; a memory that is thawed twice does not exist here.
func newOwner() string {
	b := strconv.AppendUint(make([]byte, 0, 26), rand.Uint64(), 36)      //nolint:gosec // seeded by the host
	return string(strconv.AppendUint(append(b, '-'), rand.Uint64(), 36)) //nolint:gosec // as above
}
