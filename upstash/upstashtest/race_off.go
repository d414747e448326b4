//go:build !race

package upstashtest

// raceFactor stretches bounds of time: the race detector slows the code down.
const raceFactor = 1
