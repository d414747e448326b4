package wire

import "unicode/utf8"

// hexDigits holds the value of each hexadecimal digit and 16 for other bytes.
var hexDigits = func() (t [256]uint8) {
	for c := range t {
		t[c] = 16
	}
	for v := range uint8(10) {
		t['0'+v] = v
	}
	for v := range uint8(6) {
		t['a'+v], t['A'+v] = 10+v, 10+v
	}
	return t
}()

// unescapeOne returns the character of the escape sequence at the start of p
// and the number of its bytes; 0 when it is invalid or incomplete. Half of a
// surrogate pair without the other half is U+FFFD.
func unescapeOne(p []byte) (c rune, n int) {
	if len(p) < 2 {
		return 0, 0
	}
	switch p[1] {
	case '"', '\\', '/':
		return rune(p[1]), 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'u':
	default:
		return 0, 0
	}
	c = unescapeUnit(p)
	switch {
	case c < 0:
		return 0, 0
	case 0xd800 <= c && c < 0xdc00:
		if low := unescapeUnit(p[6:]); 0xdc00 <= low && low < 0xe000 {
			return (c-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
		}
		return utf8.RuneError, 6
	case 0xdc00 <= c && c < 0xe000:
		return utf8.RuneError, 6
	}
	return c, 6
}

// unescapeUnit returns the UTF-16 unit of the \uXXXX at the start of p, or -1.
func unescapeUnit(p []byte) rune {
	if len(p) < 6 || p[0] != '\\' || p[1] != 'u' {
		return -1
	}
	a, b, c, d := hexDigits[p[2]], hexDigits[p[3]], hexDigits[p[4]], hexDigits[p[5]]
	if a|b|c|d > 15 {
		return -1
	}
	return rune(a)<<12 | rune(b)<<8 | rune(c)<<4 | rune(d)
}
