//go:build !wasm

package health

import (
	"context"

	"github.com/valyala/fasthttp"
)

// FastHealth is Health for fasthttp.
func (e *Endpoints) FastHealth() fasthttp.RequestHandler { return fastHTTP(e.health) }

// FastMetrics is Metrics for fasthttp.
func (e *Endpoints) FastMetrics() fasthttp.RequestHandler { return fastHTTP(e.metrics) }

// fastHTTP adapts serve. A RequestCtx must not outlive its handler, so the work
// gets a context of its own; it is bounded by Options.Timeout.
func fastHTTP(serve func(context.Context, *request) answer) fasthttp.RequestHandler {
	return func(rc *fasthttp.RequestCtx) {
		a := serve(context.Background(), &request{
			method: string(rc.Method()),
			header: func(name string) string { return string(rc.Request.Header.Peek(name)) },
			query:  func(name string) string { return string(rc.QueryArgs().Peek(name)) },
		})
		for _, h := range a.header {
			rc.Response.Header.Set(h[0], h[1])
		}
		rc.SetStatusCode(a.status)
		rc.SetBody(a.body)
		if rc.IsHead() {
			rc.Response.SkipBody = true
		}
	}
}
