//go:build !wasm

// Package hosttest helps to test the example services.
package hosttest

import "bytes"

// Output keeps what a service writes, and calls Seen after each write. It is for
// one goroutine.
type Output struct {
	bytes.Buffer
	Seen func()
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	n, err := o.Buffer.Write(p)
	o.Seen()
	return n, err
}
