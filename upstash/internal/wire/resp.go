package wire

import "bytes"

// DecodeRESP decodes a body that is one RESP2 reply, nothing before or after
// it. An error reply is a Value of Kind Error with a nil error, at the top and
// inside arrays.
func DecodeRESP(body []byte, o Options) (Value, error) {
	var d decoder
	d.initRESP(body, o)
	var v Value
	if err := d.resp(&v, 0); err != nil {
		return Value{}, err
	}
	if d.i < len(d.b) {
		return Value{}, trailingAt(d.i)
	}
	return v, nil
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
	d.initRESP(body, o)
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

func (d *decoder) initRESP(body []byte, o Options) {
	o.Base64 = false
	d.init(body, o)
}

// resp decodes one reply into v, which is zero.
func (d *decoder) resp(v *Value, depth int) error {
	if d.i >= len(d.b) {
		return d.cut()
	}
	switch c := d.b[d.i]; c {
	case '$':
		return d.respBulk(v)
	case '*':
		return d.respArray(v, depth)
	case ':':
		d.i++
		v.Kind = Int
		var err error
		v.Int, err = d.respInt()
		return err
	case '+', '-':
		line, err := d.respLine()
		if err != nil {
			return err
		}
		v.Kind, v.Str = Status, d.text(line)
		if c == '-' {
			v.Kind = Error
		}
		return nil
	case '_', ',', '#', '!', '=', '(', '%', '~', '>', '|':
		return &SyntaxError{Offset: d.i, Msg: "RESP3 type", Err: ErrRESP3}
	}
	return d.syntax("unexpected byte instead of a RESP type")
}

// respLine passes over the type byte at d.i and the line after it, which it
// returns.
func (d *decoder) respLine() ([]byte, error) {
	start := d.i + 1
	n := bytes.IndexByte(d.b[start:], '\r')
	if n < 0 {
		return nil, d.cut()
	}
	d.i = start + n
	return d.b[start:d.i], d.crlf()
}

// crlf passes over the end of a line.
func (d *decoder) crlf() error {
	for _, c := range [2]byte{'\r', '\n'} {
		if d.i >= len(d.b) || d.b[d.i] != c {
			return d.syntax("missing end of line")
		}
		d.i++
	}
	return nil
}

// respInt passes over a decimal int64 and its end of line.
func (d *decoder) respInt() (int64, error) {
	b, i := d.b, d.i
	neg := false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		neg = b[i] == '-'
		i++
	}
	first := i
	var u uint64
	for i < len(b) && b[i]-'0' <= 9 {
		u = u*10 + uint64(b[i]-'0')
		if i++; i-first > 19 {
			return 0, syntaxAt(d.i, "integer out of range")
		}
	}
	start := d.i
	d.i = i
	if i == first {
		return 0, d.syntax("missing digit in a number")
	}
	limit := uint64(1<<63 - 1)
	if neg {
		limit++
	}
	if u > limit {
		return 0, syntaxAt(start, "integer out of range")
	}
	if neg {
		u = -u
	}
	return int64(u), d.crlf()
}

// respLen passes over the type byte and the length after it: -1 for null.
func (d *decoder) respLen() (int64, error) {
	d.i++
	start := d.i
	n, err := d.respInt()
	if err == nil && n < -1 {
		err = syntaxAt(start, "negative length")
	}
	return n, err
}

func (d *decoder) respBulk(v *Value) error {
	n, err := d.respLen()
	if n < 0 || err != nil {
		return err // null needs no filling in
	}
	if n > int64(len(d.b)-d.i) {
		return d.cut()
	}
	p := d.b[d.i : d.i+int(n)]
	d.i += int(n)
	v.Kind, v.Str = String, d.text(p)
	return d.crlf()
}

func (d *decoder) respArray(v *Value, depth int) error {
	if depth >= d.maxDepth {
		return ErrTooDeep
	}
	n, err := d.respLen()
	if n < 0 || err != nil {
		return err
	}
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
