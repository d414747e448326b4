//go:build js

package upstash

import (
	"slices"
	"sync/atomic"
	"syscall/js"
)

// A fetchHost is what a transport asks the host for once. Each object and each
// string that comes from or goes to JavaScript gets a finalizer in Go, and that is
// most of what a request costs here: the runtime looks for its place in a list of
// some hundred others.
type fetchHost struct {
	bytes, controller, headers, request js.Value // constructors
	create                              js.Value // Object.create
	options                             js.Value // of every request, as far as the host knows them

	contentType, contentLength, contentEncoding, syncToken, retryAfter js.Value // names

	last atomic.Pointer[fetchTarget] // of the last request
}

func (h *fetchHost) init() {
	global := js.Global()
	h.bytes, h.controller = global.Get("Uint8Array"), global.Get("AbortController")
	h.headers, h.request = global.Get("Headers"), global.Get("Request")
	h.create = global.Get("Object").Get("create")
	h.contentType, h.contentLength = js.ValueOf("content-type"), js.ValueOf("content-length")
	h.contentEncoding = js.ValueOf("content-encoding")
	h.syncToken, h.retryAfter = js.ValueOf("upstash-sync-token"), js.ValueOf("retry-after")
	h.options = h.create.Invoke(js.Null())
	// Hosts that do not know an option throw when they see it: older Workers.
	for _, o := range [...][2]string{
		{"method", "POST"},
		{"redirect", "manual"}, // "error" is refused by Workers
		{"credentials", "omit"},
		{"cache", "no-store"},
		{"referrerPolicy", "no-referrer"},
	} {
		trial := h.create.Invoke(js.Null())
		trial.Set(o[0], o[1])
		if _, err := h.newRequest("http://localhost/", trial); err == nil {
			h.options.Set(o[0], o[1])
		}
	}
}

// newRequest makes a Request. A host that cannot send it throws here.
func (h *fetchHost) newRequest(url any, init js.Value) (request js.Value, err error) {
	defer thrown(&err)
	return h.request.New(url, init), nil
}

// A fetchTarget is what a request has in common with the one before, as a rule.
type fetchTarget struct {
	url    string
	header []HeaderField // without the sync token, which changes
	at     js.Value      // url
	init   js.Value      // options and headers; each request has an object that inherits them
}

// target returns what req is made from, and the sync token, which is in the last
// place if there is one.
func (h *fetchHost) target(req *Request) (target *fetchTarget, token []HeaderField, err error) {
	header := req.Header
	if n := len(header) - 1; n >= 0 && header[n].Name == syncTokenHeader {
		header, token = header[:n], header[n:]
	}
	target = h.last.Load()
	if target != nil && target.url == req.URL && slices.Equal(target.header, header) {
		return target, token, nil
	}
	if !fetchable(req.URL) {
		return nil, nil, errFetchRequest
	}
	headers := h.headers.New()
	if err := appendHeaders(headers, header); err != nil {
		return nil, nil, err
	}
	target = &fetchTarget{url: req.URL, header: slices.Clone(header), at: js.ValueOf(req.URL), init: h.create.Invoke(h.options)}
	target.init.Set("headers", headers)
	h.last.Store(target)
	return target, token, nil
}

// appendHeaders adds fields to a Headers object.
func appendHeaders(headers js.Value, fields []HeaderField) error {
	for _, f := range fields {
		if _, err := jsCall(headers, "append", f.Name, f.Value); err != nil || !ascii(f.Value) {
			return errFetchHeader // the host's own shows the value
		}
	}
	return nil
}
