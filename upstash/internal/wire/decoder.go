package wire

import "bytes"

// A decoder walks over one body. It works in place: unescaped and decoded
// strings are written over the text they came from.
type decoder struct {
	b []byte
	i int // index of the next byte

	base64   bool
	maxDepth int
	maxElems int
	elems    int // elements seen so far
	owed     int // RESP only: elements that open arrays still wait for
	reserved int // JSON only: elements that innerCap has promised so far
	items    int // answers of a batch that are expected and not yet begun

	arena arena
}

func (d *decoder) init(body []byte, o Options) {
	d.b, d.base64 = body, o.Base64
	d.maxDepth, d.maxElems = o.bounds()
}

// syntax reports the byte at d.i, or the end of the body when there is none. It and
// the other makers of errors are kept out of their many callers, which would be
// tenths of kilobytes each on WebAssembly, and never in a hurry.
//
//go:noinline
func (d *decoder) syntax(msg string) error {
	if d.i >= len(d.b) {
		return d.cut()
	}
	return syntaxAt(d.i, msg)
}

// cut reports that the body ends too early.
//
//go:noinline
func (d *decoder) cut() error {
	return &SyntaxError{Offset: len(d.b), Msg: "unexpected end", Err: ErrUnexpectedEnd}
}

// element counts one more element.
func (d *decoder) element() error {
	if d.elems++; d.elems > d.maxElems {
		return ErrTooManyElements
	}
	return nil
}

// text returns a copy of p, which d has just passed.
func (d *decoder) text(p []byte) string {
	switch {
	case len(p) == 0:
		return ""
	case len(p) == 2 && p[0] == 'O' && p[1] == 'K':
		return "OK" // the most frequent reply costs no memory
	case !d.arena.share || len(p) > maxShared:
		return string(p)
	case d.arena.room() < len(p):
		d.arena.grow(len(p) + d.expected())
	}
	return d.arena.add(p)
}

// expected estimates how many bytes of strings the rest of the body holds. It
// errs on the high side: a block too large costs little, a second one an
// allocation.
func (d *decoder) expected() int {
	left := len(d.b) - d.i - d.items*minItem
	if d.base64 {
		left = left / 4 * 3
	}
	return max(left, 0)
}

// space passes over JSON white space.
func (d *decoder) space() {
	for d.i < len(d.b) {
		switch d.b[d.i] {
		case ' ', '\t', '\r', '\n':
			d.i++
		default:
			return
		}
	}
}

// peek passes over white space and returns the next byte; 0, which is no JSON
// token, at the end.
func (d *decoder) peek() byte {
	if d.i < len(d.b) && d.b[d.i] > ' ' {
		return d.b[d.i]
	}
	d.space()
	if d.i < len(d.b) {
		return d.b[d.i]
	}
	return 0
}

// end reports anything but white space from d.i on.
func (d *decoder) end() error {
	if d.space(); d.i < len(d.b) {
		return trailingAt(d.i)
	}
	return nil
}

// innerCap guesses how many elements the array has whose first element is at
// d.i. It is exact for an array without arrays and without commas in strings,
// thus for nearly every array; otherwise the slice grows as it is filled.
//
// Every promise counts, kept or not: text full of commas in plain mode can make
// this guess too high, but never above the limit of elements in all.
func (d *decoder) innerCap() int {
	rest := d.b[d.i:]
	n := bytes.IndexByte(rest, ']')
	if n < 0 || bytes.IndexByte(rest[:n], '[') >= 0 {
		return 2
	}
	n = countByte(rest[:n], ',') + 1
	n = max(min(n, 1024, d.maxElems-d.reserved), 1)
	d.reserved += n
	return n
}

// extend makes room for one more element, which has just been counted; it is
// zero, because only extend and make enlarge these slices. Growing doubles them,
// but never beyond what the limit of elements leaves.
func (d *decoder) extend(s []Value) []Value {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	grown := make([]Value, len(s)+1, min(2*cap(s)+2, len(s)+1+d.maxElems-d.elems))
	copy(grown, s)
	return grown
}
