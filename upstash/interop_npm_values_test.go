//go:build !wasm

package upstash_test

import (
	"encoding/json"
	"strconv"
	"strings"
)

// An npmText is a value that something on the way might take for something else.
type npmText struct {
	text   string
	parsed string // the JSON of what the SDK makes of it by default
	raw    string // and without automatic deserialization; "" means the text
}

// npmTexts are stored as they are by both sides. What the SDK makes of them when
// it parses is its documented behaviour: JSON where the text is JSON, and numbers
// only if they print as they came. It parses numbers inside lists and objects
// without that check, so 64-bit integers there lose their last digits.
var npmTexts = []npmText{
	{text: "", parsed: `""`},
	{text: " ", parsed: `" "`},
	{text: "hello", parsed: `"hello"`},
	{text: "OK", parsed: `"OK"`},
	{text: "123", parsed: `123`},
	{text: "-1.5", parsed: `-1.5`},
	{text: "0123", parsed: `"0123"`},
	{text: " 1", parsed: `" 1"`},
	{text: "1.0", parsed: `"1.0"`},
	{text: "1e3", parsed: `"1e3"`},
	{text: "-0", parsed: `"-0"`},
	{text: "9007199254740992", parsed: `9007199254740992`},
	{text: "9007199254740993", parsed: `"9007199254740993"`},
	{text: "9223372036854775807", parsed: `"9223372036854775807"`},
	{text: "-9223372036854775808", parsed: `"-9223372036854775808"`},
	{text: "18446744073709551615", parsed: `"18446744073709551615"`},
	{text: "Infinity", parsed: `"Infinity"`},
	{text: "NaN", parsed: `"NaN"`},
	{text: "null", parsed: `null`},
	{text: "true", parsed: `true`},
	{text: "False", parsed: `"False"`},
	{text: `{"a":{"b":[1,null,"ü"]}}`, parsed: `{"a":{"b":[1,null,"ü"]}}`},
	{text: `[1, "2", 9007199254740993]`, parsed: `[1,"2",9007199254740992]`},
	{text: `"quoted"`, parsed: `"quoted"`},
	{text: `{broken`, parsed: `"{broken"`},
	{text: `back\slash "and" /`, parsed: `"back\\slash \"and\" /"`},
	{text: "Grüße, 漢字 и עברית", parsed: `"Grüße, 漢字 и עברית"`},
	{text: "👩‍👩‍👧‍👦🇩🇪\U0010FFFF", parsed: `"👩‍👩‍👧‍👦🇩🇪\udbff\udfff"`},
	{text: "e\u0301 is not \u00e9", parsed: `"e\u0301 is not \u00e9"`},
	{text: "\x00\x01\t\r\n\x7f\u2028\u2029", parsed: `"\u0000\u0001\t\r\n\u007f\u2028\u2029"`},
	{text: "data: 1\n\ndata: 2", parsed: `"data: 1\n\ndata: 2"`},
	{text: "aGVsbG8=", parsed: `"aGVsbG8="`}, // base64 itself
	// The SDK's TextDecoder drops a byte order mark; what is stored has it.
	{text: "\ufeffmark", parsed: `"mark"`, raw: `"mark"`},
	{text: strings.Repeat("long ", 20_000), parsed: npmQuote(strings.Repeat("long ", 20_000))},
}

func npmQuote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (v npmText) rawJSON() string {
	if v.raw != "" {
		return v.raw
	}
	return npmQuote(v.text)
}

// npmParsedList and npmRawList are the JSON of all npmTexts in a list.
func npmParsedList() string {
	return npmJoin(func(_ int, v npmText) string { return v.parsed })
}

func npmRawList() string {
	return npmJoin(func(_ int, v npmText) string { return v.rawJSON() })
}

func npmJoin(item func(i int, v npmText) string) string {
	items := make([]string, len(npmTexts))
	for i, v := range npmTexts {
		items[i] = item(i, v)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// npmAll are the texts as arguments, as strings, and as fields f0, f1 ….
func npmAll() (args []any, texts []string, fields map[string]string) {
	fields = map[string]string{}
	for i, v := range npmTexts {
		args = append(args, v.text)
		texts = append(texts, v.text)
		fields["f"+strconv.Itoa(i)] = v.text
	}
	return args, texts, fields
}

// npmProfile is an object as applications store it, as JSON text.
type npmProfile struct {
	ID    int64             `json:"id"`
	Name  string            `json:"name"`
	Rate  float64           `json:"rate"`
	Tags  []string          `json:"tags"`
	Extra map[string]any    `json:"extra"`
	None  *string           `json:"none"`
	Names map[string]string `json:"names"`
}

var npmSample = npmProfile{
	ID: 9007199254740991, Name: "Ünï <&> \"q\" 漢 👍", Rate: 0.1,
	Tags:  []string{"", "a\nb", "null"},
	Extra: map[string]any{"deep": map[string]any{"list": []any{true, nil, "x", 1.5}}},
	Names: map[string]string{"ключ": "значение"},
}

// npmScores are scores with what Redis calls them, and the SDK.
var npmScores = []struct {
	name   string
	score  float64
	text   string // as an argument
	parsed string
	raw    string
}{
	{"low", negInf, "-inf", `"-inf"`, `"-inf"`},
	{"negative", -2.25, "-2.25", `-2.25`, `"-2.25"`},
	{"zero", 0, "0", `0`, `"0"`},
	{"tenth", 0.1, "0.1", `0.1`, `"0.1"`},
	{"third", 1.0 / 3, "0.3333333333333333", `0.3333333333333333`, `"0.3333333333333333"`},
	{"one", 1, "1", `1`, `"1"`},
	{"ünï👍", 1.5, "1.5", `1.5`, `"1.5"`},
	{"time", 1767225600123, "1767225600123", `1767225600123`, `"1767225600123"`},
	{"exact", 9007199254740992, "9007199254740992", `9007199254740992`, `"9007199254740992"`},
	{"high", posInf, "+inf", `"inf"`, `"inf"`},
}
