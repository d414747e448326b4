package otelredis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/health/otelredis"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A script of answers, one for each request; the last one stays.
type answers struct {
	mu   sync.Mutex
	list []func(*upstash.Response) error
}

func (s *answers) RoundTrip(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
	s.mu.Lock()
	next := s.list[0]
	if len(s.list) > 1 {
		s.list = s.list[1:]
	}
	s.mu.Unlock()
	return next(resp)
}

func answer(status int, body string) func(*upstash.Response) error {
	return func(resp *upstash.Response) error {
		resp.Status, resp.ContentType = status, append(resp.ContentType[:0], "application/json"...)
		resp.Body = append(resp.Body, body...)
		return nil
	}
}

func lost(*upstash.Response) error { return errors.New("the secret connection broke") }

// A lab records what a client with telemetry does.
type lab struct {
	t      *testing.T
	spans  *tracetest.InMemoryExporter
	reader *metric.ManualReader
	m      *health.Metrics
	client *upstash.Client
	tel    *otelredis.Telemetry
}

const secret = "a-secret-value"

func newLab(t *testing.T, list ...func(*upstash.Response) error) *lab {
	t.Helper()
	l := &lab{t: t, spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader(), m: health.NewMetrics(health.MetricsOptions{})}
	traces := trace.NewTracerProvider(trace.WithSyncer(l.spans))
	meters := metric.NewMeterProvider(metric.WithReader(l.reader))
	var err error
	l.tel, err = otelredis.New(otelredis.Options{
		TracerProvider: traces, MeterProvider: meters, Metrics: l.m, URL: "https://user:" + secret + "@db.example.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	l.client, err = upstash.New(upstash.Config{
		URL: "https://db.example.com", Token: secret, Transport: &answers{list: list}, Hook: upstash.Hooks(l.m, l.tel),
		Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// told are the spans, one a line: name, kind, status, and attributes.
func (l *lab) told() []string {
	var out []string
	for _, s := range l.spans.GetSpans() {
		var attributes []string
		for _, a := range s.Attributes {
			switch a.Key {
			case "db.system.name", "server.address", "server.port": // on all of them, see TestEverySpanSaysWhere
				continue
			}
			attributes = append(attributes, string(a.Key)+"="+a.Value.String())
		}
		line := fmt.Sprintf("%s %s %s", s.Name, s.SpanKind, s.Status.Code)
		if len(attributes) > 0 {
			line += " " + strings.Join(attributes, " ")
		}
		out = append(out, line)
	}
	return out
}

func TestSpanOfEachAttempt(t *testing.T) {
	t.Parallel()
	get, set := upstash.Get("k").Command, upstash.Set("k", secret).Command
	const ok, wrongType, noPerm = `{"result":"dg=="}`, `{"error":"WRONGTYPE no ` + secret + `"}`, `{"error":"NOPERM no"}`
	for name, tc := range map[string]struct {
		list []func(*upstash.Response) error
		cmds []upstash.Command
		tx   bool
		want []string
	}{
		"well": {[]func(*upstash.Response) error{answer(200, ok)}, []upstash.Command{get}, false, []string{
			"GET client Unset db.operation.name=GET edgeredis.label=feed edgeredis.billed_commands=1 http.response.status_code=200",
		}},
		"refused": {[]func(*upstash.Response) error{answer(400, wrongType)}, []upstash.Command{get}, false, []string{
			"GET client Error db.operation.name=GET edgeredis.label=feed edgeredis.billed_commands=1 http.response.status_code=400 edgeredis.outcome=rejected db.response.status_code=WRONGTYPE error.type=WRONGTYPE",
		}},
		"quota": {[]func(*upstash.Response) error{answer(400, `{"error":"ERR max requests limit exceeded. Limit: 1, Usage: 1"}`)}, []upstash.Command{get}, false, []string{
			"GET client Error db.operation.name=GET edgeredis.label=feed edgeredis.billed_commands=1 http.response.status_code=400 edgeredis.outcome=rejected db.response.status_code=ERR error.type=quota",
		}},
		"a retry": {[]func(*upstash.Response) error{lost, answer(503, "x"), answer(200, ok)}, []upstash.Command{get}, false, []string{
			"GET client Error db.operation.name=GET edgeredis.label=feed edgeredis.billed_commands=1 edgeredis.outcome=not applied error.type=lost",
			"GET client Error db.operation.name=GET http.request.resend_count=1 edgeredis.label=feed edgeredis.billed_commands=1 http.response.status_code=503 edgeredis.outcome=not applied error.type=503",
			"GET client Unset db.operation.name=GET http.request.resend_count=2 edgeredis.label=feed edgeredis.billed_commands=1 http.response.status_code=200",
		}},
		"a write that is lost": {[]func(*upstash.Response) error{lost}, []upstash.Command{upstash.Incr("k").Command}, false, []string{
			"INCR client Error db.operation.name=INCR edgeredis.label=feed edgeredis.billed_commands=1 edgeredis.outcome=maybe applied error.type=lost",
		}},
		"pipeline of the same": {[]func(*upstash.Response) error{answer(200, "["+ok+","+ok+"]")}, []upstash.Command{get, get}, false, []string{
			"PIPELINE GET client Unset db.operation.name=PIPELINE GET db.operation.batch.size=2 edgeredis.label=feed edgeredis.billed_commands=2 http.response.status_code=200",
		}},
		"partly refused": {[]func(*upstash.Response) error{answer(200, "["+wrongType+","+noPerm+"]")}, []upstash.Command{get, set}, false, []string{
			"PIPELINE client Error db.operation.name=PIPELINE db.operation.batch.size=2 edgeredis.label=feed edgeredis.billed_commands=2 http.response.status_code=200 edgeredis.refused_commands=2 db.response.status_code=NOPERM error.type=no_permission",
		}},
		"unknown script": {[]func(*upstash.Response) error{answer(200, `[{"error":"NOSCRIPT x"},`+ok+`]`)}, []upstash.Command{get, set}, false, []string{
			"PIPELINE client Unset db.operation.name=PIPELINE db.operation.batch.size=2 edgeredis.label=feed edgeredis.billed_commands=2 http.response.status_code=200 edgeredis.refused_commands=1 db.response.status_code=NOSCRIPT",
		}},
		"transaction": {[]func(*upstash.Response) error{answer(200, "["+ok+","+ok+"]")}, []upstash.Command{get, set}, true, []string{
			"MULTI client Unset db.operation.name=MULTI db.operation.batch.size=2 edgeredis.label=feed edgeredis.billed_commands=2 http.response.status_code=200",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, tc.list...)
			ctx := health.WithLabel(t.Context(), "feed")
			if len(tc.cmds) == 1 {
				_, _ = l.client.Do(ctx, tc.cmds[0])
			} else {
				_, _ = l.client.DoBatch(ctx, upstash.Batch{Commands: tc.cmds, Atomic: tc.tx})
			}
			if got := l.told(); !slices.Equal(got, tc.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
			l.noSecrets()
		})
	}
}

func TestEverySpanSaysWhere(t *testing.T) {
	t.Parallel()
	l := newLab(t, answer(200, `{"result":"dg=="}`))
	_, _ = upstash.Get("k").Do(t.Context(), l.tel.Wrap(l.client))
	for _, s := range l.spans.GetSpans() {
		for _, want := range []attribute.KeyValue{attribute.String("db.system.name", "redis"), attribute.String("server.address", "db.example.com"), attribute.Int("server.port", 443)} {
			if !slices.Contains(s.Attributes, want) {
				t.Errorf("%s lacks %s: %v", s.Name, want.Key, s.Attributes)
			}
		}
	}
	for _, bad := range []string{"db.example.com", "https://", "%zz" + secret} {
		if _, err := otelredis.New(otelredis.Options{URL: bad}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A call has a span around its attempts, which says how it ended.
func TestWrapPutsASpanAroundACall(t *testing.T) {
	t.Parallel()
	l := newLab(t, lost, answer(200, `{"result":"dg=="}`), lost)
	db := l.tel.Wrap(l.client)
	_, _ = upstash.Get("k").Do(t.Context(), db)
	_, _ = upstash.Incr("k").Do(t.Context(), db)
	_, _ = db.DoBatch(t.Context(), upstash.Batch{})
	var lines []string
	spans := l.spans.GetSpans()
	for _, s := range spans {
		parent := "none"
		for _, p := range spans {
			if p.SpanContext.SpanID() == s.Parent.SpanID() {
				parent = p.Name
			}
		}
		lines = append(lines, s.Name+" in "+parent)
	}
	want := "GET in redis GET, GET in redis GET, redis GET in none, INCR in redis INCR, redis INCR in none, redis PIPELINE in none"
	if got := strings.Join(lines, ", "); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	if s := spans[2]; s.Status.Code != codes.Unset {
		t.Errorf("a call that succeeded at last is %v", s.Status)
	}
	if got, want := l.told()[4], "redis INCR internal Error db.operation.name=INCR error.type=lost edgeredis.outcome=maybe applied"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	l.noSecrets()
}

// What is refused before anything is sent has no attempt; the call shows it.
func TestBudgetUnderWrap(t *testing.T) {
	t.Parallel()
	l := newLab(t, answer(200, `{"result":1}`))
	budget, err := health.NewBudget(l.m, l.client, health.BudgetOptions{HardDay: 1})
	if err != nil {
		t.Fatal(err)
	}
	db := l.tel.Wrap(budget)
	for range 2 {
		_, _ = upstash.Incr("k").Do(t.Context(), db)
	}
	got := l.told()
	if len(got) != 3 || got[2] != "redis INCR internal Error db.operation.name=INCR error.type=not_sent edgeredis.outcome=not applied" {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// noSecrets looks through everything that was exported.
func (l *lab) noSecrets() {
	l.t.Helper()
	var data metricdata.ResourceMetrics
	if err := l.reader.Collect(context.Background(), &data); err != nil {
		l.t.Error(err)
	}
	if all := fmt.Sprintf("%+v %+v", l.spans.GetSpans(), data); strings.Contains(all, "secret") {
		l.t.Error("a secret was told")
	}
}
