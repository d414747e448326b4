// Package health tells whether the database can be used, and what using it looks
// like and costs.
//
//	metrics := health.NewMetrics(health.MetricsOptions{})
//	client, err := upstash.NewFromEnv(upstash.Config{Hook: metrics})
//	…
//	checker, err := health.New(client, health.Options{Metrics: metrics})
//	…
//	report := checker.Ready(ctx) // free while there is traffic
//
// # Checks
//
// [Checker.Live] does no I/O. [Checker.Ready] is judged from the application's own
// traffic while there is some: three failed attempts in a row, or one answer that
// says "wrong token" or "quota exhausted", also inside a batch, make it Unhealthy,
// one success makes it well again. Refused writes make it Degraded until there were
// none for a second. Only an idle process sends a PING, whose outcome holds for
// 2 minutes (1 second while the database is away). [Checker.Deep] writes, reads back
// and deletes a canary and compares the clocks.
//
// A naive probe every 10 seconds costs 259,200 billed commands in 30 days. A
// Checker sends at most 1,000 in any 24 hours (31,000 in a month of 31 days), and
// in an idle process at its default pace 864: 720 PINGs and 144 INFOs. The bound
// is per Checker: each process of a service has its own.
//
// A Report says why: its reasons have the codes unreachable, timeout,
// connection_lost, not_redis, server_failing, wrong_token, quota_exhausted
// (Unhealthy); read_only_token, writes_rejected, database_full, throttled,
// check_refused, slow_link, clock_skew, stale_read, probe_allowance_used
// (Degraded).
//
// # Metrics
//
// [Metrics] is a hook of the client: operations per second, percentiles of latency
// over a sliding window (within 1 %), errors by kind, retries, attempts that may
// have been applied, bytes, requests in flight, and billed commands by label with
// a projection for the month. Caches, limiters and locks are added in a line each:
//
//	metrics.RegisterCache(users)
//	metrics.RegisterLimiter(api)
//	metrics.RegisterLocks(locker)
//
// The server's own figures come from INFO; what it does not report is absent.
// [Budget] warns, and refuses commands before they are sent.
//
// Alerts fire at the thresholds of [AlertOptions]: memory above 85 %, hit rate
// below 70 %, error rate above 1 %, P99 above 100 ms, and whenever the status is
// not Healthy. They end with hysteresis. Rates and P99 are of the window, a minute by
// default: they fire when their share of it is bad, and need as long as the window to
// forget; a shorter MetricsOptions.Window is quicker at both. The status does not
// wait for the window.
//
// # Endpoints
//
// [Endpoints] serve GET /api/health/redis and GET /api/admin/redis/metrics, for
// net/http and for fasthttp: JSON with units in the names, the Prometheus text
// format, and for browsers a live page that loads nothing from elsewhere. Nobody may
// see the metrics until there is an [Authorizer]; [BearerToken] makes one, whose
// token is also the password that a browser asks for.
//
// Package health/otelredis, a module of its own, tells OpenTelemetry.
//
// # What it does not do
//
// It counts this process only, and forgets when it ends. A batch counts once among
// the errors, as the gravest refusal in it. A fault that begins while there is no
// traffic is seen when the last probe has aged, after 2 minutes by default.
// Percentiles are of attempts, not of calls with all their retries.
package health
