package wire

import "unicode/utf8"

// stringValue decodes the string at d.i, base64 undone if so configured.
func (d *decoder) stringValue(v *Value) error {
	if d.base64 {
		return d.base64Value(v)
	}
	p, err := d.plainString()
	if err != nil {
		return err
	}
	v.Kind, v.Str = String, d.text(p)
	return nil
}

// base64Value decodes the base64 string at d.i. The unencoded OK, which can be
// no base64 because of its length, is a status reply wherever it stands: the
// service sends it as the whole result, some emulators inside arrays as well.
func (d *decoder) base64Value(v *Value) error {
	start := d.i + 1
	r, w := decodeQuanta(d.b, start, start)
	rest := d.b[r:]
	if len(rest) > 0 && rest[0] == '"' {
		d.i = r + 1
		v.Kind, v.Str = String, d.text(d.b[start:w])
		return nil
	}
	if len(rest) > 4 && rest[4] == '"' {
		if n := decodePadded(rest, d.b, w); n > 0 {
			d.i = r + 5
			v.Kind, v.Str = String, d.text(d.b[start:w+n])
			return nil
		}
	}
	if r == start && len(rest) > 2 && string(rest[:3]) == `OK"` {
		d.i = r + 3
		v.Kind, v.Str = Status, "OK"
		return nil
	}
	return d.base64Escaped(v, start, r, w)
}

// base64Escaped goes on where the straight way stopped at r, having written up
// to w: at an escape sequence, or at an error.
func (d *decoder) base64Escaped(v *Value, start, r, w int) error {
	p, err := d.unescape(r, r)
	if err != nil {
		return err
	}
	if r == start && string(p) == "OK" {
		v.Kind, v.Str = Status, "OK"
		return nil
	}
	// Line breaks are no part of the text, as for encoding/base64.
	n := 0
	for _, c := range p {
		if c != '\r' && c != '\n' {
			p[n] = c
			n++
		}
	}
	p = p[:n]
	in, out := decodeQuanta(p, 0, 0)
	w += copy(d.b[w:], p[:out])
	if in < len(p) {
		n := 0
		if in+4 == len(p) {
			n = decodePadded(p[in:], d.b, w)
		}
		if n == 0 {
			return base64At(r + in)
		}
		w += n
	}
	v.Kind, v.Str = String, d.text(d.b[start:w])
	return nil
}

// plainString passes over the string at d.i and returns its content, which may
// lie in the body: it is valid until d writes there again.
func (d *decoder) plainString() ([]byte, error) {
	start := d.i + 1
	end := skipASCII(d.b, start)
	if end < len(d.b) && d.b[end] == '"' {
		d.i = end + 1
		return d.b[start:end], nil
	}
	p, err := d.rawString()
	if err != nil || utf8.Valid(p) {
		return p, err
	}
	return repair(p), nil
}

// rawString is plainString without a look at the UTF-8.
func (d *decoder) rawString() ([]byte, error) {
	return d.unescape(d.i+1, d.i+1)
}

// unescape undoes the escape sequences of the rest of a string, from d.b[r:] to
// d.b[w:] (w <= r), and passes over its closing quote. It returns what it wrote.
// Text never grows by that: the longest sequences shrink from 12 bytes to 4.
func (d *decoder) unescape(r, w int) ([]byte, error) {
	b, start := d.b, w
	for {
		// In escaped text, such as JSON within JSON, runs are short.
		for end := min(r+shortRun, len(b)); r < end && class[b[r]]&classEscape == 0; r++ {
			b[w] = b[r]
			w++
		}
		if r < len(b) && class[b[r]]&classEscape == 0 {
			end := skipText(b, r)
			w += copy(b[w:], b[r:end])
			r = end
		}
		d.i = r
		switch {
		case r == len(b):
			return nil, d.cut()
		case b[r] == '"':
			d.i = r + 1
			return b[start:w], nil
		case b[r] != '\\':
			return nil, d.syntax("control character in a string")
		}
		c, n := unescapeOne(b[r:])
		if n == 0 {
			return nil, d.badEscape()
		}
		r += n
		if c < utf8.RuneSelf {
			b[w] = byte(c)
			w++
		} else {
			w += utf8.EncodeRune(b[w:r], c)
		}
	}
}

// shortRun is up to how many bytes unescape moves one by one.
const shortRun = 16

// badEscape reports the escape sequence at d.i, or the end of the body if that
// comes first.
func (d *decoder) badEscape() error {
	seq := d.b[d.i+1:]
	if len(seq) > 0 && seq[0] == 'u' {
		for k := 1; k < 5; k++ {
			if k == len(seq) {
				return d.cut()
			}
			if hexDigits[seq[k]] > 15 {
				break
			}
		}
	} else if len(seq) == 0 {
		return d.cut()
	}
	return d.syntax("invalid escape sequence")
}

// repair returns p with every byte that is no part of valid UTF-8 replaced by
// U+FFFD, one for each byte, as encoding/json does.
func repair(p []byte) []byte {
	size := 0
	for i := 0; i < len(p); {
		c, n := utf8.DecodeRune(p[i:])
		size += utf8.RuneLen(c)
		i += n
	}
	out := make([]byte, 0, size)
	for len(p) > 0 {
		c, n := utf8.DecodeRune(p)
		out = utf8.AppendRune(out, c)
		p = p[n:]
	}
	return out
}
