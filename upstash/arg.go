package upstash

import (
	"encoding"
	"errors"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/valuejson"
)

// JSON wraps a value so that it is sent as JSON text: Set("user:1",
// JSON(user)). It is read back with [DecodeJSON]. A value that cannot be encoded
// makes a command that fails before any I/O.
func JSON(v any) any {
	b, err := valuejson.Marshal(v) // here, so that only programs that use JSON link the encoder
	return jsonArg{text: string(b), err: err}
}

type jsonArg struct {
	text string
	err  error
}

var (
	errNilArg      = errors.New("is nil")
	errArgType     = errors.New("has a type that has no single text form; pass a string, []byte, number, bool, encoding.TextMarshaler, or wrap it with JSON")
	errJSONArg     = errors.New("cannot be encoded as JSON")
	errDurationArg = errors.New("is a time.Duration; pass its seconds or milliseconds as an integer")
)

// argText turns a Go value into the text of an argument. Numbers are exact.
func argText(a any) (string, error) {
	switch v := a.(type) {
	case string:
		return v, nil
	case []byte:
		if v == nil {
			return "", errNilArg
		}
		return string(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return formatFloat(v), nil
	case bool:
		if v {
			return "1", nil
		}
		return "0", nil
	case nil:
		return "", errNilArg
	case time.Duration:
		return "", errDurationArg
	case jsonArg:
		if v.err != nil {
			return "", errJSONArg
		}
		return v.text, nil
	}
	return otherArgText(a)
}

// otherArgText handles the rarer argument types.
func otherArgText(a any) (string, error) {
	switch v := a.(type) {
	case int8:
		return strconv.FormatInt(int64(v), 10), nil
	case int16:
		return strconv.FormatInt(int64(v), 10), nil
	case int32:
		return strconv.FormatInt(int64(v), 10), nil
	case uint:
		return strconv.FormatUint(uint64(v), 10), nil
	case uint8:
		return strconv.FormatUint(uint64(v), 10), nil
	case uint16:
		return strconv.FormatUint(uint64(v), 10), nil
	case uint32:
		return strconv.FormatUint(uint64(v), 10), nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), nil
	case encoding.TextMarshaler:
		b, err := v.MarshalText()
		if err != nil {
			if own, ok := err.(*ArgumentError); ok { //nolint:errorlint // as it was made; errors.As is code in WebAssembly
				return "", own
			}
			return "", errors.New("has a MarshalText method that failed")
		}
		return string(b), nil
	}
	return "", errArgType
}

// formatFloat writes the shortest text that reads back as f; Redis understands
// inf and nan in these forms.
func formatFloat(f float64) string {
	switch {
	case f > maxFloat:
		return "inf"
	case f < -maxFloat:
		return "-inf"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

const maxFloat = 0x1p1023 * (1 + (1 - 0x1p-52))

func itoa(n int) string     { return strconv.Itoa(n) }
func itoa64(n int64) string { return strconv.FormatInt(n, 10) }
