package upstashtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// anyValue in a recording stands for any argument, path segment, or whole
// request. "<any:name>" does so too, and must be the same value wherever the
// name occurs; in a response it is replaced by the value that the request had.
const anyValue = "<any>"

const anyPrefix = "<any:"

func anyNamed(name string) string { return anyPrefix + name + ">" }

func isNamed(s string) bool { return strings.HasPrefix(s, anyPrefix) && strings.HasSuffix(s, ">") }

// bindings are the values that named wildcards have stood for so far.
type bindings map[string]string

// match compares a value with the recorded one, and binds a named wildcard that
// it sees for the first time.
func (b bindings) match(want, got string) bool {
	switch {
	case want == anyValue:
		return true
	case !isNamed(want):
		return want == got
	}
	if bound, ok := b[want]; ok {
		return bound == got
	}
	b[want] = got
	return true
}

// fill puts the bound values into a response.
func (b bindings) fill(body []byte) []byte {
	if len(b) == 0 || !json.Valid(body) {
		return body
	}
	pairs := make([]string, 0, 2*len(b))
	for _, name := range slices.Sorted(maps.Keys(b)) {
		pairs = append(pairs, name, b[name])
	}
	return mapStrings(body, strings.NewReplacer(pairs...).Replace)
}

// mapStrings applies f to every string of a JSON text, and to what a string holds
// in base64, which is how the API sends values. All else stays byte for byte.
func mapStrings(js []byte, f func(string) string) []byte {
	var out bytes.Buffer
	for i := 0; i < len(js); {
		if js[i] != '"' {
			out.WriteByte(js[i])
			i++
			continue
		}
		end := i + 1
		for end < len(js) && js[end] != '"' {
			if js[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(js))
		out.Write(mapString(js[i:end], f))
		i = end
	}
	return out.Bytes()
}

// mapString is mapStrings for one literal with its quotes.
func mapString(literal []byte, f func(string) string) []byte {
	var s string
	if json.Unmarshal(literal, &s) != nil {
		return literal
	}
	if raw, err := base64.StdEncoding.Strict().DecodeString(s); err == nil {
		if mapped := f(string(raw)); mapped != string(raw) {
			return []byte(quote(base64.StdEncoding.EncodeToString([]byte(mapped))))
		}
	}
	if mapped := f(s); mapped != s {
		return []byte(quote(mapped))
	}
	return literal
}
