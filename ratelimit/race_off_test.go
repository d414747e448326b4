//go:build !race

package ratelimit_test

// raceEnabled makes tests do less: the race detector slows them down tenfold.
const raceEnabled = false
