package wire

// number decodes the number at d.i. It is an Int when it is written without
// fraction and exponent and fits into an int64, otherwise a Float with its text.
func (d *decoder) number(v *Value) error {
	b, i := d.b, d.i
	neg := b[i] == '-'
	if neg {
		i++
	}
	first := i
	var u uint64
	for i < len(b) && b[i]-'0' <= 9 {
		u = u*10 + uint64(b[i]-'0') // wraps after 19 digits; then u is not used
		i++
	}
	digits := i - first
	if digits == 0 || digits > 1 && b[first] == '0' || digits > 19 ||
		i < len(b) && (b[i] == '.' || b[i]|0x20 == 'e') {
		return d.float(v)
	}
	limit := uint64(1<<63 - 1)
	if neg {
		limit++
	}
	if u > limit {
		return d.float(v)
	}
	d.i = i
	v.Kind, v.Int = Int, int64(u)
	if neg {
		v.Int = int64(-u)
	}
	return nil
}

// float decodes the number at d.i as a Float.
func (d *decoder) float(v *Value) error {
	start := d.i
	if err := d.skipNumber(); err != nil {
		return err
	}
	v.Kind, v.Str = Float, d.text(d.b[start:d.i])
	return nil
}

// skipNumber passes over a number by the grammar of RFC 8259.
func (d *decoder) skipNumber() error {
	if d.b[d.i] == '-' {
		d.i++
	}
	if d.i < len(d.b) && d.b[d.i] == '0' {
		d.i++ // a digit after it is then refused as trailing the number
	} else if err := d.digits(); err != nil {
		return err
	}
	if d.i < len(d.b) && d.b[d.i] == '.' {
		d.i++
		if err := d.digits(); err != nil {
			return err
		}
	}
	if d.i < len(d.b) && d.b[d.i]|0x20 == 'e' {
		d.i++
		if d.i < len(d.b) && (d.b[d.i] == '+' || d.b[d.i] == '-') {
			d.i++
		}
		return d.digits()
	}
	return nil
}

// digits passes over one digit or more.
func (d *decoder) digits() error {
	start := d.i
	for d.i < len(d.b) && d.b[d.i]-'0' <= 9 {
		d.i++
	}
	if d.i == start {
		return d.syntax("missing digit in a number")
	}
	return nil
}
