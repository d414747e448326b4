//go:build !wasm

package health

import (
	"context"
	"errors"

	json "github.com/goccy/go-json"
)

// The paths under which users expect the two endpoints. The handlers do not look
// at the path.
const (
	HealthPath  = "/api/health/redis"
	MetricsPath = "/api/admin/redis/metrics"
)

// EndpointOptions tunes Endpoints; the zero value is good, but refuses everybody
// at the metrics.
type EndpointOptions struct {
	// Authorize says who may see the metrics. nil means nobody.
	Authorize Authorizer
	// Name is shown in answers as "name", to tell instances apart. Empty means
	// that nothing about the machine or the database is shown.
	Name string
}

// Endpoints serve a Checker over HTTP, with net/http and with fasthttp. Both take
// GET and HEAD, are never cached, and never show a token, a key, a host name or
// an address.
//
// Health answers with JSON, 200 when the report is Ready and 503 when it is
// Unhealthy. With ?check=live it answers without looking at the database.
//
// Metrics answers 403 until there is an Authorizer, and 401 to whom it refuses.
// The header Accept chooses: JSON (a [Snapshot]), the Prometheus text format for
// text/plain, or a live page for browsers, which loads the JSON from the same path. With ?check=deep the JSON has a Deep report
// too. Its status is 200 whatever the database does.
type Endpoints struct {
	c *Checker
	o EndpointOptions
}

// NewEndpoints returns the endpoints of c.
func NewEndpoints(c *Checker, o EndpointOptions) (*Endpoints, error) {
	if c == nil {
		return nil, errors.New("health: the checker is nil")
	}
	return &Endpoints{c, o}, nil
}

// A request is what both kinds of server have in common.
type request struct {
	method        string
	header, query func(name string) string
}

// An answer is what both kinds of server send.
type answer struct {
	status int
	header [][2]string
	body   []byte
}

func newAnswer(status int, contentType string, body []byte) answer {
	return answer{status, [][2]string{
		{"Content-Type", contentType},
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
	}, body}
}

func (a answer) with(name, value string) answer {
	a.header = append(a.header, [2]string{name, value})
	return a
}

const (
	typeJSON       = "application/json; charset=utf-8"
	typePrometheus = "text/plain; version=0.0.4; charset=utf-8"
	typeHTML       = "text/html; charset=utf-8"
)

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil { // cannot be: all numbers are finite
		return newAnswer(500, typeJSON, []byte(`{"error":"the answer cannot be encoded"}`))
	}
	return newAnswer(status, typeJSON, append(body, '\n'))
}

func failure(status int, text string) answer {
	return jsonAnswer(status, map[string]string{"error": text})
}

// refuseMethod returns an answer to anything but GET and HEAD.
func refuseMethod(r *request) (answer, bool) {
	if r.method == "GET" || r.method == "HEAD" {
		return answer{}, false
	}
	return failure(405, "use GET or HEAD").with("Allow", "GET, HEAD"), true
}

// healthAnswer is the JSON of the health endpoint.
type healthAnswer struct {
	Name string `json:"name,omitempty"`
	ReportJSON
}

func (e *Endpoints) health(ctx context.Context, r *request) answer {
	if a, refused := refuseMethod(r); refused {
		return a
	}
	var report Report
	switch r.query("check") {
	case "", "ready":
		report = e.c.Ready(ctx)
	case "live":
		report = e.c.Live()
	default:
		return failure(400, "check is live or ready")
	}
	return jsonAnswer(report.HTTPStatus(), healthAnswer{e.o.Name, report.JSON()})
}

// metricsAnswer is the JSON of the metrics endpoint.
type metricsAnswer struct {
	Name string `json:"name,omitempty"`
	Snapshot
	Deep *ReportJSON `json:"deep,omitempty"`
}

func (e *Endpoints) metrics(ctx context.Context, r *request) answer {
	if a, refused := refuseMethod(r); refused {
		return a
	}
	kind := negotiate(r.header("Accept"))
	if a, refused := e.unauthorized(r, kind); refused {
		return a
	}
	switch kind {
	case typePrometheus:
		return newAnswer(200, kind, appendPrometheus(nil, e.c.Snapshot(ctx))).with("Vary", "Accept")
	case typeHTML:
		return pageAnswer()
	}
	out := metricsAnswer{Name: e.o.Name}
	switch r.query("check") {
	case "", "ready":
	case "deep":
		out.Deep = new(e.c.Deep(ctx).JSON())
	default:
		return failure(400, "check is ready or deep")
	}
	out.Snapshot = e.c.Snapshot(ctx)
	return jsonAnswer(200, out).with("Vary", "Accept")
}

// unauthorized returns the answer to whom the metrics are not for.
func (e *Endpoints) unauthorized(r *request, kind string) (answer, bool) {
	switch {
	case e.o.Authorize == nil:
		return failure(403, "the metrics are closed: no authorizer is set").with("Vary", "Accept"), true
	case e.o.Authorize(AuthRequest{Header: r.header}):
		return answer{}, false
	}
	challenge := `Bearer realm="metrics"`
	if kind == typeHTML { // a browser asks its user
		challenge = `Basic realm="metrics", charset="UTF-8"`
	}
	return failure(401, "not authorized").with("WWW-Authenticate", challenge).with("Vary", "Accept"), true
}
