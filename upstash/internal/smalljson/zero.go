package smalljson

import "reflect"

// isEmpty is what the option "omitempty" asks.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice:
		return v.Len() == 0
	case reflect.Struct, reflect.Complex64, reflect.Complex128, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return false
	}
	return v.IsZero()
}

// isZero is what the option "omitzero" asks: the value itself when it has an opinion.
func isZero(v reflect.Value) bool {
	ti := infoOf(typeOf(v))
	if (ti.own|ti.address)&ownZero == 0 {
		return v.IsZero()
	}
	if isNil(v) || v.Kind() == reflect.Interface && isNil(v.Elem()) {
		return true
	}
	if ti.own&ownZero == 0 {
		if !v.CanAddr() {
			box := reflect.New(typeOf(v)).Elem()
			box.Set(v)
			v = box
		}
		v = v.Addr()
	}
	return v.Interface().(zeroer).IsZero() //nolint:forcetypeassert // the type implements it
}
