package health

import (
	"sync"
	"time"
)

// An allowance bounds the commands that a Checker sends by itself. A tenth of the
// day's commands, and at least one Deep check, may be sent at once; they come back evenly over the day. So in
// any 24 hours at most perDay are sent, and in any month at most 31 times that.
type allowance struct {
	perDay int

	mu    sync.Mutex // guards what follows
	left  float64
	asOf  time.Time
	spent int64
}

func newAllowance(perDay int, now time.Time) *allowance {
	a := &allowance{perDay: perDay, asOf: now}
	a.left = a.most()
	return a
}

// most is what may be sent at once.
func (a *allowance) most() float64 { return max(float64(a.perDay)/10, DeepCost) }

// take sets n commands aside.
func (a *allowance) take(n int) bool {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	most := a.most()
	perSecond := (float64(a.perDay) - most) / (24 * 60 * 60)
	if lived := now.Sub(a.asOf); lived > 0 {
		a.left, a.asOf = min(most, a.left+lived.Seconds()*perSecond), now
	}
	if a.left < float64(n) {
		return false
	}
	a.left -= float64(n)
	a.spent += int64(n)
	return true
}

// giveBack returns commands that were certainly not sent.
func (a *allowance) giveBack(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left += float64(n)
	a.spent -= int64(n)
}

// Allowance says what a Checker may send by itself and what it has sent.
type Allowance struct {
	// PerDay bounds any 24 hours, PerMonth any 31 days.
	PerDay   int64 `json:"per_day_commands"`
	PerMonth int64 `json:"per_month_commands"`
	// Sent counts since the Checker was made.
	Sent int64 `json:"sent_commands"`
}

func (a *allowance) state() Allowance {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Allowance{PerDay: int64(a.perDay), PerMonth: 31 * int64(a.perDay), Sent: a.spent}
}
