//go:build js

package upstash

import (
	"slices"
	"sync"
	"syscall/js"
)

// A fetchHost is what a transport asks the host for once. Each object and each
// string that comes from or goes to JavaScript gets a finalizer in Go, and that is
// most of what a request costs here: the runtime looks for its place in a list of
// some hundred others.
type fetchHost struct {
	bytes, controller, request js.Value // constructors
	options                    js.Value // of every request, as far as the host knows them
	names                      [len(fetchNames)]js.Value
	cors                       js.Value
	post                       int // whether invocations have it: 1 yes, -1 no, 0 not yet known

	mu      sync.Mutex     // guards what follows
	targets []*fetchTarget // of requests before
}

// fetchNames are the headers that are read of an answer, those first that a
// Response has a field for.
var fetchNames = [...]string{"content-type", syncTokenHeader, "retry-after", "content-length", "content-encoding"}

// Places in fetchNames.
const (
	fetchSyncToken = 1
	fetchFields    = 3 // as many have a field
	fetchLength    = 3
	fetchEncoding  = 4
)

// fetchSettings are for every request. Hosts that do not know one throw when they
// see it: older Workers.
var fetchSettings = [...][2]string{
	{"method", "POST"},
	{"redirect", "manual"}, // "error" is refused by Workers
	{"credentials", "omit"},
	{"cache", "no-store"},
	{"referrerPolicy", "no-referrer"},
}

func (h *fetchHost) init() {
	global := js.Global()
	object := global.Get("Object")
	h.bytes, h.controller, h.request = global.Get("Uint8Array"), global.Get("AbortController"), global.Get("Request")
	for i := range fetchNames {
		h.names[i] = js.ValueOf(fetchNames[i])
	}
	h.cors = js.ValueOf("cors")
	h.options = object.New()
	for i := range fetchSettings {
		name, value := fetchSettings[i][0], fetchSettings[i][1]
		trial := object.New()
		trial.Set(name, value)
		if _, err := h.newRequest("http://localhost/", trial); err == nil {
			h.options.Set(name, value)
		}
	}
}

// newRequest makes a Request. A host that cannot send it throws here.
func (h *fetchHost) newRequest(url string, init js.Value) (request js.Value, err error) {
	defer thrown(&err)
	return h.request.New(url, init), nil
}

// fetchTargets is how many are kept: one for each path that a client uses, and one
// more.
const fetchTargets = 4

// A fetchTarget is what a request has in common with others before, as a rule.
type fetchTarget struct {
	url     string
	header  []HeaderField // without the sync token, which changes
	token   string        // the sync token that headers has
	request js.Value      // all of it but the body
	headers js.Value      // its own
}

// targetLocked returns a Request like req without a body, for use before the lock is
// given up.
func (h *fetchHost) targetLocked(req *Request) (js.Value, error) {
	header, token := req.Header, ""
	if n := len(header) - 1; n >= 0 && header[n].Name == syncTokenHeader {
		token, header = header[n].Value, header[:n]
	}
	var t *fetchTarget
	for _, known := range h.targets {
		if known.url == req.URL && slices.Equal(known.header, header) {
			t = known
		}
	}
	if t == nil {
		request, err := h.newRequest(req.URL, h.options)
		if err != nil || !fetchable(req.URL) {
			return js.Value{}, errFetchRequest // the host's own shows the URL
		}
		t = &fetchTarget{url: req.URL, request: request, headers: request.Get("headers")}
		for i := range header {
			if err := t.add("append", header[i].Name, header[i].Value); err != nil {
				return js.Value{}, err
			}
			t.header = append(t.header, header[i])
		}
		if len(h.targets) == fetchTargets {
			h.targets = h.targets[:0]
		}
		h.targets = append(h.targets, t)
	}
	if t.token != token {
		method := "set"
		if token == "" {
			method = "delete"
		}
		if err := t.add(method, h.names[fetchSyncToken], token); err != nil {
			return js.Value{}, err
		}
		t.token = token
	}
	return t.request, nil
}

// add calls a method of the headers.
func (t *fetchTarget) add(method string, name any, value string) error {
	if ascii(value) {
		if _, err := jsCall(t.headers, method, name, value); err == nil {
			return nil
		}
	}
	return errFetchHeader // the host's own shows the value
}

// fetchable refuses what some hosts accept: a URL without host, which a page
// completes with its own address, and one with a user.
func fetchable(url string) bool {
	scheme, rest, ok := cut(url, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return false
	}
	n := 0
	for n < len(rest) && rest[n] != '/' && rest[n] != '?' && rest[n] != '#' {
		if rest[n] == '@' {
			return false
		}
		n++
	}
	return n > 0
}

// ascii reports whether every host sends s as it is.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
