package health

import (
	"errors"
	"time"
)

// Status is Healthy, Degraded or Unhealthy; the zero value, Unknown, means that
// nothing is known yet.
type Status uint8

// The statuses, from unknown to worst.
const (
	// Unknown: there was no traffic and no probe so far.
	Unknown Status = iota
	// Healthy: the database answers as it should.
	Healthy
	// Degraded: it answers, but something needs attention; a readiness check
	// still passes.
	Degraded
	// Unhealthy: the database cannot be used.
	Unhealthy
)

// String returns "unknown", "healthy", "degraded" or "unhealthy".
func (s Status) String() string {
	switch s {
	case Healthy:
		return "healthy"
	case Degraded:
		return "degraded"
	case Unhealthy:
		return "unhealthy"
	}
	return "unknown"
}

// MarshalText returns String.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(text []byte) error {
	for _, known := range []Status{Unknown, Healthy, Degraded, Unhealthy} {
		if string(text) == known.String() {
			*s = known
			return nil
		}
	}
	return errors.New("health: not a status")
}

// A Reason says why a Report is not Healthy, and what a person can do about it.
// It never contains a host name, a token, a key or a value.
type Reason struct {
	// Code is a stable word for programs: "quota_exhausted". The codes are
	// listed in the package documentation.
	Code string `json:"code"`
	// Status is what this reason alone would make of the report.
	Status Status `json:"status"`
	// Message says what is wrong, Advice what to do.
	Message string `json:"message"`
	Advice  string `json:"advice"`
}

// Source says what a Report is judged from.
type Source string

// The sources.
const (
	// FromNothing: no I/O was done and no traffic seen.
	FromNothing Source = "none"
	// FromTraffic: the application's own commands, as the Metrics hook saw them.
	FromTraffic Source = "traffic"
	// FromProbe: commands that the Checker sent.
	FromProbe Source = "probe"
)

// A Report is the outcome of a check. It is a value, and safe to show to
// anybody.
type Report struct {
	// Status is the worst of Reasons.
	Status Status
	// Source says what it is judged from.
	Source Source
	// Reasons is empty when Status is Healthy.
	Reasons []Reason
	// Latency is that of the probe, or the recent average of the traffic; 0 when
	// neither is known.
	Latency time.Duration
	// Checked is the time of the evidence. A report that is repeated from memory
	// keeps its time.
	Checked time.Time
	// Steps are the single commands of a Deep check.
	Steps []Step
	// ClockSkew is the server's clock minus the local one, nil when not measured.
	ClockSkew *time.Duration
}

// A Step is one command of a Deep check.
type Step struct {
	// Name is "time", "write", "read" or "delete".
	Name string
	// OK is set when the command did what it should.
	OK bool
	// Took is the time from sending to the answer, retries included.
	Took time.Duration
}

// Ready reports whether the database can be used: Healthy or Degraded, and
// Unknown too, because nothing speaks against it.
func (r Report) Ready() bool { return r.Status != Unhealthy }

// HTTPStatus is 200 when the report is Ready, else 503.
func (r Report) HTTPStatus() int {
	if r.Ready() {
		return 200
	}
	return 503
}

// Has reports whether one of the reasons has this code.
func (r Report) Has(code string) bool {
	for _, reason := range r.Reasons {
		if reason.Code == code {
			return true
		}
	}
	return false
}

// add appends a reason and worsens the status to it.
func (r *Report) add(reason Reason) {
	if r.Has(reason.Code) {
		return
	}
	r.Reasons = append(r.Reasons, reason)
	r.Status = max(r.Status, reason.Status)
}
