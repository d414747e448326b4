package health

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"
)

// AlertOptions are the thresholds; the zero value is good. A negative threshold
// turns its alert off.
type AlertOptions struct {
	// Memory is the part of memory or data that may be in use. 0 means 0.85.
	Memory float64
	// HitRate is the least part of lookups that must be found, of the server's
	// keyspace since it counts, and of each registered cache since the last look.
	// 0 means 0.70.
	HitRate float64
	// ErrorRate is the part of attempts in the window that may fail. 0 means 0.01.
	ErrorRate float64
	// P99 is the latency that 99 of 100 attempts in the window must keep. 0 means
	// 100 ms.
	P99 time.Duration
	// MinAttempts and MinLookups are how much must have happened before a rate
	// means something. 0 means 20 and 100.
	MinAttempts, MinLookups int64
	// OnChange is called when an alert begins or ends, on the goroutine of
	// Checker.Run or of whoever takes a Snapshot.
	OnChange func(Alert)
}

// backBy is the hysteresis: an alert ends when its value is back on the good side
// of the threshold by this part of it (for a rate that must be high, of what is
// between the threshold and 1).
const backBy = 0.1

func (o AlertOptions) withDefaults() AlertOptions {
	o.Memory = cmp.Or(o.Memory, 0.85)
	o.HitRate = cmp.Or(o.HitRate, 0.70)
	o.ErrorRate = cmp.Or(o.ErrorRate, 0.01)
	o.P99 = cmp.Or(o.P99, 100*time.Millisecond)
	o.MinAttempts = cmp.Or(o.MinAttempts, 20)
	o.MinLookups = cmp.Or(o.MinLookups, 100)
	return o
}

func (o AlertOptions) validate() error {
	if !(o.Memory <= 1 && o.HitRate < 1 && o.ErrorRate <= 1) { // also refuses NaN
		return errors.New("health: a threshold of AlertOptions is more than 1")
	}
	return nil
}

// Thresholds are the thresholds in force; those that are turned off are absent.
type Thresholds struct {
	Memory    *float64 `json:"memory_ratio,omitempty"`
	HitRate   *float64 `json:"hit_rate_ratio,omitempty"`
	ErrorRate *float64 `json:"error_ratio,omitempty"`
	P99MS     *float64 `json:"p99_latency_ms,omitempty"`
}

func (o AlertOptions) thresholds() Thresholds {
	some := func(v float64) *float64 {
		if v < 0 {
			return nil
		}
		return &v
	}
	return Thresholds{some(o.Memory), some(o.HitRate), some(o.ErrorRate), some(o.p99MS())}
}

// p99MS keeps the sign of -1, which turns the alert off.
func (o AlertOptions) p99MS() float64 { return float64(o.P99) / float64(time.Millisecond) }

// An Alert is a threshold that was crossed, or is no longer.
type Alert struct {
	// Name is "status", "memory", "hit_rate", "error_rate" or "p99_latency".
	Name string `json:"name"`
	// Of names the cache of a hit rate; "server" is the server's keyspace.
	Of string `json:"of,omitempty"`
	// Firing is false only in the call of OnChange that ends the alert.
	Firing bool `json:"firing"`
	// Value is what was measured last, in Unit; so is Threshold. For "status"
	// they are numbers of Status.
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	// Unit is "ratio", "ms" or "status".
	Unit string `json:"unit"`
	// Since is when it began.
	Since time.Time `json:"since"`
	// Message says it in words.
	Message string `json:"message"`
}

// A reading is a value that is compared with a threshold.
type reading struct {
	name, of, unit   string
	value, threshold float64
	low              bool // too low is bad
	few              bool // too little happened to begin an alert
	message          string
}

// beyond reports whether the value is bad, and well reports whether it is good
// enough for the alert to end.
func (r *reading) beyond() bool {
	if r.low {
		return r.value < r.threshold
	}
	return r.value > r.threshold
}

func (r *reading) well() bool {
	switch {
	case r.unit == "status":
		return r.value <= r.threshold
	case r.low:
		return r.value >= r.threshold+backBy*(1-r.threshold)
	}
	return r.value <= r.threshold*(1-backBy)
}

// alerts keeps which alerts are firing.
type alerts struct {
	o AlertOptions

	looking sync.Mutex // held while the caches are read, or an older look would follow a newer one
	mu      sync.Mutex // guards what follows, not callbacks
	firing  map[[2]string]*Alert
	lookups map[string]CacheCounts // of each cache at the last look that counted
}

func (a *alerts) init(o AlertOptions) {
	a.o, a.firing, a.lookups = o, map[[2]string]*Alert{}, map[string]CacheCounts{}
}

// Alerts returns the alerts that are firing, as of the last look (see
// [Checker.Run]), ordered by name.
func (c *Checker) Alerts() []Alert {
	c.alerts.mu.Lock()
	defer c.alerts.mu.Unlock()
	out := make([]Alert, 0, len(c.alerts.firing))
	for _, a := range c.alerts.firing {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Alert) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Of, b.Of)) })
	return out
}

// look compares readings with their thresholds. silent names alerts that end
// because there is nothing left to measure.
func (a *alerts) look(now time.Time, readings []reading, silent []string) {
	var changed []Alert
	a.mu.Lock()
	for i := range readings {
		if c, ok := a.readLocked(now, &readings[i]); ok {
			changed = append(changed, c)
		}
	}
	for _, name := range silent {
		if f := a.firing[[2]string{name}]; f != nil {
			delete(a.firing, [2]string{name})
			f.Firing = false
			changed = append(changed, *f)
		}
	}
	a.mu.Unlock()
	if a.o.OnChange != nil {
		for _, c := range changed {
			a.o.OnChange(c)
		}
	}
}

func (a *alerts) readLocked(now time.Time, r *reading) (change Alert, changed bool) {
	key := [2]string{r.name, r.of}
	f := a.firing[key]
	switch {
	case f == nil && r.threshold >= 0 && !r.few && r.beyond():
		f = &Alert{Name: r.name, Of: r.of, Unit: r.unit, Firing: true, Since: now}
		a.firing[key] = f
		changed = true
	case f == nil:
		return Alert{}, false
	case r.well():
		delete(a.firing, key)
		f.Firing = false
		changed = true
	}
	f.Value, f.Threshold, f.Message = r.value, r.threshold, r.message
	return *f, changed
}

// evaluate looks at everything that is known, without I/O.
func (c *Checker) evaluate(ready Report) {
	o, now := &c.alerts.o, time.Now()
	var rs []reading
	var silent []string
	if ready.Status != Unknown {
		message := "the database is " + ready.Status.String()
		if len(ready.Reasons) > 0 {
			message += ": " + ready.Reasons[0].Message
		}
		rs = append(rs, reading{name: "status", unit: "status", value: float64(ready.Status), threshold: float64(Healthy), message: message})
	}
	if last := c.infos.latest(); last != nil && last.err == nil {
		if v, ok := last.info.MemoryRatio(); ok {
			rs = append(rs, reading{name: "memory", unit: "ratio", value: v, threshold: o.Memory, message: percent(v) + " of the memory is in use"})
		}
		if v, ok := last.info.HitRatio(); ok && *last.info.KeyspaceHits+*last.info.KeyspaceMisses >= o.MinLookups {
			rs = append(rs, hitRate("server", v, o.HitRate))
		}
	}
	if m := c.o.Metrics; m != nil {
		sum := m.sum(now)
		if sum.attempts == 0 {
			silent = []string{"error_rate", "p99_latency"}
		} else if sum.latency.TotalCount() == 0 {
			silent = []string{"p99_latency"}
		}
		if v, ok := sum.errorRate(); ok {
			rs = append(rs, reading{name: "error_rate", unit: "ratio", few: sum.attempts < o.MinAttempts, value: v, threshold: o.ErrorRate, message: percent(v) + " of the attempts fail"})
		}
		if v, ok := sum.quantile(99); ok {
			ms := milliseconds(v)
			rs = append(rs, reading{
				few:  sum.latency.TotalCount() < o.MinAttempts,
				name: "p99_latency", unit: "ms", value: ms, threshold: o.p99MS(),
				message: "one attempt in a hundred takes " + strconv.FormatFloat(ms, 'f', 1, 64) + " ms or more",
			})
		}
		rs = append(rs, c.cacheReadings(m)...)
	}
	c.alerts.look(now, rs, silent)
}

func hitRate(of string, v, threshold float64) reading {
	return reading{
		name: "hit_rate", of: of, unit: "ratio", value: v, threshold: threshold, low: true,
		message: "only " + percent(v) + " of the lookups are found",
	}
}

// cacheReadings are the hit rates of caches that were asked often enough since
// the last look that counted.
func (c *Checker) cacheReadings(m *Metrics) []reading {
	var rs []reading
	if !c.alerts.looking.TryLock() {
		return nil // somebody else does
	}
	defer c.alerts.looking.Unlock()
	for _, now := range m.Caches() {
		c.alerts.mu.Lock()
		before := c.alerts.lookups[now.Name]
		lookups, hits := now.Lookups-before.Lookups, now.Hits-before.Hits
		if lookups < 0 || hits < 0 { // the cache's counters were reset
			lookups, hits = now.Lookups, now.Hits
		}
		enough := lookups >= c.alerts.o.MinLookups
		if enough || now.Lookups < before.Lookups {
			c.alerts.lookups[now.Name] = now
		}
		c.alerts.mu.Unlock()
		if enough {
			rs = append(rs, hitRate(now.Name, float64(hits)/float64(lookups), c.alerts.o.HitRate))
		}
	}
	return rs
}

func percent(ratio float64) string { return strconv.FormatFloat(100*ratio, 'f', 1, 64) + " %" }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
