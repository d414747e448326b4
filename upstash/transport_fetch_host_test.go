//go:build js

package upstash_test

import (
	"strings"
	"syscall/js"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestFetchTarget sends requests that have more or less in common with the one
// before: nothing of that may stay where it does not belong.
func TestFetchTarget(t *testing.T) {
	var seen string
	m := newMockFetch(t, func(_ *mockFetch, request js.Value) (any, bool) {
		h := request.Get("headers")
		seen = strings.Join([]string{
			request.Get("url").String(), h.Call("get", "authorization").String(), h.Call("get", "upstash-sync-token").String(),
		}, " ")
		return newAnswer("[]", nil), true
	})
	tr := newFetch(t, upstash.FetchOptions{Fetch: m.Value})
	for _, c := range [...]struct{ path, auth, token string }{
		{"a", "one", ""},
		{"a", "one", "s1"},
		{"a", "one", "s2"},
		{"a", "one", ""},
		{"a", "two", ""},
		{"b", "two", ""},
		{"b", "one", "s3"},
	} {
		req := &upstash.Request{URL: "http://127.0.0.1/" + c.path, Body: []byte("[]"), MaxResponse: 1000}
		req.Header = []upstash.HeaderField{{Name: "Authorization", Value: c.auth}}
		want := c.token
		if c.token == "" {
			want = "<null>"
		} else {
			req.Header = append(req.Header, upstash.HeaderField{Name: "Upstash-Sync-Token", Value: c.token})
		}
		if err := tr.RoundTrip(t.Context(), req, new(upstash.Response)); err != nil {
			t.Fatal(err)
		}
		if want = req.URL + " " + c.auth + " " + want; seen != want {
			t.Errorf("sent %q, want %q", seen, want)
		}
	}
}
