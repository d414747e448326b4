package wire

import "math/bits"

// notBase64 marks, in the tables below, a byte outside the alphabet. It lies
// above the 24 bits of a quantum (four characters, three bytes).
const notBase64 = 1 << 31

// Table k holds the six bits of a character at place k of a quantum, shifted
// to where they belong in its three bytes, of which the lowest comes first.
// Four tables cost 4 KiB and save the shifts: the OR of four look-ups is the
// quantum and its validity in one, ready to be stored.
var base64Tables [4][256]uint32

// They are filled in place: a function that returned them would need a stack of
// 8 KiB, and main would have it grown before it starts.
func init() {
	t := &base64Tables
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for k := range t {
		for c := range t[k] {
			t[k][c] = notBase64
		}
	}
	for i, c := range []byte(alphabet) {
		v := uint32(i)
		t[0][c] = v << 2
		t[1][c] = v>>4 | v&15<<12
		t[2][c] = v>>2<<8 | v&3<<22
		t[3][c] = v << 16
	}
}

// decodeQuanta decodes whole quanta from b[r:] to b[w:] (w <= r) as long as they
// consist of the alphabet alone. It returns the index of the first byte not
// read and that after the last byte written.
//
// The end of the text stops it like any other byte outside the alphabet: a
// quote or padding need not be looked for in a pass of its own.
func decodeQuanta(b []byte, r, w int) (int, int) {
	t0, t1, t2, t3 := &base64Tables[0], &base64Tables[1], &base64Tables[2], &base64Tables[3]
	for r+8 <= len(b) {
		p := b[r : r+8 : r+8]
		x := t0[p[0]] | t1[p[1]] | t2[p[2]] | t3[p[3]]
		y := t0[p[4]] | t1[p[5]] | t2[p[6]] | t3[p[7]]
		if (x|y)&notBase64 != 0 {
			break
		}
		// Eight bytes are stored in one go, of which two are rubbish. They fall
		// on bytes that have been read (w <= r) and are overwritten next.
		store64(b[w:w+8:w+8], uint64(x)|bits.RotateLeft64(uint64(y), 24))
		r, w = r+8, w+6
	}
	for r+4 <= len(b) {
		p := b[r : r+4 : r+4]
		x := t0[p[0]] | t1[p[1]] | t2[p[2]] | t3[p[3]]
		if x&notBase64 != 0 {
			break
		}
		b[w], b[w+1], b[w+2] = byte(x), byte(x>>8), byte(x>>16)
		r, w = r+4, w+3
	}
	return r, w
}

// decodePadded decodes the last, padded quantum at the start of p to b[w:] and
// returns the number of bytes written, or 0 when p does not start with such a
// quantum. Bits that carry no data must be zero, so that every value has one
// encoding only.
func decodePadded(p []byte, b []byte, w int) int {
	if len(p) < 4 || p[3] != '=' {
		return 0
	}
	x := base64Tables[0][p[0]] | base64Tables[1][p[1]]
	if p[2] == '=' {
		if x > 0xff {
			return 0
		}
		b[w] = byte(x)
		return 1
	}
	if x |= base64Tables[2][p[2]]; x > 0xffff {
		return 0
	}
	b[w], b[w+1] = byte(x), byte(x>>8)
	return 2
}
