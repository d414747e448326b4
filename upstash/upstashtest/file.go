package upstashtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// A file is a recording: exchanges in order, and where they are known from.
type file struct {
	// Source says honestly where the exchanges come from.
	Source string `json:"source"`
	// Quoted is set when the exchanges are quoted from a page or a report. Such
	// a file is replayed but never recorded anew.
	Quoted    bool       `json:"quoted,omitempty"`
	Exchanges []exchange `json:"exchanges"`
}

// An exchange is one HTTP request and its response. Of the fields for a body at
// most one is set; none means that the body is empty.
type exchange struct {
	Note          string            `json:"note,omitempty"`
	Method        string            `json:"method"`
	Path          string            `json:"path"`
	RequestHeader map[string]string `json:"request_header,omitempty"`
	Request       json.RawMessage   `json:"request,omitempty"`
	RequestText   string            `json:"request_text,omitempty"`
	RequestBase64 []byte            `json:"request_base64,omitempty"`
	Status        int               `json:"status"`
	Header        map[string]string `json:"header,omitempty"`
	Response      json.RawMessage   `json:"response,omitempty"`
	BodyText      string            `json:"body_text,omitempty"`
	BodyBase64    []byte            `json:"body_base64,omitempty"`
}

// parseFile reads a recording and refuses fields that it does not know, so that
// a slip in a file written by hand is noticed.
func parseFile(b []byte) (*file, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var f file
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("not a recording: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a recording: something follows the object")
	}
	if f.Source == "" {
		return nil, errors.New(`"source" is empty: say where the exchanges come from`)
	}
	for i := range f.Exchanges {
		if err := f.Exchanges[i].check(); err != nil {
			return nil, fmt.Errorf("exchange %d: %w", i+1, err)
		}
	}
	return &f, nil
}

func (e *exchange) check() error {
	switch {
	case e.Method == "":
		return errors.New(`"method" is empty`)
	case e.Path != anyValue && !strings.HasPrefix(e.Path, "/"):
		return errors.New(`"path" does not begin with a slash`)
	case e.Status < 100 || e.Status > 599:
		return errors.New(`"status" is not an HTTP status`)
	case count(len(e.Request) > 0, e.RequestText != "", len(e.RequestBase64) > 0) > 1:
		return errors.New(`more than one of "request", "request_text" and "request_base64"`)
	case count(len(e.Response) > 0, e.BodyText != "", len(e.BodyBase64) > 0) > 1:
		return errors.New(`more than one of "response", "body_text" and "body_base64"`)
	}
	for name := range e.RequestHeader {
		if !slices.Contains(comparedHeaders, name) {
			return errors.New(`"request_header" may have only ` + strings.Join(comparedHeaders, ", "))
		}
	}
	return nil
}

func count(conditions ...bool) int {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// responseBody returns the bytes that the server sent; JSON without the white
// space that the file has for its readers.
func (e *exchange) responseBody() []byte {
	return plainBody(e.Response, e.BodyText, e.BodyBase64)
}

func (e *exchange) requestBody() []byte {
	return plainBody(e.Request, e.RequestText, e.RequestBase64)
}

func plainBody(js json.RawMessage, text string, raw []byte) []byte {
	switch {
	case len(js) > 0:
		return compact(js)
	case text != "":
		return []byte(text)
	}
	return raw
}

// setRequestBody stores b in the most readable form: JSON on the endpoints that
// take JSON, text, or base64.
func (e *exchange) setRequestBody(b []byte) {
	switch {
	case len(b) == 0:
	case takesJSON(e.Path) && utf8.Valid(b) && json.Valid(b):
		e.Request = compact(b)
	case isText(b):
		e.RequestText = string(b)
	default:
		e.RequestBase64 = b
	}
}

// setResponseBody stores b in the most readable form.
func (e *exchange) setResponseBody(b []byte) {
	switch {
	case len(b) == 0:
	case strings.HasPrefix(e.Header["Content-Type"], "application/json") && utf8.Valid(b) && json.Valid(b):
		e.Response = compact(b)
	case isText(b):
		e.BodyText = string(b)
	default:
		e.BodyBase64 = b
	}
}

func takesJSON(path string) bool {
	return path == "/" || path == "/pipeline" || path == "/multi-exec"
}

// isText reports whether b can stand in a JSON string and be read there.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return utf8.Valid(b)
}

func compact(js []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, js) != nil {
		return js
	}
	return b.Bytes()
}

// format writes f so that it is pleasant to read and to compare: one line per
// field, keys in a fixed order, JSON bodies as they are.
func (f *file) format() []byte {
	var b bytes.Buffer
	b.WriteString("{\n  \"source\": " + quote(f.Source) + ",\n")
	if f.Quoted {
		b.WriteString("  \"quoted\": true,\n")
	}
	b.WriteString("  \"exchanges\": [")
	for i := range f.Exchanges {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n    {")
		f.Exchanges[i].format(&b)
		b.WriteString("\n    }")
	}
	if len(f.Exchanges) > 0 {
		b.WriteString("\n  ")
	}
	b.WriteString("]\n}\n")
	return b.Bytes()
}

func (e *exchange) format(b *bytes.Buffer) {
	sep := ""
	field := func(name string, set bool, value string) {
		if set {
			b.WriteString(sep + "\n      \"" + name + "\": " + value)
			sep = ","
		}
	}
	field("note", e.Note != "", quote(e.Note))
	field("method", true, quote(e.Method))
	field("path", true, quote(e.Path))
	field("request_header", len(e.RequestHeader) > 0, quote(e.RequestHeader))
	field("request", len(e.Request) > 0, lines(e.Request))
	field("request_text", e.RequestText != "", quote(e.RequestText))
	field("request_base64", len(e.RequestBase64) > 0, quote(base64.StdEncoding.EncodeToString(e.RequestBase64)))
	field("status", true, quote(e.Status))
	field("header", len(e.Header) > 0, quote(e.Header))
	field("response", len(e.Response) > 0, lines(e.Response))
	field("body_text", e.BodyText != "", quote(e.BodyText))
	field("body_base64", len(e.BodyBase64) > 0, quote(base64.StdEncoding.EncodeToString(e.BodyBase64)))
}

// lines puts the items of a long array on lines of their own.
func lines(js json.RawMessage) string {
	const longest = 100
	var items []json.RawMessage
	if len(js) <= longest || json.Unmarshal(js, &items) != nil || len(items) < 2 {
		return string(compact(js))
	}
	var b strings.Builder
	for i, it := range items {
		b.WriteString([...]string{"[", ","}[min(i, 1)] + "\n        " + string(compact(it)))
	}
	return b.String() + "\n      ]"
}

// quote is JSON without the escapes for HTML; maps come out sorted.
func quote(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("upstashtest: cannot encode a recording: " + err.Error()) // strings, ints and maps of them always can
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// writeFile replaces path in one step, so that a test that is interrupted leaves
// the old recording.
func writeFile(path string, b []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o644); err != nil { //nolint:gosec // a recording is public
		return err
	}
	return os.Rename(tmp, path)
}
