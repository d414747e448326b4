package health

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// MetricsOptions tunes Metrics; its zero value is ready.
type MetricsOptions struct {
	// Window is the length of the sliding window for rates and percentiles. 0
	// means 1 min; at least 120 ms.
	Window time.Duration
	// ReadRegions is the number of read regions of a replicated (global)
	// database: there a write is billed 1 + ReadRegions times. 0 means one
	// region. Source: the vendor's billing page.
	ReadRegions int
	// BilledThisMonth is what the database has billed in this calendar month
	// (UTC) before this process counts, as the console shows it. It is added to
	// the month's count, so that a Budget is kept across restarts.
	BilledThisMonth int64
}

// Metrics counts what a client does. It is an [upstash.Hook]: set it as
// Config.Hook, of one client or of all clients of one database. It is safe for
// concurrent use, starts no goroutine, sends nothing, and costs no allocation
// per attempt.
type Metrics struct {
	o        MetricsOptions
	inFlight atomic.Int64

	mu      sync.Mutex // guards everything below
	window  *window
	total   totals
	bill    bill
	seen    evidence
	writers map[string]bool // commands by name, true when billed in every region

	reg registry
}

// totals count since the start of the process.
type totals struct {
	attempts, commands, retries, maybeApplied int64
	bytesOut, bytesIn                         int64
	latency                                   time.Duration // summed over timed attempts
	timed                                     int64
	kinds                                     [kinds]int64 // attempts
	refused                                   [kinds]int64 // commands of batches that were answered
}

// evidence is what the application's own traffic says about the database.
type evidence struct {
	last      time.Time // the end of the latest attempt that says anything
	lastKind  Kind      // of that attempt
	streak    int       // failures of kind down since the last success
	average   time.Duration
	partlyAt  time.Time // the latest failure of kind partly
	partly    Kind
	answering bool // there was an attempt that was answered
}

// NewMetrics returns a Metrics that counts from now.
func NewMetrics(o MetricsOptions) *Metrics {
	if o.Window <= 0 {
		o.Window = time.Minute
	}
	o.Window = max(o.Window, slots*10*time.Millisecond)
	o.ReadRegions = max(o.ReadRegions, 0)
	now := time.Now()
	m := &Metrics{o: o, window: newWindow(now, o.Window), writers: map[string]bool{}}
	m.bill.init(now, o.BilledThisMonth)
	return m
}

// labelKey is the context key of WithLabel.
type labelKey struct{}

// WithLabel returns a ctx whose commands are billed under label in the metrics:
// the name of a feature or of a package, never of a user. The first 64 labels of
// a process are kept apart; more are counted as "other". Without a label commands
// are counted as "unlabelled".
func WithLabel(ctx context.Context, label string) context.Context {
	return context.WithValue(ctx, labelKey{}, label)
}

// LabelOf returns the label of ctx, "" when there is none.
func LabelOf(ctx context.Context) string {
	label, _ := ctx.Value(labelKey{}).(string)
	return label
}

const (
	noLabel    = "unlabelled"
	ownLabel   = "health"
	otherLabel = "other"
	maxLabels  = 64
)

// Before implements [upstash.Hook].
func (m *Metrics) Before(ctx context.Context, _ *upstash.Attempt) context.Context {
	m.inFlight.Add(1)
	return ctx
}

// After implements [upstash.Hook].
func (m *Metrics) After(ctx context.Context, a *upstash.Attempt) {
	m.inFlight.Add(-1)
	label := LabelOf(ctx)
	var refused [kinds]int64
	kind := kindOfAttempt(a, &refused)
	now := time.Now()

	m.mu.Lock()
	defer m.mu.Unlock()
	m.countLocked(a, kind, now)
	if a.Errors > 0 {
		for k, n := range refused {
			m.total.refused[k] += n
		}
	}
	if n := m.billedLocked(a); n > 0 {
		m.bill.add(now, label, n)
	}
	if label != ownLabel {
		m.seen.note(now, kind, a.Duration)
	}
}

// KindOfAttempt sorts an attempt that has ended, for hooks: by its error, and a
// batch that was answered by the gravest refusal in it.
func KindOfAttempt(a *upstash.Attempt) Kind {
	var refused [kinds]int64
	return kindOfAttempt(a, &refused)
}

func kindOfAttempt(a *upstash.Attempt, refused *[kinds]int64) Kind {
	switch {
	case a.Err != nil:
		return kindOf(a.Err, a.Status)
	case a.Errors > 0:
		return refusals(a, refused)
	}
	return OK
}

// refusals counts the refused commands of a batch by kind, and returns the
// gravest, as which the attempt counts.
func refusals(a *upstash.Attempt, count *[kinds]int64) Kind {
	gravest := OK
	for i := range a.Len() {
		err := a.Refusal(i)
		if err == nil {
			continue
		}
		k := kindOf(err, 0)
		count[k]++
		if k.grave() > gravest.grave() {
			gravest = k
		}
	}
	return gravest
}

func (m *Metrics) countLocked(a *upstash.Attempt, kind Kind, now time.Time) {
	s, t, n := m.window.at(now), &m.total, int64(a.Len())
	s.attempts++
	s.commands += n
	s.kinds[kind]++
	t.attempts++
	t.commands += n
	t.kinds[kind]++
	t.bytesOut += int64(a.BytesOut)
	t.bytesIn += int64(a.BytesIn)
	if a.Number > 1 {
		t.retries++
	}
	if a.Outcome == upstash.MaybeApplied {
		t.maybeApplied++
	}
	if kind != NotSent && kind != Canceled {
		t.timed++
		t.latency += a.Duration
		µs := min(max(a.Duration.Microseconds(), shortest), longest)
		_ = s.latency.RecordValue(µs) // it is within the bounds
	}
}

// billedLocked is what the database bills for an attempt, writes in every
// region. A script counts as a write, which is an upper bound.
func (m *Metrics) billedLocked(a *upstash.Attempt) int64 {
	n := int64(a.Billed())
	if m.o.ReadRegions == 0 || n == 0 {
		return n
	}
	writes := int64(0)
	for i := range a.Len() {
		if m.writesLocked(a.Name(i)) {
			writes++
		}
	}
	if len := int64(a.Len()); writes == len {
		writes = n // what scripts run inside counts as writes too
	}
	return n + writes*int64(m.o.ReadRegions)
}

// writesLocked remembers the class of each command, up to a bound.
func (m *Metrics) writesLocked(name string) bool {
	w, known := m.writers[name]
	if !known {
		w = upstash.ClassOf([]string{name}) != upstash.ReadOnly
		if len(m.writers) < 1000 {
			m.writers[name] = w
		}
	}
	return w
}

// note takes an attempt of the application as evidence. A refusal shows that the
// database answers.
func (e *evidence) note(now time.Time, kind Kind, took time.Duration) {
	if kind == Canceled {
		return
	}
	e.last, e.lastKind = now, kind
	if kind.partly() {
		e.partly, e.partlyAt = kind, now
	}
	if kind.down() {
		e.streak++
		return
	}
	e.streak = 0
	if !e.answering {
		e.answering, e.average = true, took
		return
	}
	e.average += (took - e.average) / 4
}

// evidence returns what is known from traffic.
func (m *Metrics) evidence() evidence {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

var _ upstash.Hook = (*Metrics)(nil)
