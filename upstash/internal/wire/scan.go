package wire

import (
	"bytes"
	"math/bits"
)

// Eight bytes are examined at a time, as one uint64 whose lowest byte comes
// first. In the formulas below a byte of the result has its top bit set when
// the byte of w is one of those sought, and for the lowest such byte this is
// exact: a borrow can only start at a byte that is sought, so whatever is
// wrong above it does not matter.
const (
	each01 = 0x0101010101010101
	each02 = 0x0202020202020202
	each20 = 0x2020202020202020
	each21 = 0x2121212121212121
	each5C = 0x5c5c5c5c5c5c5c5c
	each80 = 0x8080808080808080
)

// escapables marks the bytes of w that cannot stand unescaped in a JSON
// string: below 0x20, quote, backslash.
//
// The XOR with 2 moves the quote (0x22) to 0x20 and what it pushes away (0x20)
// to 0x22, so that "< 0x21" means quote or control character.
func escapables(w uint64) uint64 {
	return (((w ^ each02) - each21) | ((w ^ each5C) - each01)) &^ w & each80
}

// specials is escapables with the bytes that are not ASCII.
func specials(w uint64) uint64 {
	return (((w ^ each02) - each21) | ((w ^ each5C) - each01) | w) & each80
}

// notPrintable is specials without quote and backslash.
func notPrintable(w uint64) uint64 {
	return ((w - each20) | w) & each80
}

// load64 is the compiler's idiom for one unaligned load.
func load64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// loadString64 is load64 for a string.
func loadString64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// store64 is the reverse of load64.
func store64(b []byte, w uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
	b[4], b[5], b[6], b[7] = byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56)
}

// Classes of bytes for the places where there are fewer than eight left.
const (
	classEscape  = 0x80 // below 0x20, quote, backslash
	classHigh    = 0x40 // 0x80 and above
	classSpecial = classEscape | classHigh
	classHex     = 0x10 // a hexadecimal digit; its value is in hexValue
	hexValue     = 0x0f
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c < 0x20 || c == '"' || c == '\\':
			t[c] = classEscape
		case c >= 0x80:
			t[c] = classHigh
		}
	}
	for i, c := range []byte("0123456789abcdefABCDEF") {
		if i > hexValue {
			i -= 6
		}
		t[c] = classHex | uint8(i) //nolint:gosec // at most hexValue
	}
	return t
}()

const (
	// longRun is after how many plain bytes skipASCII changes to windows: most
	// strings end before, and the start of a window has a price.
	longRun = 64
	// window is how far bytes.IndexByte may look ahead. It bounds what is looked
	// at in vain when special bytes come soon after a long run without any.
	window = 2 << 10
)

// skipASCII returns the index of the first byte from i on that is a quote, a
// backslash, a control character or not ASCII; len(b) when there is none.
func skipASCII(b []byte, i int) int {
	end := len(b)
	if fastIndex {
		end = min(end, i+longRun)
	}
	for ; i+8 <= end; i += 8 {
		if m := specials(load64(b[i : i+8])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	if i+8 <= len(b) {
		return skipLong(b, i)
	}
	for ; i < len(b); i++ {
		if class[b[i]]&classSpecial != 0 {
			return i
		}
	}
	return i
}

// skipLong is skipASCII for long runs: the search for quotes and backslashes is
// left to bytes.IndexByte, which is vectorised, so that only one formula is left
// for the rest. That takes 0.7 of the time.
func skipLong(b []byte, i int) int {
	for i < len(b) {
		w := b[i:min(i+window, len(b))]
		size := len(w)
		if q := bytes.IndexByte(w, '"'); q >= 0 {
			w = w[:q]
		}
		if q := bytes.IndexByte(w, '\\'); q >= 0 {
			w = w[:q]
		}
		n := skipPrintable(w)
		i += n
		if n < size {
			break
		}
	}
	return i
}

// skipPrintable returns the index of the first byte of b that is a control
// character or not ASCII; len(b) when there is none.
func skipPrintable(b []byte) int {
	i := 0
	for ; i+32 <= len(b); i += 32 {
		p := b[i : i+32 : i+32]
		x, y, z, w := load64(p), load64(p[8:]), load64(p[16:]), load64(p[24:])
		if notPrintable(x)|notPrintable(y)|notPrintable(z)|notPrintable(w) != 0 {
			break
		}
	}
	for ; i+8 <= len(b); i += 8 {
		if m := notPrintable(load64(b[i : i+8])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i]-0x20 >= 0x60 {
			return i
		}
	}
	return i
}

// skipText is skipASCII that passes over what is not ASCII.
func skipText(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := escapables(load64(b[i : i+8])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if class[b[i]]&classEscape != 0 {
			return i
		}
	}
	return i
}
