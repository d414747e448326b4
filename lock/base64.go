package lock

import "strings"

// The text of a handle is in base64 of RFC 4648, section 5 (for URLs), without
// padding. Package encoding/base64 makes tables when a program starts, which every
// WebAssembly program with a lock would carry.
const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func appendBase64(dst, b []byte) []byte {
	bits, n := 0, 0 // n bits are waiting
	for _, c := range b {
		bits, n = bits<<8&0xffff|int(c), n+8
		for ; n >= 6; n -= 6 {
			dst = append(dst, base64Digits[bits>>(n-6)&63])
		}
	}
	if n > 0 {
		dst = append(dst, base64Digits[bits<<(6-n)&63])
	}
	return dst
}

// fromBase64 reads what appendBase64 writes. It is lenient about the bits that are
// over at the end.
func fromBase64(text []byte) ([]byte, bool) {
	out := make([]byte, 0, len(text)*3/4)
	bits, n := 0, 0
	for _, c := range text {
		digit := strings.IndexByte(base64Digits, c)
		if digit < 0 {
			return nil, false
		}
		bits, n = bits<<6&0xffff|digit, n+6
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n)) //nolint:gosec // the lowest eight bits
		}
	}
	return out, true
}
