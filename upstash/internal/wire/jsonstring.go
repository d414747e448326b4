package wire

import "unicode/utf8"

// stringValue decodes the string at d.i, base64 undone if so configured; when v is
// nil it passes over it.
func (d *decoder) stringValue(v *Value) error {
	if d.base64 && v != nil {
		return d.base64Value(v)
	}
	p, err := d.plainString()
	if err == nil && v != nil {
		d.set(v, String, p)
	}
	return err
}

// base64Value decodes the base64 string at d.i. The unencoded OK, which can be
// no base64 because of its length, is a status reply wherever it stands: the
// service sends it as the whole result, some emulators inside arrays as well.
func (d *decoder) base64Value(v *Value) error {
	start := d.i + 1
	r, w := decodeQuanta(d.b, start, start)
	rest := d.b[r:]
	end := 0
	if len(rest) > 4 && rest[4] == '"' {
		if n := decodePadded(rest, d.b, w); n > 0 {
			end, w = 4, w+n
		}
	}
	if end < len(rest) && rest[end] == '"' {
		d.i = r + end + 1
	} else {
		p, err := d.unescape(r, r)
		if err != nil {
			return err
		}
		if r == start && string(p) == "OK" {
			v.Kind, v.Str = Status, "OK"
			return nil
		}
		if w, err = d.base64Rest(p, r, w); err != nil {
			return err
		}
	}
	d.set(v, String, d.b[start:w])
	return nil
}

// base64Rest goes on with p where the straight way stopped at r, having written up
// to w: at an escape sequence, or at an error.
func (d *decoder) base64Rest(p []byte, r, w int) (int, error) {
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
			return 0, d.fail(r+in, "invalid base64", ErrBase64)
		}
		w += n
	}
	return w, nil
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
	p, err := d.unescape(start, start)
	if err != nil || utf8.Valid(p) {
		return p, err
	}
	return repair(p), nil
}

// unescape undoes the escape sequences of the rest of a string, from d.b[r:] to
// d.b[w:] (w <= r), and passes over its closing quote. It returns what it wrote.
// Text never grows by that: the longest sequences shrink from 12 bytes to 4.
func (d *decoder) unescape(r, w int) ([]byte, error) {
	b, start := d.b, w
	for {
		// In escaped text, such as JSON within JSON, runs are short.
		end := len(b)
		if !lean {
			end = min(r+shortRun, end)
		}
		for ; r < end && class[b[r]]&classEscape == 0; r++ {
			b[w] = b[r]
			w++
		}
		if !lean && r < len(b) && class[b[r]]&classEscape == 0 {
			end = skipText(b, r)
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
		if n <= 0 {
			if n < 0 {
				return nil, d.cut()
			}
			return nil, d.syntax("invalid escape sequence")
		}
		r += n
		w += utf8.EncodeRune(b[w:r], c)
	}
}

// shortRun is up to how many bytes unescape moves one by one.
const shortRun = 16

// repair returns p with every byte that is no part of valid UTF-8 replaced by
// U+FFFD, one for each byte, as encoding/json does.
func repair(p []byte) []byte {
	out := make([]byte, 3*len(p)) // what one invalid byte becomes
	n := 0
	for _, c := range string(p) {
		n += utf8.EncodeRune(out[n:], c)
	}
	return out[:n]
}
