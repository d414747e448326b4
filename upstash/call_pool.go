//go:build !wasm

package upstash

import "sync"

var callPool = sync.Pool{New: func() any { return new(call) }}

// idleCall returns a call for reuse, or a new one.
func idleCall() *call {
	return callPool.Get().(*call) //nolint:forcetypeassert // the pool holds nothing else
}

// keepCall takes back what idleCall gave.
func keepCall(k *call) { callPool.Put(k) }
