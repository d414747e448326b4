package wire_test

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// appendRESP is the other direction. Kinds that RESP2 lacks become what a
// server would send instead.
func appendRESP(dst []byte, v wire.Value) []byte {
	line := func(c byte, s string) []byte { return append(append(append(dst, c), s...), "\r\n"...) }
	switch v.Kind {
	case wire.Null:
		return line('$', "-1")
	case wire.Int, wire.Bool:
		return line(':', strconv.FormatInt(v.Int, 10))
	case wire.Status:
		return line('+', v.Str)
	case wire.Error:
		return line('-', v.Str)
	case wire.Array:
		dst = line('*', strconv.Itoa(len(v.Elems)))
		for _, e := range v.Elems {
			dst = appendRESP(dst, e)
		}
		return dst
	}
	dst = line('$', strconv.Itoa(len(v.Str)))
	return append(append(dst, v.Str...), "\r\n"...)
}

func TestDecodeRESP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       wire.Value
	}{
		{"status", "+OK\r\n", vStatus("OK")},
		{"empty status", "+\r\n", vStatus("")},
		{"error", "-ERR no such key\r\n", vErr("ERR no such key")},
		{"integer", ":9223372036854775807\r\n", vInt(1<<63 - 1)},
		{"negative integer", ":-9223372036854775808\r\n", vInt(-1 << 63)},
		{"signed zero", ":-0\r\n", vInt(0)},
		{"plus", ":+5\r\n", vInt(5)},
		{"bulk", "$3\r\nbar\r\n", vStr("bar")},
		{"bulk with line ends", "$4\r\n\r\n\r\n\r\n", vStr("\r\n\r\n")},
		{"binary bulk", "$4\r\n\xff\x00\xfe\x80\r\n", vStr("\xff\x00\xfe\x80")},
		{"base64 is not touched", "$4\r\nT0s=\r\n", vStr("T0s=")},
		{"empty bulk", "$0\r\n\r\n", vStr("")},
		{"null bulk", "$-1\r\n", vNull()},
		{"null array", "*-1\r\n", vNull()},
		{"empty array", "*0\r\n", vArr()},
		{"nested", "*4\r\n$1\r\na\r\n*2\r\n:1\r\n*-1\r\n$-1\r\n-ERR x\r\n", vArr(vStr("a"), vArr(vInt(1), vNull()), vNull(), vErr("ERR x"))},
		{"shortest elements", "*3\r\n+\r\n+\r\n+\r\n", vArr(vStatus(""), vStatus(""), vStatus(""))},
		{"shortest elements, nested", "*2\r\n*2\r\n+\r\n+\r\n+\r\n", vArr(vArr(vStatus(""), vStatus("")), vStatus(""))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, b64 := range []bool{false, true} {
				got, err := wire.DecodeRESP([]byte(c.body), wire.Options{Base64: b64})
				if err != nil || show(got) != show(c.want) {
					t.Errorf("got %s, %v; want %s", show(got), err, show(c.want))
				}
			}
			for n := range len(c.body) {
				got, err := wire.DecodeRESP([]byte(c.body[:n]), wire.Options{})
				if !errors.Is(err, wire.ErrUnexpectedEnd) {
					t.Errorf("cut at %d: got %s, %v", n, show(got), err)
				}
			}
			if _, err := wire.DecodeRESP([]byte(c.body+"+"), wire.Options{}); !errors.Is(err, wire.ErrTrailing) {
				t.Errorf("one byte more: %v", err)
			}
		})
	}
}

func TestDecodeRESPRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		offset     int
		is         error
	}{
		{"JSON", `{"error":"ERR"}`, 0, nil},
		{"space", " +OK\r\n", 0, nil},
		{"bare line feed", "+OK\n", 4, wire.ErrUnexpectedEnd},
		{"carriage return in a line", "+O\rK\r\n", 3, nil},
		{"no digits", ":\r\n", 1, nil},
		{"letters", ":1x\r\n", 2, nil},
		{"integer above the range", ":9223372036854775808\r\n", 1, nil},
		{"integer below the range", ":-9223372036854775809\r\n", 1, nil},
		{"integer far above", ":99999999999999999999999\r\n", 1, nil},
		{"integer that wraps to 1", ":18446744073709551617\r\n", 1, nil},
		{"negative bulk", "$-2\r\n", 1, nil},
		{"negative array", "*-2\r\n", 1, nil},
		{"long bulk", "$5\r\nabc\r\n", 9, wire.ErrUnexpectedEnd},
		{"short bulk", "$2\r\nabc\r\n", 6, nil},
		{"huge bulk", "$9223372036854775807\r\nabc\r\n", 27, wire.ErrUnexpectedEnd},
		{"array without elements", "*1\r\n", 4, wire.ErrUnexpectedEnd},
		{"RESP3 null", "_\r\n", 0, wire.ErrRESP3},
		{"RESP3 double in an array", "*1\r\n,1.5\r\n", 4, wire.ErrRESP3},
		{"RESP3 map", "%1\r\n+a\r\n+b\r\n", 0, wire.ErrRESP3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.DecodeRESP([]byte(c.body), wire.Options{})
			e, ok := errors.AsType[*wire.SyntaxError](err)
			if !ok || e.Offset != c.offset || e.Err != c.is {
				t.Errorf("got %s, %v; want offset %d, %v", show(got), err, c.offset, c.is)
			}
		})
	}
}

func TestDecodeRESPBatch(t *testing.T) {
	t.Parallel()
	ab := []wire.Value{vStr("a"), vArr(vInt(1), vStr("b"))}
	for _, c := range []struct {
		name, body string
		n          int
		want       []wire.Value
	}{
		{"none", "", 0, nil},
		{"none, wrapped", "*0\r\n", 0, nil},
		{"in a row", "$1\r\na\r\n*2\r\n:1\r\n$1\r\nb\r\n", 2, ab},
		{"wrapped", "*2\r\n$1\r\na\r\n*2\r\n:1\r\n$1\r\nb\r\n", 2, ab},
		{"one array is one reply", "*1\r\n$1\r\na\r\n", 1, []wire.Value{vArr(vStr("a"))}},
		{"array of n first, then others", "*2\r\n:1\r\n:2\r\n+OK\r\n", 2, []wire.Value{vArr(vInt(1), vInt(2)), vStatus("OK")}},
		{"array of another length", "*3\r\n:1\r\n:2\r\n:3\r\n", 2, []wire.Value{vArr(vInt(1), vInt(2), vInt(3))}},
		{"null array", "*-1\r\n", 2, []wire.Value{vNull()}},
		{"null array is no empty batch", "*-1\r\n", 0, []wire.Value{vNull()}},
		{"refused as a whole", "-ERR no\r\n", 3, []wire.Value{vErr("ERR no")}},
		{"more than expected", ":1\r\n:2\r\n:3\r\n", 2, []wire.Value{vInt(1), vInt(2), vInt(3)}},
		{"arrays more than expected", "*0\r\n*0\r\n*0\r\n", 0, []wire.Value{vArr(), vArr(), vArr()}},
		{"errors in place", "+OK\r\n-ERR x\r\n$-1\r\n", 3, []wire.Value{vStatus("OK"), vErr("ERR x"), vNull()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.DecodeRESPBatch([]byte(c.body), c.n, wire.Options{})
			if err != nil || showAll(got) != showAll(c.want) {
				t.Errorf("got %s, %v; want %s", showAll(got), err, showAll(c.want))
			}
			if len(c.body) > 0 {
				_, err = wire.DecodeRESPBatch([]byte(c.body[:len(c.body)-1]), c.n, wire.Options{})
				checkErr(t, err, len(c.body))
			}
		})
	}
}

func FuzzRESP(f *testing.F) {
	for _, s := range []string{
		"+OK\r\n", "-ERR x\r\n", ":12\r\n", "$3\r\nabc\r\n", "$-1\r\n", "*-1\r\n", "*2\r\n*1\r\n:1\r\n$0\r\n\r\n",
		"*1000000000\r\n", "*3\r\n*3\r\n*3\r\n+\r\n", "_\r\n", "$99999999999999999999\r\n", ":-9223372036854775808\r\n",
		"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "+a\r\n+b\r\n",
	} {
		f.Add([]byte(s), 2)
	}
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		small := wire.Options{Limits: wire.Limits{MaxDepth: 3, MaxElems: 6}}
		for _, o := range []wire.Options{{}, small} {
			v, err := wire.DecodeRESP(bytes.Clone(body), o)
			checkValue(t, v, err, len(body), o)
			if err == nil {
				again, err := wire.DecodeRESP(appendRESP(nil, v), o)
				if err != nil || show(again) != show(v) {
					t.Fatalf("%s became %s, %v", show(v), show(again), err)
				}
			}
			vals, err := wire.DecodeRESPBatch(bytes.Clone(body), n, o)
			if o.MaxDepth != 0 {
				o.MaxDepth++
			}
			checkValue(t, vArr(vals...), err, len(body), o)
			if err == nil && len(vals) > 1 && !strings.HasPrefix(string(body), "*") {
				var row []byte
				for _, v := range vals {
					row = appendRESP(row, v)
				}
				again, err := wire.DecodeRESPBatch(row, n, o)
				if err != nil || showAll(again) != showAll(vals) {
					t.Fatalf("%s became %s, %v", showAll(vals), showAll(again), err)
				}
			}
		}
	})
}
