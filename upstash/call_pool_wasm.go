package upstash

// maxIdleCalls is how many calls are kept with their buffers: as many as a Worker
// can have requests under way.
const maxIdleCalls = 6

// idleCalls stands in for a sync.Pool, which spreads over processors that
// WebAssembly does not have, and costs 4 kB of compressed code.
var idleCalls = make(chan *call, maxIdleCalls)

// idleCall returns a call for reuse, or a new one.
func idleCall() *call {
	select {
	case k := <-idleCalls:
		return k
	default:
		return new(call)
	}
}

// keepCall takes back what idleCall gave.
func keepCall(k *call) {
	select {
	case idleCalls <- k:
	default:
	}
}
