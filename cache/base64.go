package cache

// Base64 with padding, as encoding/base64.StdEncoding has it. Importing that puts
// four tables and the code that makes them into every program, and here it serves
// compressed values that travel in company, where compression takes the time.
const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func toBase64(src []byte) []byte {
	b := make([]byte, 0, (len(src)+2)/3*4)
	for ; len(src) > 0; src = src[min(3, len(src)):] {
		var group [3]byte
		n := copy(group[:], src)
		x := uint(group[0])<<16 | uint(group[1])<<8 | uint(group[2])
		b = append(b, base64Digits[x>>18], base64Digits[x>>12&63], base64Digits[x>>6&63], base64Digits[x&63])
		for i := n; i < 3; i++ {
			b[len(b)-3+i] = '='
		}
	}
	return b
}

// fromBase64 decodes b in place.
func fromBase64(b []byte) (decoded []byte, ok bool) {
	n := len(b)
	for n > 0 && len(b)-n < 2 && b[n-1] == '=' {
		n--
	}
	decoded = b[:0] // never longer than what has been read
	x, have := uint(0), 0
	for _, c := range b[:n] {
		v := uint(0)
		switch {
		case c >= 'a' && c <= 'z':
			v = uint(c-'a') + 26
		case c >= 'A' && c <= 'Z':
			v = uint(c - 'A')
		case c >= '0' && c <= '9':
			v = uint(c-'0') + 52
		case c == '+' || c == '/':
			v = 62 + uint(c>>2&1)
		default:
			return nil, false
		}
		x = x<<6 | v
		if have += 6; have >= 8 {
			have -= 8
			decoded = append(decoded, byte(x>>have)) //nolint:gosec // the low byte is meant
		}
	}
	return decoded, len(b)%4 == 0
}
