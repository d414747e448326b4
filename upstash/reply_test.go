package upstash_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

func TestReplyDecoders(t *testing.T) {
	t.Parallel()
	type r = upstash.Reply
	of := upstash.ReplyOf
	boom := errors.New("WRONGTYPE no")
	for _, tc := range []struct {
		name   string
		decode func() (any, error)
		want   any
		err    string // part of the error, "" for none
	}{
		{"text", any2(r.Text, of("x")), "x", ""},
		{"text of integer", any2(r.Text, of(7)), "7", ""},
		{"text of nil", any2(r.Text, of(nil)), nil, "nil reply"},
		{"text of array", any2(r.Text, of([]string{"a"})), nil, "reply is array of 1, want string"},
		{"text of error", any2(r.Text, of(boom)), nil, "WRONGTYPE"},
		{"bytes", any2(r.Bytes, of("x\xff")), []byte("x\xff"), ""},
		{"integer", any2(r.Int64, of(int64(math.MinInt64))), int64(math.MinInt64), ""},
		{"integer in a string", any2(r.Int64, of("9223372036854775807")), int64(math.MaxInt64), ""},
		{"integer overflow", any2(r.Int64, of("9223372036854775808")), nil, "want 64-bit integer"},
		{"float", any2(r.Float64, of("1.5")), 1.5, ""},
		{"inf", any2(r.Float64, of("-inf")), math.Inf(-1), ""},
		{"float of text", any2(r.Float64, of("abc")), nil, "want number"},
		{"bool", any2(r.Bool, of(1)), true, ""},
		{"bool OK", any2(r.Bool, of("OK")), true, ""},
		{"bool 2", any2(r.Bool, of(2)), nil, "want 0, 1 or OK"},
		{"set", any2(r.Set, of("OK")), true, ""},
		{"set refused", any2(r.Set, of(nil)), false, ""},
		{"set error", any2(r.Set, of(boom)), nil, "WRONGTYPE"},
		{"strings", any2(r.Strings, of([]string{"a", ""})), []string{"a", ""}, ""},
		{"strings with nil", any2(r.Strings, of([]any{"a", nil})), nil, "nil reply"},
		{"integers", any2(r.Int64s, of([]any{1, -2})), []int64{1, -2}, ""},
		{"bools", any2(r.Bools, of([]any{1, 0})), []bool{true, false}, ""},
		{"map", any2(r.Map, of([]string{"a", "1"})), map[string]string{"a": "1"}, ""},
		{"empty map", any2(r.Map, of([]string{})), map[string]string{}, ""},
		{"odd map", any2(r.Map, of([]string{"a"})), nil, "want array of pairs"},
		{"error inside", any2(r.Int64s, of([]any{1, boom})), nil, "WRONGTYPE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.decode()
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got %v, %v, want error %q", got, err, tc.err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, tc.want)
			}
		})
	}
}

// any2 fits a decoder and a reply into the table.
func any2[T any](decode func(upstash.Reply) (T, error), r upstash.Reply) func() (any, error) {
	return func() (any, error) { return decode(r) }
}

func TestReplyArrayAccess(t *testing.T) {
	t.Parallel()
	r := upstash.ReplyOf([]any{"a", nil, []any{1, 2}})
	if r.Len() != 3 || !r.IsArray() {
		t.Fatalf("length %d", r.Len())
	}
	if s, err := r.Index(0).Text(); s != "a" || err != nil {
		t.Errorf("%q %v", s, err)
	}
	if !r.Index(1).IsNil() || !r.Index(-1).IsNil() || !r.Index(3).IsNil() {
		t.Error("missing elements are not nil")
	}
	elems, err := r.Array()
	if err != nil || len(elems) != 3 {
		t.Fatal(err)
	}
	if n, err := elems[2].Index(1).Int64(); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	ps, err := upstash.ReplyOf([]any{"a", nil}).OptionalStrings()
	if err != nil || *ps[0] != "a" || ps[1] != nil {
		t.Errorf("%v %v", ps, err)
	}
}

func TestOptionalAndJSON(t *testing.T) {
	t.Parallel()
	type user struct{ Name string }
	c, _ := newScripted(t, upstash.Config{Encoding: upstash.Plain}, answer(200, `{"result":null}`), answer(200, `{"result":"{\"Name\":\"Ada\"}"}`), answer(200, `{"result":"{"}`))
	cmd := upstash.As(get(), upstash.DecodeJSON[user])
	if v, err := upstash.Optional(cmd).Do(t.Context(), c); v != nil || err != nil {
		t.Errorf("%v %v", v, err)
	}
	if v, err := cmd.Do(t.Context(), c); v.Name != "Ada" || err != nil {
		t.Errorf("%v %v", v, err)
	}
	_, err := cmd.Do(t.Context(), c)
	if e, ok := errors.AsType[*upstash.DecodeError](err); !ok || e.Command != "GET" || upstash.OutcomeOf(err) != upstash.Applied {
		t.Errorf("got %v", err)
	}
}
