package upstash

import "io"

// NewSSEReaderForTest returns the next method of an sseReader, for tests of
// package upstash_test.
func NewSSEReaderForTest(r io.Reader, limit int) func() ([]byte, error) {
	return newSSEReader(r, limit).next
}
