package smalljson

import "unicode/utf8"

// What can stand behind a backslash, and what it means.
const (
	short = `"\/nrtbf`
	meant = "\"\\/\n\r\t\b\f"
)

// swap returns the character of the second list that is at the place of c in the
// first, or -1.
//
//go:noinline
func swap(c rune, from, to string) rune {
	for i := range len(from) {
		if rune(from[i]) == c {
			return rune(to[i])
		}
	}
	return -1
}

// appendString appends s as a JSON string that is safe inside HTML and JavaScript
// too. Bytes that are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c, n := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRuneInString(s[i:])
		}
		if c < ' ' || c == '"' || c == '\\' || hazard(c) || c == utf8.RuneError && n == 1 {
			b = append(b, s[start:i]...)
			b = appendEscape(b, c)
			start = i + n
		}
		i += n
	}
	return append(append(b, s[start:]...), '"')
}

// hazard reports whether HTML or JavaScript may stumble over a character.
func hazard(c rune) bool {
	return c == '<' || c == '>' || c == '&' || c|1 == '\u2029'
}

// appendEscape appends an escape sequence for c.
func appendEscape(b []byte, c rune) []byte {
	const hex = "0123456789abcdef"
	if s := swap(c, meant, short); s >= 0 {
		return append(b, '\\', byte(s)) //nolint:gosec // ASCII
	}
	return append(b, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
}

// appendCompact appends valid JSON without the white space between its tokens, and
// with what HTML may stumble over escaped.
func appendCompact(b, text []byte) []byte {
	quoted, escaped := false, false
	for i := 0; i < len(text); {
		c, n := rune(text[i]), 1
		if c == 0xE2 { // what U+2028 begins with
			c, n = utf8.DecodeRune(text[i:])
		}
		switch {
		case hazard(c):
			b = appendEscape(b, c)
		case quoted || c > ' ':
			b = append(b, text[i:i+n]...)
		}
		if c == '"' && !escaped {
			quoted = !quoted
		}
		escaped = c == '\\' && !escaped
		i += n
	}
	return b
}

// unquote returns what the JSON string s, quotes included, means.
func unquote(s []byte) []byte {
	s = s[1 : len(s)-1]
	b := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := rune(s[0]), 1
		switch {
		case r == '\\' && s[1] == 'u':
			r, n = unit(s), 6
			if r&^0x7ff == 0xD800 {
				if low := unit(s[6:]); r < 0xDC00 && low&^0x3ff == 0xDC00 {
					r, n = (r-0xD800)<<10+low-0xDC00+0x10000, 12
				} // else AppendRune makes it U+FFFD
			}
		case r == '\\':
			r, n = swap(rune(s[1]), short, meant), 2
		case r >= utf8.RuneSelf:
			r, n = utf8.DecodeRune(s)
		}
		b = utf8.AppendRune(b, r)
		s = s[n:]
	}
	return b
}

// unit returns the UTF-16 unit of the \uXXXX at the start of s, or -1.
func unit(s []byte) (r rune) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	for _, c := range s[2:6] {
		d := c - '0'
		if d > 9 {
			if d = (c | 0x20) - 'a' + 10; d < 10 || d > 15 {
				return -1
			}
		}
		r = r<<4 | rune(d)
	}
	return r
}
