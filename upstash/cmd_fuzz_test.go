package upstash_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// grow builds a reply from bytes: each is a value or opens a list.
func grow(data []byte, depth int) (v any, rest []byte) {
	if len(data) == 0 {
		return nil, nil
	}
	b, rest := data[0], data[1:]
	names := []string{"name", "engines", "schema", "functions", "first-entry", "flags", "1-1", "1.5", "inf", "0", "OK", "type"}
	switch {
	case b < 40 && depth < 6:
		items := make([]any, b%6)
		for i := range items {
			items[i], rest = grow(rest, depth+1)
		}
		return items, rest
	case b < 80:
		return nil, rest
	case b < 120:
		return int(b) - 100, rest
	}
	return names[int(b)%len(names)], rest
}

// FuzzDecoders decodes replies of any shape by every command: no panic, and no
// error but the ones that are promised.
func FuzzDecoders(f *testing.F) {
	f.Add([]byte{2, 132, 3, 121, 100, 2, 126, 127})
	f.Add([]byte{4, 100, 126, 126, 1, 2, 130, 128})
	f.Add([]byte{3, 126, 1, 2, 126, 2, 121, 122, 0})
	cases := allCases()
	f.Fuzz(func(t *testing.T, data []byte) {
		shape, _ := grow(data, 0)
		r := upstash.ReplyOf(shape)
		for _, c := range cases {
			_, err := c.decode(r)
			if _, ok := errors.AsType[*upstash.DecodeError](err); err != nil && !ok && !errors.Is(err, upstash.ErrNil) {
				t.Errorf("%s of %v: %v", c.fn, shape, err)
			}
		}
	})
}

// FuzzJSONNumbers compares the decoder of JSON.NUMINCRBY with encoding/json.
func FuzzJSONNumbers(f *testing.F) {
	for _, s := range []string{"[1]", "[null, 2.5,\n-3e2]", "[]", " [ ] ", "7", "[1,]", "[[1]]", "null"} {
		f.Add(s)
	}
	cmd := upstash.JSONNumIncrBy("k", "", 1)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := cmd.Decode(upstash.ReplyOf(text))
		var want []*float64
		if json.Unmarshal([]byte(text), &want) != nil || want == nil {
			return
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v; encoding/json says %v", strconv.Quote(text), got, err, want)
		}
	})
}
