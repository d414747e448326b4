//go:build !wasm

package lock

import "errors"

// As finds types in the cause. On WebAssembly, where that would cost 11 kB, what is
// behind a timeout is found by errors.Is alone.
func (v *veil) As(target any) bool { return errors.As(v.err, target) }
