//go:build !wasm

package upstash

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// httpBuffer is the size of both buffers of an exchange. Small requests go out
// in one write.
const httpBuffer = 16 << 10

// maxInterim bounds the 1xx answers before the final one.
const maxInterim = 8

// An httpMessage is a request ready to be written.
type httpMessage struct {
	w    *bufio.Writer // head lies in its buffer
	head []byte
	req  *Request
}

// send writes m to c, in one system call when it fits into the buffer.
func (m httpMessage) send(c *httpConn) error {
	m.w.Reset(c.stream)
	_, _ = m.w.Write(m.head) // the writer keeps its first error for Flush
	_, _ = m.w.Write(m.req.Body)
	return m.w.Flush()
}

// exchange writes the request and reads the answer. It reports whether the
// connection can be used again.
func (c *httpConn) exchange(m httpMessage, resp *Response) (keep bool, err error) {
	err = m.send(c)
	if err == nil {
		return c.receive(m.req.MaxResponse, resp)
	}
	if c.wire.wrote && !isTimeout(err) {
		// The server may have answered before it stopped reading, as with 413.
		_, e := c.receive(m.req.MaxResponse, resp)
		if e == nil || errors.Is(e, ErrResponseTooLarge) {
			return false, e
		}
		resp.Reset()
	}
	return false, &httpWireError{"sending the request", err}
}

// appendHead appends the request line and the header. It refuses values that
// would end their line early and so add headers or a second request.
func (h *httpHost) appendHead(b []byte, path string, req *Request) ([]byte, error) {
	if !plainASCII(path) {
		return nil, httpError("URL has a byte that must be percent-encoded")
	}
	b = append(b, "POST "...)
	b = append(b, h.target...)
	if path == "" || path[0] != '/' {
		b = append(b, '/')
	}
	b = append(b, path...)
	b = append(b, h.afterPath...)
	start := len(b)
	for i := range req.Header {
		b = append(b, req.Header[i].Name...)
		b = append(b, ": "...)
		b = append(b, req.Header[i].Value...)
		b = append(b, "\r\n"...)
	}
	if n := len(req.Header); bytes.Count(b[start:], lf) != n || bytes.Count(b[start:], cr) != n {
		return nil, httpError("a header of the request has a line break") // not which: it may be the token's
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(req.Body)), 10)
	return append(b, "\r\n\r\n"...), nil
}

var cr, lf = []byte{'\r'}, []byte{'\n'}

// receive reads the answer. It reports whether the connection can be used again.
func (c *httpConn) receive(limit int, resp *Response) (keep bool, err error) {
	r := c.h.buffers.AcquireReader(c.stream)
	keep, err = readResponse(r, limit, resp)
	c.h.buffers.ReleaseReader(r)
	return keep, err
}

func readResponse(r *bufio.Reader, limit int, resp *Response) (keep bool, err error) {
	var h httpHeader
	if err = readFinalHeader(r, &h, resp); err != nil {
		return false, readFailed("waiting for the response", err)
	}
	b := httpBody{r: r, dst: resp.Body, max: limit}
	switch h.length {
	case lengthChunked:
		err = b.chunked()
	case lengthUnknown:
		err = b.untilEOF()
	default:
		err = b.fixed(h.length)
	}
	resp.Body = b.dst
	if err != nil {
		return false, readFailed("reading the response", err)
	}
	// Bytes after the answer belong to no request of ours.
	return !h.close && r.Buffered() == 0, nil
}

// readFinalHeader skips interim answers.
func readFinalHeader(r *bufio.Reader, h *httpHeader, resp *Response) error {
	for range maxInterim {
		if err := h.read(r, resp); err != nil {
			return err
		}
		if h.status == 101 {
			return httpError("bad HTTP response: it switches protocols")
		}
		if h.status >= 200 {
			return nil
		}
	}
	return httpError("bad HTTP response: too many interim answers")
}

// readFailed says what was being read when the connection failed.
func readFailed(doing string, err error) error {
	if _, own := err.(httpError); own || errors.Is(err, ErrResponseTooLarge) { //nolint:errorlint // our own, never wrapped
		return err
	}
	return &httpWireError{doing, err}
}

// noEOF is err, or io.ErrUnexpectedEOF where the end comes too early.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
