package wire

import "unicode/utf8"

// unescapeOne returns the character of the escape sequence at the start of p
// and the number of its bytes: 0 when it is invalid, -1 when p ends before that is
// known. Half of a surrogate pair without the other half is U+FFFD.
func unescapeOne(p []byte) (c rune, n int) {
	if len(p) < 2 {
		return 0, -1
	}
	switch e := p[1]; {
	case e == '"' || e == '\\' || e == '/':
		return rune(e), 2
	case e >= 'b' && int(e-'b') < len(letters) && letters[e-'b'] != 0:
		return rune(letters[e-'b']), 2
	}
	c, n = unescapeUnit(p)
	if n > 0 && 0xd800 <= c && c < 0xe000 {
		if low, m := unescapeUnit(p[6:]); m > 0 && c < 0xdc00 && 0xdc00 <= low && low < 0xe000 {
			return (c-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
		}
		c = utf8.RuneError
	}
	return c, n
}

// letters are the characters that \b, \f, \n, \r and \t stand for, from b on.
const letters = "\b\x00\x00\x00\f\x00\x00\x00\x00\x00\x00\x00\n\x00\x00\x00\r\x00\t"

// unescapeUnit returns the UTF-16 unit of the \uXXXX at the start of p and its
// length, as unescapeOne does.
func unescapeUnit(p []byte) (unit rune, n int) {
	const start = `\u`
	for k := range 6 {
		if k >= len(p) {
			return 0, -1
		}
		if k < len(start) {
			if p[k] != start[k] {
				return 0, 0
			}
			continue
		}
		digit := class[p[k]]
		if digit&classHex == 0 {
			return 0, 0
		}
		unit = unit<<4 | rune(digit&hexValue)
	}
	return unit, 6
}
