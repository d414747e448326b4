package smalljson

import (
	"reflect"
	"unicode/utf8"
)

// A field is a member of a struct's JSON object.
type field struct {
	name      string
	key       string // the name in JSON and the colon behind it
	index     []int
	tagged    bool
	omitEmpty bool
	omitZero  bool
	quoted    bool // the option "string"
}

// walk lists the fields of struct t in order of declaration, those of embedded
// structs included. index leads to t, by way of the structs of path.
func walk(t reflect.Type, index []int, path []reflect.Type, fields *[]field) {
	for _, p := range path {
		if p == t {
			return // what it has is hidden by itself, less deep
		}
	}
	path = append(path, t)
	for i := range t.NumField() {
		sf := t.Field(i)
		inner := sf.Type
		if sf.Anonymous && inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		embedded := sf.Anonymous && inner.Kind() == reflect.Struct
		tag := jsonTag(string(sf.Tag))
		if !sf.IsExported() && !embedded || tag == "-" {
			continue
		}
		f := field{index: append(index[:len(index):len(index)], i)}
		f.name, tag = cut(tag)
		if f.tagged = validName(f.name); !f.tagged {
			if embedded {
				walk(inner, f.index, path, fields)
				continue
			}
			f.name = sf.Name
		}
		for tag != "" {
			var option string
			option, tag = cut(tag)
			f.omitEmpty = f.omitEmpty || option == "omitempty"
			f.omitZero = f.omitZero || option == "omitzero"
			f.quoted = f.quoted || option == "string" && quotable(sf.Type)
		}
		f.key = string(append(appendString(nil, f.name), ':'))
		*fields = append(*fields, f)
	}
}

// cut splits at the first comma.
func cut(s string) (before, after string) {
	for i := range len(s) {
		if s[i] == ',' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// jsonTag returns the value of key "json" in a struct tag, as reflect.StructTag.Get
// does. (That has package strconv behind it for what is in quotes.)
func jsonTag(tag string) string {
	for {
		for tag != "" && tag[0] == ' ' {
			tag = tag[1:]
		}
		n := 0
		for n < len(tag) && tag[n] > ' ' && tag[n] != ':' && tag[n] != '"' && tag[n] != 0x7f {
			n++
		}
		if n == 0 || n+1 >= len(tag) || tag[n] != ':' || tag[n+1] != '"' {
			return ""
		}
		end := n + 2
		for end < len(tag) && tag[end] != '"' {
			if tag[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(tag) {
			return ""
		}
		if tag[:n] == "json" {
			s := scanner{[]byte(tag[n+1 : end+1]), 0}
			if !s.str() {
				return ""
			}
			return string(unquote(s.b))
		}
		tag = tag[end+1:]
	}
}

// quotable reports whether the option "string" applies to a type.
func quotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	k := t.Kind()
	return k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String
}

// validName reports whether a name may stand in a tag. All that is not ASCII may:
// to tell letters from signs is 4 kB of tables.
func validName(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '"', '\\', ',', '\'', '`', 0x7f:
			return false
		}
		if s[i] < ' ' {
			return false
		}
	}
	return s != ""
}

// dominant drops what is hidden by Go's rules: of several fields of one name the
// least deep wins, among these the one whose name comes from a tag, and two that
// are equal in this hide each other.
func dominant(all []field) (kept []field) {
	for i := range all {
		f := &all[i]
		wins := true
		for j := range all {
			g := &all[j]
			if i != j && g.name == f.name && (len(g.index) < len(f.index) ||
				len(g.index) == len(f.index) && (g.tagged || !f.tagged)) {
				wins = false
			}
		}
		if wins {
			kept = append(kept, *f)
		}
	}
	return kept
}

// fieldNamed finds the member for a key: by its exact name, else the first whose
// name differs in case only.
func (ti *typeInfo) fieldNamed(key string) *field {
	var like *field
	for i := range ti.fields {
		f := &ti.fields[i]
		if f.name == key {
			return f
		}
		if like == nil && sameFold(f.name, key) {
			like = f
		}
	}
	return like
}

// sameFold reports whether two strings differ in the case of ASCII letters only.
// Two letters beyond it have one of these as their other case.
func sameFold(a, b string) bool {
	for a != "" && b != "" {
		r, n := utf8.DecodeRuneInString(a)
		s, m := utf8.DecodeRuneInString(b)
		if fold(r) != fold(s) {
			return false
		}
		a, b = a[n:], b[m:]
	}
	return a == b
}

func fold(r rune) rune {
	switch {
	case 'A' <= r && r <= 'Z':
		return r | 0x20
	case r == 'ſ':
		return 's'
	case r == '\u212a': // the sign of kelvin
		return 'k'
	}
	return r
}
