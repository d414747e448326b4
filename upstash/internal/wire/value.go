package wire

// Kind says which fields of a [Value] count.
type Kind uint8

const (
	// Null is the nil reply, of a bulk string or of an array. No field counts.
	Null Kind = iota
	// Int is an integer, in Value.Int.
	Int
	// String is a bulk string, in Value.Str. In plain JSON every string is a
	// String, because nothing there tells a status reply from a value.
	String
	// Status is a status reply, in Value.Str: any "+..." line of RESP2, and the
	// unencoded OK of base64 mode.
	Status
	// Float is a JSON number that is no int64; Value.Str has its exact text.
	Float
	// Bool is a JSON true or false: Value.Int is 1 or 0.
	Bool
	// Array is an array, in Value.Elems, which is nil when it is empty.
	Array
	// Error is what the server refused, in Value.Str: "ERR no such key".
	Error
)

// A Value is one decoded reply.
//
// A JSON object inside a result, which the API never documents, becomes an
// Array of its members in order: key, value, key, value. Keys are kept as they
// stand, in base64 mode too: a server that encodes strings has no reason to
// encode the names of its own members.
type Value struct {
	Kind  Kind
	Int   int64
	Str   string
	Elems []Value
}

// Limits bound what a decoder accepts. The zero value means the defaults.
type Limits struct {
	// MaxDepth is how many arrays may be nested in one reply. 0 means
	// [DefaultMaxDepth]; more than 10000 counts as 10000. Below 0 no array is accepted.
	MaxDepth int
	// MaxElems is how many elements all arrays of one body may have together.
	// The replies of a batch count, and so do the keys and values of objects.
	// 0 means [DefaultMaxElems]. Below 0 no element is accepted.
	MaxElems int
}

const (
	// DefaultMaxDepth is the depth limit when Limits.MaxDepth is 0.
	DefaultMaxDepth = 64
	// DefaultMaxElems is the element limit when Limits.MaxElems is 0.
	DefaultMaxElems = 1 << 20

	// hardMaxDepth keeps the decoder's recursion in a few megabytes of stack. It
	// is also the limit of encoding/json.
	hardMaxDepth = 10000
)

// Options say how a body is to be read. The zero value reads plain strings.
type Options struct {
	// Base64 says that the strings in results are base64, as the server confirms
	// with the response header Upstash-Encoding: base64. Error texts never are.
	// The RESP2 decoders ignore it, since the two exclude each other.
	Base64 bool
	Limits
}

// bounds returns the limits with their defaults filled in.
func (l Limits) bounds() (depth, elems int) {
	depth, elems = l.MaxDepth, l.MaxElems
	if depth == 0 {
		depth = DefaultMaxDepth
	}
	if elems == 0 {
		elems = DefaultMaxElems
	}
	return min(depth, hardMaxDepth), elems
}
