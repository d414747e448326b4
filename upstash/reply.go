package upstash

import (
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// A Reply is one reply of the server, not yet decoded. Its methods are also
// decoders for [As]: As(cmd, Reply.Int64). The zero Reply is the nil reply. A
// Reply is immutable and safe for concurrent use.
type Reply struct {
	v wire.Value
}

// Kind is the shape of a [Reply].
type Kind uint8

// The shapes. Over JSON a status reply looks like a string, except the status OK
// in base64; RESP2 tells all of them apart.
const (
	KindNil Kind = iota
	KindInt
	KindString
	KindStatus
	KindDouble
	KindBool
	KindArray
	KindError
)

// Kind returns the shape of r.
func (r Reply) Kind() Kind {
	switch r.v.Kind {
	case wire.Int:
		return KindInt
	case wire.String:
		return KindString
	case wire.Status:
		return KindStatus
	case wire.Float:
		return KindDouble
	case wire.Bool:
		return KindBool
	case wire.Array:
		return KindArray
	case wire.Error:
		return KindError
	}
	return KindNil
}

// IsNil reports whether r is the nil reply: the key or element is missing.
func (r Reply) IsNil() bool { return r.v.Kind == wire.Null }

// Err returns the error of this command in a batch: a *[ServerError] when the
// server refused it. It is nil for every other reply, also for the nil reply.
func (r Reply) Err() error {
	if r.v.Kind != wire.Error {
		return nil
	}
	return newServerError("", r.v.Str, 0)
}

// IsArray reports whether r is an array.
func (r Reply) IsArray() bool { return r.v.Kind == wire.Array }

// String tells the shape of r, never its content: "string", "array of 3". Use
// [Reply.Text] for the content.
func (r Reply) String() string { return r.kindName() }

// GoString is String.
func (r Reply) GoString() string { return r.kindName() }

// check returns the errors that every decoder shares.
func (r Reply) check() error {
	switch r.v.Kind {
	case wire.Error:
		return r.Err()
	case wire.Null:
		return ErrNil
	}
	return nil
}

// Text returns a string or status reply; integers and doubles are returned as
// their text. A nil reply gives [ErrNil].
func (r Reply) Text() (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	switch r.v.Kind {
	case wire.String, wire.Status, wire.Float:
		return r.v.Str, nil
	case wire.Int:
		return strconv.FormatInt(r.v.Int, 10), nil
	case wire.Bool:
		if r.v.Int != 0 {
			return "true", nil
		}
		return "false", nil
	}
	return "", r.mismatch("string")
}

// Bytes is [Reply.Text] as bytes that the caller owns.
func (r Reply) Bytes() ([]byte, error) {
	s, err := r.Text()
	if err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// Int64 returns an integer reply, or a string that holds one, exact to 64 bits.
func (r Reply) Int64() (int64, error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	switch r.v.Kind {
	case wire.Int, wire.Bool:
		return r.v.Int, nil
	case wire.String, wire.Status, wire.Float:
		if n, ok := parseInt(r.v.Str); ok {
			return n, nil
		}
	}
	return 0, r.mismatch("64-bit integer")
}

// Int is [Reply.Int64] as an int.
func (r Reply) Int() (int, error) {
	n, err := r.Int64()
	if err == nil && int64(int(n)) != n {
		return 0, r.mismatch("int")
	}
	return int(n), err
}

// Float64 returns a double, an integer, or a string that holds a number; inf,
// -inf and nan as Redis writes them are understood.
func (r Reply) Float64() (float64, error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	switch r.v.Kind {
	case wire.Int, wire.Bool:
		return float64(r.v.Int), nil
	case wire.String, wire.Status, wire.Float:
		f, err := strconv.ParseFloat(r.v.Str, 64)
		if err == nil {
			return f, nil
		}
	}
	return 0, r.mismatch("number")
}

// Bool returns true for 1 and OK, false for 0.
func (r Reply) Bool() (bool, error) {
	if err := r.check(); err != nil {
		return false, err
	}
	switch r.v.Kind {
	case wire.Int, wire.Bool:
		if r.v.Int == 0 || r.v.Int == 1 {
			return r.v.Int == 1, nil
		}
	case wire.String, wire.Status:
		switch r.v.Str {
		case "OK", "1":
			return true, nil
		case "0":
			return false, nil
		}
	}
	return false, r.mismatch("0, 1 or OK")
}

// Set reports whether the command took effect: true for any reply but nil. It
// decodes SET with NX or XX.
func (r Reply) Set() (bool, error) {
	return r.v.Kind != wire.Null && r.v.Kind != wire.Error, r.Err()
}

// OK returns nothing: any reply but an error and nil is success.
func (r Reply) OK() (struct{}, error) { return struct{}{}, r.check() }

// Raw returns the reply itself, nil and arrays included.
func (r Reply) Raw() (Reply, error) { return r, r.Err() }

func (r Reply) mismatch(want string) error {
	return &DecodeError{Want: want, Got: r.kindName()}
}

func (r Reply) kindName() string {
	switch r.v.Kind {
	case wire.Null:
		return "nil"
	case wire.Int:
		return "integer"
	case wire.String:
		return "string"
	case wire.Status:
		return "status"
	case wire.Float:
		return "double"
	case wire.Bool:
		return "boolean"
	case wire.Array:
		return "array of " + strconv.Itoa(len(r.v.Elems))
	}
	return "error"
}
