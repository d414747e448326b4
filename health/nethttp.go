//go:build !wasm

package health

import (
	"context"
	"net/http"
	"strconv"
)

// Health returns the health endpoint for net/http, see [HealthPath].
func (e *Endpoints) Health() http.Handler { return netHTTP(e.health) }

// Metrics returns the metrics endpoint for net/http, see [MetricsPath].
func (e *Endpoints) Metrics() http.Handler { return netHTTP(e.metrics) }

func netHTTP(serve func(context.Context, *request) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := serve(r.Context(), &request{
			method: r.Method,
			header: r.Header.Get,
			query:  func(name string) string { return r.URL.Query().Get(name) },
		})
		for _, h := range a.header {
			w.Header().Set(h[0], h[1])
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(a.body) // a client that has gone needs no answer
		}
	})
}
