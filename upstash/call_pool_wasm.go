package upstash

import "sync"

// maxIdleCalls is how many calls are kept with their buffers: as many as a Worker
// can have requests under way.
const maxIdleCalls = 6

// idleCalls stands in for a sync.Pool, which spreads over processors that
// WebAssembly does not have, and costs 4 kB of compressed code.
var idleCalls struct {
	mu   sync.Mutex
	list []*call // guarded by mu
}

// idleCall returns a call for reuse, or a new one.
func idleCall() *call {
	idleCalls.mu.Lock()
	defer idleCalls.mu.Unlock()
	last := len(idleCalls.list) - 1
	if last < 0 {
		return new(call)
	}
	k := idleCalls.list[last]
	idleCalls.list[last] = nil
	idleCalls.list = idleCalls.list[:last]
	return k
}

// keepCall takes back what idleCall gave.
func keepCall(k *call) {
	idleCalls.mu.Lock()
	defer idleCalls.mu.Unlock()
	if len(idleCalls.list) < maxIdleCalls {
		idleCalls.list = append(idleCalls.list, k)
	}
}
