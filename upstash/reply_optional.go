package upstash

// OptionalInt64s returns an array of integers with a nil pointer for each nil
// element, as BITFIELD and the JSON commands answer.
func (r Reply) OptionalInt64s() ([]*int64, error) {
	return collect(r, "array of integers", optional(Reply.Int64))
}

// OptionalFloat64s returns an array of numbers with a nil pointer for each nil
// element, as ZMSCORE answers.
func (r Reply) OptionalFloat64s() ([]*float64, error) {
	return collect(r, "array of numbers", optional(Reply.Float64))
}

// optional makes a decoder that turns a nil element into a nil pointer.
func optional[T any](decode func(Reply) (T, error)) func(Reply) (*T, error) {
	return func(r Reply) (*T, error) {
		if r.IsNil() {
			return nil, nil //nolint:nilnil // nil is the documented answer for a missing element
		}
		v, err := decode(r)
		return &v, err
	}
}

// A FieldValue is one field of a hash or of a stream entry.
type FieldValue struct {
	Field, Value string
}

// FieldValues returns pairs in their order. They may come flat, as RESP2 has
// them, or nested, one array of two for each pair, as RESP3 has them.
func (r Reply) FieldValues() ([]FieldValue, error) {
	return pairs(r, "array of pairs", func(k, v Reply) (p FieldValue, err error) {
		if p.Field, err = k.Text(); err != nil {
			return p, err
		}
		p.Value, err = v.Text()
		return p, err
	})
}

// pairs decodes an array of pairs, flat or nested.
func pairs[T any](r Reply, want string, decode func(k, v Reply) (T, error)) ([]T, error) {
	elems, err := r.elems(want)
	if err != nil {
		return nil, err
	}
	nested := len(elems) > 0 && element(elems[0]).IsArray()
	n := len(elems)
	if !nested {
		if n%2 != 0 {
			return nil, r.mismatch(want)
		}
		n /= 2
	}
	out := make([]T, n)
	for i := range out {
		var k, v Reply
		if nested {
			row := element(elems[i])
			if row.Len() != 2 {
				return nil, r.mismatch(want)
			}
			k, v = row.Index(0), row.Index(1)
		} else {
			k, v = element(elems[2*i]), element(elems[2*i+1])
		}
		if out[i], err = decode(k, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}
