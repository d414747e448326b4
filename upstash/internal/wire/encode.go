package wire

import "unicode/utf8"

// AppendCommand appends the command args as a JSON array of strings, the body
// of POST /, and returns the longer slice with bad = -1.
//
// When an argument is not valid UTF-8, which JSON cannot carry, bad is the
// index of the first such argument; out is then dst with undefined content
// past its old length (its memory may be reused).
func AppendCommand(dst []byte, args []string) (out []byte, bad int) {
	dst = append(dst, '[')
	for i, s := range args {
		if i > 0 {
			dst = append(dst, ',')
		}
		var ok bool
		if dst, ok = AppendString(dst, s); !ok {
			return dst, i
		}
	}
	return append(dst, ']'), -1
}

// AppendBatch appends n commands as a JSON array of arrays, the body of POST
// /pipeline and /multi-exec. Command i is what at(i) returns; at is called once
// for each command in order, and the slice it returns is not kept, so it may be
// the same memory every time.
//
// badCmd and badArg are -1, or the place of the first argument that is not
// valid UTF-8, as in [AppendCommand].
func AppendBatch(dst []byte, n int, at func(i int) []string) (out []byte, badCmd, badArg int) {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		var bad int
		if dst, bad = AppendCommand(dst, at(i)); bad >= 0 {
			return dst, i, bad
		}
	}
	return append(dst, ']'), -1, -1
}

// AppendString appends s as a JSON string. It reports whether s is valid UTF-8;
// when it is not, the content of out past the old length is undefined.
//
// Plain ASCII is copied and examined, nothing more. Beyond the first byte that
// is not, UTF-8 is checked before escaping goes on.
func AppendString(dst []byte, s string) (out []byte, ok bool) {
	n := len(dst) + 1
	dst = ensure(dst, len(s)+2)[:n+len(s)]
	dst[n-1] = '"'
	if !lean && len(s) <= shortString {
		if !copyPlain(dst[n:], s) {
			return appendSpecial(dst, n, s)
		}
	} else {
		copy(dst[n:], s)
		if i := skipASCII(dst, n); i < len(dst) {
			return appendSpecial(dst, i, s[i-n:])
		}
	}
	return append(dst, '"'), true
}

// shortString is the length up to which one loop that copies and examines is
// faster than one call for each.
const shortString = 64

// copyPlain copies s to p, which is as long. It reports whether s is ASCII that
// needs no escaping.
func copyPlain(p []byte, s string) bool {
	if len(s) < 8 {
		var m uint8
		for i := 0; i < len(s) && i < len(p); i++ {
			p[i] = s[i]
			m |= class[s[i]]
		}
		return m&classSpecial == 0
	}
	var m uint64
	for i := 0; i+8 <= len(s); i += 8 {
		w := loadString64(s[i : i+8])
		m |= specials(w)
		store64(p[i:i+8], w)
	}
	w := loadString64(s[len(s)-8:]) // overlaps the last word of the loop
	store64(p[len(p)-8:], w)
	return m|specials(w) == 0
}

// ensure returns dst with room for n bytes more.
func ensure(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return enlarge(dst, n)
}

//go:noinline
func enlarge(dst []byte, n int) []byte {
	return append(dst, make([]byte, n)...)[:len(dst)]
}

// appendSpecial replaces dst[n:], which is a copy of s, by its escaped form and
// appends the closing quote, for an s that is not plain ASCII.
func appendSpecial(dst []byte, n int, s string) (out []byte, ok bool) {
	if !utf8.Valid(dst[n:]) {
		return dst, false
	}
	dst = ensure(dst[:n], len(s))
	dst = dst[:cap(dst)]
	for i := 0; i < len(s); {
		if n+8*maxEscape > len(dst) {
			dst = enlarge(dst[:n], max(8*maxEscape, len(s)-i))
			dst = dst[:cap(dst)]
		}
		for i+8 <= len(s) && n+8*maxEscape <= len(dst) {
			w := loadString64(s[i : i+8])
			i += 8
			if escapables(w) == 0 {
				store64(dst[n:n+8], w)
				n += 8
				continue
			}
			for range 8 {
				n += putEscaped(dst[n:n+maxEscape], byte(w))
				w >>= 8
			}
		}
		for len(s)-i < 8 && i < len(s) && n+maxEscape <= len(dst) {
			n += putEscaped(dst[n:n+maxEscape], s[i])
			i++
		}
	}
	return append(dst[:n], '"'), true
}

// maxEscape is the length of the longest escape sequence, as in "\u001f".
const maxEscape = 6

// escapes holds for each byte what stands for it: one or two bytes, the first
// one lowest, and above them their number; longEscape for \u00XX.
var escapes = func() (t [256]uint32) {
	for c := range t {
		t[c] = uint32(c) | 1<<16
		if c < 0x20 {
			t[c] = longEscape
		}
	}
	const pairs = "\"\"\\\\\nn\rr\tt\bb\ff"
	for i := 0; i < len(pairs); i += 2 {
		t[pairs[i]] = '\\' | uint32(pairs[i+1])<<8 | 2<<16
	}
	return t
}()

const longEscape = maxEscape << 16

// putEscaped writes c, escaped if need be, to the beginning of p and returns the
// length. That one or two bytes are written without a branch is what makes it
// fast: where the quotes of a JSON document fall cannot be predicted.
func putEscaped(p []byte, c byte) int {
	_ = p[maxEscape-1]
	e := escapes[c]
	p[0], p[1] = byte(e), byte(e>>8)
	if e == longEscape {
		const hex = "0123456789abcdef"
		p[0], p[1], p[2], p[3], p[4], p[5] = '\\', 'u', '0', '0', hex[c>>4], hex[c&15]
	}
	return int(e >> 16)
}
