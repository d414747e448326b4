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
func DecodeReply(body []byte, o Options) (Value, error) { return Decode(body, o, false) }

// Decode is [DecodeRESP] if resp is set and otherwise [DecodeReply], for callers
// that learn only at run time which it is.
func Decode(body []byte, o Options, resp bool) (Value, error) {
	var d decoder
	d.init(body, o)
	var v Value
	var err error
	if resp {
		d.base64 = false
		err = d.resp(&v, 0)
	} else if err = d.envelope(&v); err == nil {
		d.space()
	}
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// resultPrefix is how every answer seen so far begins.
const resultPrefix = `{"result":`

// envelope decodes the object that answers one command into v, which is zero.
func (d *decoder) envelope(v *Value) error {
	b := d.b[d.i:]
	if lean || len(b) < len(resultPrefix) || string(b[:len(resultPrefix)]) != resultPrefix {
		if d.space() != '{' {
			return d.syntax("unexpected byte instead of an object")
		}
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
	if done, err := d.after('}'); done || err != nil {
		return err
	}
	return d.members(v, true)
}

// members decodes the members of an envelope from d.i on, where a key must
// follow (or the end of an empty object). hasResult says that v holds a result
// already.
func (d *decoder) members(v *Value, hasResult bool) error {
	start, base64 := d.i, d.base64
	if !hasResult && d.space() == '}' {
		return d.syntax(neither)
	}
	var failure Value
	for done := false; !done; {
		key, err := d.key()
		if err != nil {
			return err
		}
		var w *Value // where the member's value goes
		switch string(key) {
		case "result":
			w, hasResult = v, true
		case "error": // never base64
			if c := d.space(); c != '"' && c != 'n' {
				return d.syntax("error is not a string")
			}
			w, d.base64 = &failure, false
		}
		if w != nil {
			*w = Value{}
		}
		if err := d.value(w, 0); err != nil {
			return err
		}
		d.base64 = base64
		if done, err = d.after('}'); err != nil {
			return err
		}
	}
	switch {
	case failure.Str != "":
		failure.Kind = Error
		*v = failure
	case !hasResult:
		return d.fail(start, neither, nil)
	}
	return nil
}

const neither = "neither result nor error in the object"
