package wire_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// escapeAll quotes s with every character as a \u escape.
func escapeAll(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		for _, u := range units(c) {
			b.WriteString(`\u`)
			h := strconv.FormatUint(uint64(u), 16)
			b.WriteString(strings.Repeat("0", 4-len(h)) + h)
		}
	}
	return b.String() + `"`
}

func units(c rune) []uint16 {
	if c < 0x10000 {
		return []uint16{uint16(c)}
	}
	c -= 0x10000
	return []uint16{0xd800 + uint16(c>>10), 0xdc00 + uint16(c&0x3ff)}
}

func seedBodies(f *testing.F) {
	for _, s := range []string{
		`{"result":null}`, `{"result":"OK"}`, `{"result":"YWJj"}`, `{"result":[1,-2.5e3,true,{"k":[]}],"x":{}}`,
		`{"error":"ERR x"}`, `[{"result":1},{"error":"E"},{"result":["YQ==","YWI=",null]}]`, `{"result":"\ud83d\ude00\u00e4"}`,
		"{\"result\":\"\xff\xfe\"}", `{"result":[[[[[[[[]]]]]]]]}`, `{"result":"a\/b","result":9223372036854775808}`,
		` { "error" : null , "result" : { "a" : 1 , "a" : "b" } } `, "*2\r\n$3\r\nabc\r\n:-5\r\n", "-ERR x\r\n", "$-1\r\n*-1\r\n",
	} {
		f.Add([]byte(s))
	}
}

// size counts the elements of v and their depth.
func size(v wire.Value) (elems, depth int) {
	if v.Kind != wire.Array {
		return 0, 0
	}
	for _, e := range v.Elems {
		n, d := size(e)
		elems += n + 1
		depth = max(depth, d)
	}
	return elems, depth + 1
}

func FuzzDecode(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, o := range []wire.Options{
			{}, {Base64: true}, {Limits: wire.Limits{MaxDepth: 3, MaxElems: 5}}, {Base64: true, Limits: wire.Limits{MaxDepth: 3, MaxElems: 5}},
		} {
			v, err := wire.DecodeReply(bytes.Clone(body), o)
			checkValue(t, v, err, len(body), o)
			vals, whole, isWhole, err := decodeBatch(t, string(body), len(body)%7, o)
			if isWhole {
				vals = append(vals, whole)
				o.MaxElems++
			}
			if o.MaxDepth != 0 {
				o.MaxDepth++
			}
			checkValue(t, vArr(vals...), err, len(body), o)
		}
	})
}

func checkValue(t *testing.T, v wire.Value, err error, n int, o wire.Options) {
	t.Helper()
	if err != nil {
		checkErr(t, err, n)
		return
	}
	elems, depth := size(v)
	if o.MaxDepth > 0 && (elems > o.MaxElems || depth > o.MaxDepth) {
		t.Fatalf("%d elements, depth %d with limits %+v: %s", elems, depth, o.Limits, show(v))
	}
}

// FuzzDecodeDifferential compares with encoding/json: what is accepted, and as
// what. There are no exceptions but the envelope's own rules, which
// refDecode repeats.
func FuzzDecodeDifferential(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		o := wire.Options{Limits: wire.Limits{MaxDepth: 10000, MaxElems: 1 << 30}}
		compare(t, body, o)
		// The same bytes as a result, so that the fuzzer need not find out.
		if len(body) > 0 {
			compare(t, []byte(`{"result":`+string(body)+`}`), o)
			compare(t, []byte(`{"x":`+string(body)+`,"result":[`+string(body)+`]}`), o)
			compare(t, []byte(`{"result":"`+string(body)+`"}`), o)
		}
	})
}

func compare(t *testing.T, body []byte, o wire.Options) {
	t.Helper()
	want, ok := refDecode(body)
	got, err := wire.DecodeReply(bytes.Clone(body), o)
	if (err == nil) != ok {
		t.Fatalf("%q: got %v; encoding/json accepts: %v", body, err, ok)
	}
	if ok && show(got) != show(want) {
		t.Fatalf("%q: got %s, want %s", body, show(got), show(want))
	}
}

// refDecode is DecodeReply in plain mode on top of encoding/json.
func refDecode(body []byte) (wire.Value, bool) {
	var members map[string]json.RawMessage
	if !json.Valid(body) || json.Unmarshal(body, &members) != nil || members == nil {
		return wire.Value{}, false
	}
	// Every error must be a string or null, not only the last.
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	_, _ = dec.Token()
	for dec.More() {
		key, _ := dec.Token()
		var raw json.RawMessage
		_ = dec.Decode(&raw)
		if key == "error" && raw[0] != '"' && raw[0] != 'n' {
			return wire.Value{}, false
		}
	}
	var text string
	if raw, ok := members["error"]; ok {
		_ = json.Unmarshal(raw, &text)
	}
	if text != "" {
		return vErr(text), true
	}
	raw, ok := members["result"]
	if !ok {
		return wire.Value{}, false
	}
	dec = json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return refValue(dec), true
}

func refValue(dec *json.Decoder) wire.Value {
	tok, _ := dec.Token()
	switch x := tok.(type) {
	case nil:
		return vNull()
	case bool:
		return vBool(x)
	case string:
		return vStr(x)
	case json.Number:
		if n, err := strconv.ParseInt(string(x), 10, 64); err == nil {
			return vInt(n)
		}
		return vFloat(string(x))
	}
	var elems []wire.Value
	for dec.More() {
		elems = append(elems, refValue(dec))
	}
	_, _ = dec.Token()
	return vArr(elems...)
}
