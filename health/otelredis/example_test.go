package otelredis_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/health/otelredis"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func Example() {
	srv, err := devserver.Start(devserver.Options{}) // stands for the database
	if err != nil {
		panic(err)
	}
	defer srv.Close()

	// A service has these from its set-up of OpenTelemetry; without them the global
	// ones serve.
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()

	metrics := health.NewMetrics(health.MetricsOptions{})
	telemetry, err := otelredis.New(otelredis.Options{
		TracerProvider: trace.NewTracerProvider(trace.WithSyncer(spans)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
		URL:            srv.URL,
		Metrics:        metrics,
	})
	if err != nil {
		panic(err)
	}
	defer func() { _ = telemetry.Close() }()
	client, err := upstash.New(upstash.Config{
		URL: srv.URL, Token: upstash.Secret(srv.Token), Hook: upstash.Hooks(metrics, telemetry),
	})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	db := telemetry.Wrap(client)

	ctx := health.WithLabel(context.Background(), "greetings")
	_, _ = upstash.Set("greeting", "hello").Do(ctx, db)
	_, err = upstash.LPush("greeting", "again").Do(ctx, db)
	fmt.Println(err != nil)

	for _, s := range spans.GetSpans() {
		fmt.Printf("%s %s: %q\n", s.SpanKind, s.Name, s.Status.Description)
	}
	var data metricdata.ResourceMetrics
	_ = reader.Collect(ctx, &data)
	for _, m := range data.ScopeMetrics[0].Metrics[:2] {
		fmt.Println(m.Name)
	}
	// Output:
	// true
	// client SET: ""
	// internal redis SET: ""
	// client LPUSH: "WRONGTYPE"
	// internal redis LPUSH: "WRONGTYPE"
	// db.client.operation.duration
	// edgeredis.requests.retries
}
