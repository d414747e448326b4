package otelredis

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

// Wrap returns next with a span around each call, in which the spans of its attempts
// are. What next is, *upstash.Client, *pipeline.Auto or *health.Budget, is known to
// the span by its errors only.
func (t *Telemetry) Wrap(next health.Client) health.Client { return &caller{t, next} }

type caller struct {
	t    *Telemetry
	next health.Client
}

// Do implements [upstash.Doer].
func (c *caller) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	ctx, span := c.start(ctx, 1, cmd.Name())
	reply, err := c.next.Do(ctx, cmd)
	end(span, err)
	return reply, err
}

// DoBatch implements [upstash.Batcher].
func (c *caller) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	name := operationOf(len(b.Commands), b.Atomic, func(i int) string { return b.Commands[i].Name() })
	ctx, span := c.start(ctx, len(b.Commands), name)
	replies, err := c.next.DoBatch(ctx, b)
	end(span, err)
	return replies, err
}

func (c *caller) start(ctx context.Context, n int, operation string) (context.Context, trace.Span) {
	attributes := append(make([]attribute.KeyValue, 0, len(c.t.common)+3), c.t.common...)
	attributes = append(attributes, semconv.DBOperationName(operation))
	if n != 1 {
		attributes = append(attributes, semconv.DBOperationBatchSize(n))
	}
	if label := health.LabelOf(ctx); label != "" {
		attributes = append(attributes, attribute.String("edgeredis.label", label))
	}
	return c.t.tracer.Start(ctx, "redis "+operation, trace.WithSpanKind(trace.SpanKindInternal), trace.WithAttributes(attributes...))
}

// end says how the call went.
func end(span trace.Span, err error) {
	defer span.End()
	kind := health.KindOf(err)
	if kind == health.OK || !span.IsRecording() {
		return
	}
	status := 0
	if e, ok := errors.AsType[*upstash.TransportError](err); ok {
		status = e.Status
	}
	failure := typeOf(kind, err, status)
	span.SetAttributes(append(failure, attribute.String("edgeredis.outcome", upstash.OutcomeOf(err).String()))...)
	for _, f := range failure {
		if f.Key == semconv.ErrorTypeKey {
			span.SetStatus(codes.Error, f.Value.AsString())
		}
	}
}
