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
	return d.fail(d.i, msg, nil)
}

// cut reports that the body ends too early.
//
//go:noinline
func (d *decoder) cut() error { return d.fail(len(d.b), "unexpected end", ErrUnexpectedEnd) }

//go:noinline
func (*decoder) fail(off int, msg string, err error) error {
	return &SyntaxError{Offset: off, Msg: msg, Err: err}
}

// element counts one more element.
func (d *decoder) element() error {
	if d.elems++; d.elems > d.maxElems {
		return ErrTooManyElements
	}
	return nil
}

// set makes v a Value of kind k with a copy of p, which d has just passed.
func (d *decoder) set(v *Value, k Kind, p []byte) {
	s := ""
	switch {
	case len(p) == 0:
	case len(p) == 2 && p[0] == 'O' && p[1] == 'K':
		s = "OK" // the most frequent reply costs no memory
	case !d.arena.share || len(p) > maxShared:
		s = string(p)
	default:
		if d.arena.room() < len(p) {
			d.newBlock(len(p))
		}
		s = d.arena.add(p)
	}
	v.Kind, v.Str = k, s
}

// newBlock makes room for a string of n bytes and those after it.
//
//go:noinline
func (d *decoder) newBlock(n int) { d.arena.grow(n + d.expected()) }

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

// space passes over JSON white space and returns the next byte; 0, which is no JSON
// token, at the end.
//
//go:noinline
func (d *decoder) space() byte {
	for d.i < len(d.b) {
		switch c := d.b[d.i]; c {
		case ' ', '\t', '\r', '\n':
			d.i++
		default:
			return c
		}
	}
	return 0
}

// peek is space, quick where there is none.
func (d *decoder) peek() (c byte) {
	if d.i < len(d.b) {
		c = d.b[d.i]
	}
	if c <= ' ' {
		c = d.space()
	}
	return
}

// end reports anything from d.i on.
func (d *decoder) end() error {
	if d.i < len(d.b) {
		return d.fail(d.i, "data after the reply", ErrTrailing)
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
	return d.grow(s)
}

//go:noinline
func (d *decoder) grow(s []Value) []Value {
	grown := make([]Value, len(s)+1, min(2*cap(s)+2, len(s)+1+d.maxElems-d.elems))
	copy(grown, s)
	return grown
}
