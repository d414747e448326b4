//go:build !wasm

package upstash

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
)

// Memory for a body grows with what has really arrived: it is set aside on the
// server's word up to bodyTrust, then at most doubled.
const (
	bodyTrust = 1 << 20
	bodyGuess = 4 << 10 // where the server does not say
)

// An httpBody appends a response body to dst.
type httpBody struct {
	r   *bufio.Reader
	dst []byte
	max int // bytes; 0 means no bound
}

// fixed reads n bytes.
func (b *httpBody) fixed(n int) error {
	if b.max > 0 && n > b.max-len(b.dst) {
		return ErrResponseTooLarge
	}
	if step := min(n, bodyTrust); cap(b.dst)-len(b.dst) < step {
		b.dst = slices.Grow(b.dst, max(step, len(b.dst))) // doubled from chunk to chunk
	}
	for n > 0 {
		if len(b.dst) == cap(b.dst) {
			b.dst = slices.Grow(b.dst, min(n, max(bodyTrust, len(b.dst))))
		}
		m, err := b.r.Read(b.dst[len(b.dst):min(cap(b.dst), len(b.dst)+n)])
		b.dst = b.dst[:len(b.dst)+m]
		n -= m
		if err != nil && n > 0 {
			return noEOF(err)
		}
	}
	return nil
}

// untilEOF reads what comes until the server closes the connection.
func (b *httpBody) untilEOF() error {
	for {
		if len(b.dst) == cap(b.dst) {
			b.dst = slices.Grow(b.dst, max(bodyGuess, len(b.dst)))
		}
		end := cap(b.dst)
		if b.max > 0 {
			end = min(end, b.max+1) // one byte more than allowed tells the end from an excess
		}
		m, err := b.r.Read(b.dst[len(b.dst):end])
		b.dst = b.dst[:len(b.dst)+m]
		switch {
		case b.max > 0 && len(b.dst) > b.max:
			return ErrResponseTooLarge
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// chunked reads a body in chunks and its trailer (RFC 9112, section 7.1).
func (b *httpBody) chunked() error {
	for {
		line, err := b.line()
		if err != nil {
			return err
		}
		size, ok := chunkSize(line)
		if !ok {
			return httpError("bad HTTP response: malformed chunk size")
		}
		if size == 0 {
			return b.trailer()
		}
		if err = b.fixed(size); err != nil {
			return err
		}
		if line, err = b.line(); err != nil {
			return err
		}
		if len(line) > 0 {
			return httpError("bad HTTP response: chunk longer than its size")
		}
	}
}

// trailer skips the fields after the last chunk.
func (b *httpBody) trailer() error {
	for left := maxHeader; left > 0; {
		line, err := b.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if bytes.IndexByte(line, ':') <= 0 {
			return httpError("bad HTTP response: malformed trailer")
		}
		left -= len(line)
	}
	return httpError("bad HTTP response: trailer too long")
}

// line reads a line up to CRLF. It is valid until the next read.
func (b *httpBody) line() ([]byte, error) {
	line, err := b.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, httpError("bad HTTP response: line too long in a chunked body")
	}
	if err != nil {
		return nil, noEOF(err)
	}
	line, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok {
		return nil, httpError("bad HTTP response: bare line feed in a chunked body")
	}
	return line, nil
}

// chunkSize parses the hexadecimal number before an extension.
func chunkSize(line []byte) (size int, ok bool) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	digits = bytes.TrimRight(digits, " \t")
	if len(digits) == 0 {
		return 0, false
	}
	for _, d := range digits {
		var v byte
		switch {
		case '0' <= d && d <= '9':
			v = d - '0'
		case 'a' <= d|0x20 && d|0x20 <= 'f':
			v = d | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		if size > (1<<31-1)>>4 { // no chunk of 2 GiB and more, on any platform
			return 0, false
		}
		size = size<<4 | int(v)
	}
	return size, true
}
