package keys

import "unicode/utf8"

const hexDigits = "0123456789ABCDEF"

// appendEscaped appends s with every byte percent-encoded that could separate
// parts, widen a pattern, or hide. Ordinary ids are appended as they are, so that
// other services spell the same key.
func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			if plainByte(b) {
				dst = append(dst, b)
			} else {
				dst = append(dst, '%', hexDigits[b>>4], hexDigits[b&15])
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || invisible(r) {
			for _, b := range []byte(s[i : i+n]) {
				dst = append(dst, '%', hexDigits[b>>4], hexDigits[b&15])
			}
		} else {
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}

// plainByte reports whether an ASCII byte stands for itself.
func plainByte(b byte) bool {
	switch b {
	case ':', '*', '?', '[', ']', '\\', '%':
		return false
	}
	return b > ' ' && b < 0x7f
}

// invisible knows control and format characters and the blanks beyond ASCII:
// two keys that look alike in a log should be alike.
func invisible(r rune) bool {
	switch {
	case r <= 0xA0, r == 0xAD, r == 0x1680, r == 0x3000, r == 0xFEFF:
		return true
	case r >= 0x2000 && r <= 0x200F, r >= 0x2028 && r <= 0x202F, r >= 0x205F && r <= 0x206F:
		return true
	}
	return false
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
