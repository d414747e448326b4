//go:build !wasm

package ratelimit

import (
	"context"
	"net/http"
	"net/netip"
)

// Middleware asks l about every request of a net/http handler. What is refused
// gets status 429, problem details in JSON and the standard headers; what is
// allowed gets the headers too. See [HTTPOptions].
func Middleware(l *Limiter, o HTTPOptions[*http.Request]) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if pass(l, &o, netHTTP{w}, r) {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// HeaderKey is a Key that names clients by a header such as X-API-Key. The value
// may be a secret, so the id is half of its SHA-256, in hex. Requests without the
// header are not counted by it.
func HeaderKey(name string) func(*http.Request) string {
	return func(r *http.Request) string { return hashID(r.Header.Get(name)) }
}

type netHTTP struct{ w http.ResponseWriter }

func (netHTTP) addr(c *ClientIP, r *http.Request) netip.Addr   { return c.HTTP(r) }
func (netHTTP) context(r *http.Request) context.Context        { return r.Context() }
func (s netHTTP) setHeader(*http.Request) func(string, string) { return s.w.Header().Set }
func (s netHTTP) refuse(_ *http.Request, status int, body []byte) {
	s.w.Header().Set("Content-Type", problemType)
	s.w.Header().Set("Cache-Control", "no-store")
	s.w.WriteHeader(status)
	_, _ = s.w.Write(body)
}
