package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

func TestDecodeReplyPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       wire.Value
	}{
		{"null", `{"result":null}`, vNull()},
		{"string", `{"result":"bar"}`, vStr("bar")},
		{"empty string", `{"result":""}`, vStr("")},
		{"OK is a string here", `{"result":"OK"}`, vStr("OK")},
		{"true", `{"result":true}`, vBool(true)},
		{"false", `{"result":false}`, vBool(false)},
		{"array", `{"result":["a",1,null,["b"]]}`, vArr(vStr("a"), vInt(1), vNull(), vArr(vStr("b")))},
		{"empty array", `{"result":[]}`, vArr()},
		{"nested empty arrays", `{"result":[[],[[]]]}`, vArr(vArr(), vArr(vArr()))},
		{"object", `{"result":{"k":"v","n":[1]}}`, vArr(vStr("k"), vStr("v"), vStr("n"), vArr(vInt(1)))},
		{"object with bad UTF-8 in a key", "{\"result\":{\"k\xff\":1}}", vArr(vStr("k\ufffd"), vInt(1))},
		{"empty object", `{"result":{}}`, vArr()},
		{"object with one name twice", `{"result":{"k":1,"k":2}}`, vArr(vStr("k"), vInt(1), vStr("k"), vInt(2))},
		{"white space", " \t\r\n{ \"result\" :\n[ 1 ,\t\"a\" , { \"k\" : 2 } ]\r} \n", vArr(vInt(1), vStr("a"), vArr(vStr("k"), vInt(2)))},
		{"error", `{"error":"ERR no such key"}`, vErr("ERR no such key")},
		{"error with escapes", `{"error":"ERR a\n\tb: \"c\""}`, vErr("ERR a\n\tb: \"c\"")},
		{"null error and result", `{"error":null,"result":1}`, vInt(1)},
		{"empty error and result", `{"result":1,"error":""}`, vInt(1)},
		{"error wins", `{"result":1,"error":"ERR x"}`, vErr("ERR x")},
		{"unknown members", `{"a":{"result":[1,{"b":"\u0041"}]},"result":7,"z":[[],{},-1.5e3,true,false,null,"x"]}`, vInt(7)},
		{"result last", `{"id":1,"result":"v"}`, vStr("v")},
		{"last result wins", `{"result":["a"],"result":2}`, vInt(2)},
		{"last result wins after another member", `{"result":5,"x":1,"result":null}`, vNull()},
		{"last error wins", `{"error":"ERR a","error":"ERR b"}`, vErr("ERR b")},
		{"last error is null", `{"error":"ERR a","error":null,"result":3}`, vInt(3)},
		{"key with escape", `{"\u0072esult":4}`, vInt(4)},
		{"key differs in case", `{"Result":1,"result":2}`, vInt(2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.DecodeReply([]byte(c.body), wire.Options{})
			if err != nil || show(got) != show(c.want) {
				t.Errorf("got %s, %v; want %s", show(got), err, show(c.want))
			}
		})
	}
}

func TestDecodeReplyNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want wire.Value
	}{
		{"0", vInt(0)},
		{"-0", vInt(0)},
		{"1", vInt(1)},
		{"-12", vInt(-12)},
		{"9007199254740993", vInt(9007199254740993)},
		{"999999999999999999", vInt(999999999999999999)},
		{"9223372036854775807", vInt(1<<63 - 1)},
		{"-9223372036854775808", vInt(-1 << 63)},
		{"9223372036854775808", vFloat("9223372036854775808")},
		{"-9223372036854775809", vFloat("-9223372036854775809")},
		{"9999999999999999999", vFloat("9999999999999999999")},
		{"18446744073709551616", vFloat("18446744073709551616")},
		{"18446744073709551617", vFloat("18446744073709551617")},
		{"123456789012345678901234567890", vFloat("123456789012345678901234567890")},
		{"0.5", vFloat("0.5")},
		{"-0.0", vFloat("-0.0")},
		{"1.0", vFloat("1.0")},
		{"1e3", vFloat("1e3")},
		{"1E+3", vFloat("1E+3")},
		{"-1.25e-300", vFloat("-1.25e-300")},
		{"1e999", vFloat("1e999")},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			for _, body := range []string{`{"result":` + c.text + `}`, `{"result":` + c.text + " }"} {
				got, err := wire.DecodeReply([]byte(body), wire.Options{})
				if err != nil || show(got) != show(c.want) {
					t.Errorf("%s: got %s, %v; want %s", body, show(got), err, show(c.want))
				}
			}
		})
	}
}

func TestDecodeReplyStrings(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789abcdef", 300)
	for _, c := range []struct{ name, text, want string }{
		{"simple escapes", `\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t"},
		{"unit", `\u00e4\u20AC\u0000`, "ä€\x00"},
		{"pair", `\ud83d\uDE00!`, "😀!"},
		{"lone high half", `a\ud83d`, "a\ufffd"},
		{"lone low half", `\ude00b`, "\ufffdb"},
		{"high half before another unit", `\ud83d\u0041`, "\ufffdA"},
		{"high half before a unit above the low halves", `\ud83d\ue000`, "\ufffd\ue000"},
		{"high half before a pair", `\ud83d\ud83d\ude00`, "\ufffd😀"},
		{"high half before another escape", `\ud83d\n`, "\ufffd\n"},
		{"raw UTF-8", "Größe € 😀", "Größe € 😀"},
		{"raw UTF-8 and escapes", "Gr\\u00f6ße € \\\"😀\\\"", "Größe € \"😀\""},
		{"bad UTF-8", "a\xff\xfeb", "a\ufffd\ufffdb"},
		{"cut UTF-8", "a\xe2\x82", "a\ufffd\ufffd"},
		{"cut UTF-8 before an escape", "\xe2\x82\\u0041", "\ufffd\ufffdA"},
		{"bad UTF-8 that grows beyond the body", strings.Repeat("\xff", 50), strings.Repeat("\ufffd", 50)},
		{"surrogate in UTF-8", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"DEL", "\x7f", "\x7f"},
		{"long", long, long},
		{"long with an escape", long + `\n` + long, long + "\n" + long},
		{"brackets and commas", `],[{,}:`, "],[{,}:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for shift := range 9 { // every place in an eight byte word
				pad := strings.Repeat("x", shift)
				body := `{"result":["` + pad + c.text + pad + `"]}`
				got, err := wire.DecodeReply([]byte(body), wire.Options{})
				if want := vArr(vStr(pad + c.want + pad)); err != nil || show(got) != show(want) {
					t.Fatalf("shift %d: got %s, %v; want %s", shift, show(got), err, show(want))
				}
			}
		})
	}
}

func TestDecodeReplyRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		offset     int
		is         error
	}{
		{"empty body", ``, 0, wire.ErrUnexpectedEnd},
		{"only space", ` `, 1, wire.ErrUnexpectedEnd},
		{"HTML", `<html>`, 0, nil},
		{"array", `[]`, 0, nil},
		{"empty object", `{}`, 1, nil},
		{"neither", `{"foo":1}`, 1, nil},
		{"only an empty error", `{"error":""}`, 1, nil},
		{"error is an object", `{"error":{"code":1}}`, 9, nil},
		{"error is false", `{"error":false}`, 9, nil},
		{"cut in the key", `{"resu`, 6, wire.ErrUnexpectedEnd},
		{"cut before the value", `{"result":`, 10, wire.ErrUnexpectedEnd},
		{"cut in a string", `{"result":"ab`, 13, wire.ErrUnexpectedEnd},
		{"cut in an escape", `{"result":"ab\`, 14, wire.ErrUnexpectedEnd},
		{"cut in a unit", `{"result":"ab\u12`, 17, wire.ErrUnexpectedEnd},
		{"cut in a literal", `{"result":nul`, 13, wire.ErrUnexpectedEnd},
		{"cut in a number", `{"result":-`, 11, wire.ErrUnexpectedEnd},
		{"cut after a number", `{"result":1`, 11, wire.ErrUnexpectedEnd},
		{"cut in an array", `{"result":[1,`, 13, wire.ErrUnexpectedEnd},
		{"cut after an element", `{"result":[1`, 12, wire.ErrUnexpectedEnd},
		{"trailing", `{"result":1} x`, 13, wire.ErrTrailing},
		{"second object", `{"result":1}{"result":2}`, 12, wire.ErrTrailing},
		{"trailing NUL", "{\"result\":1}\x00", 12, wire.ErrTrailing},
		{"leading zero", `{"result":01}`, 11, nil},
		{"negative leading zero", `{"result":-01}`, 12, nil},
		{"plus", `{"result":+1}`, 10, nil},
		{"bare minus", `{"result":-}`, 11, nil},
		{"no fraction", `{"result":1.}`, 12, nil},
		{"no integer part", `{"result":.5}`, 10, nil},
		{"no exponent", `{"result":1e}`, 12, nil},
		{"no signed exponent", `{"result":1e+}`, 13, nil},
		{"hexadecimal", `{"result":0x10}`, 11, nil},
		{"bad literal", `{"result":nulL}`, 13, nil},
		{"literal runs on", `{"result":nullx}`, 14, nil},
		{"NaN", `{"result":NaN}`, 10, nil},
		{"comma in vain", `{"result":[1,]}`, 13, nil},
		{"comma missing", `{"result":[1 2]}`, 13, nil},
		{"comma in vain after a member", `{"result":1,}`, 12, nil},
		{"comma in vain in an object", `{"result":{"a":1,}}`, 17, nil},
		{"no colon", `{"result" 1}`, 10, nil},
		{"no quotes", `{result:1}`, 1, nil},
		{"wrong bracket", `{"result":[1}`, 12, nil},
		{"wrong bracket in a skipped value", `{"a":[1},"result":1}`, 7, nil},
		{"bad string in a skipped value", "{\"a\":\"\x01\",\"result\":1}", 6, nil},
		{"bad number in a skipped value", `{"a":1.x,"result":1}`, 7, nil},
		{"control character", "{\"result\":\"a\nb\"}", 12, nil},
		{"control character after UTF-8", "{\"result\":\"ä\x1f\"}", 13, nil},
		{"bad escape", `{"result":"a\xb"}`, 12, nil},
		{"bad unit", `{"result":"a\u12G4"}`, 12, nil},
		{"unit cut by the quote", `{"result":"a\u12"}`, 12, nil},
		{"non-breaking space", "{\"result\":\u00a01}", 10, nil},
		{"byte order mark", "\ufeff{\"result\":1}", 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.DecodeReply([]byte(c.body), wire.Options{})
			e, ok := errors.AsType[*wire.SyntaxError](err)
			if !ok {
				t.Fatalf("got %s, %v; want a SyntaxError", show(got), err)
			}
			if e.Offset != c.offset || e.Err != c.is || !errors.Is(err, c.is) && c.is != nil {
				t.Errorf("got %v (%v), want offset %d (%v)", e, e.Err, c.offset, c.is)
			}
			checkErr(t, err, len(c.body))
		})
	}
}
