//go:build !wasm

package devserver_test

import (
	"strconv"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// TestLineBreaksInPayloads is about payloads that one line cannot hold.
func TestLineBreaksInPayloads(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{})
	s := open(t, srv, "/subscribe/c", "")
	s.frame(t, "data: subscribe,c,1")
	for _, tc := range []struct {
		name, payload string
		lines         []string
	}{
		{"none", "a", []string{"data: message,c,a"}},
		{"empty", "", []string{"data: message,c,"}},
		{"LF", "a\nb", []string{"data: message,c,a", "data: b"}},
		{"CRLF", "a\r\nb", []string{"data: message,c,a", "data: b"}},
		{"CR", "a\rb", []string{"data: message,c,a", "data: b"}},
		{"LF CR", "a\n\rb", []string{"data: message,c,a", "data: ", "data: b"}},
		{"empty lines", "\n\n", []string{"data: message,c,", "data: ", "data: "}},
		{"looks like a frame", "a\ndata: b", []string{"data: message,c,a", "data: data: b"}},
	} {
		check(t, srv, exchange{name: tc.name, body: `["PUBLISH","c",` + strconv.Quote(tc.payload) + `]`, want: `{"result":1}`})
		for _, want := range append(tc.lines, "") {
			if got := <-s.lines; got != want {
				t.Fatalf("%s: got %q, want %q", tc.name, got, want)
			}
		}
	}
}
