//go:build !wasm

package upstash

import (
	"bufio"
	"bytes"
	"errors"
	"strconv"
)

// maxHeader bounds the header of one answer, in bytes. A single line is bounded
// by httpBuffer.
const maxHeader = 64 << 10

// Lengths of a body that Content-Length does not give.
const (
	lengthChunked = -1
	lengthUnknown = -2 // it ends with the connection
)

// An httpHeader is what the transport needs to know of a response's header.
type httpHeader struct {
	status int
	length int  // of the body, or one of the constants above
	close  bool // the connection ends with this response

	http10    bool
	keepAlive bool // Connection: keep-alive was sent
	chunked   bool
}

// read reads a header from r and stores the fields of a Response in resp.
func (h *httpHeader) read(r *bufio.Reader, resp *Response) error {
	*h = httpHeader{length: lengthUnknown}
	resp.Reset()
	line, err := headerLine(r)
	if err != nil {
		return err
	}
	if !h.statusLine(line) {
		return httpError("bad HTTP response: malformed status line")
	}
	for left := maxHeader; left > 0; left -= len(line) {
		if line, err = headerLine(r); err != nil {
			return err
		}
		if len(line) == 0 {
			h.frame()
			resp.Status = h.status
			return nil
		}
		if err = h.field(line, resp); err != nil {
			return err
		}
	}
	return httpError("bad HTTP response: header larger than " + strconv.Itoa(maxHeader) + " bytes")
}

// headerLine reads a line without its end. It is valid until the next read.
func headerLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, httpError("bad HTTP response: header line larger than " + strconv.Itoa(httpBuffer) + " bytes")
		}
		return nil, noEOF(err)
	}
	line = line[:len(line)-1]
	if n := len(line) - 1; n >= 0 && line[n] == '\r' { // a bare line feed is tolerated, as by RFC 9112
		line = line[:n]
	}
	return line, nil
}

// statusLine parses "HTTP/1.1 200 OK".
func (h *httpHeader) statusLine(line []byte) bool {
	const start = len("HTTP/1.1 ")
	if len(line) < start+3 || string(line[:7]) != "HTTP/1." || line[start-1] != ' ' {
		return false
	}
	switch line[7] {
	case '0':
		h.http10 = true
	case '1':
	default:
		return false
	}
	for _, d := range line[start : start+3] {
		if d < '0' || d > '9' {
			return false
		}
		h.status = h.status*10 + int(d-'0')
	}
	return h.status >= 100 && (len(line) == start+3 || line[start+3] == ' ')
}

// field takes what is wanted from "Name: value".
func (h *httpHeader) field(line []byte, resp *Response) error {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || line[0] == ' ' || line[0] == '\t' || line[colon-1] == ' ' || line[colon-1] == '\t' {
		return httpError("bad HTTP response: malformed header field")
	}
	name, value := line[:colon], trimOWS(line[colon+1:])
	var keep *[]byte
	switch {
	case foldEqual(name, "content-length"):
		return h.contentLength(value)
	case foldEqual(name, "transfer-encoding"):
		if h.http10 || h.chunked || !foldEqual(value, "chunked") {
			return httpError("bad HTTP response: unsupported transfer encoding")
		}
		h.chunked = true
		return nil
	case foldEqual(name, "connection"):
		h.connection(value)
		return nil
	case foldEqual(name, "content-type"):
		keep = &resp.ContentType
	case foldEqual(name, "upstash-sync-token"):
		keep = &resp.SyncToken
	case foldEqual(name, "retry-after"):
		keep = &resp.RetryAfter
	default:
		return nil
	}
	if bytes.IndexByte(value, '\r') >= 0 || bytes.IndexByte(value, 0) >= 0 {
		return httpError("bad HTTP response: control character in the header")
	}
	*keep = append((*keep)[:0], value...)
	return nil
}

// contentLength parses the length; it may be given twice when both agree.
func (h *httpHeader) contentLength(value []byte) error {
	const bad = httpError("bad HTTP response: malformed Content-Length")
	if len(value) == 0 || len(value) > 18 {
		return bad
	}
	n := int64(0)
	for _, d := range value {
		if d < '0' || d > '9' {
			return bad
		}
		n = n*10 + int64(d-'0')
	}
	if int64(int(n)) != n || h.length >= 0 && h.length != int(n) {
		return bad
	}
	h.length = int(n)
	return nil
}

// connection looks for "close" and "keep-alive" in a comma-separated list.
func (h *httpHeader) connection(value []byte) {
	for len(value) > 0 {
		var token []byte
		token, value, _ = bytes.Cut(value, []byte(","))
		token = trimOWS(token)
		h.close = h.close || foldEqual(token, "close")
		h.keepAlive = h.keepAlive || foldEqual(token, "keep-alive")
	}
}

// frame decides how the body ends (RFC 9112, section 6.3).
func (h *httpHeader) frame() {
	if h.http10 && !h.keepAlive {
		h.close = true
	}
	switch {
	case h.status < 200 || h.status == 204 || h.status == 304:
		h.length = 0
	case h.chunked:
		// With a length too, someone on the way has not understood the other.
		h.close = h.close || h.length >= 0
		h.length = lengthChunked
	case h.length == lengthUnknown:
		h.close = true
	}
}

// trimOWS cuts blanks and tabs from both ends.
func trimOWS(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// foldEqual compares b with lower, which consists of a-z and '-', without regard
// to case.
func foldEqual(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
