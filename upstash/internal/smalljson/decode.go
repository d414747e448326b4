package smalljson

import (
	"encoding"
	"errors"
	"reflect"
	"strconv"
)

var (
	errSyntax = errors.New("json: not a JSON text")
	errTarget = errors.New("json: the target is not a pointer to a value")
	errType   = errors.New("json: a value does not fit its Go type")
	errHidden = errors.New("json: an embedded pointer to an unexported struct cannot be set")
	errQuoted = errors.New(`json: a field with the option "string" has a value that is not in quotes, or not of its type`)
)

// Unmarshal stores what the JSON text data means in the value that target points
// to. A text that is no JSON changes nothing; a value that does not fit its Go type
// is left out and the first such is the error, the rest is stored.
func Unmarshal(data []byte, target any) error {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return errTarget
	}
	if !valid(data) {
		return errSyntax
	}
	d := decoder{scanner: scanner{data, 0}}
	d.value(v)
	return d.err
}

// A decoder walks over text that is valid.
type decoder struct {
	scanner
	err error // the first that was noted
}

func (d *decoder) note(err error) {
	if d.err == nil {
		d.err = err
	}
}

// skip passes over a value and returns its text.
func (d *decoder) skip() []byte {
	d.space()
	start := d.i
	d.scanner.value(0)
	return d.b[start:d.i]
}

// key passes over the key of a member and its colon.
func (d *decoder) key() []byte {
	key := appendUnquoted(nil, d.skip())
	d.peek()
	d.i++
	return key
}

// more passes over what follows an element, or the opening bracket, and reports
// whether another one follows.
func (d *decoder) more(closing byte) bool {
	switch d.peek() {
	case closing:
		d.i++
		return false
	case ',':
		d.i++
	}
	return true
}

// open passes over an opening bracket and reports whether an element follows.
func (d *decoder) open(closing byte) bool {
	d.i++
	if d.peek() == closing {
		d.i++
		return false
	}
	return true
}

// value decodes the next value into v.
func (d *decoder) value(v reflect.Value) {
	c := d.peek()
	if c != '{' && c != '[' {
		d.literal(d.skip(), v, false)
		return
	}
	u, text, v := settle(v, false)
	switch {
	case u != nil:
		if err := u.UnmarshalJSON(d.skip()); err != nil {
			d.note(err)
		}
	case text != nil:
		d.refuse()
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		v.Set(reflect.ValueOf(d.any()))
	case c == '[':
		d.array(v)
	case v.Kind() == reflect.Map:
		d.mapping(v)
	case v.Kind() == reflect.Struct:
		d.object(v)
	default:
		d.refuse()
	}
}

// refuse passes over a value that does not fit.
func (d *decoder) refuse() {
	d.skip()
	d.note(errType)
}

// settle follows and fills pointers from v on until it comes to what the value goes
// into: something that decodes itself, or a plain Go value. null sets the last
// pointer to nil instead.
func settle(v reflect.Value, null bool) (unmarshaler, encoding.TextUnmarshaler, reflect.Value) {
	start, address := v, false
	if v.Kind() != reflect.Pointer && v.Type().Name() != "" && v.CanAddr() {
		address = true
		v = v.Addr()
	}
	for {
		if v.Kind() == reflect.Interface && !v.IsNil() {
			if e := v.Elem(); e.Kind() == reflect.Pointer && !e.IsNil() && (!null || e.Elem().Kind() == reflect.Pointer) {
				address = false
				v = e
				continue
			}
		}
		if v.Kind() != reflect.Pointer || null && v.CanSet() {
			return nil, nil, v
		}
		if v.Elem().Kind() == reflect.Interface && holds(v.Elem(), v) {
			return nil, nil, v.Elem() // a pointer to an interface that holds it
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if v.Type().NumMethod() > 0 && v.CanInterface() {
			switch u := v.Interface().(type) {
			case unmarshaler:
				return u, nil, reflect.Value{}
			case encoding.TextUnmarshaler:
				if !null {
					return nil, u, reflect.Value{}
				}
			}
		}
		if address {
			v, address = start, false
		} else {
			v = v.Elem()
		}
	}
}

// holds reports whether the interface e holds the pointer p. (Value.Equal would be
// 4 kB compressed.)
func holds(e, p reflect.Value) bool {
	e = e.Elem()
	return e.IsValid() && e.Type() == p.Type() && e.UnsafePointer() == p.UnsafePointer()
}

func (d *decoder) array(v reflect.Value) {
	slice := v.Kind() == reflect.Slice
	if !slice && v.Kind() != reflect.Array {
		d.refuse()
		return
	}
	n := 0
	for more := d.open(']'); more; more = d.more(']') {
		if slice {
			if n >= v.Cap() {
				v.Grow(1)
			}
			if n >= v.Len() {
				v.SetLen(n + 1)
			}
		}
		if n < v.Len() {
			d.value(v.Index(n))
		} else {
			d.skip()
		}
		n++
	}
	switch {
	case !slice:
		for ; n < v.Len(); n++ {
			v.Index(n).SetZero()
		}
	case n == 0:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	default:
		v.SetLen(n)
	}
}

func (d *decoder) object(v reflect.Value) {
	ti := infoOf(v.Type())
	for more := d.open('}'); more; more = d.more('}') {
		f := ti.fieldNamed(d.key())
		if f == nil {
			d.skip()
			continue
		}
		fv := d.field(v, f)
		switch {
		case !fv.IsValid():
			d.skip()
		case f.quoted:
			d.quoted(fv)
		default:
			d.value(fv)
		}
	}
}

// field finds f in v and makes the embedded structs on the way.
func (d *decoder) field(v reflect.Value, f *field) reflect.Value {
	for _, n := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					d.note(errHidden)
					return reflect.Value{}
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v
}

// quoted decodes the value of a field with the option "string".
func (d *decoder) quoted(v reflect.Value) {
	text := d.skip()
	switch text[0] {
	case 'n':
		d.literal(text, v, false)
	case '"':
		inner := appendUnquoted(nil, text)
		if len(inner) == 0 {
			d.note(errQuoted)
			return
		}
		d.literal(inner, v, true)
	default:
		d.note(errQuoted)
	}
}

func (d *decoder) mapping(v reflect.Value) {
	t := v.Type()
	ownText := implements[encoding.TextUnmarshaler](reflect.PointerTo(t.Key()))
	if !ownText && !textKey(t.Key()) {
		d.refuse()
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(t))
	}
	for more := d.open('}'); more; more = d.more('}') {
		key := d.key()
		elem := reflect.New(t.Elem()).Elem()
		d.value(elem)
		k := reflect.New(t.Key())
		var err error
		if ownText {
			err = k.Interface().(encoding.TextUnmarshaler).UnmarshalText(key) //nolint:forcetypeassert // the type implements it
		} else {
			err = setKey(k.Elem(), string(key))
		}
		if err != nil {
			d.note(err)
			if !ownText {
				continue
			}
		}
		v.SetMapIndex(k.Elem(), elem)
	}
}

func setKey(k reflect.Value, s string) error {
	switch {
	case k.Kind() == reflect.String:
		k.SetString(s)
	case k.CanInt():
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || k.OverflowInt(n) {
			return errType
		}
		k.SetInt(n)
	default:
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil || k.OverflowUint(n) {
			return errType
		}
		k.SetUint(n)
	}
	return nil
}

// any decodes the next value into what Go calls it by default.
func (d *decoder) any() any {
	switch d.peek() {
	case '{':
		m := map[string]any{}
		for more := d.open('}'); more; more = d.more('}') {
			key := string(d.key())
			m[key] = d.any()
		}
		return m
	case '[':
		list := []any{}
		for more := d.open(']'); more; more = d.more(']') {
			list = append(list, d.any())
		}
		return list
	}
	switch text := d.skip(); text[0] {
	case '"':
		return string(appendUnquoted(nil, text))
	case 't':
		return true
	case 'f':
		return false
	case 'n':
		return nil
	default:
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			d.note(errType)
			return nil
		}
		return f
	}
}
