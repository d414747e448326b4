package wire

import "unicode/utf8"

// value decodes one JSON value into v, which is zero. depth is the number of
// arrays around it.
func (d *decoder) value(v *Value, depth int) error {
	switch c := d.peek(); c {
	case '"':
		return d.stringValue(v)
	case '[':
		return d.array(v, depth)
	case '{':
		return d.object(v, depth)
	case 'n':
		return d.literal("null")
	case 't':
		v.Kind, v.Int = Bool, 1
		return d.literal("true")
	case 'f':
		v.Kind = Bool
		return d.literal("false")
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return d.number(v)
		}
		return d.syntax("unexpected byte instead of a value")
	}
}

// literal passes over word, whose first byte is at d.i.
func (d *decoder) literal(word string) error {
	for k := range len(word) {
		if d.i >= len(d.b) || d.b[d.i] != word[k] {
			return d.syntax("invalid literal")
		}
		d.i++
	}
	return nil
}

func (d *decoder) array(v *Value, depth int) error {
	if depth >= d.maxDepth {
		return ErrTooDeep
	}
	v.Kind = Array
	d.arena.share = true
	d.i++
	if d.peek() == ']' {
		d.i++
		return nil
	}
	elems := make([]Value, 0, d.innerCap())
	for {
		if err := d.element(); err != nil {
			return err
		}
		elems = d.extend(elems)
		if err := d.value(&elems[len(elems)-1], depth+1); err != nil {
			return err
		}
		switch d.peek() {
		case ',':
			d.i++
		case ']':
			d.i++
			v.Elems = elems
			return nil
		default:
			return d.syntax("unexpected byte after an array element")
		}
	}
}

// object decodes an object as the array of its keys and values.
func (d *decoder) object(v *Value, depth int) error {
	if depth >= d.maxDepth {
		return ErrTooDeep
	}
	v.Kind = Array
	d.arena.share = true
	d.i++
	if d.peek() == '}' {
		d.i++
		return nil
	}
	var elems []Value
	for {
		if err := d.element(); err != nil {
			return err
		}
		key, err := d.key()
		if err != nil {
			return err
		}
		if !utf8.Valid(key) {
			key = repair(key)
		}
		elems = d.extend(elems)
		elems[len(elems)-1] = Value{Kind: String, Str: d.text(key)}
		if err := d.element(); err != nil {
			return err
		}
		elems = d.extend(elems)
		if err := d.value(&elems[len(elems)-1], depth+1); err != nil {
			return err
		}
		done, err := d.afterMember()
		if err != nil {
			return err
		}
		if done {
			v.Elems = elems
			return nil
		}
	}
}

// key passes over the key of a member and its colon. The result, in which bad
// UTF-8 is left as it is, is only valid until the value is decoded.
func (d *decoder) key() ([]byte, error) {
	if d.peek() != '"' {
		return nil, d.syntax("unexpected byte instead of a member")
	}
	key, err := d.rawString()
	if err != nil {
		return nil, err
	}
	if d.peek() != ':' {
		return nil, d.syntax("missing colon after a key")
	}
	d.i++
	return key, nil
}

// afterMember passes over what follows a member and reports whether that ends
// the object.
func (d *decoder) afterMember() (done bool, err error) {
	switch d.peek() {
	case ',':
		d.i++
		return false, nil
	case '}':
		d.i++
		return true, nil
	}
	return false, d.syntax("unexpected byte after a member")
}

// skip passes over a value of no interest, checking its syntax.
func (d *decoder) skip(depth int) error {
	switch c := d.peek(); c {
	case '"':
		_, err := d.rawString()
		return err
	case '[', '{':
		if depth >= d.maxDepth {
			return ErrTooDeep
		}
		return d.skipNested(c, depth)
	default:
		var v Value
		if c == '-' || '0' <= c && c <= '9' {
			return d.skipNumber()
		}
		return d.value(&v, depth)
	}
}

// skipNested passes over an array or object, which open begins.
func (d *decoder) skipNested(open byte, depth int) error {
	closing := open + 2 // ']' and '}' are two above '[' and '{'
	d.i++
	if d.peek() == closing {
		d.i++
		return nil
	}
	for {
		if open == '{' {
			if _, err := d.key(); err != nil {
				return err
			}
		}
		if err := d.skip(depth + 1); err != nil {
			return err
		}
		switch d.peek() {
		case ',':
			d.i++
		case closing:
			d.i++
			return nil
		default:
			return d.syntax("unexpected byte after an element or member")
		}
	}
}
