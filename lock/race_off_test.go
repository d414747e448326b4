//go:build !race

package lock_test

// raceEnabled tells that the race detector is off.
const raceEnabled = false
