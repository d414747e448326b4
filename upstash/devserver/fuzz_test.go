//go:build !wasm

package devserver

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// reference parses an argument array with encoding/json. ok is false when there
// is no such array of scalars.
func reference(raw json.RawMessage) (args []string, ok bool) {
	if !json.Valid(raw) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var list []any
	if b := bytes.TrimLeft(raw, " \t\r\n"); len(b) == 0 || b[0] != '[' || d.Decode(&list) != nil {
		return nil, false
	}
	for _, v := range list {
		switch v := v.(type) {
		case string:
			args = append(args, v)
		case json.Number:
			args = append(args, string(v))
		case bool:
			if v {
				args = append(args, "true")
			} else {
				args = append(args, "false")
			}
		default:
			return nil, false
		}
	}
	return args, true
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{
		`["SET","k","v",1,-0.5e+7,true,false]`, `["a",null]`, `[["a"]]`, `[]`, ``, `[`, `["\ud83c\udf89\ud83c","\u00"]`,
		"[\"\xff\",\"a\nb\"]", `[01]`, `[1.]`, `["a" "b"]`, `["a",]`, ` [ "a" ] `, `["a"]x`, `[truefalse]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseCommand(body)
		want, ok := reference(body)
		if (err == nil) != ok {
			t.Fatalf("%q: got %q, %v; encoding/json: %q %v", body, got, err, want, ok)
		}
		if ok && !slices.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", body, got, want)
		}
	})
}

func FuzzParseBatch(f *testing.F) {
	for _, s := range []string{`[["GET","k"],["DEL","k"]]`, `[[],[]]`, `[]`, `["a"]`, `[["a"],]`, `[["a"]["b"]]`, `[[null]]`, `[["a"]] `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseBatch(body)
		var raws []json.RawMessage
		b := bytes.TrimLeft(body, " \t\r\n")
		ok := len(b) > 0 && b[0] == '[' && json.Unmarshal(body, &raws) == nil
		var want [][]string
		for _, raw := range raws {
			args, argsOK := reference(raw)
			ok = ok && argsOK
			want = append(want, args)
		}
		if (err == nil) != ok {
			t.Fatalf("%q: got %q, %v; encoding/json: %v", body, got, err, ok)
		}
		if ok && !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%q: got %q, want %q", body, got, want)
		}
	})
}

// FuzzPathForm: whatever is escaped segment by segment comes back.
func FuzzPathForm(f *testing.F) {
	f.Add("set", "a/b", "%2F?#&=", "EX", "10")
	f.Add("GET", "\xff\x00", "+ ", "_token", "")
	f.Fuzz(func(t *testing.T, a, b, c, name, value string) {
		raw := "/" + url.PathEscape(a) + "/" + url.PathEscape(b) + "/" + url.PathEscape(c)
		got, err := pathSegments(raw)
		if err != nil {
			t.Fatal(err)
		}
		if a != "" && c != "" && !slices.Equal(got, []string{a, b, c}) {
			t.Fatalf("%q: got %q", raw, got)
		}
		query := url.QueryEscape(name) + "=" + url.QueryEscape(value)
		args, token, hasToken, err := queryArgs(query)
		if err != nil {
			t.Fatal(err)
		}
		if hasToken != (name == "_token") || hasToken && (token != value || args != nil) {
			t.Fatalf("%q: token %q", query, token)
		}
		if !hasToken && !slices.Equal(args, []string{name, value}) {
			t.Fatalf("%q: got %q", query, args)
		}
		_, _ = pathSegments(a)
		_, _, _, _ = queryArgs(a)
	})
}

// FuzzReply: no panic, and what is read prints as what was read.
func FuzzReply(f *testing.F) {
	for _, s := range []string{"+OK\r\n", "-ERR x\r\n", ":-1\r\n", "$3\r\na\r\n\r\n", "$-1\r\n", "*2\r\n:1\r\n*0\r\n", "*-1\r\n", "$99\r\n", "*9\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseReply(b)
		if err != nil {
			return
		}
		again, err := parseReply(appendRESP(nil, v))
		if err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		one, two := appendResult(nil, v, true), appendResult(nil, again, true)
		// Error texts lose their line breaks when written.
		if !bytes.Equal(one, two) && !bytes.Contains(one, []byte(`"error"`)) {
			t.Fatalf("%q: %s and %s", b, one, two)
		}
		for _, mode := range []bool{false, true} {
			if out := appendResult(nil, v, mode); !json.Valid(out) || !utf8.Valid(out) {
				t.Fatalf("%q: not JSON: %q", b, out)
			}
		}
	})
}

// FuzzScript: no panic, and no flag is left that stock Redis refuses.
func FuzzScript(f *testing.F) {
	f.Add("#!lua flags=allow-key-locking,no-writes name=x\nreturn 1")
	f.Add("\n\n#!lua")
	f.Fuzz(func(t *testing.T, source string) {
		for _, feat := range []*features{{shebang: true}, {embedded: true}} {
			got := normaliseScript(source, feat)
			line, _, _ := strings.Cut(got.source, "\n")
			if got.changed && strings.HasPrefix(line, "#!lua") {
				_, flags, locking := splitShebang(line)
				if locking {
					t.Fatalf("%q still has the flag: %v", line, flags)
				}
			}
		}
	})
}
