package wire

import "strings"

const (
	// maxShared is the longest string that may share its memory with others.
	maxShared = 1 << 10
	// blockSize is the most memory that one kept string can hold on to. 32 KiB
	// is also the largest size the Go allocator serves without a page search.
	blockSize = 32 << 10
)

// An arena makes strings out of bytes. Short ones share blocks when share is
// set.
//
// A block is a strings.Builder that is never written beyond its capacity:
// what it has handed out stays as it is, because a Builder only appends.
type arena struct {
	block strings.Builder
	share bool
}

// room returns how many bytes fit into the present block.
func (a *arena) room() int { return a.block.Cap() - a.block.Len() }

// grow begins a block of n bytes, or of blockSize if that is less.
func (a *arena) grow(n int) {
	a.block = strings.Builder{}
	a.block.Grow(min(n, blockSize))
}

// add returns a copy of p, for which there must be room.
func (a *arena) add(p []byte) string {
	start := a.block.Len()
	a.block.Write(p)
	return a.block.String()[start:]
}
