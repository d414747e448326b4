//go:build race

package upstash_test

// raceEnabled shortens the longest loops; allocation counts do not hold either.
const raceEnabled = true
