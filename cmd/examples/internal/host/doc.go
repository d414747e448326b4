//go:build !wasm

// Package host is what the example services have in common: a database to talk
// to, an HTTP server that ends in order, and JSON answers. None of it is needed to
// use the library.
package host
