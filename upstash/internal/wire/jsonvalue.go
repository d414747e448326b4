package wire

// value decodes one JSON value into v, which is zero. When v is nil it passes
// over the value, checking its syntax. depth is the number of arrays around it.
func (d *decoder) value(v *Value, depth int) error {
	c := d.peek()
	word := ""
	switch c {
	case '"':
		return d.stringValue(v)
	case '[', '{':
		return d.container(v, depth, c)
	case 'n':
		word = "null"
	case 't':
		word = "true"
	case 'f':
		word = "false"
	default:
		if c == '-' || c-'0' <= 9 {
			return d.number(v)
		}
		return d.syntax("unexpected byte instead of a value")
	}
	for k := range len(word) {
		if d.i >= len(d.b) || d.b[d.i] != word[k] {
			return d.syntax("invalid literal")
		}
		d.i++
	}
	if v != nil && c != 'n' {
		v.Kind = Bool
		if c == 't' {
			v.Int = 1
		}
	}
	return nil
}

// container decodes the array or object that open, at d.i, begins; an object as
// the array of its keys and values.
func (d *decoder) container(v *Value, depth int, open byte) error {
	if depth >= d.maxDepth {
		return ErrTooDeep
	}
	closing := open + 2 // ']' and '}' are two above '[' and '{'
	d.i++
	var elems []Value
	if v != nil {
		v.Kind = Array
		d.arena.share = true
	}
	if d.space() == closing {
		d.i++
		return nil
	}
	if v != nil && open == '[' {
		elems = make([]Value, 0, d.innerCap())
	}
	isKey := open == '{'
	for {
		var w *Value
		if v != nil {
			if err := d.element(); err != nil {
				return err
			}
			elems = d.extend(elems)
			w = &elems[len(elems)-1]
		}
		if isKey {
			key, err := d.key()
			if err != nil {
				return err
			}
			if w != nil {
				d.set(w, String, key)
			}
			isKey = false
			continue
		}
		if err := d.value(w, depth+1); err != nil {
			return err
		}
		done, err := d.after(closing)
		if err != nil {
			return err
		}
		if done {
			if v != nil {
				v.Elems = elems
			}
			return nil
		}
		isKey = open == '{'
	}
}

// key passes over the key of a member and its colon. The result is only valid
// until the value is decoded.
func (d *decoder) key() ([]byte, error) {
	if d.space() != '"' {
		return nil, d.syntax("unexpected byte instead of a member")
	}
	key, err := d.plainString()
	if err != nil {
		return nil, err
	}
	if d.space() != ':' {
		return nil, d.syntax("missing colon after a key")
	}
	d.i++
	return key, nil
}

// after passes over what follows an element or member, and reports whether that
// is closing, the end of the array or object.
func (d *decoder) after(closing byte) (done bool, err error) {
	c := d.peek()
	if c != ',' && c != closing {
		return false, d.syntax("unexpected byte after an element or member")
	}
	d.i++
	return c == closing, nil
}
