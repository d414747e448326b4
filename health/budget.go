package health

import (
	"context"
	"errors"
	"sync"

	"github.com/yesgoddess/edgeredis/upstash"
)

// ErrBudget is matched by every [BudgetError].
var ErrBudget = errors.New("health: the budget of billed commands is used up")

// A BudgetError is a command that was refused before anything was sent, because
// the budget is used up. errors.Is matches [ErrBudget] and [upstash.ErrNotSent].
type BudgetError struct {
	// Period is "month" or "day".
	Period string
}

// Error names the period.
func (e *BudgetError) Error() string {
	return "health: the budget of billed commands for this " + e.Period + " is used up; nothing was sent"
}

// Is matches ErrBudget and upstash.ErrNotSent.
func (e *BudgetError) Is(target error) bool {
	return target == ErrBudget || target == upstash.ErrNotSent
}

// BudgetOptions are bounds on billed commands, by calendar month and day (UTC).
// 0 means no bound.
type BudgetOptions struct {
	// SoftMonth and SoftDay warn: OnSoft is called once in each period.
	SoftMonth, SoftDay int64
	// HardMonth and HardDay refuse what would go beyond them.
	HardMonth, HardDay int64
	// OnSoft is told which period ("month" or "day") has passed its soft bound,
	// and what was billed in it. It runs on the caller's goroutine before the
	// command is sent and must be fast.
	OnSoft func(period string, billed int64)
}

// A Budget guards a client: it is an [upstash.Doer] and [upstash.Batcher] that
// refuses commands before they are sent when they would go beyond a hard bound.
// Give it, in place of the client, to what shall be bounded: caches, limiters,
// pipelines. What must work in any case keeps the client itself.
//
// It stands here and not at the transport because here the commands are known:
// what is sent is counted by the hook, retries included, and what is under way is
// reserved, so that concurrent calls cannot pass together. Only retries, and
// scripts that cost more than they declare, can go beyond a hard bound: by
// what is under way at that moment. It is safe for concurrent use.
type Budget struct {
	m    *Metrics
	next Client
	o    BudgetOptions

	mu       sync.Mutex // guards what follows
	reserved int64      // commands under way that the metrics do not have yet
	warned   [2]int     // the periods that OnSoft was called for: month, day
}

// A Client is what a Budget guards: *upstash.Client, *pipeline.Auto, or a fake.
type Client interface {
	upstash.Doer
	upstash.Batcher
}

// NewBudget returns a guard in front of next, whose commands m must count: m is
// the Config.Hook of the client.
func NewBudget(m *Metrics, next Client, o BudgetOptions) (*Budget, error) {
	if m == nil || next == nil {
		return nil, errors.New("health: a budget needs metrics and a client")
	}
	if min(o.SoftMonth, o.SoftDay, o.HardMonth, o.HardDay) < 0 {
		return nil, errors.New("health: a bound of the budget is negative")
	}
	return &Budget{m: m, next: next, o: o}, nil
}

// Do implements [upstash.Doer]. Errors: *[BudgetError], and those of the client.
func (b *Budget) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	n := b.cost(&cmd)
	if err := b.reserve(n); err != nil {
		return upstash.Reply{}, err
	}
	defer b.release(n)
	return b.next.Do(ctx, cmd)
}

// DoBatch implements [upstash.Batcher]. A batch is refused whole.
func (b *Budget) DoBatch(ctx context.Context, batch upstash.Batch) ([]upstash.Reply, error) {
	n := int64(0)
	for i := range batch.Commands {
		n += b.cost(&batch.Commands[i])
	}
	if err := b.reserve(n); err != nil {
		return nil, err
	}
	defer b.release(n)
	return b.next.DoBatch(ctx, batch)
}

func (b *Budget) cost(cmd *upstash.Command) int64 {
	n := int64(cmd.Billed())
	if cmd.Class() != upstash.ReadOnly {
		n *= 1 + int64(b.m.o.ReadRegions)
	}
	return n
}

// reserve sets n commands aside, or refuses them.
func (b *Budget) reserve(n int64) error {
	b.mu.Lock()
	month, day, monthOf, dayOf := b.m.spent() // under the lock: what is released later is in it already
	month, day = month+b.reserved, day+b.reserved
	switch {
	case b.o.HardMonth > 0 && month+n > b.o.HardMonth:
		b.mu.Unlock()
		return &BudgetError{Period: "month"}
	case b.o.HardDay > 0 && day+n > b.o.HardDay:
		b.mu.Unlock()
		return &BudgetError{Period: "day"}
	}
	b.reserved += n
	warnMonth := b.o.SoftMonth > 0 && month+n > b.o.SoftMonth && b.warned[0] != monthOf
	warnDay := b.o.SoftDay > 0 && day+n > b.o.SoftDay && b.warned[1] != dayOf
	if warnMonth {
		b.warned[0] = monthOf
	}
	if warnDay {
		b.warned[1] = dayOf
	}
	b.mu.Unlock()
	told := false
	defer func() {
		if !told { // OnSoft panics
			b.release(n)
		}
	}()
	if warnMonth && b.o.OnSoft != nil {
		b.o.OnSoft("month", month+n)
	}
	if warnDay && b.o.OnSoft != nil {
		b.o.OnSoft("day", day+n)
	}
	told = true
	return nil
}

func (b *Budget) release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserved -= n
}

var _ Client = (*Budget)(nil)
