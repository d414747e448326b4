package smalljson

import (
	"reflect"
	"strconv"
)

// literal decodes a string, number, boolean or null into v. quoted says that text
// was inside the quotes of the option "string": then it may be anything.
func (d *decoder) literal(text []byte, v reflect.Value, quoted bool) {
	null := text[0] == 'n'
	u, textual, v := settle(v, null)
	switch {
	case u != nil:
		if err := u.UnmarshalJSON(text); err != nil {
			d.note(err)
		}
		return
	case quoted && !valid(text):
		d.note(errQuoted)
		return
	case textual != nil:
		if text[0] != '"' {
			d.note(errType)
		} else if err := textual.UnmarshalText(appendUnquoted(nil, text)); err != nil {
			d.note(err)
		}
		return
	}
	ok := true
	switch text[0] {
	case 'n':
		switch v.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
			v.SetZero()
		}
	case 't', 'f':
		ok = setBool(v, text[0] == 't')
	case '"':
		ok = setString(v, appendUnquoted(nil, text))
	default:
		ok = setNumber(v, string(text))
	}
	if !ok {
		d.note(errType)
	}
}

// setAny stores x when v takes everything.
func setAny(v reflect.Value, x any) bool {
	if v.Kind() != reflect.Interface || v.NumMethod() != 0 {
		return false
	}
	v.Set(reflect.ValueOf(x))
	return true
}

func setBool(v reflect.Value, x bool) bool {
	if v.Kind() != reflect.Bool {
		return setAny(v, x)
	}
	v.SetBool(x)
	return true
}

func setString(v reflect.Value, s []byte) bool {
	switch v.Kind() {
	case reflect.String:
		if infoOf(v.Type()).number && !isNumber(string(s)) {
			return false
		}
		v.SetString(string(s))
		return true
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			return false
		}
		b, ok := decodeBase64(s)
		if ok {
			v.SetBytes(b)
		}
		return ok
	}
	return setAny(v, string(s))
}

func setNumber(v reflect.Value, s string) bool {
	switch {
	case v.CanInt():
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	case v.CanUint():
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil || v.OverflowUint(n) {
			return false
		}
		v.SetUint(n)
		return true
	case v.CanFloat():
		n, err := strconv.ParseFloat(s, v.Type().Bits())
		if err != nil || v.OverflowFloat(n) {
			return false
		}
		v.SetFloat(n)
		return true
	case v.Kind() == reflect.String && infoOf(v.Type()).number:
		v.SetString(s)
		return true
	case v.Kind() != reflect.Interface:
		return false
	}
	n, err := strconv.ParseFloat(s, 64)
	return err == nil && setAny(v, n)
}
