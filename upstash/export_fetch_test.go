//go:build js

package upstash

// FetchCallsForTest is the number of exchanges that the host can call back.
func FetchCallsForTest() int {
	fetchCalls.mu.Lock()
	defer fetchCalls.mu.Unlock()
	return len(fetchCalls.live) - len(fetchCalls.idle)
}
