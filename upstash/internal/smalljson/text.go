package smalljson

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

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
		if escape := escapeOf(c, n); escape != "" {
			b = append(append(b, s[start:i]...), escape...)
			start = i + n
		} else if c < ' ' {
			b = append(append(b, s[start:i]...), '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			start = i + n
		}
		i += n
	}
	return append(append(b, s[start:]...), '"')
}

// escapeOf returns what stands for a character of n bytes, "" when it stands for
// itself or has the long form.
func escapeOf(c rune, n int) string {
	switch c {
	case '"':
		return `\"`
	case '\\':
		return `\\`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case '\b':
		return `\b`
	case '\f':
		return `\f`
	case '<':
		return `\u003c`
	case '>':
		return `\u003e`
	case '&':
		return `\u0026`
	case '\u2028':
		return `\u2028`
	case '\u2029':
		return `\u2029`
	case utf8.RuneError:
		if n == 1 {
			return `\ufffd`
		}
	}
	return ""
}

// appendCompact appends valid JSON without the white space between its tokens, and
// with what HTML may stumble over escaped.
func appendCompact(b, text []byte) []byte {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
			b = append(b, c, text[i])
		case c == '<' || c == '>' || c == '&':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c == 0xE2 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2]&^1 == 0xA8:
			b = append(b, '\\', 'u', '2', '0', '2', hexDigits[text[i+2]&15])
			i += 2
		case quoted || c > ' ':
			if c == '"' {
				quoted = !quoted
			}
			b = append(b, c)
		}
	}
	return b
}

// appendUnquoted appends what the JSON string s, quotes included, means.
func appendUnquoted(b, s []byte) []byte {
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\\' && s[i+1] == 'u':
			r := unit(s[i:])
			i += 6
			if r >= 0xD800 && r < 0xE000 {
				if low := unit(s[i:]); r < 0xDC00 && low >= 0xDC00 && low < 0xE000 {
					r = (r-0xD800)<<10 + low - 0xDC00 + 0x10000
					i += 6
				} else {
					r = utf8.RuneError
				}
			}
			b = utf8.AppendRune(b, r)
		case c == '\\':
			b = append(b, unescape(s[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRune(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
		}
	}
	return b
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return c
}

// unit returns the UTF-16 unit of the \uXXXX at the start of s, or -1.
func unit(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range s[2:6] {
		v := hexValue(c)
		if v < 0 {
			return -1
		}
		r = r<<4 | v
	}
	return r
}

func hexValue(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}
