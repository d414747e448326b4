package wire_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// decodeBatch decodes with both functions and fails when they disagree.
func decodeBatch(t *testing.T, body string, n int, o wire.Options) ([]wire.Value, wire.Value, bool, error) {
	t.Helper()
	vals, whole, isWhole, err := wire.DecodeBatch([]byte(body), n, o)
	var each []wire.Value
	whole2, isWhole2, err2 := wire.DecodeBatchFunc([]byte(body), o, func(i int, v wire.Value) {
		if i != len(each) {
			t.Errorf("each was called with %d, want %d", i, len(each))
		}
		each = append(each, v)
	})
	if show(whole) != show(whole2) || isWhole != isWhole2 || !sameErr(err, err2) {
		t.Errorf("DecodeBatch: %s, %v, %v; DecodeBatchFunc: %s, %v, %v", show(whole), isWhole, err, show(whole2), isWhole2, err2)
	}
	if err == nil && showAll(vals) != showAll(each) {
		t.Errorf("DecodeBatch: %s; DecodeBatchFunc: %s", showAll(vals), showAll(each))
	}
	if err != nil && vals != nil {
		t.Errorf("values beside the error %v", err)
	}
	return vals, whole, isWhole, err
}

func sameErr(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

func TestDecodeBatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       []wire.Value
	}{
		{"none", ` [ ] `, nil},
		{"one", `[{"result":"YQ=="}]`, []wire.Value{vStr("a")}},
		{
			"several kinds", `[{"result":"OK"},{"result":1},{"error":"ERR x"},{"result":null},{"result":["YQ==",[2]]}]`,
			[]wire.Value{vStatus("OK"), vInt(1), vErr("ERR x"), vNull(), vArr(vStr("a"), vArr(vInt(2)))},
		},
		{"white space and members", "\n[ {\"id\" : 0 , \"result\" : 1 } ,\t{ \"error\":\"ERR\",\"result\":2}\n]\n", []wire.Value{vInt(1), vErr("ERR")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{-1, 0, 1, len(c.want), 1000000} {
				vals, _, isWhole, err := decodeBatch(t, c.body, n, wire.Options{Base64: true})
				if err != nil || isWhole || showAll(vals) != showAll(c.want) {
					t.Errorf("n %d: got %s, %v, %v; want %s", n, showAll(vals), isWhole, err, showAll(c.want))
				}
			}
		})
	}
}

func TestDecodeBatchWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body string
		want wire.Value
	}{
		{`{"error":"WRONGPASS invalid or missing auth token"}`, vErr("WRONGPASS invalid or missing auth token")},
		{` {"error":"ERR x","status":400}` + "\n", vErr("ERR x")},
		{`{"result":[1]}`, vArr(vInt(1))},
	} {
		vals, whole, isWhole, err := decodeBatch(t, c.body, 3, wire.Options{})
		if err != nil || !isWhole || vals != nil || show(whole) != show(c.want) {
			t.Errorf("%s: got %s, %v, %v", c.body, show(whole), isWhole, err)
		}
	}
}

func TestDecodeBatchRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body   string
		offset int
		is     error
	}{
		{``, 0, wire.ErrUnexpectedEnd},
		{`[`, 1, wire.ErrUnexpectedEnd},
		{`[{"result":1}`, 13, wire.ErrUnexpectedEnd},
		{`[{"result":1},`, 14, wire.ErrUnexpectedEnd},
		{`[{"result":1},]`, 14, nil},
		{`[{"result":1} {"result":1}]`, 14, nil},
		{`[{"result":1}]]`, 14, wire.ErrTrailing},
		{`[1]`, 1, nil},
		{`[{}]`, 2, nil},
		{`[null]`, 1, nil},
		{`null`, 0, nil},
		{`{"error":"ERR"} x`, 16, wire.ErrTrailing},
		{`{"error":1}`, 9, nil},
	} {
		_, _, isWhole, err := decodeBatch(t, c.body, 2, wire.Options{})
		e, ok := errors.AsType[*wire.SyntaxError](err)
		if !ok || isWhole || e.Offset != c.offset || e.Err != c.is {
			t.Errorf("%s: got %v, want offset %d, %v", c.body, err, c.offset, c.is)
		}
	}
}

// Values of very different sizes, in an order that makes blocks change often.
func TestDecodeBatchManySizes(t *testing.T) {
	t.Parallel()
	for _, b64 := range []bool{true, false} {
		var want []wire.Value
		var parts []string
		for i := range 600 {
			s := alnum(i * 7919 % 2500)
			want = append(want, vStr(s))
			parts = append(parts, string(jsonBody(s, 1, b64)[1:])) // ends in ]
		}
		body := "[" + strings.Join(parts, ",")
		body = strings.ReplaceAll(body, "}],", "},")
		buf := []byte(body)
		vals, _, _, err := wire.DecodeBatch(buf, len(want), wire.Options{Base64: b64})
		for i := range buf {
			buf[i] = '#' // strings must not alias the body
		}
		if err != nil || showAll(vals) != showAll(want) {
			t.Errorf("base64 %v: values differ, %v", b64, err)
		}
		if got, _, _, err := decodeBatch(t, body, 600, wire.Options{Base64: b64}); err != nil || showAll(got) != showAll(want) {
			t.Errorf("base64 %v: values differ the second time, %v", b64, err)
		}
	}
}

func TestStringsDoNotAliasTheBody(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "ä", `a\nb`, "\xff", `\u00e4\ud83d\ude00`, strings.Repeat("x", 5000)} {
		one := `{"result":"` + text + `"}`
		arr := `{"result":["` + text + `","` + text + `",1.5,{"` + text + `":1}]}`
		for _, body := range []string{one, arr, `{"error":"` + text + `"}`, "[" + one + "," + arr + "]"} {
			want, _, _, err1 := wire.DecodeBatch([]byte(body), 2, wire.Options{})
			wholeWant, err2 := wire.DecodeReply([]byte(body), wire.Options{})
			buf := []byte(body)
			got, _, _, _ := wire.DecodeBatch(buf, 2, wire.Options{})
			clear(buf)
			if showAll(got) != showAll(want) {
				t.Errorf("batch %q changed with the body", body)
			}
			buf = []byte(body)
			whole, _ := wire.DecodeReply(buf, wire.Options{})
			clear(buf)
			if show(whole) != show(wholeWant) || err1 != nil && err2 != nil {
				t.Errorf("reply %q changed with the body (%v, %v)", body, err1, err2)
			}
		}
		bulk := "$" + strconv.Itoa(len(text)) + "\r\n" + text + "\r\n"
		buf := []byte("*2\r\n" + bulk + bulk)
		v, err := wire.DecodeRESP(buf, wire.Options{})
		clear(buf)
		if err != nil || show(v) != show(vArr(vStr(text), vStr(text))) {
			t.Errorf("RESP %q changed with the body (%v)", text, err)
		}
	}
}
