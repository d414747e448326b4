//go:build wasip1

package main

import (
	"unsafe"
)

// The functions of the host, as the package documentation of the folder above has
// them.

//go:wasmimport edgeredis post
func hostPost(url, header string, body unsafe.Pointer, bodyLen, timeoutMillis, maxResponse int64) int64

//go:wasmimport edgeredis take
func hostTake(to unsafe.Pointer)

// call runs one exchange. It returns the answer, or the negative result of post.
func call(url, header string, body []byte, timeoutMillis, maxResponse int64) ([]byte, int64) {
	n := hostPost(url, header, unsafe.Pointer(unsafe.SliceData(body)), int64(len(body)), timeoutMillis, maxResponse)
	if n <= 0 {
		return nil, n
	}
	answer := make([]byte, n)
	hostTake(unsafe.Pointer(unsafe.SliceData(answer)))
	return answer, n
}
