package smalljson

import (
	"encoding"
	"errors"
	"math"
	"reflect"
	"strconv"
)

// maxDepth is how deep values may be nested, in both directions.
const maxDepth = 10000

var (
	errDepth     = errors.New("json: nested too deep, or a cycle")
	errKind      = errors.New("json: a type that has no JSON form")
	errFloat     = errors.New("json: a number that is not finite")
	errNumber    = errors.New("json: a json.Number that is no number")
	errMarshaler = errors.New("json: MarshalJSON returned what is not JSON")
)

// Marshal returns the JSON text of v. It is safe for concurrent use, and so is
// [Unmarshal].
func Marshal(v any) ([]byte, error) {
	var e encoder
	e.value(reflect.ValueOf(v), false)
	if e.err != nil {
		return nil, e.err
	}
	return e.b, nil
}

type encoder struct {
	b     []byte
	depth int
	err   error // the first; what is encoded after it is thrown away
}

//go:noinline
func (e *encoder) str(s string) { e.b = append(e.b, s...) }

func (e *encoder) quote(s string) { e.b = appendString(e.b, s) }

// value appends v; quoted is the option "string" of the field that v comes from.
func (e *encoder) value(v reflect.Value, quoted bool) {
	if e.err != nil {
		return
	}
	k := v.Kind()
	if k == reflect.Invalid {
		e.str("null")
		return
	}
	ti := infoOf(typeOf(v))
	own, m := ti.own, v
	if ti.address != 0 && v.CanAddr() {
		own, m = ti.address, v.Addr()
	}
	if own&(ownJSON|ownText) != 0 {
		e.marshaler(m, own)
		return
	}
	if e.depth == maxDepth && k > reflect.Complex128 && k != reflect.String {
		e.err = errDepth
		return
	}
	e.depth++
	switch k {
	case reflect.Struct:
		e.object(v, ti)
	case reflect.Map, reflect.Slice, reflect.Pointer, reflect.Interface:
		switch {
		case v.IsNil():
			e.str("null")
		case k == reflect.Map:
			e.mapping(v)
		case k == reflect.Slice:
			e.list(v)
		default:
			e.value(v.Elem(), quoted && k == reflect.Pointer)
		}
	case reflect.Array:
		e.list(v)
	case reflect.String:
		e.text(v.String(), ti.number, quoted)
	default:
		if quoted {
			e.str(`"`)
		}
		e.scalar(v, k)
		if quoted {
			e.str(`"`)
		}
	}
	e.depth--
}

func (e *encoder) scalar(v reflect.Value, k reflect.Kind) {
	switch {
	case k == reflect.Bool:
		s := "false"
		if v.Bool() {
			s = "true"
		}
		e.str(s)
	case v.CanFloat():
		f := v.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			e.err = errFloat
			return
		}
		e.b = appendFloat(e.b, f, typeOf(v).Bits())
	default:
		n := len(e.b)
		if e.b = appendInteger(e.b, v); len(e.b) == n {
			e.err = errKind
		}
	}
}

// appendInteger spells an integer of any type; anything else is nothing.
func appendInteger(b []byte, v reflect.Value) []byte {
	switch {
	case v.CanInt():
		b = strconv.AppendInt(b, v.Int(), 10)
	case v.CanUint():
		b = strconv.AppendUint(b, v.Uint(), 10)
	}
	return b
}

func (e *encoder) text(s string, number, quoted bool) {
	if !number {
		if quoted {
			s = string(appendString(nil, s))
		}
		e.quote(s)
		return
	}
	if s == "" {
		s = "0"
	} else if !isNumber(s) {
		e.err = errNumber
	}
	if quoted {
		s = `"` + s + `"`
	}
	e.str(s)
}

// list appends a slice or an array: elements, or bytes as base64.
func (e *encoder) list(v reflect.Value) {
	if t := typeOf(v); t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && infoOf(t.Elem()).address&(ownJSON|ownText) == 0 {
		e.str(`"`)
		e.b = appendBase64(e.b, v.Bytes())
		e.str(`"`)
		return
	}
	separator := "["
	for i := range v.Len() {
		e.str(separator)
		separator = ","
		e.value(v.Index(i), false)
	}
	e.end(separator, "[", "]")
}

// end appends the closing bracket, and the opening one too where no element has.
func (e *encoder) end(separator, opening, closing string) {
	if separator == opening {
		e.str(opening)
	}
	e.str(closing)
}

func (e *encoder) object(v reflect.Value, ti *typeInfo) {
	separator := "{"
	for i := range ti.fields {
		f := &ti.fields[i]
		fv := v
		for _, n := range f.index {
			if fv.Kind() == reflect.Pointer {
				fv = fv.Elem()
			}
			if fv.IsValid() { // else an embedded pointer is nil
				fv = fv.Field(n)
			}
		}
		if !fv.IsValid() || f.omitEmpty && isEmpty(fv) || f.omitZero && isZero(fv) {
			continue
		}
		e.str(separator)
		separator = ","
		e.str(f.key)
		e.value(fv, f.quoted)
	}
	e.end(separator, "{", "}")
}

func (e *encoder) mapping(v reflect.Value) {
	key := typeOf(v).Key()
	text := key.Kind() != reflect.String && infoOf(key).own&ownText != 0
	if !text && !textKey(key) {
		e.err = errKind
		return
	}
	members := make([]*member, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		members = append(members, &member{key: e.key(it.Key(), text), value: it.Value()})
	}
	sortMembers(members)
	separator := "{"
	for _, m := range members {
		e.str(separator)
		separator = ","
		e.quote(m.key)
		e.str(":")
		e.value(m.value, false)
	}
	e.end(separator, "{", "}")
}

// A member is one entry of a map.
type member struct {
	key   string
	value reflect.Value
	_     [0]func() // members are not compared
}

// sortMembers sorts by key: a Shell sort, because what package slices would need for
// it is 8 kB compressed.
func sortMembers(m []*member) {
	for gap := len(m) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(m); i++ {
			for j := i - gap; j >= 0 && m[j+gap].key < m[j].key; j -= gap {
				m[j+gap], m[j] = m[j], m[j+gap]
			}
		}
	}
}

// textKey reports whether keys of a type have a text of their own.
func textKey(t reflect.Type) bool {
	k := t.Kind()
	return k == reflect.String || k >= reflect.Int && k <= reflect.Uintptr
}

// key spells a key: text says that it does so itself.
func (e *encoder) key(k reflect.Value, text bool) string {
	if text {
		return string(e.call(k, ownText))
	}
	if k.Kind() == reflect.String {
		return k.String()
	}
	return string(appendInteger(nil, k))
}

// marshaler appends a value that marshals itself.
func (e *encoder) marshaler(v reflect.Value, own methods) {
	if isNil(v) {
		e.str("null")
		return
	}
	b := e.call(v, own)
	switch {
	case own&ownJSON == 0:
		e.quote(string(b))
	case !valid(b):
		if e.err == nil {
			e.err = errMarshaler
		}
	default:
		e.b = appendCompact(e.b, b)
	}
}

// call asks v for its JSON or text; nil has none.
func (e *encoder) call(v reflect.Value, own methods) (b []byte) {
	if isNil(v) {
		return nil
	}
	var err error
	if m := v.Interface(); own&ownJSON != 0 {
		b, err = m.(marshaler).MarshalJSON() //nolint:forcetypeassert // the type implements it
	} else {
		b, err = m.(encoding.TextMarshaler).MarshalText() //nolint:forcetypeassert // the type implements it
	}
	if e.err == nil {
		e.err = err
	}
	return b
}

// isNil reports whether v cannot be asked to marshal itself.
func isNil(v reflect.Value) bool {
	return (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil()
}
