package upstash

import (
	"bytes"
	"io"
)

// An sseReader reads the data of server-sent events. It follows the rules of the
// HTML standard (section 9.2.6): lines end with LF, CR or CRLF, a line that
// begins with a colon is a comment, the data lines of one event are joined by
// LF, an empty line ends the event, and an event that the end of the stream cuts
// off is dropped.
type sseReader struct {
	r     io.Reader
	max   int    // bytes of one event, its line included
	buf   []byte // read and not yet consumed: buf[pos:]
	pos   int
	skip  bool // the last line ended with CR: an LF that follows belongs to it
	data  []byte
	has   bool // an event with data is being gathered
	err   error
	first bool // a byte order mark may still come
}

// newSSEReader bounds an event to limit bytes.
func newSSEReader(r io.Reader, limit int) *sseReader {
	return &sseReader{r: r, max: limit, first: true}
}

// next returns the data of the next event. The slice is valid until the next
// call. The error is that of the reader, io.EOF included, or ErrResponseTooLarge.
func (s *sseReader) next() ([]byte, error) {
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

// field takes one line of an event. Fields other than data carry nothing here.
func (s *sseReader) field(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte{':'})
	if string(name) != "data" {
		return nil
	}
	value = bytes.TrimPrefix(value, []byte{' '})
	if s.has {
		s.data = append(s.data, '\n')
	}
	s.data, s.has = append(s.data, value...), true
	if len(s.data) > s.max {
		return ErrResponseTooLarge
	}
	return nil
}

// line returns the next line without its end.
func (s *sseReader) line() ([]byte, error) {
	scanned := s.pos
	for {
		if s.skip && s.pos < len(s.buf) {
			if s.buf[s.pos] == '\n' {
				s.pos++
				scanned = s.pos
			}
			s.skip = false
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
		if len(s.buf)-s.pos > s.max+len("data: ") {
			return nil, ErrResponseTooLarge
		}
		s.buf = append(s.buf[:0], s.buf[s.pos:]...)
		s.pos, scanned = 0, len(s.buf)
		s.fill()
	}
}

// withoutMark drops a byte order mark at the beginning of the stream.
func (s *sseReader) withoutMark(line []byte) []byte {
	if s.first {
		s.first = false
		return bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	return line
}

// fill reads once more.
func (s *sseReader) fill() {
	const least = 4 << 10
	if cap(s.buf)-len(s.buf) < least {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)+least), s.buf...)
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	s.err = err
}
