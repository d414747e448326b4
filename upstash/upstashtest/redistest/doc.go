//go:build !wasm

// Package redistest gives tests a real Redis. It is for tests only: importing it
// from anything else would pull in package testing.
//
// [Start] gives the server that REDIS_URL names, or else one that is started for
// the test, [StartOwn] always the latter, [Node] a JavaScript runtime. Where the
// tool is missing the test is skipped with a reason, or fails if
// EDGEREDIS_REQUIRE names it, so that a gate cannot pass by skipping.
//
// Only loopback addresses are used, and only processes that were started here are
// ended.
package redistest
