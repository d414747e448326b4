package wire

// scanInt reads the integer at b[i:] and returns it with the index of the byte
// after its digits. ok is false when there is no digit or more than an int64 holds.
func scanInt(b []byte, i int) (n int64, end int, ok bool) {
	neg := i < len(b) && b[i] == '-'
	if neg || i < len(b) && b[i] == '+' {
		i++
	}
	first := i
	var u uint64
	for i < len(b) && b[i]-'0' <= 9 {
		u = u*10 + uint64(b[i]-'0') // wraps after 19 digits; then u is not used
		i++
	}
	limit := uint64(1<<63 - 1)
	if neg {
		limit++
	}
	ok = i > first && i-first <= 19 && u <= limit
	if neg {
		u = -u
	}
	return int64(u), i, ok
}

// number decodes the number at d.i, by the grammar of RFC 8259. It is an Int when
// it is written without fraction and exponent and fits into an int64, otherwise a
// Float with its text. When v is nil it only passes over it.
func (d *decoder) number(v *Value) error {
	b, start := d.b, d.i
	n, end, isInt := scanInt(b, start)
	first := start
	if b[start] == '-' {
		first++
	}
	d.i = end
	if end == first {
		return d.syntax(noDigit)
	}
	if b[first] == '0' && end > first+1 {
		return d.fail(first+1, "digit after a leading zero", nil)
	}
	if end < len(b) && (b[end] == '.' || b[end]|0x20 == 'e') {
		isInt = false
		if err := d.fraction(); err != nil {
			return err
		}
	}
	switch {
	case v == nil:
	case isInt:
		v.Kind, v.Int = Int, n
	default:
		d.set(v, Float, b[start:d.i])
	}
	return nil
}

// fraction passes over the fraction and the exponent of a number.
func (d *decoder) fraction() error {
	if d.at('.') {
		if err := d.digits(); err != nil {
			return err
		}
	}
	if d.at('e') || d.at('E') {
		if !d.at('+') {
			d.at('-')
		}
		return d.digits()
	}
	return nil
}

const noDigit = "missing digit in a number"

// at passes over c if it comes next.
//
//go:noinline
func (d *decoder) at(c byte) bool {
	if d.i < len(d.b) && d.b[d.i] == c {
		d.i++
		return true
	}
	return false
}

// digits passes over one digit or more.
func (d *decoder) digits() error {
	start := d.i
	for d.i < len(d.b) && d.b[d.i]-'0' <= 9 {
		d.i++
	}
	if d.i == start {
		return d.syntax(noDigit)
	}
	return nil
}
