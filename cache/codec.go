package cache

import "github.com/yesgoddess/edgeredis/upstash/valuejson"

// A Codec turns values into bytes and back. It must be safe for concurrent use.
type Codec[T any] interface {
	// Append appends the encoding of v to dst.
	Append(dst []byte, v T) ([]byte, error)
	// Decode returns the value that src encodes. The value must not refer to
	// src. An error makes the entry a miss.
	Decode(src []byte) (T, error)
}

// A codec is a Codec of values in interfaces.
type codec interface {
	encode(v any) ([]byte, error)
	decode(src []byte) (any, error)
}

type coded[T any] struct{ codec Codec[T] }

func (c *coded[T]) encode(v any) ([]byte, error) { return c.codec.Append(nil, valueOf[T](v)) }

func (c *coded[T]) decode(src []byte) (any, error) {
	v, err := c.codec.Decode(src)
	return v, err
}

// JSON encodes values as JSON: see package upstash/valuejson for what does
// it. Entries are then plain JSON, as other services write them.
func JSON[T any]() Codec[T] { return &jsonCodec[T]{} }

type jsonCodec[T any] struct{}

func (*jsonCodec[T]) Append(dst []byte, v T) ([]byte, error) {
	b, err := valuejson.Marshal(v)
	if err == nil && len(dst) > 0 {
		b = append(dst, b...)
	}
	return b, err
}

func (*jsonCodec[T]) Decode(src []byte) (T, error) {
	var v T
	if err := valuejson.Unmarshal(src, &v); err != nil {
		var zero T
		return zero, err
	}
	return v, nil
}

// Text stores strings as they are.
func Text() Codec[string] { return textCodec{} }

type textCodec struct{}

func (textCodec) Append(dst []byte, v string) ([]byte, error) { return append(dst, v...), nil }
func (textCodec) Decode(src []byte) (string, error)           { return string(src), nil }

// Bytes stores byte slices as they are. The slices that the cache returns belong
// to the caller unless there is an in-process level or a shared load.
func Bytes() Codec[[]byte] { return bytesCodec{} }

type bytesCodec struct{}

func (bytesCodec) Append(dst, v []byte) ([]byte, error) { return append(dst, v...), nil }
func (bytesCodec) Decode(src []byte) ([]byte, error) {
	return append(make([]byte, 0, len(src)), src...), nil
}

// A Compressor makes values smaller; package cache/compress has some. It must be
// safe for concurrent use.
type Compressor interface {
	// ID is a lower-case letter that is stored with the entry, so that the
	// reader knows what to undo.
	ID() byte
	// Compress appends the compressed form of src to dst.
	Compress(dst, src []byte) []byte
	// Decompress appends what src was to dst, and fails rather than append more
	// than limit bytes; a negative limit is none.
	Decompress(dst, src []byte, limit int) ([]byte, error)
}

func validCompressorID(b byte) bool { return b >= 'a' && b <= 'z' }
