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

// A methods is a set of what types say about their JSON.
type methods uint8

const (
	ownJSON methods = 1 << iota // MarshalJSON
	ownText                     // MarshalText
	ownZero                     // IsZero
	setText                     // UnmarshalText
)

// known holds a nil pointer to the interface of each bit of methods, in their
// order. (The types of the interfaces themselves would be made at start-up, by
// every program.)
var known = [...]any{(*marshaler)(nil), (*encoding.TextMarshaler)(nil), (*zeroer)(nil), (*encoding.TextUnmarshaler)(nil)}

func methodsOf(t reflect.Type) (m methods) {
	for i, k := range known {
		if t.Implements(reflect.TypeOf(k).Elem()) {
			m |= 1 << i
		}
	}
	return m
}

// A typeInfo is what has to be known of a type, found out once.
type typeInfo struct {
	own     methods // of a value
	address methods // of a pointer to it; none for pointers
	number  bool    // json.Number, a string that is written as a number
	fields  []field // of a struct
}

var infos sync.Map // of reflect.Type to *typeInfo

func infoOf(t reflect.Type) *typeInfo {
	if ti, ok := infos.Load(t); ok {
		return ti.(*typeInfo) //nolint:forcetypeassert // the map holds nothing else
	}
	k := t.Kind()
	ti := &typeInfo{
		own:    methodsOf(t),
		number: k == reflect.String && t.Name() == "Number" && t.PkgPath() == "encoding/json",
	}
	if k != reflect.Pointer {
		ti.address = methodsOf(reflect.PointerTo(t))
	}
	if k == reflect.Struct {
		walk(t, nil, nil, &ti.fields)
		ti.fields = dominant(ti.fields)
	}
	infos.LoadOrStore(t, ti)
	return ti
}

// typeOf is v.Type, once and not in each place.
//
//go:noinline
func typeOf(v reflect.Value) reflect.Type { return v.Type() }
