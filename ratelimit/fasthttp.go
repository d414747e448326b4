//go:build !wasm

package ratelimit

import (
	"context"
	"net/netip"

	"github.com/valyala/fasthttp"
)

// FastHTTPMiddleware is [Middleware] for fasthttp.
func FastHTTPMiddleware(l *Limiter, o HTTPOptions[*fasthttp.RequestCtx]) func(fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(next fasthttp.RequestHandler) fasthttp.RequestHandler {
		return func(ctx *fasthttp.RequestCtx) {
			if pass(l, &o, fastHTTP{}, ctx) {
				next(ctx)
			}
		}
	}
}

// FastHTTPHeaderKey is [HeaderKey] for fasthttp.
func FastHTTPHeaderKey(name string) func(*fasthttp.RequestCtx) string {
	return func(ctx *fasthttp.RequestCtx) string { return hashID(string(ctx.Request.Header.Peek(name))) }
}

type fastHTTP struct{}

func (fastHTTP) addr(c *ClientIP, ctx *fasthttp.RequestCtx) netip.Addr { return c.FastHTTP(ctx) }

// context does not end when the server begins to shut down: a request under way is
// still to be decided about. The decision budget bounds it.
func (fastHTTP) context(ctx *fasthttp.RequestCtx) context.Context { return context.WithoutCancel(ctx) }

// setHeader writes into the answer before the handler runs; handlers that set
// headers keep them.
func (fastHTTP) setHeader(ctx *fasthttp.RequestCtx) func(string, string) {
	return ctx.Response.Header.Set
}

func (fastHTTP) refuse(ctx *fasthttp.RequestCtx, status int, body []byte) {
	ctx.SetStatusCode(status)
	ctx.Response.Header.Set("Cache-Control", "no-store")
	ctx.SetContentType(problemType)
	ctx.SetBody(body)
}
