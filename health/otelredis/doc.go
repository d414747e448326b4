// Package otelredis tells OpenTelemetry what a client of package upstash does:
// spans and metrics with the semantic conventions for databases. It is a module of
// its own, so that nothing else depends on OpenTelemetry.
//
//	metrics := health.NewMetrics(health.MetricsOptions{})
//	telemetry, err := otelredis.New(otelredis.Options{Metrics: metrics, URL: os.Getenv("REDIS_REST_URL")})
//	…
//	defer telemetry.Close()
//	client, err := upstash.NewFromEnv(upstash.Config{Hook: upstash.Hooks(metrics, telemetry)})
//	…
//	db := telemetry.Wrap(client) // optional: a span around all attempts of a call
//
// # Spans
//
// Each attempt, that is each HTTP request, is a span of kind client, named after the
// command: "GET". Several commands in one request are "PIPELINE" or "MULTI", with
// the command's name behind it when they all have the same. With [Telemetry.Wrap]
// each call is a span of kind internal around its attempts, so that retries and the
// waiting between them can be seen.
//
// Attributes: db.system.name (redis), db.operation.name, db.operation.batch.size,
// db.response.status_code (the first word of the server's error, WRONGTYPE),
// error.type, server.address and server.port (of Options.URL),
// http.response.status_code, http.request.resend_count (0 is left out),
// edgeredis.billed_commands, edgeredis.label (see health.WithLabel),
// edgeredis.outcome (what is known about the effect of what failed), and
// edgeredis.refused_commands (of a batch that was answered).
//
// error.type is the name of a health.Kind: "timeout", "quota", "no_permission". A
// command that was refused for what it is has the server's code instead:
// "WRONGTYPE". A nil reply is no error, nor is NOSCRIPT, after which the client
// sends the script itself.
//
// Keys, values, scripts, tokens and error texts never get into a span or a metric.
//
// # Metrics
//
// db.client.operation.duration is a histogram of attempts in seconds. With
// Options.Metrics, what health.Metrics counts is told too, when the reader collects:
//
//	edgeredis.requests.in_flight    up-down counter
//	edgeredis.requests.retries      counter
//	edgeredis.requests.maybe_applied counter
//	edgeredis.commands.billed       counter by edgeredis.label
//	edgeredis.commands.billed.month gauge, this calendar month (UTC)
//	edgeredis.cache.lookups         counter by edgeredis.cache.name, edgeredis.cache.outcome (hit, miss)
//	edgeredis.limiter.decisions     counter by edgeredis.limiter.policy, edgeredis.limiter.decision (allowed, refused)
//	edgeredis.lock.events           counter by edgeredis.lock.class, edgeredis.lock.event (acquired, contended, lost)
//
// # What it does not do
//
// It does not look at the database by itself, and a command that is refused before
// anything is sent (by health.Budget, or for a bad argument) has no attempt: only
// the span of Wrap shows it.
//
// Source of the names: OpenTelemetry semantic conventions 1.43, database client
// spans and metrics, and their page on Redis. They call for the duration of a call;
// here it is that of an attempt, because the client's hook sees attempts.
package otelredis
