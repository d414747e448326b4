//go:build js

package upstash

import "syscall/js"

// Failures of a fetch that have a text of ours, because the host's own shows the
// URL, and so the arguments of a command, or the token.
const (
	errFetchRequest = httpError("the host does not accept the URL; check Config.URL")
	errFetchHeader  = httpError("the host does not accept a header; check Config.Token")
	errFetchOdd     = httpError("fetch answers with something that is no Response")
	errStreamClosed = httpError("the stream is closed")
)

// A fetchError is what the host threw or rejected with.
type fetchError struct {
	text         string
	notConnected bool      // no connection was made; only Node tells
	_            [0]func() // nobody compares it
}

func (e *fetchError) Error() string { return e.text }

// fetchTexts are the texts of hosts that certainly contain nothing of a request.
var fetchTexts = [...]string{
	"fetch failed",             // Node
	"terminated",               // Node, while the body arrives
	"Failed to fetch",          // Chromium
	"network error",            // Chromium, while the body arrives
	"Load failed",              // Safari
	"Network connection lost.", // workerd
	"NetworkError when attempting to fetch resource.", // Firefox
}

// fetchRefused are codes and names of system calls for which Node has made no
// connection.
var fetchRefused = [...]string{"ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "connect", "getaddrinfo"}

// fetchFailed makes an error of what the host rejected with.
func fetchFailed(v js.Value) error {
	e := &fetchError{text: "upstash: fetch failed"}
	e.add(wordOf(v, "name"))
	if v.Type() == js.TypeObject {
		cause := v.Get("cause")
		code, call := wordOf(cause, "code"), wordOf(cause, "syscall")
		e.add(code)
		for _, word := range fetchRefused {
			e.notConnected = e.notConnected || word == code || word == call
		}
	}
	text := textOf(v, "message")
	for _, known := range fetchTexts {
		if text == known {
			e.add(text)
		}
	}
	return e
}

//go:noinline
func (e *fetchError) add(detail string) {
	if detail != "" {
		e.text += ", " + detail
	}
}

// textOf returns a property that is a string.
//
//go:noinline
func textOf(v js.Value, name string) string {
	if v.Type() == js.TypeObject {
		if p := v.Get(name); p.Type() == js.TypeString {
			return p.String()
		}
	}
	return ""
}

// wordOf returns a property that is a short identifier: nothing of a request.
//
//go:noinline
func wordOf(v js.Value, name string) string {
	s := textOf(v, name)
	if len(s) > 40 {
		return ""
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '_':
		default:
			return ""
		}
	}
	return s
}

// thrown turns the panics of syscall/js into an error: a JavaScript exception, and
// a value that is not what the standard says.
func thrown(err *error) {
	switch e := recover().(type) {
	case nil:
	case js.Error:
		*err = fetchFailed(e.Value)
	case *js.ValueError, string:
		*err = errFetchOdd
	default:
		panic(e)
	}
}

// jsCall calls a method that may throw.
func jsCall(v js.Value, method string, args ...any) (result js.Value, err error) {
	defer thrown(&err)
	return v.Call(method, args...), nil
}
