package smalljson

import (
	"encoding"
	"errors"
	"reflect"
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

// note notes an error; nil is none.
//
//go:noinline
func (d *decoder) note(err error) {
	if d.err == nil {
		d.err = err
	}
}

// skip passes over a value and returns its text.
func (d *decoder) skip() []byte {
	d.peek()
	start := d.i
	d.scanner.value(0)
	return d.b[start:d.i]
}

// key passes over the key of a member and its colon.
func (d *decoder) key() []byte {
	key := unquote(d.skip())
	d.peek()
	d.i++
	return key
}

// value decodes the next value into v.
func (d *decoder) value(v reflect.Value) {
	c := d.peek()
	v, own := settle(v, c == 'n')
	k := v.Kind()
	switch {
	case own != nil || c == 'n':
	case k == reflect.Interface && v.NumMethod() == 0:
		x := reflect.New(usual(c)).Elem()
		d.value(x)
		v.Set(x)
		return
	case c == '{' && k == reflect.Struct:
		d.object(v)
		return
	case c == '{' && k == reflect.Map:
		d.mapping(v)
		return
	case c == '[' && (k == reflect.Array || k == reflect.Slice):
		d.array(v, k)
		return
	}
	d.literal(d.skip(), v, own, false)
}

// usual is the type of values in interfaces, by the first byte of their text.
func usual(c byte) reflect.Type {
	var x any
	switch c {
	case '{':
		x = map[string]any(nil)
	case '[':
		x = []any(nil)
	case '"':
		x = ""
	case 't', 'f':
		x = false
	default:
		x = 0.0
	}
	return reflect.TypeOf(x)
}

// settle follows and fills pointers from v on until it comes to what the value goes
// into: a plain Go value, or one that decodes itself, which own then is. null sets
// the last pointer to nil instead.
func settle(v reflect.Value, null bool) (place reflect.Value, own any) {
	start, address := v, false
	if v.Kind() != reflect.Pointer && typeOf(v).Name() != "" && v.CanAddr() {
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
			return v, nil
		}
		if e := v.Elem(); e.Kind() == reflect.Interface && e.Elem().Kind() == reflect.Pointer && e.Interface() == v.Interface() {
			return e, nil // a pointer to an interface that holds it
		}
		if v.IsNil() {
			v.Set(reflect.New(typeOf(v).Elem()))
		}
		if typeOf(v).NumMethod() > 0 && v.CanInterface() {
			own = v.Interface()
			switch own.(type) {
			case unmarshaler:
				return v, own
			case encoding.TextUnmarshaler:
				if !null {
					return v, own
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

func (d *decoder) array(v reflect.Value, k reflect.Kind) {
	n := 0
	for c := d.open(); c == ','; c = d.more() {
		if k == reflect.Slice && n >= v.Len() {
			v.Grow(1)
			v.SetLen(n + 1)
		}
		if n < v.Len() {
			d.value(v.Index(n))
		} else {
			d.skip()
		}
		n++
	}
	if k == reflect.Slice {
		if n == 0 {
			v.SetZero() // nothing of the old one is to be shared
			v.Grow(1)   // for it to be empty and not nil
		}
		v.SetLen(n)
	}
	for ; n < v.Len(); n++ {
		clearValue(v.Index(n))
	}
}

// clearValue is reflect.Value.SetZero without its cases.
func clearValue(v reflect.Value) { v.Set(reflect.New(typeOf(v)).Elem()) }

func (d *decoder) object(v reflect.Value) {
	ti := infoOf(typeOf(v))
	for c := d.open(); c == ','; c = d.more() {
		f := ti.fieldNamed(string(d.key()))
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
				v.Set(reflect.New(typeOf(v).Elem()))
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
	inside := text[0] == '"'
	if inside {
		text = unquote(text)
	}
	if len(text) == 0 || !inside && text[0] != 'n' {
		d.note(errQuoted)
		return
	}
	v, own := settle(v, text[0] == 'n')
	d.literal(text, v, own, inside)
}

func (d *decoder) mapping(v reflect.Value) {
	t := typeOf(v)
	ownText := infoOf(t.Key()).address&setText != 0
	if !ownText && !textKey(t.Key()) {
		d.skip()
		d.note(errType)
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(t))
	}
	for c := d.open(); c == ','; c = d.more() {
		key := d.key()
		elem := reflect.New(t.Elem()).Elem()
		d.value(elem)
		k := reflect.New(t.Key())
		if ownText {
			d.note(k.Interface().(encoding.TextUnmarshaler).UnmarshalText(key)) //nolint:forcetypeassert // the type implements it
		} else if k := k.Elem(); k.Kind() == reflect.String {
			k.SetString(string(key))
		} else if !setInteger(k, string(key)) {
			d.note(errType)
			continue
		}
		v.SetMapIndex(k.Elem(), elem)
	}
}
