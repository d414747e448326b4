package wire

// DecodeReply decodes the answer to one command: {"result":X} or
// {"error":"text"}, the latter as a Value of Kind Error with a nil error.
//
// Members may come in any order, unknown ones are skipped, and of members with
// the same name the last wins. An error that is null or empty counts as absent;
// otherwise it wins over a result. A body with neither, or with an error that
// is no string, is a *SyntaxError.
//
// Body is scratch space: see the package documentation.
func DecodeReply(body []byte, o Options) (Value, error) {
	var d decoder
	d.init(body, o)
	var v Value
	if d.peek() != '{' {
		return Value{}, d.syntax("unexpected byte instead of an object")
	}
	if err := d.envelope(&v); err != nil {
		return Value{}, err
	}
	if err := d.end(); err != nil {
		return Value{}, err
	}
	return v, nil
}

// resultPrefix is how every answer seen so far begins.
const resultPrefix = `{"result":`

// envelope decodes the object at d.i as the answer to one command.
func (d *decoder) envelope(v *Value) error {
	b := d.b[d.i:]
	if len(b) < len(resultPrefix) || string(b[:len(resultPrefix)]) != resultPrefix {
		d.i++
		return d.members(v, false)
	}
	d.i += len(resultPrefix)
	if err := d.value(v, 0); err != nil {
		return err
	}
	if d.i < len(d.b) && d.b[d.i] == '}' {
		d.i++
		return nil
	}
	done, err := d.afterMember()
	if done || err != nil {
		return err
	}
	return d.members(v, true)
}

// members decodes the members of an envelope from d.i on, where a key must
// follow (or the end of an empty object). hasResult says that v holds a result
// already.
func (d *decoder) members(v *Value, hasResult bool) error {
	start := d.i
	if !hasResult && d.peek() == '}' {
		return d.syntax("neither result nor error in the object")
	}
	var failure string
	for done := false; !done; {
		key, err := d.key()
		if err != nil {
			return err
		}
		switch string(key) {
		case "result":
			*v = Value{}
			hasResult = true
			err = d.value(v, 0)
		case "error":
			failure, err = d.errorText()
		default:
			err = d.skip(0)
		}
		if err != nil {
			return err
		}
		if done, err = d.afterMember(); err != nil {
			return err
		}
	}
	switch {
	case failure != "":
		*v = Value{Kind: Error, Str: failure}
	case !hasResult:
		return syntaxAt(start, "neither result nor error in the object")
	}
	return nil
}

// errorText decodes the value of an error member; "" for null.
func (d *decoder) errorText() (string, error) {
	switch d.peek() {
	case '"':
		p, err := d.plainString()
		if err != nil {
			return "", err
		}
		return d.text(p), nil
	case 'n':
		return "", d.literal("null")
	}
	return "", d.syntax("error is not a string")
}
