package keys

import (
	"errors"
	"strconv"
)

// Errors that callers match with errors.Is.
var (
	// ErrTooLong is matched by every [LengthError].
	ErrTooLong = errors.New("keys: the key is too long")
	// ErrBadKind is matched by every [KindError].
	ErrBadKind = errors.New("keys: bad kind or id")
	// ErrForeign is returned by Parse for a key that is not of this schema.
	ErrForeign = errors.New("keys: not a key of this schema")
)

// MaxLength is the longest key that the database takes, in bytes: 32 KB.
const MaxLength = 32 << 10

// A LengthError is a key that the database would refuse. It does not contain the
// key.
type LengthError struct {
	// Length is the length of the key in bytes, after escaping.
	Length int
}

func (e *LengthError) Error() string {
	return "keys: the key has " + strconv.Itoa(e.Length) + " bytes, the database takes " + strconv.Itoa(MaxLength)
}

// Is matches [ErrTooLong].
func (e *LengthError) Is(target error) bool { return target == ErrTooLong }

// A KindError is a declaration, or the use of one, that cannot work. It does not
// contain an id.
type KindError struct {
	_ [0]func() // nobody compares it: code less in WebAssembly

	// Entity is the entity of the kind, "" when that is what is wrong.
	Entity string
	// Reason says what is wrong.
	Reason string
}

func (e *KindError) Error() string {
	if e.Entity == "" {
		return "keys: " + e.Reason
	}
	return "keys: kind \"" + e.Entity + "\": " + e.Reason
}

// Is matches [ErrBadKind].
func (e *KindError) Is(target error) bool { return target == ErrBadKind }

// Check refuses a key that the database would refuse: an empty one is a
// *[KindError], one over [MaxLength] a *[LengthError].
func Check(key string) error {
	if key == "" {
		return &KindError{Reason: "the key is empty"}
	}
	if len(key) > MaxLength {
		return &LengthError{Length: len(key)}
	}
	return nil
}
