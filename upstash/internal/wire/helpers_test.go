package wire_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// Short spellings of values.
func vInt(n int64) wire.Value     { return wire.Value{Kind: wire.Int, Int: n} }
func vStr(s string) wire.Value    { return wire.Value{Kind: wire.String, Str: s} }
func vStatus(s string) wire.Value { return wire.Value{Kind: wire.Status, Str: s} }
func vFloat(s string) wire.Value  { return wire.Value{Kind: wire.Float, Str: s} }
func vErr(s string) wire.Value    { return wire.Value{Kind: wire.Error, Str: s} }
func vNull() wire.Value           { return wire.Value{} }
func vArr(e ...wire.Value) wire.Value {
	return wire.Value{Kind: wire.Array, Elems: e}
}

func vBool(b bool) wire.Value {
	v := wire.Value{Kind: wire.Bool}
	if b {
		v.Int = 1
	}
	return v
}

// show writes v so that two values are equal exactly when their texts are.
func show(v wire.Value) string {
	switch v.Kind {
	case wire.Null:
		if v.Int != 0 || v.Str != "" || v.Elems != nil {
			return "null with content"
		}
		return "null"
	case wire.Int, wire.Bool:
		return v.Kind.String() + " " + strconv.FormatInt(v.Int, 10)
	case wire.Array:
		parts := make([]string, len(v.Elems))
		for i, e := range v.Elems {
			parts[i] = show(e)
		}
		return "[" + strings.Join(parts, " ") + "]"
	default:
		return v.Kind.String() + " " + strconv.QuoteToASCII(v.Str)
	}
}

func showAll(vals []wire.Value) string { return show(vArr(vals...)) }

// checkErr fails unless err is a documented error: ErrTooDeep,
// ErrTooManyElements or a *SyntaxError with an offset inside the body.
func checkErr(t *testing.T, err error, size int) {
	t.Helper()
	if err == wire.ErrTooDeep || err == wire.ErrTooManyElements {
		return
	}
	e, ok := errors.AsType[*wire.SyntaxError](err)
	if !ok {
		t.Fatalf("error %v is none of the documented ones", err)
	}
	if e.Offset < 0 || e.Offset > size || e.Msg == "" {
		t.Fatalf("offset %d of %d, message %q", e.Offset, size, e.Msg)
	}
	if !strings.HasPrefix(e.Error(), "wire: ") {
		t.Fatalf("text %q has no prefix", e.Error())
	}
}
