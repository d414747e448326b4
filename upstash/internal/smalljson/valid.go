package smalljson

// valid reports whether text is one JSON value with nothing but white space
// around it, nested no deeper than maxDepth. What is decoded has passed it, so that
// the decoder can walk without looking right and left.
func valid(text []byte) bool {
	s := scanner{text, 0}
	if !s.value(0) {
		return false
	}
	s.space()
	return s.i == len(text)
}

// A scanner walks over JSON text.
type scanner struct {
	b []byte
	i int
}

// peek passes over white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// value passes over one value and reports whether it is well formed.
func (s *scanner) value(depth int) bool {
	switch c := s.peek(); c {
	case '{', '[':
		return depth < maxDepth && s.nested(c, depth+1)
	case '"':
		return s.str()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

func (s *scanner) nested(open byte, depth int) bool {
	closing := open + 2 // ']' and '}' are two above '[' and '{'
	s.i++
	if s.peek() == closing {
		s.i++
		return true
	}
	for {
		if open == '{' {
			if s.peek() != '"' || !s.str() || s.peek() != ':' {
				return false
			}
			s.i++
		}
		if !s.value(depth) {
			return false
		}
		switch s.peek() {
		case ',':
			s.i++
		case closing:
			s.i++
			return true
		default:
			return false
		}
	}
}

func (s *scanner) str() bool {
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return true
		case c < ' ':
			return false
		case c == '\\':
			if !s.escape() {
				return false
			}
		}
	}
	return false
}

// escape passes over all but the last byte of an escape sequence.
func (s *scanner) escape() bool {
	if s.i++; s.i >= len(s.b) {
		return false
	}
	switch s.b[s.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if unit(s.b[s.i-1:]) >= 0 {
			s.i += 4
			return true
		}
	}
	return false
}

func (s *scanner) number() bool {
	if s.i < len(s.b) && s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++
	} else if !s.digits() {
		return false
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if !s.digits() {
			return false
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

// isNumber reports whether s is a JSON number.
func isNumber(s string) bool {
	sc := scanner{[]byte(s), 0}
	return sc.number() && sc.i == len(s)
}
