package smalljson_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"
)

// The types of the comparisons: each way in which a Go type can say something about
// its JSON.
type (
	color  uint8
	shout  string
	celsus float64
	hidden struct{ H int }
	Base   struct {
		ID    int `json:"id"`
		Shade string
		Deep  int `json:"deep"`
	}
	Other struct {
		Shade string `json:"Shade"`
		Deep  int
		Twice int
	}
	Third struct{ Twice int }
	Tree  struct {
		Name string  `json:"name,omitempty"`
		Kids []*Tree `json:"kids,omitempty"`
	}
	zeroed   struct{ N int }
	ptrValue struct{ N int }
	failing  struct{}
)

func (c color) MarshalText() ([]byte, error) { return []byte(strings.Repeat("c", int(c%5))), nil }
func (c *color) UnmarshalText(b []byte) error {
	if len(b) > 4 {
		return errors.New("too long")
	}
	*c = color(len(b))
	return nil
}

func (s shout) MarshalJSON() ([]byte, error) {
	return []byte(` { "say" : "<` + strings.ToUpper(strings.ReplaceAll(string(s), `"`, "")) + "> \u2028\" , \"n\" : [ 1 , 2 ] } "), nil
}

func (s *shout) UnmarshalJSON(b []byte) error { *s = shout(b); return nil }

func (z zeroed) IsZero() bool                    { return z.N == 7 }
func (p *ptrValue) MarshalJSON() ([]byte, error) { return json.Marshal(p.N + 1) }
func (p *ptrValue) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &p.N) }
func (failing) MarshalJSON() ([]byte, error)     { return []byte("{"), nil }

// Record has a field of each sort.
type Record struct {
	Base
	*Other
	Third
	hidden
	S      string          `json:"s"`
	Tag    string          `json:"a b/c<日>,omitempty"`
	Bad    string          `json:"q\"uote"` //nolint:staticcheck // a tag that is ignored
	Minus  int             `json:"-,"`      //nolint:staticcheck // a field with that name
	Gone   int             `json:"-"`
	I8     int8            `json:"i8,string"`
	U16    uint16          `json:",omitempty"`
	PI     *int64          `json:"pi,string,omitempty"`
	F32    float32         `json:"f32"`
	F64    float64         `json:"f64,string"`
	B      bool            `json:"b,string"`
	QS     string          `json:"qs,string"`
	Bytes  []byte          `json:"bytes"`
	Raw    json.RawMessage `json:"raw,omitempty"`
	Num    json.Number     `json:"num,omitempty"`
	Any    any             `json:"any"`
	Map    map[string]int  `json:"map"`
	IntMap map[int8]bool   `json:"intMap,omitempty"`
	ColMap map[color]shout `json:"colMap,omitempty"`
	Colors []color         `json:"colors"`
	Col    color           `json:"col"`
	PCol   *color          `json:"pcol"`
	Shout  shout           `json:"shout"`
	PShout *shout          `json:"pshout,omitempty"`
	Arr    [3]int          `json:"arr"`
	Slices [][]string      `json:"slices"`
	Tree   *Tree           `json:"tree,omitempty"`
	When   time.Time       `json:"when,omitzero"`
	Zero   zeroed          `json:"zero,omitzero"`
	PV     ptrValue        `json:"pv"`
	PVs    []ptrValue      `json:"pvs"`
	Temp   celsus          `json:"temp,omitempty"`
	Inner  struct {
		X, Y int
	} `json:"inner,omitempty"`
	PP   **string `json:"pp"`
	Fold int      `json:"Straske日"`
}

// samples are values that encoding must agree about.
func samples() []any {
	n, s, c := int64(-5), "x", color(3)
	ps := &s
	rec := Record{
		Base: Base{ID: 1, Shade: "a", Deep: 2}, Other: &Other{Shade: "b", Deep: 3, Twice: 4}, Third: Third{5},
		S: "plain", Tag: "t", I8: -8, U16: 16, PI: &n, F32: 1e-7, F64: 1e21, B: true, QS: `q"<s>`,
		Bytes: []byte("bytes\x00"), Raw: json.RawMessage(` [1 , {"a" : "<"} ] `), Num: "12e3",
		Any:    []any{nil, true, 1.5, "x", map[string]any{"b": 1, "a": int8(2)}, &s, color(2)},
		Map:    map[string]int{"z": 1, "a": 2, "<": 3},
		IntMap: map[int8]bool{-1: true, 10: false, 9: true}, ColMap: map[color]shout{1: "one", 4: "four"},
		Colors: []color{0, 1, 2}, Col: 3, PCol: &c, Shout: "hey", Arr: [3]int{1, 2, 3},
		Slices: [][]string{nil, {}, {"a"}}, Tree: &Tree{Name: "t", Kids: []*Tree{nil, {Name: "k"}}},
		When: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Zero: zeroed{7}, PV: ptrValue{1}, PVs: []ptrValue{{1}, {2}}, PP: &ps,
	}
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	var nilShout *shout
	var nilText *color
	return []any{
		struct {
			C complex128 `json:",omitempty"`
		}{},
		nil, true, 0, -1, uint64(math.MaxUint64), 1.0, math.Copysign(0, -1), 1e20, 1e21, 1e-6, 9.9e-7, 1e-10, 5e-324, float32(3.4e38), float32(1e-7), math.MaxFloat64,
		math.NaN(), math.Inf(1), "", "a<b>&\u2028\u2029\"\\/\b\f\n\r\t\x00\x1f\x7f\xff\xe2\x80é😀\ufffd", []string(nil),
		[]string{},
		[]byte(nil),
		[]byte{},
		[]byte("a"), []byte("ab"), []byte("abc"),
		map[string]string(nil),
		map[bool]int{true: 1},
		map[bool]int{},
		map[float64]int{},
		map[any]int{},
		map[color]int{3: 1},
		map[*color]int{nil: 1},
		map[uint]string{3: "x"},
		Record{},
		&Record{}, rec, &rec,
		[]Record{rec},
		cyclic, make(chan int), func() {}, complex(1, 2),
		struct{ C chan int }{},
		shout("v"), &rec.Shout, nilShout, nilText,
		failing{},
		[]any{failing{}},
		json.Number(""), json.Number("1x"), json.Number("-0.5E+3"),
		[2]bool{true},
		struct{}{},
		time.Duration(5),
		ptrValue{1},
		&ptrValue{1},
		[]ptrValue{{1}},
		map[string]ptrValue{"a": {1}},
		[1]ptrValue{},
		struct{ P ptrValue }{},
		&struct{ P ptrValue }{}, errors.New("x"), json.RawMessage(nil), json.RawMessage("]"),
	}
}

// texts are what decoding must agree about.
var texts = []string{
	``, ` `, `null`, `true`, `tru`, `"x"`, `"\ud83d\ude00\ud83d\u00e9\ude00\n\/"`, `"\x"`, `"` + "\x01" + `"`, `"` + "\xff\xe2\x80" + `"`, `1`, `-`, `01`, `1.`, `1e`, `-0`, `1e400`, `128`, `-129`, `300`, `1.5`, `9223372036854775808`, `1 2`, `[`, `[[]`, `[}`, `{]`, `[1,]`, `[1 2]`, `{"a"}`, `{"a":1,}`, `{a:1}`, `[[1,2],[3]]`, `{}`, `[]`, ` [ ] `,
	`{"id":7,"ID":8,"shade":"x","Shade":"y","deep":1,"Deep":2,"Twice":3,"twice":4,"H":9,"h":1}`,
	`{"s":1,"S":"y","a b/c<日>":"t","Bad":"b","-":3,"Gone":1}`,
	`{"i8":"-8","U16":70000,"pi":"12","f32":1e39,"f64":"1e21","b":"true","qs":"\"in\""}`, `{"i8":8}`, `{"i8":"x"}`, `{"i8":""}`, `{"i8":null,"pi":null,"b":null}`, `{"i8":"null","pi":"null","b":"null","qs":"null"}`, `{"b":"tru"}`, `{"b":"1"}`, `{"qs":"in"}`, `{"qs":"\"in"}`, `{"f64":"\"1\""}`, `{"i8":"8 "}`, `{"i8":"[1]"}`,
	`{"bytes":"YWI=","raw":[1, 2],"num":12.50,"any":{"a":[1,null,"x"]}}`, `{"bytes":"YWI"}`, `{"bytes":"YW\nI="}`, `{"bytes":"YWJj="}`, `{"bytes":"YR=="}`, `{"bytes":"Y==="}`, `{"bytes":"===="}`, `{"bytes":"YQ==YQ=="}`, `{"bytes":[1,2,3]}`, `{"bytes":null,"raw":null,"any":null}`, `{"num":"12"}`, `{"num":"x"}`, `{"num":""}`, `{"num":true}`,
	`{"map":{"a":1,"b":"x","c":3}}`, `{"map":null}`, `{"map":[]}`, `{"intMap":{"1":true,"300":true,"x":true}}`, `{"colMap":{"aa":"x","toolong":1,"b":null}}`, `{"colors":["a","bb",1]}`, `{"colors":"YWI="}`, `{"col":"abc","pcol":"ab"}`, `{"col":"abcdef"}`, `{"col":1}`, `{"col":null,"pcol":null}`, `{"col":{}}`,
	`{"shout":{"a":1},"pshout":null}`, `{"shout":null,"pshout":[1]}`, `{"arr":[1]}`, `{"arr":[1,2,3,4]}`, `{"arr":["x",2]}`, `{"arr":null}`, `{"arr":{}}`, `{"slices":[null,[],["a",null]]}`, `{"tree":{"name":"a","kids":[{"name":"b"},null,{}]}}`,
	`{"when":"2026-01-02T03:04:05.000000006Z"}`, `{"when":"x"}`, `{"when":5}`, `{"zero":{"n":7}}`, `{"pv":3,"pvs":[1,2]}`, `{"pv":"x"}`, `{"temp":1.5,"inner":{"x":1,"Y":2}}`, `{"inner":[1]}`, `{"pp":"x"}`, `{"pp":null}`, `{"STRASKE":1,"straſ\u212ae日":2}`, `{"STRA\u017fKE日":3,"\u017f":"long s","S":4}`, `{"unexp":1}`, `{"pi":5}`,
	`{"any":[[[{"a":{}}]]],"any":3}`, `{"map":{"a":1},"map":{"b":2}}`, strings.Repeat("[", 10000) + strings.Repeat("]", 10000), strings.Repeat("[", 10001) + strings.Repeat("]", 10001),
	`[1,"x",null,true,{"a":1}]`, `["a","b"]`, `[1,2,300]`, `{"1":1,"a":2}`, `"YWI="`, `"abc"`, `"2026-01-02T03:04:05Z"`, `[{"id":1},{"id":2}]`, `{"name":"x","kids":[{}]}`, `{"N":1}`,
}
