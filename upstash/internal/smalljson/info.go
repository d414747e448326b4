package smalljson

import (
	"encoding"
	"reflect"
	"sync"
)

type (
	marshaler   interface{ MarshalJSON() ([]byte, error) }
	unmarshaler interface{ UnmarshalJSON(data []byte) error }
	zeroer      interface{ IsZero() bool }
)

// implements reports whether t has the methods of I. The types of interfaces are no
// package variables: those would be made at start-up, by every program.
func implements[I any](t reflect.Type) bool { return t.Implements(reflect.TypeFor[I]()) }

// A typeInfo is what has to be known of a type, found out once.
type typeInfo struct {
	// How a value, or its address, marshals itself.
	json, addrJSON, text, addrText bool
	// number marks json.Number, a string that is written as a number.
	number bool
	// base64 marks slices of bytes that do not marshal themselves.
	base64 bool
	fields []field // of a struct
}

var infos sync.Map // of reflect.Type to *typeInfo

func infoOf(t reflect.Type) *typeInfo {
	if ti, ok := infos.Load(t); ok {
		return ti.(*typeInfo) //nolint:forcetypeassert // the map holds nothing else
	}
	ti := &typeInfo{
		json:   implements[marshaler](t),
		text:   implements[encoding.TextMarshaler](t),
		number: t.Kind() == reflect.String && t.Name() == "Number" && t.PkgPath() == "encoding/json",
	}
	if t.Kind() != reflect.Pointer {
		p := reflect.PointerTo(t)
		ti.addrJSON, ti.addrText = implements[marshaler](p), implements[encoding.TextMarshaler](p)
	}
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			p := reflect.PointerTo(t.Elem())
			ti.base64 = !implements[marshaler](p) && !implements[encoding.TextMarshaler](p)
		}
	case reflect.Struct:
		ti.fields = fieldsOf(t)
	}
	infos.Store(t, ti)
	return ti
}
