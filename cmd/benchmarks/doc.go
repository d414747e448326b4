// Package benchmarks compares edgeredis with the Go clients of Redis over TCP.
// It has only tests, and is a module of its own so that the contestants do not
// become dependencies of edgeredis. README.md says how to run it and what came
// out.
package benchmarks
