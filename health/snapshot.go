package health

import (
	"context"
	"errors"
	"time"
)

// A Snapshot is everything that is known at one moment. Its JSON form is stable:
// fields are added, never changed. What is not known is absent.
type Snapshot struct {
	Time          time.Time       `json:"time"`
	UptimeSeconds float64         `json:"uptime_seconds"`
	Health        ReportJSON      `json:"health"`
	Traffic       *Traffic        `json:"traffic,omitempty"`
	Billed        *Billed         `json:"billed,omitempty"`
	Caches        []CacheCounts   `json:"caches,omitempty"`
	Limiters      []LimiterCounts `json:"limiters,omitempty"`
	Locks         []LockCounts    `json:"locks,omitempty"`
	Server        *ServerJSON     `json:"server,omitempty"`
	// ServerError is the kind of failure when INFO could not be had.
	ServerError string `json:"server_error,omitempty"`

	Alerts     []Alert    `json:"alerts"`
	Thresholds Thresholds `json:"thresholds"`
	Probes     Allowance  `json:"probes"`
}

// ServerJSON is ServerInfo with what follows from it.
type ServerJSON struct {
	ServerInfo
	AsOf        time.Time `json:"as_of"`
	MemoryRatio *float64  `json:"memory_ratio,omitempty"`
	HitRatio    *float64  `json:"keyspace_hit_ratio,omitempty"`
}

// ReportJSON is the JSON form of a Report.
type ReportJSON struct {
	Status      Status     `json:"status"`
	Ready       bool       `json:"ready"`
	Source      Source     `json:"source"`
	Checked     time.Time  `json:"checked"`
	LatencyMS   *float64   `json:"latency_ms,omitempty"`
	ClockSkewMS *float64   `json:"clock_skew_ms,omitempty"`
	Reasons     []Reason   `json:"reasons"`
	Steps       []StepJSON `json:"steps,omitempty"`
}

// StepJSON is the JSON form of a Step.
type StepJSON struct {
	Name   string  `json:"name"`
	OK     bool    `json:"ok"`
	TookMS float64 `json:"took_ms"`
}

// JSON returns the form of r for encoders.
func (r Report) JSON() ReportJSON {
	h := ReportJSON{Status: r.Status, Ready: r.Ready(), Source: r.Source, Checked: r.Checked.UTC(), Reasons: r.Reasons}
	if h.Reasons == nil {
		h.Reasons = []Reason{}
	}
	if r.Latency > 0 {
		h.LatencyMS = new(milliseconds(r.Latency))
	}
	if r.ClockSkew != nil {
		h.ClockSkewMS = new(milliseconds(*r.ClockSkew))
	}
	for _, s := range r.Steps {
		h.Steps = append(h.Steps, StepJSON{s.Name, s.OK, milliseconds(s.Took)})
	}
	return h
}

// Traffic is what went over the wire. Rates, percentiles and errors are of the
// sliding window, rates of at least a second of it; what is called total counts
// since the start.
type Traffic struct {
	// WindowSeconds is how much of the window has been lived through.
	WindowSeconds       float64 `json:"window_seconds"`
	OperationsPerSecond float64 `json:"operations_per_second"`
	RequestsPerSecond   float64 `json:"requests_per_second"`
	WindowRequests      int64   `json:"window_requests"`
	InFlight            int64   `json:"in_flight_requests"`
	// Recent are the parts of the window, oldest first, the one under way last.
	Recent            []Piece          `json:"recent"`
	LatencyP50MS      *float64         `json:"latency_p50_ms,omitempty"`
	LatencyP95MS      *float64         `json:"latency_p95_ms,omitempty"`
	LatencyP99MS      *float64         `json:"latency_p99_ms,omitempty"`
	LatencyMaxMS      *float64         `json:"latency_max_ms,omitempty"`
	ErrorRate         *float64         `json:"error_ratio,omitempty"`
	Errors            map[string]int64 `json:"window_errors_by_kind"`
	TotalRequests     int64            `json:"total_requests"`
	TotalOperations   int64            `json:"total_operations"`
	TotalRetries      int64            `json:"total_retries"`
	TotalMaybeApplied int64            `json:"total_maybe_applied_requests"`
	TotalErrors       map[string]int64 `json:"total_errors_by_kind"`
	// TotalRefused counts commands that were refused within batches that were
	// answered. Each such batch counts once among the errors, as its gravest kind.
	TotalRefused         map[string]int64 `json:"total_refused_in_batches_by_kind,omitempty"`
	TotalBytesSent       int64            `json:"total_sent_bytes"`
	TotalBytesReceived   int64            `json:"total_received_bytes"`
	TotalLatencySeconds  float64          `json:"total_latency_seconds"`
	TotalLatencyRequests int64            `json:"total_latency_requests"`
}

// sum is the window that ends now.
func (m *Metrics) sum(now time.Time) windowSum {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.window.sum(now)
}

// Traffic returns the figures about traffic.
func (m *Metrics) Traffic() Traffic {
	now := time.Now()
	m.mu.Lock()
	s, t, recent := m.window.sum(now), m.total, m.window.pieces(now)
	m.mu.Unlock()
	out := Traffic{
		WindowSeconds: s.covered.Seconds(), Recent: recent, WindowRequests: s.attempts, InFlight: m.inFlight.Load(),
		Errors: map[string]int64{}, TotalErrors: map[string]int64{},
		TotalRequests: t.attempts, TotalOperations: t.commands, TotalRetries: t.retries, TotalMaybeApplied: t.maybeApplied,
		TotalBytesSent: t.bytesOut, TotalBytesReceived: t.bytesIn,
		TotalLatencySeconds: t.latency.Seconds(), TotalLatencyRequests: t.timed,
	}
	// The first moments of a process are not a pace.
	seconds := max(s.covered, min(time.Second, m.o.Window)).Seconds()
	out.OperationsPerSecond = float64(s.commands) / seconds
	out.RequestsPerSecond = float64(s.attempts) / seconds
	for _, q := range []struct {
		to **float64
		p  float64
	}{{&out.LatencyP50MS, 50}, {&out.LatencyP95MS, 95}, {&out.LatencyP99MS, 99}, {&out.LatencyMaxMS, 100}} {
		if v, ok := s.quantile(q.p); ok {
			*q.to = new(milliseconds(v))
		}
	}
	if rate, ok := s.errorRate(); ok {
		out.ErrorRate = &rate
	}
	for k := OK + 1; k < kinds; k++ {
		if s.kinds[k] > 0 {
			out.Errors[k.String()] = s.kinds[k]
		}
		if t.kinds[k] > 0 {
			out.TotalErrors[k.String()] = t.kinds[k]
		}
		if t.refused[k] > 0 {
			if out.TotalRefused == nil {
				out.TotalRefused = map[string]int64{}
			}
			out.TotalRefused[k.String()] = t.refused[k]
		}
	}
	return out
}

// Snapshot looks at everything, the alerts included. It sends at most a PING and
// an INFO, when they are due and within the allowance.
func (c *Checker) Snapshot(ctx context.Context) Snapshot {
	ready := c.Ready(ctx)
	s := Snapshot{Health: ready.JSON()}
	info, asOf, err := c.Server(ctx)
	if err == nil {
		s.Server = &ServerJSON{ServerInfo: info, AsOf: asOf.UTC()}
		if v, ok := info.MemoryRatio(); ok {
			s.Server.MemoryRatio = &v
		}
		if v, ok := info.HitRatio(); ok {
			s.Server.HitRatio = &v
		}
	} else if s.ServerError = KindOf(err).String(); errors.Is(err, ErrAllowance) {
		s.ServerError = "probe_allowance_used"
	}
	c.evaluate(ready)
	s.Time = time.Now().UTC()
	s.UptimeSeconds = time.Since(c.started).Seconds()
	if m := c.o.Metrics; m != nil {
		s.Traffic = new(m.Traffic())
		s.Billed = new(m.Billed())
		s.Caches, s.Limiters, s.Locks = m.Caches(), m.Limiters(), m.Locks()
	}
	s.Alerts = c.Alerts()
	s.Thresholds = c.o.Alerts.thresholds()
	s.Probes = c.Allowance()
	return s
}
