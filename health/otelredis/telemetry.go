package otelredis

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

// Name is the name of the instrumentation scope.
const Name = "github.com/yesgoddess/edgeredis/health/otelredis"

// Options says where the telemetry goes; the zero value uses OpenTelemetry's global
// providers.
type Options struct {
	// TracerProvider and MeterProvider default to otel.GetTracerProvider() and
	// otel.GetMeterProvider().
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// URL is the address of the database, as in upstash.Config. Only its host and
	// port are kept, as server.address and server.port. Empty leaves them out.
	URL string
	// Metrics is the hook whose counts are told as metrics; nil means only
	// db.client.operation.duration.
	Metrics *health.Metrics
}

// A Telemetry is an [upstash.Hook]: set it as Config.Hook of a client, joined with
// others by upstash.Hooks. It is safe for concurrent use.
type Telemetry struct {
	tracer   trace.Tracer
	duration metric.Float64Histogram
	common   []attribute.KeyValue // what every span and measurement has
	counts   metric.Registration  // nil without Options.Metrics
}

// New returns a Telemetry. Errors are of a URL without a host, and of the meter.
func New(o Options) (*Telemetry, error) {
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	t := &Telemetry{
		tracer: o.TracerProvider.Tracer(Name, trace.WithSchemaURL(semconv.SchemaURL)),
		common: []attribute.KeyValue{semconv.DBSystemNameRedis},
	}
	if o.URL != "" {
		address, err := serverOf(o.URL)
		if err != nil {
			return nil, err
		}
		t.common = append(t.common, address...)
	}
	meter := o.MeterProvider.Meter(Name, metric.WithSchemaURL(semconv.SchemaURL))
	var err error
	t.duration, err = meter.Float64Histogram("db.client.operation.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of database client operations."),
		// The bounds that the semantic conventions advise.
		metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10))
	if err != nil {
		return nil, err
	}
	if o.Metrics != nil {
		t.counts, err = observe(meter, o.Metrics, t.common)
	}
	return t, err
}

// serverOf returns the attributes of a URL. The error does not repeat it.
func serverOf(address string) ([]attribute.KeyValue, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("otelredis: Options.URL is not the URL of a database")
	}
	out := []attribute.KeyValue{semconv.ServerAddress(u.Hostname())}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if n, err := strconv.Atoi(port); err == nil {
		out = append(out, semconv.ServerPort(n))
	}
	return out, nil
}

// Close ends the metrics of Options.Metrics. Spans under way are not touched.
func (t *Telemetry) Close() error {
	if t.counts == nil {
		return nil
	}
	return t.counts.Unregister()
}

// spanKey is the context key of the span of an attempt. It holds the Telemetry too,
// so that two of them on one client do not end each other's spans.
type spanKey struct{ t *Telemetry }

// Before implements [upstash.Hook]: it starts the span of an attempt.
func (t *Telemetry) Before(ctx context.Context, a *upstash.Attempt) context.Context {
	attributes := append(make([]attribute.KeyValue, 0, len(t.common)+4), t.common...)
	operation := operationOf(a.Len(), a.Atomic, a.Name)
	attributes = append(attributes, semconv.DBOperationName(operation))
	if a.Len() > 1 {
		attributes = append(attributes, semconv.DBOperationBatchSize(a.Len()))
	}
	if a.Number > 1 {
		attributes = append(attributes, semconv.HTTPRequestResendCount(a.Number-1))
	}
	if label := health.LabelOf(ctx); label != "" {
		attributes = append(attributes, attribute.String("edgeredis.label", label))
	}
	ctx, span := t.tracer.Start(ctx, operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return context.WithValue(ctx, spanKey{t}, span)
}

// After implements [upstash.Hook]: it ends the span and measures the duration.
func (t *Telemetry) After(ctx context.Context, a *upstash.Attempt) {
	failure := failureOf(health.KindOfAttempt(a), a)
	if span, ok := ctx.Value(spanKey{t}).(trace.Span); ok {
		if span.IsRecording() {
			describe(span, a, failure)
		}
		span.End()
	}
	attributes := append(make([]attribute.KeyValue, 0, len(t.common)+3), t.common...)
	attributes = append(attributes, semconv.DBOperationName(operationOf(a.Len(), a.Atomic, a.Name)))
	t.duration.Record(ctx, a.Duration.Seconds(), metric.WithAttributes(append(attributes, failure...)...))
}

// describe sets what is known when an attempt has ended.
func describe(span trace.Span, a *upstash.Attempt, failure []attribute.KeyValue) {
	span.SetAttributes(attribute.Int("edgeredis.billed_commands", a.Billed()))
	if a.Status > 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(a.Status))
	}
	if a.Errors > 0 {
		span.SetAttributes(attribute.Int("edgeredis.refused_commands", a.Errors))
	}
	if a.Err != nil {
		span.SetAttributes(attribute.String("edgeredis.outcome", a.Outcome.String()))
	}
	span.SetAttributes(failure...)
	for _, f := range failure {
		if f.Key == semconv.ErrorTypeKey {
			span.SetStatus(codes.Error, f.Value.AsString())
		}
	}
}

// operationOf is db.operation.name of n commands.
func operationOf(n int, atomic bool, name func(int) string) string {
	if n == 1 {
		return name(0)
	}
	batch := "PIPELINE"
	if atomic {
		batch = "MULTI"
	}
	for i := 1; i < n; i++ {
		if name(i) != name(0) {
			return batch
		}
	}
	if n == 0 {
		return batch
	}
	return batch + " " + name(0)
}

// failureOf is db.response.status_code and error.type of an attempt of kind k; none
// when all is well.
func failureOf(k health.Kind, a *upstash.Attempt) []attribute.KeyValue {
	if k == health.OK {
		return nil
	}
	err := a.Err
	for i := 0; err == nil && i < a.Len(); i++ { // the refusal that the batch counts as
		if refusal := a.Refusal(i); refusal != nil && health.KindOf(refusal) == k {
			err = refusal
		}
	}
	return typeOf(k, err, a.Status)
}

// typeOf is failureOf for an error.
func typeOf(k health.Kind, err error, status int) []attribute.KeyValue {
	code := ""
	if e, ok := errors.AsType[*upstash.ServerError](err); ok {
		code = e.Code
	}
	var out []attribute.KeyValue
	if code != "" {
		out = append(out, semconv.DBResponseStatusCode(code))
	}
	switch {
	case k == health.NoScript: // a step of running a script
	case k == health.Refused && code != "":
		out = append(out, semconv.ErrorTypeKey.String(code))
	case k == health.Gateway && status > 0:
		out = append(out, semconv.ErrorTypeKey.String(strconv.Itoa(status)))
	default:
		out = append(out, semconv.ErrorTypeKey.String(k.String()))
	}
	return out
}

var _ upstash.Hook = (*Telemetry)(nil)
