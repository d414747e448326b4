package smalljson

import (
	"encoding"
	"reflect"

	"github.com/yesgoddess/edgeredis/upstash/internal/decint"
)

// literal decodes a value that is passed over as a whole into v, or into own if that
// is there: a string, number, boolean or null, or what goes nowhere else. inside
// says that text was in the quotes of the option "string": then it may be anything.
func (d *decoder) literal(text []byte, v reflect.Value, own any, inside bool) {
	if u, ok := own.(unmarshaler); ok {
		d.note(u.UnmarshalJSON(text))
		return
	}
	if inside && !valid(text) {
		d.note(errQuoted)
		return
	}
	if u, ok := own.(encoding.TextUnmarshaler); ok && text[0] == '"' {
		d.note(u.UnmarshalText(unquote(text)))
	} else if ok || !set(v, text) {
		d.note(errType)
	}
}

// set stores a literal and reports whether it fits.
func set(v reflect.Value, text []byte) bool {
	k := v.Kind()
	switch text[0] {
	case 'n':
		if k == reflect.Interface || k == reflect.Pointer || k == reflect.Map || k == reflect.Slice {
			clearValue(v)
		}
		return true
	case 't', 'f':
		if k == reflect.Bool {
			v.SetBool(text[0] == 't')
		}
		return k == reflect.Bool
	case '"':
		return setString(v, k, unquote(text))
	}
	s := string(text)
	switch {
	case !isNumber(s):
		return false
	case v.CanFloat():
		f, ok := parseFloat(s, typeOf(v).Bits())
		if ok {
			v.SetFloat(f)
		}
		return ok
	case k == reflect.String && infoOf(typeOf(v)).number:
		v.SetString(s)
		return true
	}
	return setInteger(v, s)
}

func setString(v reflect.Value, k reflect.Kind, s []byte) bool {
	switch {
	case k == reflect.String:
		if infoOf(typeOf(v)).number && !isNumber(string(s)) {
			return false
		}
		v.SetString(string(s))
		return true
	case k == reflect.Slice && typeOf(v).Elem().Kind() == reflect.Uint8:
		b, ok := decodeBase64(s)
		if ok {
			v.SetBytes(b)
		}
		return ok
	}
	return false
}

// setInteger stores the integer that s spells.
func setInteger(v reflect.Value, s string) bool {
	signed := v.CanInt()
	if !signed && !v.CanUint() {
		return false
	}
	n, ok := decint.ParseInt(s, signed, typeOf(v).Bits())
	switch {
	case !ok:
	case signed:
		v.SetInt(int64(n)) //nolint:gosec // its bits are those of a signed one
	default:
		v.SetUint(n)
	}
	return ok
}
