package upstash

import "math/bits"

// sha1Hex returns the SHA-1 of s in hex, by which Redis names scripts (it is an
// identifier here, no protection). The standard library's would add 56 kB of
// compressed code to a WebAssembly build and is refused in strict FIPS mode;
// this one is FIPS 180-4 section 6.1 as it stands there, and tested against it.
func sha1Hex(s string) string {
	h := [5]uint32{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0}
	n := len(s)
	msg := make([]byte, (n+8)/64*64+64) // with 0x80, zeros and the number of bits behind s
	copy(msg, s)
	msg[n] = 0x80
	for i, count := len(msg)-1, uint64(n)*8; count > 0; i, count = i-1, count>>8 {
		msg[i] = byte(count)
	}
	for ; len(msg) > 0; msg = msg[64:] {
		sha1Block(&h, msg[:64])
	}
	const digits = "0123456789abcdef"
	var out [40]byte
	for i := range out {
		out[i] = digits[h[i/8]>>(28-i%8*4)&15]
	}
	return string(out[:])
}

func sha1Block(h *[5]uint32, p []byte) {
	var w [80]uint32
	for i := range 16 {
		w[i] = uint32(p[4*i])<<24 | uint32(p[4*i+1])<<16 | uint32(p[4*i+2])<<8 | uint32(p[4*i+3])
	}
	for i := 16; i < 80; i++ {
		w[i] = bits.RotateLeft32(w[i-3]^w[i-8]^w[i-14]^w[i-16], 1)
	}
	a, b, c, d, e := h[0], h[1], h[2], h[3], h[4]
	for i := range 80 {
		var f, k uint32
		switch i / 20 {
		case 0:
			f, k = b&c|^b&d, 0x5A827999
		case 1:
			f, k = b^c^d, 0x6ED9EBA1
		case 2:
			f, k = b&c|b&d|c&d, 0x8F1BBCDC
		default:
			f, k = b^c^d, 0xCA62C1D6
		}
		a, b, c, d, e = bits.RotateLeft32(a, 5)+f+e+k+w[i], a, bits.RotateLeft32(b, 30), c, d
	}
	h[0] += a
	h[1] += b
	h[2] += c
	h[3] += d
	h[4] += e
}
