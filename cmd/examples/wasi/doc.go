// Package wasi shows the client in a WASI program (GOOS=wasip1).
//
// WASI preview 1 has no sockets, so upstash.New wants a Transport there. Hosts
// that run such programs usually lend them an HTTP function; which one, and how it
// is called, differs from host to host. Here the folder guest has a program with a
// Transport over two imported functions, and the folder host is a Go program that
// runs it with wazero and lends it these functions:
//
//	GOOS=wasip1 GOARCH=wasm go build -o guest.wasm ./guest
//	REDIS_REST_URL=… REDIS_REST_TOKEN=… go run ./host guest.wasm
//
// For another host replace guest/host_call.go.
//
// # The functions
//
// Both are imported from the module "edgeredis".
//
// post(url, header string, body pointer, bodyLen, timeoutMillis, maxResponse i64)
// i64 sends one POST and waits for the answer; strings are pairs of pointer and
// length, header has a line "Name: value" for each field. A result that is not
// negative is the length of the answer, which the host keeps; -1 says that nothing
// was sent, -2 that the time was over, -3 that the answer was larger than
// maxResponse, -4 that the exchange failed after something was sent. The
// difference between -1 and -4 decides whether a command that writes is repeated.
//
// take(to pointer) copies the answer: the status and the values of Content-Type,
// Upstash-Sync-Token and Retry-After, each ended by a line feed, and the body.
//
// It is a module of its own, so that the library does not depend on wazero.
package wasi
