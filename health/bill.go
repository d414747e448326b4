package health

import (
	"maps"
	"time"
)

// A bill counts billed commands by label and by calendar day and month (UTC). The
// caller locks.
type bill struct {
	since          time.Time
	total          int64
	month, day     int64
	monthOf, dayOf int // numbers that differ from month to month, from day to day
	labels         map[string]int64
	hours          [24]int64 // by hour since the epoch, modulo 24
	hour           int64     // the latest hour in hours
}

func (b *bill) init(now time.Time, monthSoFar int64) {
	*b = bill{since: now, labels: map[string]int64{}}
	b.turn(now)
	b.month = max(monthSoFar, 0)
}

// turn starts a new hour, day or month when there is one. A clock that is set
// back starts nothing.
func (b *bill) turn(now time.Time) {
	hour := now.Unix() / 3600
	if hour <= b.hour {
		return
	}
	for h := max(b.hour+1, hour-23); h <= hour; h++ {
		b.hours[h%24] = 0
	}
	b.hour = hour
	y, m, d := now.UTC().Date()
	if month := y*12 + int(m); month != b.monthOf {
		b.monthOf, b.month = month, 0
	}
	if day := (y*12+int(m))*32 + d; day != b.dayOf {
		b.dayOf, b.day = day, 0
	}
}

func (b *bill) add(now time.Time, label string, n int64) {
	b.turn(now)
	b.total += n
	b.month += n
	b.day += n
	b.hours[b.hour%24] += n
	if label == "" {
		label = noLabel
	}
	if _, known := b.labels[label]; !known && len(b.labels) >= maxLabels {
		label = otherLabel
	}
	b.labels[label] += n
}

// Billed is what the database bills for the commands of this process, as far as
// the client can know: see [upstash.Attempt.Billed]. What other processes, the
// console and scripts without [upstash.Command.WithBilled] cost is not in it.
type Billed struct {
	// Total counts since the start; Month and Day count in the calendar month and
	// day (UTC), Month from MetricsOptions.BilledThisMonth on.
	Total int64 `json:"total_commands"`
	Month int64 `json:"this_month_commands"`
	Day   int64 `json:"today_commands"`
	// ProjectedMonth is Month plus what the rest of the month brings at the pace
	// of the last 24 hours, or since the start when that is shorter. nil in the
	// first minute, when there is no pace yet.
	ProjectedMonth *int64 `json:"projected_month_commands,omitempty"`
	// ByLabel are the parts of Total, see [WithLabel].
	ByLabel map[string]int64 `json:"by_label_commands"`
	// Regions is the number of regions that a write is billed in.
	Regions int `json:"regions"`
}

// Billed returns the counts of billed commands.
func (m *Metrics) Billed() Billed {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	b := &m.bill
	b.turn(now)
	return Billed{
		Total: b.total, Month: b.month, Day: b.day, ByLabel: maps.Clone(b.labels),
		ProjectedMonth: b.projection(now), Regions: 1 + m.o.ReadRegions,
	}
}

// projection extends the recent pace to the end of the month.
func (b *bill) projection(now time.Time) *int64 {
	// The ring holds 23 whole hours and the one under way.
	ringStart := time.Unix((b.hour-23)*3600, 0)
	from := b.since
	if ringStart.After(from) {
		from = ringStart
	}
	lived := now.Sub(from)
	if lived < time.Minute {
		return nil
	}
	recent := int64(0)
	for _, n := range b.hours {
		recent += n
	}
	y, mo, _ := now.UTC().Date()
	rest := time.Date(y, mo+1, 1, 0, 0, 0, 0, time.UTC).Sub(now)
	p := b.month + int64(float64(recent)/lived.Seconds()*rest.Seconds())
	return &p
}

// spent returns what was billed in the month and day under way, and which they
// are.
func (m *Metrics) spent() (month, day int64, monthOf, dayOf int) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bill.turn(now)
	return m.bill.month, m.bill.day, m.bill.monthOf, m.bill.dayOf
}
