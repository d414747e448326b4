package smalljson_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/internal/smalljson"
)

// TestMarshalAgrees compares every sample with encoding/json.
func TestMarshalAgrees(t *testing.T) {
	t.Parallel()
	for i, v := range samples() {
		want, wantErr := json.Marshal(v)
		got, err := smalljson.Marshal(v)
		if (err != nil) != (wantErr != nil) || string(got) != string(want) {
			t.Errorf("sample %d, %T:\n got %s, %v\nwant %s, %v", i, v, got, err, want, wantErr)
		}
	}
}

// targets make a value to decode into, twice the same.
var targets = []func() any{
	func() any { return new(any) },
	func() any { return new(Record) },
	func() any {
		n := 5
		r := Record{Map: map[string]int{"old": 1}, Any: &n, Slices: [][]string{{"old", "er"}, {"x"}}, Arr: [3]int{7, 8, 9}}
		return &r
	},
	func() any { return new(int8) },
	func() any { return new(uint8) },
	func() any { return new(float32) },
	func() any { return new(string) },
	func() any { return new(bool) },
	func() any { return new([]any) },
	func() any { return new([]string) },
	func() any { return new([]uint8) },
	func() any { return new([2]int) },
	func() any { return new(map[string]any) },
	func() any { return new(map[int]int) },
	func() any { return new(map[color]color) },
	func() any { return new(map[float64]int) },
	func() any { return new(*Record) },
	func() any { return new(**int) },
	func() any { return new([]Record) },
	func() any { return new(Tree) },
	func() any { return new(color) },
	func() any { return new(shout) },
	func() any { return new(ptrValue) },
	func() any { return new(time.Time) },
	func() any { return new(json.Number) },
	func() any { return new(json.RawMessage) },
	func() any { return new(error) },
	func() any { return new(fmt.Stringer) },
	func() any { return new(chan int) },
	func() any { return new(struct{ *hidden }) },
	func() any { var x any = new(Tree); return &x },
	func() any { var x any = Tree{}; return &x },
	func() any { var x any; x = &x; return &x },
}

// TestMapsOfAllSizes: keys are sorted.
func TestMapsOfAllSizes(t *testing.T) {
	t.Parallel()
	m := map[string]int{}
	for i := range 200 {
		m[fmt.Sprint(i*7919%1000)] = i
		want, _ := json.Marshal(m)
		if got, err := smalljson.Marshal(m); err != nil || string(got) != string(want) {
			t.Fatalf("%d keys:\n got %s, %v\nwant %s", len(m), got, err, want)
		}
	}
}

// checkDecoding compares the decoding of text into every target.
func checkDecoding(t *testing.T, text []byte) {
	t.Helper()
	for _, target := range targets {
		want, got := target(), target()
		wantErr := json.Unmarshal(text, want)
		err := smalljson.Unmarshal(text, got)
		if (err != nil) != (wantErr != nil) {
			t.Errorf("%.200q into %T: error %v, want %v", text, got, err, wantErr)
			continue
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%.200q into %T:\n got %+v\nwant %+v", text, got, got, want)
		}
	}
}

// TestUnmarshalAgrees compares every text in every type with encoding/json.
func TestUnmarshalAgrees(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		checkDecoding(t, []byte(text))
	}
}

// TestRoundTrip decodes what was encoded from each sample.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, v := range samples() {
		if text, err := smalljson.Marshal(v); err == nil {
			checkDecoding(t, text)
		}
	}
}

func TestUnmarshalTargets(t *testing.T) {
	t.Parallel()
	for _, target := range []any{nil, 5, (*int)(nil)} {
		if err := smalljson.Unmarshal([]byte("1"), target); err == nil {
			t.Errorf("a target of type %T was accepted", target)
		}
	}
}

// TestEmptyShares: what is appended to a decoded slice does not change the one that
// was there before.
func TestEmptyShares(t *testing.T) {
	t.Parallel()
	before := []int{1, 2, 3}
	v := before
	if err := smalljson.Unmarshal([]byte("[]"), &v); err != nil || v == nil || len(v) != 0 {
		t.Fatal(v, err)
	}
	if v = append(v, 9); before[0] != 1 {
		t.Error("the old slice has changed:", before)
	}
}

// TestMeetingFirstTogether has many goroutines meet a type for the first time.
func TestMeetingFirstTogether(t *testing.T) {
	t.Parallel()
	type fresh struct {
		A Base
		B []Other
	}
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			var v fresh
			if err := smalljson.Unmarshal([]byte(`{"A":{"id":3},"B":[{"Deep":2}]}`), &v); err != nil || v.A.ID != 3 || v.B[0].Deep != 2 {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

// FuzzUnmarshal compares any text, and what its value is written as.
func FuzzUnmarshal(f *testing.F) {
	for _, text := range texts {
		if len(text) < 1000 {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		checkDecoding(t, text)
		var v any
		if json.Unmarshal(text, &v) == nil {
			want, _ := json.Marshal(v)
			if got, err := smalljson.Marshal(v); err != nil || string(got) != string(want) {
				t.Errorf("%q is written %q, %v; want %q", text, got, err, want)
			}
		}
		var r Record
		if json.Unmarshal(text, &r) == nil {
			want, wantErr := json.Marshal(&r)
			if got, err := smalljson.Marshal(&r); (err != nil) != (wantErr != nil) || string(got) != string(want) {
				t.Errorf("%q is written\n     %q, %v; want\n     %q, %v", text, got, err, want, wantErr)
			}
		}
	})
}
