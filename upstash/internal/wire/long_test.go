package wire_test

import (
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// Long strings are searched in other ways than short ones. Here is one
// character of interest at every place near the places where the ways change,
// there and back.
func TestLongStrings(t *testing.T) {
	t.Parallel()
	for _, c := range []string{`"`, `\`, "\n", "\x00", "\x1f", " ", "!", "#", "\x7f", "ä", "😀", "\u2028"} {
		for _, size := range []int{63, 64, 65, 71, 72, 73, 200, 2047, 2048, 2049, 2110, 2120, 4200} {
			for at := range size {
				if at > 80 && at < size-80 && (at < 2030 || at > 2140) {
					continue
				}
				s := strings.Repeat("x", at) + c + strings.Repeat("x", size-at-1)
				roundTrip(t, s)
			}
		}
		roundTrip(t, strings.Repeat(strings.Repeat("x", 70)+c, 100))
		roundTrip(t, strings.Repeat(c, 3000))
	}
}

// roundTrip sends s through AppendString and DecodeReply, as one string and
// inside an array.
func roundTrip(t *testing.T, s string) {
	t.Helper()
	body, ok := wire.AppendString([]byte(`{"result":`), s)
	if !ok {
		t.Fatalf("%q refused", s)
	}
	got, err := wire.DecodeReply(append(body, '}'), wire.Options{})
	if err != nil || got.Kind != wire.String || got.Str != s {
		t.Fatalf("%d bytes, %q...: got %d bytes, %v", len(s), s[:4], len(got.Str), err)
	}
}

// Where a string is broken off, that is found at every place too.
func TestLongStringsRefused(t *testing.T) {
	t.Parallel()
	for _, size := range []int{64, 100, 2048, 2200} {
		for at := range size {
			raw := []byte(`{"result":"` + strings.Repeat("x", size))
			raw[11+at] = '\x1f'
			_, err := wire.DecodeReply(raw, wire.Options{})
			if err == nil || err.(*wire.SyntaxError).Offset != 11+at {
				t.Fatalf("%d at %d: %v", size, at, err)
			}
			if _, ok := wire.AppendString(nil, strings.Repeat("x", at)+"\x80"+strings.Repeat("x", size-at)); ok {
				t.Fatalf("%d at %d: bad UTF-8 accepted", size, at)
			}
		}
	}
}
