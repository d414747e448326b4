//go:build race

package wire_test

// raceEnabled says that the race detector is on, under which allocations
// cannot be counted.
const raceEnabled = true
