package wire

import (
	"errors"
	"strconv"
)

var (
	// ErrTooDeep says that arrays are nested deeper than Limits.MaxDepth.
	ErrTooDeep = errors.New("wire: arrays nested too deep")
	// ErrTooManyElements says that there are more elements than Limits.MaxElems.
	ErrTooManyElements = errors.New("wire: too many elements")
	// ErrBase64 says that a string is not strict base64. It comes wrapped in a
	// [SyntaxError].
	ErrBase64 = errors.New("wire: invalid base64")
	// ErrTrailing says that the body goes on after the reply. It comes wrapped
	// in a [SyntaxError].
	ErrTrailing = errors.New("wire: data after the reply")
	// ErrUnexpectedEnd says that the body ends inside the reply: most likely it
	// was cut off. It comes wrapped in a [SyntaxError].
	ErrUnexpectedEnd = errors.New("wire: unexpected end")
	// ErrRESP3 says that a RESP reply has a type that only RESP3 knows. It comes
	// wrapped in a [SyntaxError].
	ErrRESP3 = errors.New("wire: RESP3 type in a RESP2 reply")
)

// A SyntaxError says where a body stops making sense. It never holds content
// of the body.
type SyntaxError struct {
	_ [0]func() // nobody compares it, so no code for that need be linked
	// Offset is the index in the body of the byte that does not fit. It is the
	// length of the body when that ends too early, and the first byte of the
	// four for base64.
	Offset int
	// Msg says what was wrong, without a prefix.
	Msg string
	// Err is ErrBase64, ErrTrailing, ErrUnexpectedEnd, ErrRESP3 or nil.
	Err error
}

// Error returns "wire: <Msg> at byte <Offset>".
func (e *SyntaxError) Error() string {
	return "wire: " + e.Msg + " at byte " + strconv.Itoa(e.Offset)
}

// Unwrap returns e.Err.
func (e *SyntaxError) Unwrap() error { return e.Err }
