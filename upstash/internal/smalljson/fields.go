package smalljson

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
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

// fieldsOf lists the fields of struct t in order of declaration, those of embedded
// structs included, by Go's rules: of several fields of one name the least deep
// wins, among these the one whose name comes from a tag, and two that are equal in
// this hide each other.
func fieldsOf(t reflect.Type) []field {
	type level struct {
		t     reflect.Type
		index []int
		twice bool // t is embedded more than once at this depth
	}
	var all []field
	visited := map[reflect.Type]bool{}
	for next := []level{{t: t}}; len(next) > 0; {
		current := next
		next = nil
		for _, l := range current {
			if visited[l.t] {
				continue
			}
			visited[l.t] = true
			for i := range l.t.NumField() {
				sf := l.t.Field(i)
				index := append(slices.Clone(l.index), i)
				f, embedded, ok := memberOf(sf, index)
				switch {
				case !ok:
				case embedded != nil:
					if at := slices.IndexFunc(next, func(n level) bool { return n.t == embedded }); at >= 0 {
						next[at].twice = true
						continue
					}
					next = append(next, level{t: embedded, index: index, twice: l.twice})
				default:
					all = append(all, f)
					if l.twice {
						all = append(all, f) // hides itself
					}
				}
			}
		}
	}
	return dominant(all)
}

// memberOf reads the tag of sf: a member, or a struct whose fields are promoted.
func memberOf(sf reflect.StructField, index []int) (f field, embedded reflect.Type, ok bool) {
	inner := sf.Type
	if sf.Anonymous {
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if !sf.IsExported() && inner.Kind() != reflect.Struct {
			return field{}, nil, false
		}
	} else if !sf.IsExported() {
		return field{}, nil, false
	}
	tag := sf.Tag.Get("json")
	if tag == "-" {
		return field{}, nil, false
	}
	name, options, _ := strings.Cut(tag, ",")
	if !validName(name) {
		name = ""
	}
	if name == "" && sf.Anonymous && inner.Kind() == reflect.Struct {
		return field{}, inner, true
	}
	f = field{name: name, index: index, tagged: name != ""}
	if name == "" {
		f.name = sf.Name
	}
	for options != "" {
		var o string
		o, options, _ = strings.Cut(options, ",")
		switch o {
		case "omitempty":
			f.omitEmpty = true
		case "omitzero":
			f.omitZero = true
		case "string":
			f.quoted = quotable(sf.Type)
		}
	}
	f.key = string(append(appendString(nil, f.name), ':'))
	return f, nil, true
}

// quotable reports whether the option "string" applies to a type.
func quotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	k := t.Kind()
	return k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String
}

// validName reports whether a name may stand in a tag.
func validName(s string) bool {
	for _, c := range s {
		if c == '"' || c == '\\' || c == ',' || c == '\'' || c == '`' ||
			(c >= 0x80 || c <= ' ') && c != ' ' && !unicode.IsLetter(c) && !unicode.IsDigit(c) || c == 0x7f {
			return false
		}
	}
	return s != ""
}

// dominant drops what is hidden.
func dominant(all []field) []field {
	var kept []field
	for i, f := range all {
		wins := true
		for j, g := range all {
			if i != j && g.name == f.name && !precedes(f, g) {
				wins = false
				break
			}
		}
		if wins {
			kept = append(kept, f)
		}
	}
	// One by one: sorting of slices is code for each type that is sorted.
	for i := range kept {
		for j := i; j > 0 && slices.Compare(kept[j].index, kept[j-1].index) < 0; j-- {
			kept[j], kept[j-1] = kept[j-1], kept[j]
		}
	}
	return kept
}

// precedes reports whether f hides g, which has the same name.
func precedes(f, g field) bool {
	if len(f.index) != len(g.index) {
		return len(f.index) < len(g.index)
	}
	return f.tagged && !g.tagged
}

// fieldNamed finds the member for a key: by its exact name, else the first whose
// name differs in case only.
func (ti *typeInfo) fieldNamed(key []byte) *field {
	for i := range ti.fields {
		if ti.fields[i].name == string(key) {
			return &ti.fields[i]
		}
	}
	for i := range ti.fields {
		if strings.EqualFold(ti.fields[i].name, string(key)) {
			return &ti.fields[i]
		}
	}
	return nil
}
