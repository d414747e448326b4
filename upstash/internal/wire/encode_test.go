package wire_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

func TestAppendCommandText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"none", nil, `[]`},
		{"one", []string{"PING"}, `["PING"]`},
		{"several", []string{"SET", "k", ""}, `["SET","k",""]`},
		{"quote and backslash", []string{`a"b\c`}, `["a\"b\\c"]`},
		{"line ends", []string{"a\nb\r\tc"}, `["a\nb\r\tc"]`},
		{"other control characters", []string{"\x00\x01\b\f\x1f\x7f"}, `["\u0000\u0001\b\f\u001f` + "\x7f" + `"]`},
		{"UTF-8 stays", []string{"ä€😀\u2028\u2029\ufffd"}, `["ä€😀` + "\u2028\u2029\ufffd" + `"]`},
		{"HTML stays", []string{"<a>&</a>"}, `["<a>&</a>"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, bad := wire.AppendCommand([]byte("before"), c.args)
			if bad != -1 || string(got) != "before"+c.want {
				t.Errorf("got %s, %d; want %s", got, bad, c.want)
			}
		})
	}
}

// Every byte at every place of a string around the eight byte words.
func TestAppendStringEveryByteEverywhere(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for n := range 75 {
			b := []byte(strings.Repeat("x", n))
			for at := range b {
				if n > 20 && at > 3 && at < n-40 {
					continue
				}
				b[at] = byte(c)
				checkString(t, string(b))
				b[at] = 'x'
			}
		}
	}
}

// checkString fails unless s is refused or comes back through encoding/json.
func checkString(t *testing.T, s string) {
	t.Helper()
	prefix := []byte("pre")
	out, ok := wire.AppendString(prefix, s)
	if ok != utf8.ValidString(s) {
		t.Fatalf("%q: valid %v", s, ok)
	}
	if string(out[:3]) != "pre" {
		t.Fatalf("%q: the beginning of dst changed", s)
	}
	if !ok {
		return
	}
	var back string
	if err := json.Unmarshal(out[3:], &back); err != nil || back != s {
		t.Fatalf("%q became %q, %v", s, back, err)
	}
}

func TestAppendCommandInvalidUTF8(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"\xff", "\x80", "a\xc3", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x98",
		strings.Repeat("x", 100) + "\xff", strings.Repeat("x", 64) + "\xc3", "\xff" + strings.Repeat("x", 100), "ä\"\xff",
	} {
		for want := range 4 {
			args := []string{"SET", "ключ", `"`, "EX"}
			args[want] = bad
			if want < 3 {
				args[want+1] = "\xfe" // only the first counts
			}
			dst := []byte("before")
			out, got := wire.AppendCommand(dst, args)
			if got != want || string(out[:6]) != "before" {
				t.Errorf("%q as argument %d: got %d", bad, want, got)
			}
		}
	}
}

func TestAppendBatch(t *testing.T) {
	t.Parallel()
	cmds := [][]string{{"SET", "a", "1"}, {"GET", "ä"}, {}, {"PING"}}
	var asked []int
	at := func(i int) []string { asked = append(asked, i); return cmds[i] }
	out, badCmd, badArg := wire.AppendBatch([]byte("#"), len(cmds), at)
	if want := `#[["SET","a","1"],["GET","ä"],[],["PING"]]`; string(out) != want || badCmd != -1 || badArg != -1 {
		t.Errorf("got %s, %d, %d; want %s", out, badCmd, badArg, want)
	}
	if !slices.Equal(asked, []int{0, 1, 2, 3}) {
		t.Errorf("asked for commands %v", asked)
	}
	if out, _, _ := wire.AppendBatch(nil, 0, at); string(out) != "[]" {
		t.Errorf("empty batch: %s", out)
	}
	cmds[1][1] = "\xff"
	if _, badCmd, badArg := wire.AppendBatch(nil, len(cmds), at); badCmd != 1 || badArg != 1 {
		t.Errorf("got %d, %d; want 1, 1", badCmd, badArg)
	}
}

// A buffer that must grow gives the same result as one that need not.
func TestAppendGrows(t *testing.T) {
	t.Parallel()
	args := []string{"SET", strings.Repeat("\x00", 90), strings.Repeat("k", 40), strings.Repeat("ä\"\n", 30), strings.Repeat("v", 5000)}
	want, _ := wire.AppendCommand(make([]byte, 0, 1<<16), args)
	for capacity := range 900 {
		got, bad := wire.AppendCommand(make([]byte, 0, capacity), args)
		if bad != -1 || string(got) != string(want) {
			t.Fatalf("capacity %d: another result", capacity)
		}
	}
}

func FuzzEncodeRoundTrip(f *testing.F) {
	for _, s := range []string{"", "a", "plain ASCII of some length", "ä€😀", "\"\\\n\x00", "x\xffy", "\xed\xa0\x80", strings.Repeat("x", 40) + "\x1f"} {
		f.Add(s, "k")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		checkString(t, a)
		args := []string{a, b, a + b, strings.Repeat(b, 9) + a}
		out, bad := wire.AppendCommand(nil, args)
		want := slices.IndexFunc(args, func(s string) bool { return !utf8.ValidString(s) })
		if bad != want {
			t.Fatalf("bad argument %d, want %d of %q", bad, want, args)
		}
		if bad >= 0 {
			return
		}
		var back []string
		if err := json.Unmarshal(out, &back); err != nil || !slices.Equal(back, args) {
			t.Fatalf("%q became %q, %v", args, back, err)
		}
		// Our own decoder reads it as well.
		v, err := wire.DecodeReply([]byte(`{"result":`+string(out)+`}`), wire.Options{})
		if err != nil || show(v) != show(vArr(vStr(args[0]), vStr(args[1]), vStr(args[2]), vStr(args[3]))) {
			t.Fatalf("%q became %s, %v", args, show(v), err)
		}
	})
}
