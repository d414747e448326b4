package wire

import "bytes"

// DecodeRESP decodes a body that is one RESP2 reply, nothing before or after
// it. An error reply is a Value of Kind Error with a nil error, at the top and
// inside arrays.
func DecodeRESP(body []byte, o Options) (Value, error) {
	return Decode(body, o, true)
}

// DecodeRESPBatch decodes the answer to a pipeline of n commands in RESP2. As
// in [DecodeBatch] the caller compares the number of replies with n.
//
// Emulators write the replies one after another; what the service itself does
// is not documented, and one array of all replies is the other possibility.
// Both are read, by this rule: when n is not 1 and the body is exactly one
// array of n elements, the elements are the replies; otherwise the replies
// stand one after another. For n > 1 this cannot go wrong, since a single reply
// would be too few. For n = 1 an array is the one reply: whoever sends a
// pipeline of one to a server that wraps gets the wrapper, so send it as a
// plain command.
//
// A request that is refused as a whole comes as one Value of Kind Error.
func DecodeRESPBatch(body []byte, n int, o Options) ([]Value, error) {
	var d decoder
	o.Base64 = false
	d.init(body, o)
	d.arena.share = true
	size := max(min(n, len(body)/minReply, d.maxElems), 1)
	var first Value
	if n != 1 && len(body) > 0 && body[0] == '*' {
		if err := d.resp(&first, 0); err != nil {
			return nil, err
		}
		if d.i == len(body) && first.Kind == Array && len(first.Elems) == n {
			return first.Elems, nil
		}
		if err := d.element(); err != nil { // it was one itself, as it turns out
			return nil, err
		}
	}
	vals := make([]Value, 0, size)
	if d.i > 0 {
		vals = append(vals, first)
	}
	for d.i < len(body) {
		if err := d.element(); err != nil {
			return nil, err
		}
		vals = d.extend(vals)
		if err := d.resp(&vals[len(vals)-1], 0); err != nil {
			return nil, err
		}
	}
	return vals, nil
}

// minReply is the shortest reply: an empty status line.
const minReply = len("+\r\n")

// resp decodes one reply into v, which is zero.
func (d *decoder) resp(v *Value, depth int) error {
	if d.i >= len(d.b) {
		return d.cut()
	}
	c := d.b[d.i]
	kind, start, size := String, d.i+1, 0
	switch c {
	case '+', '-':
		kind = Status
		if c == '-' {
			kind = Error
		}
		size = bytes.IndexByte(d.b[start:], '\r')
	case '*', '$', ':':
		if c == '*' && depth >= d.maxDepth {
			return ErrTooDeep
		}
		n, err := d.respInt(c)
		if err != nil {
			return err
		}
		if c == ':' {
			v.Kind, v.Int = Int, n
			return nil
		}
		if n < 0 {
			return nil // null needs no filling in
		}
		if c == '*' {
			return d.respArray(v, n, depth)
		}
		start = d.i
		size = int(min(n, int64(len(d.b))))
	default:
		return d.notRESP2(c)
	}
	if size < 0 || size > len(d.b)-start {
		return d.cut()
	}
	d.i = start + size
	d.set(v, kind, d.b[start:d.i])
	return d.crlf()
}

// respInt passes over the type byte c and the line behind it, which is an integer.
func (d *decoder) respInt(c byte) (int64, error) {
	start := d.i + 1
	n, end, ok := scanInt(d.b, start)
	d.i = end
	msg := ""
	switch {
	case !ok && (end == start || d.b[end-1]-'0' > 9):
		return 0, d.syntax(noDigit)
	case !ok:
		msg = "integer out of range"
	case n < -1 && c != ':':
		msg = "negative length"
	default:
		return n, d.crlf()
	}
	return 0, d.fail(start, msg, nil)
}

// notRESP2 reports c, which is no type of RESP2.
func (d *decoder) notRESP2(c byte) error {
	for k := range len(resp3Types) {
		if c == resp3Types[k] {
			return d.fail(d.i, "RESP3 type", ErrRESP3)
		}
	}
	return d.syntax("unexpected byte instead of a RESP type")
}

const resp3Types = "_,#!=(%~>|"

// crlf passes over the end of a line.
//
//go:noinline
func (d *decoder) crlf() error {
	if p := d.b[d.i:]; len(p) >= 2 && p[0] == '\r' && p[1] == '\n' {
		d.i += 2
		return nil
	}
	d.at('\r')
	return d.syntax("missing end of line")
}

// respArray decodes the n elements of an array.
func (d *decoder) respArray(v *Value, n int64, depth int) error {
	v.Kind = Array
	if n == 0 {
		return nil
	}
	if n > int64(d.maxElems-d.elems) {
		return ErrTooManyElements
	}
	// Nothing is allocated on the word of a header alone: the body must be long
	// enough for all elements that this array and those around it wait for.
	if n > int64((len(d.b)-d.i)/minReply-d.owed) {
		return d.cut()
	}
	d.elems += int(n)
	d.owed += int(n)
	d.arena.share = true
	v.Elems = make([]Value, n)
	for k := range v.Elems {
		d.owed--
		if err := d.resp(&v.Elems[k], depth+1); err != nil {
			return err
		}
	}
	return nil
}
