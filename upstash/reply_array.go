package upstash

import (
	"errors"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// Array returns the elements of an array reply. A nil reply gives [ErrNil].
func (r Reply) Array() ([]Reply, error) {
	elems, err := r.elems("array")
	if err != nil {
		return nil, err
	}
	out := make([]Reply, len(elems))
	for i, e := range elems {
		out[i] = element(e)
	}
	return out, nil
}

func element(v wire.Value) Reply { return Reply{v} }

func (r Reply) elems(want string) ([]wire.Value, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.v.Kind != wire.Array {
		return nil, r.mismatch(want)
	}
	return r.v.Elems, nil
}

// Len returns the number of elements of an array reply, 0 for anything else.
func (r Reply) Len() int { return len(r.v.Elems) }

// Index returns element i of an array reply without copying the array. It is
// the nil reply when there is no such element.
func (r Reply) Index(i int) Reply {
	if i < 0 || i >= len(r.v.Elems) {
		return Reply{}
	}
	return element(r.v.Elems[i])
}

// collect decodes each element of an array with one decoder.
func collect[T any](r Reply, want string, decode func(Reply) (T, error)) ([]T, error) {
	elems, err := r.elems(want)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(elems))
	for i, e := range elems {
		if out[i], err = decode(element(e)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Strings returns an array of strings; a nil element is an error ([ErrNil]),
// see [Reply.OptionalStrings].
func (r Reply) Strings() ([]string, error) {
	return collect(r, "array of strings", Reply.Text)
}

// OptionalStrings returns an array of strings with a nil pointer for each nil
// element, as MGET and HMGET answer.
func (r Reply) OptionalStrings() ([]*string, error) {
	return collect(r, "array of strings", optionalText)
}

func optionalText(r Reply) (*string, error) {
	if r.IsNil() {
		return nil, nil //nolint:nilnil // nil is the documented answer for a missing element
	}
	s, err := r.Text()
	return &s, err
}

// Int64s returns an array of integers.
func (r Reply) Int64s() ([]int64, error) {
	return collect(r, "array of integers", Reply.Int64)
}

// Bools returns an array of 0 and 1.
func (r Reply) Bools() ([]bool, error) {
	return collect(r, "array of 0 and 1", Reply.Bool)
}

// Map returns a flat array of pairs as a map: HGETALL, CONFIG GET. An empty
// array gives an empty map.
func (r Reply) Map() (map[string]string, error) {
	elems, err := r.elems("array of pairs")
	if err != nil {
		return nil, err
	}
	if len(elems)%2 != 0 {
		return nil, r.mismatch("array of pairs")
	}
	out := make(map[string]string, len(elems)/2)
	for i := 0; i < len(elems); i += 2 {
		k, err := element(elems[i]).Text()
		if err != nil {
			return nil, err
		}
		if out[k], err = element(elems[i+1]).Text(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ReplyOf builds a Reply for fakes and wrappers from nil, string, []byte, bool,
// int, int64, float64, error, Reply, or a slice of these ([]any, []string,
// []Reply). It panics on any other type: that is a mistake in the test.
func ReplyOf(v any) Reply {
	switch x := v.(type) {
	case nil:
		return Reply{}
	case Reply:
		return x
	case error:
		return Reply{v: wire.Value{Kind: wire.Error, Str: serverText(x)}}
	case string:
		return Reply{v: wire.Value{Kind: wire.String, Str: x}}
	case []byte:
		return Reply{v: wire.Value{Kind: wire.String, Str: string(x)}}
	case int:
		return Reply{v: wire.Value{Kind: wire.Int, Int: int64(x)}}
	case int64:
		return Reply{v: wire.Value{Kind: wire.Int, Int: x}}
	case bool:
		if x {
			return Reply{v: wire.Value{Kind: wire.Int, Int: 1}}
		}
		return Reply{v: wire.Value{Kind: wire.Int}}
	case float64:
		return Reply{v: wire.Value{Kind: wire.String, Str: formatFloat(x)}}
	case []string:
		return arrayOf(x)
	case []Reply:
		return arrayOf(x)
	case []any:
		return arrayOf(x)
	}
	panic("upstash: ReplyOf of an unsupported type")
}

func arrayOf[T any](xs []T) Reply {
	elems := make([]wire.Value, len(xs))
	for i, x := range xs {
		elems[i] = ReplyOf(x).v
	}
	return Reply{v: wire.Value{Kind: wire.Array, Elems: elems}}
}

// serverText is the text that a server would have sent for err.
func serverText(err error) string {
	if e, ok := errors.AsType[*ServerError](err); ok {
		return e.Message
	}
	return err.Error()
}
