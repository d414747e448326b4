package keys

import "unicode/utf8"

const hexDigits = "0123456789ABCDEF"

// appendEscaped appends s with every byte percent-encoded that could separate
// parts, widen a pattern, or hide. Ordinary ids are appended as they are, so that
// other services spell the same key.
func appendEscaped(dst []byte, s string) []byte {
	n := 0
	for n < len(s) && plain(rune(s[n])) {
		n++
	}
	dst, s = put(dst, s[:n]), s[n:] // mostly that is all
	for len(s) > 0 {
		r, width := utf8.DecodeRuneInString(s)
		if plain(r) || width > 1 && !invisible(r) {
			dst = put(dst, s[:width])
		} else {
			for _, b := range []byte(s[:width]) {
				dst = put(put(put(dst, "%"), hexDigits[b>>4:][:1]), hexDigits[b&15:][:1])
			}
		}
		s = s[width:]
	}
	return dst
}

// put is append. An append is much code where it stands, so that there is only one
// makes WebAssembly programs smaller.
//
//go:noinline
func put(dst []byte, s string) []byte { return append(dst, s...) }

// plainASCII has a bit for each ASCII character that stands for itself: all that can
// be seen but : * ? [ ] \ and %.
var plainASCII = [2]uint64{0x7bfffbde00000000, 0x7fffffffc7ffffff}

func plain(r rune) bool {
	return r < utf8.RuneSelf && plainASCII[r>>6]>>(r&63)&1 != 0
}

// invisible knows control and format characters and the blanks beyond ASCII:
// two keys that look alike in a log should be alike.
func invisible(r rune) bool {
	for _, m := range blanks {
		if r >= rune(m[0]) && r <= rune(m[1]) {
			return true
		}
	}
	return false
}

var blanks = [...][2]uint16{
	{0x80, 0xA0}, {0xAD, 0xAD}, {0x1680, 0x1680}, {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF},
}

// unescape undoes appendEscaped. It refuses what appendEscaped never writes, so
// that every key has one reading.
func unescape(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi < 0 || lo < 0 {
			return "", false
		}
		b = append(b, byte(hi<<4|lo))
		i += 2
	}
	id := string(b)
	return id, string(appendEscaped(b[:0:0], id)) == s
}

func unhex(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}
