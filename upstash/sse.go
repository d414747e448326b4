package upstash

import (
	"bytes"
	"errors"
	"io"
	"math"
)

// ErrEventTooLarge ends a stream on which an event, or a line of one, is longer
// than [StreamOptions].MaxEvent.
var ErrEventTooLarge = errors.New("upstash: an event is larger than StreamOptions.MaxEvent")

// An sseReader reads the data of server-sent events. It follows the rules of the
// HTML standard (section 9.2.6): lines end with LF, CR or CRLF, a byte order mark
// at the beginning is skipped, a line that begins with a colon is a comment, the
// data lines of one event are joined by LF, other fields carry nothing here, an
// empty line ends the event, and an event that the end of the stream cuts off is
// dropped.
//
// Work is linear in the bytes read, however they arrive: a byte is searched for
// line ends once, and moved once besides the doubling of the buffer.
type sseReader struct {
	r     io.Reader
	max   int    // bytes of one event's data, and of one line's
	buf   []byte // read and not yet consumed: buf[pos:]
	pos   int
	skip  bool   // the last line ended with CR: an LF that follows belongs to it
	begun bool   // the first line, which may bear a byte order mark, has been read
	data  []byte // of the event that is being gathered
	has   bool   // there is one
	err   error  // of r, reported when buf has no more lines
}

const (
	byteOrderMark = "\xef\xbb\xbf"
	// sseSlack is what a line may have beside its data.
	sseSlack = len(byteOrderMark + "data: ")
	// sseLeastRead is the least room offered to a read.
	sseLeastRead = 4 << 10
)

// newSSEReader bounds an event to limit bytes; 0 means no bound.
func newSSEReader(r io.Reader, limit int) *sseReader {
	if limit <= 0 || limit > math.MaxInt-sseSlack {
		limit = math.MaxInt - sseSlack
	}
	return &sseReader{r: r, max: limit}
}

// next returns the data of the next event. The slice is valid until the next
// call. The error is that of the reader, io.EOF included, or ErrEventTooLarge.
func (s *sseReader) next() ([]byte, error) {
	if cap(s.data) > maxPooled {
		s.data = nil // one large event must not keep its memory for good
	}
	s.data, s.has = s.data[:0], false
	for {
		line, err := s.line()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			if s.has {
				return s.data, nil
			}
			continue
		}
		if err := s.field(line); err != nil {
			return nil, err
		}
	}
}

// field takes one line of an event.
func (s *sseReader) field(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte{':'})
	if string(name) != "data" {
		return nil
	}
	value = bytes.TrimPrefix(value, []byte{' '})
	if s.has {
		s.data = append(s.data, '\n')
	}
	if len(value) > s.max-len(s.data) {
		return ErrEventTooLarge
	}
	s.data, s.has = append(s.data, value...), true
	return nil
}

// line returns the next line without its end. It is valid until the next call.
func (s *sseReader) line() ([]byte, error) {
	scanned := s.pos
	for {
		if s.skip && s.pos < len(s.buf) {
			s.skip = false
			if s.buf[s.pos] == '\n' {
				s.pos++
				scanned = s.pos
			}
		}
		if i := bytes.IndexAny(s.buf[scanned:], "\r\n"); i >= 0 {
			end := scanned + i
			line := s.buf[s.pos:end]
			s.skip = s.buf[end] == '\r'
			s.pos = end + 1
			return s.withoutMark(line), nil
		}
		if s.err != nil {
			return nil, s.err
		}
		if len(s.buf)-s.pos > s.max+sseSlack {
			return nil, ErrEventTooLarge
		}
		s.compact()
		scanned = len(s.buf)
		s.fill()
	}
}

// withoutMark drops a byte order mark at the beginning of the stream.
func (s *sseReader) withoutMark(line []byte) []byte {
	if s.begun {
		return line
	}
	s.begun = true
	return bytes.TrimPrefix(line, []byte(byteOrderMark))
}

// compact moves an unfinished line to the beginning of the buffer, which happens
// once to each, and lets the memory of a large event go.
func (s *sseReader) compact() {
	rest := s.buf[s.pos:]
	switch {
	case cap(s.buf) > maxPooled && len(rest) < sseLeastRead:
		s.buf = append(make([]byte, 0, 2*sseLeastRead), rest...)
	case s.pos > 0:
		s.buf = append(s.buf[:0], rest...)
	}
	s.pos = 0
}

// fill reads once more.
func (s *sseReader) fill() {
	if cap(s.buf)-len(s.buf) < sseLeastRead {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)+sseLeastRead), s.buf...)
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	s.err = err
}
