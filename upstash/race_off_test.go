//go:build !race

package upstash_test

const raceEnabled = false
