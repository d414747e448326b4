// Package nethttp makes an *http.Client an [upstash.Transport]: for programs
// that have one already (with a proxy, tracing or mutual TLS of their own), for
// tests through httpmock, and for HTTP/2.
//
// It is slower than the native transport of package upstash, which needs a
// third of its CPU time for a small command, and brings net/http into the
// binary; that is why it has a package of its own.
//
// # What it guarantees
//
//   - Redirects are not followed and nothing is sent twice, whatever the client
//     would do: the client is copied, its CheckRedirect replaced, and requests
//     carry nothing that lets net/http send them again.
//   - An error is wrapped by [upstash.NotSent] only when the request certainly
//     did not leave: net/http never got a connection for it, or on connections
//     of the package's own client nothing was written. A round tripper that
//     tells nothing about its connections (a mock, say) counts as not having
//     sent when it fails without having read the body.
//   - The body of a request is not read any more once RoundTrip has returned,
//     although net/http may go on writing for a while.
//
// # What it does not guarantee
//
//   - The order and, over HTTP/2, the case of header names.
//   - A connection closed by the peer while the function was frozen may be used
//     once more: net/http notices only when its own goroutine runs. The failure
//     is then reported as possibly applied unless nothing was written.
//   - Zero allocations.
package nethttp
