package smalljson

// Base64 with padding, as encoding/base64.StdEncoding has it, without the four
// tables that importing that package puts into every program.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func appendBase64(b, p []byte) []byte {
	for ; len(p) >= 3; p = p[3:] {
		x := uint(p[0])<<16 | uint(p[1])<<8 | uint(p[2])
		b = append(b, alphabet[x>>18], alphabet[x>>12&63], alphabet[x>>6&63], alphabet[x&63])
	}
	switch len(p) {
	case 1:
		x := uint(p[0]) << 4
		b = append(b, alphabet[x>>6], alphabet[x&63], '=', '=')
	case 2:
		x := uint(p[0])<<10 | uint(p[1])<<2
		b = append(b, alphabet[x>>12], alphabet[x>>6&63], alphabet[x&63], '=')
	}
	return b
}

// decodeBase64 passes over line ends, and wants padding and nothing after it.
func decodeBase64(s []byte) ([]byte, bool) {
	out := make([]byte, 0, len(s)/4*3)
	var x uint
	digits, pads := 0, 0
	for _, c := range s {
		switch c {
		case '\r', '\n':
			continue
		case '=':
			if pads++; digits+pads > 4 {
				return nil, false
			}
			continue
		}
		v := sextet(c)
		if v < 0 || pads > 0 {
			return nil, false
		}
		x = x<<6 | uint(v) //nolint:gosec // not negative
		if digits++; digits == 4 {
			out = append(out, byte(x>>16), byte(x>>8), byte(x)) //nolint:gosec // the low bytes are meant
			x, digits = 0, 0
		}
	}
	switch {
	case digits == 2 && pads == 2:
		out = append(out, byte(x>>4)) //nolint:gosec // the low byte is meant
	case digits == 3 && pads == 1:
		out = append(out, byte(x>>10), byte(x>>2)) //nolint:gosec // the low bytes are meant
	case digits != 0 || pads != 0:
		return nil, false
	}
	return out, true
}

func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
