package upstashtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// comparedHeaders are the request headers that change what the server answers.
// A request must have those of the recording, and no other of them.
var comparedHeaders = []string{"Upstash-Encoding", "Upstash-Response-Format", syncHeader}

// A request is what was sent, as far as it is compared.
type request struct {
	method string
	path   string // escaped, with the query, relative to the base URL
	header http.Header
	body   []byte
}

// A difference is one place where a request is not as recorded.
type difference struct{ where, want, got string }

func (d difference) String() string {
	return fmt.Sprintf("%s\n      recorded: %s\n      got:      %s", d.where, d.want, d.got)
}

// compareRequest lists where got differs from e, and binds named wildcards.
func compareRequest(e *exchange, got *request, b bindings) []difference {
	var ds []difference
	if e.Method != anyValue && e.Method != got.method {
		ds = append(ds, difference{"method", e.Method, got.method})
	}
	if !matchPath(e.Path, got.path, b) {
		ds = append(ds, difference{"path", e.Path, maskToken(got.path)})
	}
	for _, h := range comparedHeaders {
		if want, g := e.RequestHeader[h], got.header.Get(h); !b.match(want, g) {
			ds = append(ds, difference{"header " + h, orNone(want), orNone(g)})
		}
	}
	return append(ds, compareBody(e, got.body, b)...)
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// matchPath compares segment by segment and parameter by parameter, after
// percent-decoding. The command's name may be written in either case, and any
// token does.
func matchPath(want, got string, b bindings) bool {
	if want == anyValue {
		return true
	}
	w, wq, _ := strings.Cut(want, "?")
	g, gq, _ := strings.Cut(got, "?")
	ws, gs := strings.Split(w, "/"), strings.Split(g, "/")
	if len(ws) != len(gs) {
		return false
	}
	for i := range ws {
		a, c := unescape(ws[i]), unescape(gs[i])
		if i == 1 && strings.EqualFold(a, c) {
			continue
		}
		if !b.match(a, c) {
			return false
		}
	}
	return matchQuery(wq, gq, b)
}

func matchQuery(want, got string, b bindings) bool {
	ws, gs := strings.Split(want, "&"), strings.Split(got, "&")
	if len(ws) != len(gs) {
		return false
	}
	for i := range ws {
		wn, wv, wHas := strings.Cut(ws[i], "=")
		gn, gv, gHas := strings.Cut(gs[i], "=")
		if wHas != gHas || !b.match(unescape(wn), unescape(gn)) {
			return false
		}
		if wn != "_token" && !b.match(unescape(wv), unescape(gv)) {
			return false
		}
	}
	return true
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func compareBody(e *exchange, got []byte, b bindings) []difference {
	if e.Request == nil {
		want := e.requestBody()
		if string(want) == anyValue || bytes.Equal(want, got) {
			return nil
		}
		return []difference{{"body", shortQuote(want), shortQuote(got)}}
	}
	want, err := decodeExact(e.Request)
	if err != nil {
		return []difference{{"body", "(the recording's request is not JSON)", shortQuote(got)}}
	}
	if want == anyValue {
		return nil
	}
	g, err := decodeExact(got)
	if err != nil {
		return []difference{{"body", shortQuote(compact(e.Request)), shortQuote(got)}}
	}
	return compareJSON("request", want, g, b)
}

// decodeExact decodes JSON and keeps numbers as their text.
func decodeExact(js []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(js))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// compareJSON compares two decoded requests. A number equals the string with the
// same digits, because the server makes no difference between them either.
func compareJSON(where string, want, got any, b bindings) []difference {
	ws, wok := want.([]any)
	gs, gok := got.([]any)
	if !wok || !gok {
		w, wText := argumentText(want)
		g, gText := argumentText(got)
		if wText && gText && b.match(w, g) || wText && w == anyValue {
			return nil
		}
		return []difference{{where, short(quote(want)), short(quote(got))}}
	}
	var ds []difference
	for i := range max(len(ws), len(gs)) {
		at := where + "[" + strconv.Itoa(i) + "]"
		switch {
		case i >= len(ws):
			ds = append(ds, difference{at, "(none)", short(quote(gs[i]))})
		case i >= len(gs):
			ds = append(ds, difference{at, short(quote(ws[i])), "(none)"})
		default:
			ds = append(ds, compareJSON(at, ws[i], gs[i], b)...)
		}
	}
	return ds
}

func argumentText(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	}
	return "", false
}

// short keeps a difference on one line of a log.
func short(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return s[:most] + "... (" + strconv.Itoa(len(s)) + " bytes)"
}

func shortQuote(b []byte) string {
	if len(b) == 0 {
		return "(empty)"
	}
	return short(strconv.Quote(string(b)))
}
