package wire_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

func TestBase64EveryLength(t *testing.T) {
	t.Parallel()
	var all []byte
	for i := range 700 {
		all = append(all, byte(i*37+i>>3))
	}
	for n := range all {
		for _, array := range []bool{false, true} {
			body := `"` + base64.StdEncoding.EncodeToString(all[:n]) + `"`
			want := vStr(string(all[:n]))
			if array {
				body, want = "["+body+","+body+"]", vArr(want, want)
			}
			got, err := wire.DecodeReply([]byte(`{"result":`+body+`}`), wire.Options{Base64: true})
			if err != nil || show(got) != show(want) {
				t.Fatalf("%d bytes, array %v: got %s, %v", n, array, show(got), err)
			}
		}
	}
}

func TestBase64Replies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       wire.Value
	}{
		{"status OK", `{"result":"OK"}`, vStatus("OK")},
		{"status OK with escapes", `{"result":"\u004fK"}`, vStatus("OK")},
		{"value OK", `{"result":"T0s="}`, vStr("OK")},
		{"PONG", `{"result":"UE9ORw=="}`, vStr("PONG")},
		{"OK of a lenient server in an array", `{"result":["OK","T0s=",["OK"]]}`, vArr(vStatus("OK"), vStr("OK"), vArr(vStatus("OK")))},
		{"empty", `{"result":["",""]}`, vArr(vStr(""), vStr(""))},
		{"numbers and null", `{"result":[1,null,1.5]}`, vArr(vInt(1), vNull(), vFloat("1.5"))},
		{"error is plain", `{"error":"T0s="}`, vErr("T0s=")},
		{"keys are plain", `{"result":{"YQ==":"YQ=="}}`, vArr(vStr("YQ=="), vStr("a"))},
		{"other members are plain", `{"x":"~","result":"YQ=="}`, vStr("a")},
		{"binary", `{"result":"/wD+gA=="}`, vStr("\xff\x00\xfe\x80")},
		{"escaped slash", `{"result":"\/wD+gA=="}`, vStr("\xff\x00\xfe\x80")},
		{"escaped slash later", `{"result":"QUJDREVG\/wD+gA=="}`, vStr("ABCDEF\xff\x00\xfe\x80")},
		{"escaped padding", `{"result":"UE9ORw\u003d\u003d"}`, vStr("PONG")},
		{"escaped padding, half", `{"result":"UE9ORw\u003d="}`, vStr("PONG")},
		{"escaped plus", `{"result":"\u002b\u002B++"}`, vStr("\xfb\xef\xbe")},
		{"line breaks", `{"result":"UE9\r\nORw=\n=\n"}`, vStr("PONG")},
		{"no unescaping of the value", `{"result":"XG4="}`, vStr(`\n`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.DecodeReply([]byte(c.body), wire.Options{Base64: true})
			if err != nil || show(got) != show(c.want) {
				t.Errorf("got %s, %v; want %s", show(got), err, show(c.want))
			}
		})
	}
}

func TestBase64Refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"A", "AA", "AAA", "AAAAA", "=", "==", "===", "====", "A===", "AA=", "AA=A", "AA==A", "AAA=A",
		"AA==AAAA", "AAA=AAAA", "AAAAAA==AA==", "QR==", "QUF=", "Q Q=", "QQ=\\u003d=", "-_8=", "AAAA~AAA",
		"AAAAAAAA\xff\xff\xff\xff", "OKOK=", "OK==", "ok", "PONG!", "\\u0000AAA", "AAAAAAAAAAA\\\\",
	} {
		for _, pre := range []string{"", "QUJD", "QUJDREVGR0hJ"} {
			body := `{"result":["` + pre + text + `"]}`
			got, err := wire.DecodeReply([]byte(body), wire.Options{Base64: true})
			if !errors.Is(err, wire.ErrBase64) {
				t.Errorf("%s: got %s, %v", body, show(got), err)
				continue
			}
			checkErr(t, err, len(body))
		}
	}
	for _, body := range []string{`{"result":"QUJDOK"}`, `{"result":"QUJD\u004fK"}`, `{"result":"OKOK=="}`} {
		if got, err := wire.DecodeReply([]byte(body), wire.Options{Base64: true}); !errors.Is(err, wire.ErrBase64) {
			t.Errorf("%s: got %s, %v", body, show(got), err)
		}
	}
	for _, body := range []string{"{\"result\":\"AA\nAA\"}", `{"result":"AA\x"}`, `{"result":"AAAA`, `{"result":"AA==`, `{"result":"AA\`} {
		_, err := wire.DecodeReply([]byte(body), wire.Options{Base64: true})
		if err == nil || errors.Is(err, wire.ErrBase64) {
			t.Errorf("%s: got %v, want another error than ErrBase64", body, err)
		}
	}
}

func FuzzBase64Differential(f *testing.F) {
	for _, s := range []string{"", "QQ==", "QR==", "QUI=", "QUJD", "OK", "A\r\nA=\n=", "////++++", strings.Repeat("QUJD", 9) + "QQ=="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted, ok := wire.AppendString(nil, s)
		if !ok {
			t.Skip("not UTF-8")
		}
		want, wantErr := base64.StdEncoding.Strict().DecodeString(s)
		for _, q := range []string{string(quoted), escapeAll(s)} {
			body := []byte(`{"result":[` + q + `]}`)
			got, err := wire.DecodeReply(body, wire.Options{Base64: true})
			if s == "OK" {
				if show(got) != show(vArr(vStatus("OK"))) {
					t.Fatalf("OK: got %s, %v", show(got), err)
				}
				continue
			}
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%q: got %v, encoding/base64 %v", s, err, wantErr)
			}
			if err == nil && got.Elems[0].Str != string(want) {
				t.Fatalf("%q: got %q, want %q", s, got.Elems[0].Str, want)
			}
			if err != nil && !errors.Is(err, wire.ErrBase64) {
				t.Fatalf("%q: got %v", s, err)
			}
		}
	})
}
