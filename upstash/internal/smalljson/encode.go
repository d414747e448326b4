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
	if err := e.value(reflect.ValueOf(v), false); err != nil {
		return nil, err
	}
	return e.b, nil
}

type encoder struct {
	b     []byte
	depth int
}

func (e *encoder) str(s string) { e.b = append(e.b, s...) }

// value appends v; quoted is the option "string" of the field that v comes from.
func (e *encoder) value(v reflect.Value, quoted bool) error {
	if !v.IsValid() {
		e.str("null")
		return nil
	}
	ti := infoOf(v.Type())
	switch {
	case ti.addrJSON && v.CanAddr():
		return e.marshaler(v.Addr())
	case ti.json:
		return e.marshaler(v)
	case ti.addrText && v.CanAddr():
		return e.textMarshaler(v.Addr())
	case ti.text:
		return e.textMarshaler(v)
	}
	switch k := v.Kind(); k {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array, reflect.Pointer, reflect.Interface:
		if e.depth++; e.depth > maxDepth {
			return errDepth
		}
		err := e.nested(v, ti, quoted)
		e.depth--
		return err
	case reflect.String:
		return e.text(v.String(), ti.number, quoted)
	default:
		if !quoted {
			return e.scalar(v, k)
		}
		e.str(`"`)
		err := e.scalar(v, k)
		e.str(`"`)
		return err
	}
}

func (e *encoder) scalar(v reflect.Value, k reflect.Kind) error {
	switch {
	case k == reflect.Bool:
		e.b = strconv.AppendBool(e.b, v.Bool())
	case v.CanInt():
		e.b = strconv.AppendInt(e.b, v.Int(), 10)
	case v.CanUint():
		e.b = strconv.AppendUint(e.b, v.Uint(), 10)
	case v.CanFloat():
		f := v.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return errFloat
		}
		e.b = appendFloat(e.b, f, v.Type().Bits())
	default:
		return errKind
	}
	return nil
}

// appendFloat spells f as ECMAScript does: in full from 1e-6 to below 1e21.
func appendFloat(b []byte, f float64, bits int) []byte {
	format, abs := byte('f'), math.Abs(f)
	if abs != 0 && (bits == 64 && (abs < 1e-6 || abs >= 1e21) ||
		bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21)) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, bits)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1] // e-09 becomes e-9
		b = b[:n-1]
	}
	return b
}

func (e *encoder) text(s string, number, quoted bool) error {
	switch {
	case number:
		if s == "" {
			s = "0"
		} else if !isNumber(s) {
			return errNumber
		}
		if quoted {
			s = `"` + s + `"`
		}
		e.str(s)
	case quoted:
		e.b = appendString(e.b, string(appendString(nil, s)))
	default:
		e.b = appendString(e.b, s)
	}
	return nil
}

func (e *encoder) nested(v reflect.Value, ti *typeInfo, quoted bool) error {
	switch k := v.Kind(); {
	case k != reflect.Struct && k != reflect.Array && v.IsNil():
		e.str("null")
	case k == reflect.Struct:
		return e.object(v, ti)
	case k == reflect.Map:
		return e.mapping(v)
	case k == reflect.Pointer || k == reflect.Interface:
		return e.value(v.Elem(), quoted && k == reflect.Pointer)
	case ti.base64:
		e.str(`"`)
		e.b = appendBase64(e.b, v.Bytes())
		e.str(`"`)
	default:
		e.str("[")
		for i := range v.Len() {
			if i > 0 {
				e.str(",")
			}
			if err := e.value(v.Index(i), false); err != nil {
				return err
			}
		}
		e.str("]")
	}
	return nil
}

func (e *encoder) object(v reflect.Value, ti *typeInfo) error {
	separator := "{"
fields:
	for i := range ti.fields {
		f := &ti.fields[i]
		fv := v
		for _, n := range f.index {
			if fv.Kind() == reflect.Pointer {
				if fv.IsNil() {
					continue fields
				}
				fv = fv.Elem()
			}
			fv = fv.Field(n)
		}
		if f.omitEmpty && isEmpty(fv) || f.omitZero && isZero(fv) {
			continue
		}
		e.str(separator)
		separator = ","
		e.str(f.key)
		if err := e.value(fv, f.quoted); err != nil {
			return err
		}
	}
	if separator == "{" {
		e.str("{")
	}
	e.str("}")
	return nil
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct, reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return false
	}
	return v.IsZero()
}

// isZero asks the value itself when it has an opinion.
func isZero(v reflect.Value) bool {
	t := v.Type()
	switch {
	case implements[zeroer](t):
		k := v.Kind()
		if (k == reflect.Interface || k == reflect.Pointer) && v.IsNil() ||
			k == reflect.Interface && v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil() {
			return true
		}
		return v.Interface().(zeroer).IsZero() //nolint:forcetypeassert // the type implements it
	case implements[zeroer](reflect.PointerTo(t)):
		if !v.CanAddr() {
			box := reflect.New(t).Elem()
			box.Set(v)
			v = box
		}
		return v.Addr().Interface().(zeroer).IsZero() //nolint:forcetypeassert // the type implements it
	}
	return v.IsZero()
}

func (e *encoder) mapping(v reflect.Value) error {
	members := make([]member, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		key, err := keyText(it.Key())
		if err != nil {
			return err
		}
		members = append(members, member{key, it.Value()})
	}
	if k := v.Type().Key(); len(members) == 0 && !textKey(k) && !implements[encoding.TextMarshaler](k) {
		return errKind
	}
	sortMembers(members)
	e.str("{")
	for i, m := range members {
		if i > 0 {
			e.str(",")
		}
		e.b = append(appendString(e.b, m.key), ':')
		if err := e.value(m.value, false); err != nil {
			return err
		}
	}
	e.str("}")
	return nil
}

// A member is one entry of a map.
type member struct {
	key   string
	value reflect.Value
}

// sortMembers sorts by key: a heap sort, because what package slices would need for
// it is 8 kB compressed.
func sortMembers(m []member) {
	for i := len(m)/2 - 1; i >= 0; i-- {
		sink(m, i)
	}
	for n := len(m) - 1; n > 0; n-- {
		m[0], m[n] = m[n], m[0]
		sink(m[:n], 0)
	}
}

// sink moves m[i] down until no child of it is greater.
func sink(m []member, i int) {
	for {
		child := 2*i + 1
		if child+1 < len(m) && m[child].key < m[child+1].key {
			child++
		}
		if child >= len(m) || m[i].key >= m[child].key {
			return
		}
		m[i], m[child] = m[child], m[i]
		i = child
	}
}

// textKey reports whether keys of a type have a text of their own.
func textKey(t reflect.Type) bool {
	k := t.Kind()
	return k == reflect.String || k >= reflect.Int && k <= reflect.Uintptr
}

func keyText(k reflect.Value) (string, error) {
	if k.Kind() == reflect.String {
		return k.String(), nil
	}
	if m, ok := k.Interface().(encoding.TextMarshaler); ok && implements[encoding.TextMarshaler](k.Type()) {
		if k.Kind() == reflect.Pointer && k.IsNil() {
			return "", nil
		}
		text, err := m.MarshalText()
		return string(text), err
	}
	switch {
	case k.CanInt():
		return strconv.FormatInt(k.Int(), 10), nil
	case k.CanUint():
		return strconv.FormatUint(k.Uint(), 10), nil
	}
	return "", errKind
}

// nilReceiver reports whether v cannot be asked to marshal itself.
func nilReceiver(v reflect.Value) bool {
	return (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil()
}

func (e *encoder) marshaler(v reflect.Value) error {
	if nilReceiver(v) {
		e.str("null")
		return nil
	}
	text, err := v.Interface().(marshaler).MarshalJSON() //nolint:forcetypeassert // the type implements it
	if err != nil {
		return err
	}
	if !valid(text) {
		return errMarshaler
	}
	e.b = appendCompact(e.b, text)
	return nil
}

func (e *encoder) textMarshaler(v reflect.Value) error {
	if nilReceiver(v) {
		e.str("null")
		return nil
	}
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText() //nolint:forcetypeassert // the type implements it
	if err != nil {
		return err
	}
	e.b = appendString(e.b, string(text))
	return nil
}
