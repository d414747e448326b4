package upstash

import (
	"strconv"
	"strings"
)

// The JSON commands answer a list for a path that begins with "$", and a bare
// value for a path of the old kind (".name"). Both become a list.

func (r Reply) oneOrMoreInt64s() ([]*int64, error) { return oneOrMore(r, optional(Reply.Int64)) }
func (r Reply) oneOrMoreTexts() ([]*string, error) { return oneOrMore(r, optionalText) }
func (r Reply) oneOrMoreStrings() ([]string, error) {
	return oneOrMore(r, Reply.Text)
}

func (r Reply) jsonBools() ([]*bool, error) { return oneOrMore(r, optional(Reply.jsonBool)) }

// jsonBool takes 1 and 0, and the words that paths of the old kind give.
func (r Reply) jsonBool() (bool, error) {
	switch r.v.Str {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return r.Bool()
}

func oneOrMore[T any](r Reply, decode func(Reply) (T, error)) ([]T, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.IsArray() {
		return collect(r, "array", decode)
	}
	v, err := decode(r)
	if err != nil {
		return nil, err
	}
	return []T{v}, nil
}

// stringLists decodes a list of lists; a flat list counts as the only one.
func (r Reply) stringLists() ([][]string, error) {
	elems, err := r.elems("array of lists")
	if err != nil {
		return nil, err
	}
	for _, e := range elems {
		if e := element(e); !e.IsArray() && !e.IsNil() {
			list, err := r.Strings()
			return [][]string{list}, err
		}
	}
	return collect(r, "array of lists", func(e Reply) ([]string, error) {
		if e.IsNil() {
			return nil, nil
		}
		return e.Strings()
	})
}

// jsonNumbers decodes what JSON.NUMINCRBY answers: JSON text of a list of numbers
// and nulls, or of one number. It is taken apart here, which spares programs
// without JSON values a JSON decoder.
func (r Reply) jsonNumbers() ([]*float64, error) {
	if r.IsArray() {
		return r.OptionalFloat64s()
	}
	text, err := r.Text()
	if err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); !ok {
			return nil, r.mismatch("list of numbers")
		}
		text = strings.TrimSpace(inner)
		if text == "" {
			return []*float64{}, nil
		}
	}
	var out []*float64
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "null" {
			out = append(out, nil)
			continue
		}
		f, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return nil, r.mismatch("list of numbers")
		}
		out = append(out, &f)
	}
	return out, nil
}
