//go:build !js

package lock

import "crypto/rand"

// newOwner returns a value that nobody else has: 128 random bits. It comes from
// the system each time, not from a generator in the process, because frozen
// functions are thawed more than once from the same memory.
func newOwner() string { return rand.Text() }
