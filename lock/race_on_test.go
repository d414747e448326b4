//go:build race

package lock_test

// raceEnabled shortens the longest loops; allocation counts do not hold either.
const raceEnabled = true
