package smalljson

// valid reports whether text is one JSON value with nothing but white space
// around it, nested no deeper than maxDepth. What is decoded has passed it, so that
// the decoder can walk without looking right and left.
func valid(text []byte) bool {
	s := scanner{text, 0}
	return s.value(0) && s.peek() == 0 && s.i == len(text)
}

// A scanner walks over JSON text.
type scanner struct {
	b []byte
	i int
}

// at returns the next byte, 0 at the end.
func (s *scanner) at() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// peek passes over white space and returns the next byte, 0 at the end.
//
//go:noinline
func (s *scanner) peek() byte {
	for {
		c := s.at()
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
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

//go:noinline
func (s *scanner) word(w string) bool {
	for i := range len(w) {
		if s.at() != w[i] {
			return false
		}
		s.i++
	}
	return true
}

func (s *scanner) nested(open byte, depth int) bool {
	c := s.open()
	for ; c == ','; c = s.more() {
		if open == '{' {
			if s.peek() != '"' || !s.str() || s.peek() != ':' {
				return false
			}
			s.i++
		}
		if !s.value(depth) {
			return false
		}
	}
	return c == open+2 // ']' and '}' are two above '[' and '{'
}

// open passes over an opening bracket, and over a closing one that follows at once,
// which it returns; a comma stands for an element.
//
//go:noinline
func (s *scanner) open() byte {
	s.i++
	if c := s.peek(); c != ']' && c != '}' {
		return ','
	}
	return s.more()
}

// more passes over what follows an element, and returns it: a comma, behind which
// there is another one, or a closing bracket.
//
//go:noinline
func (s *scanner) more() byte {
	c := s.peek()
	s.i++
	return c
}

func (s *scanner) str() bool {
	for {
		s.i++
		switch c := s.at(); {
		case c == '"':
			s.i++
			return true
		case c < ' ':
			return false
		case c != '\\':
		case unit(s.b[s.i:]) >= 0:
			s.i += 5
		default:
			s.i++
			if c := rune(s.at()); swap(c, short, short) < 0 {
				return false
			}
		}
	}
}

func (s *scanner) number() bool {
	if s.at() == '-' {
		s.i++
	}
	if s.at() == '0' {
		s.i++
	} else if !s.digits() {
		return false
	}
	if s.at() == '.' {
		s.i++
		if !s.digits() {
			return false
		}
	}
	if s.at()|0x20 != 'e' {
		return true
	}
	s.i++
	if c := s.at(); c == '+' || c == '-' {
		s.i++
	}
	return s.digits()
}

func (s *scanner) digits() bool {
	start := s.i
	for s.at()-'0' <= 9 {
		s.i++
	}
	return s.i > start
}

// isNumber reports whether s is a JSON number.
func isNumber(s string) bool {
	sc := scanner{[]byte(s), 0}
	return sc.number() && sc.i == len(s)
}
