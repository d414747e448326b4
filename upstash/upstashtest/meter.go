package upstashtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A Meter is an [upstash.Hook] that counts what a client costs: set it as
// Config.Hook. Its zero value is ready, and it is safe for concurrent use.
type Meter struct {
	mu     sync.Mutex // guards what follows
	totals Totals
	names  map[string]int
}

// Totals are the sums of a [Meter].
type Totals struct {
	// Requests counts HTTP requests that were tried, Retries those of them that
	// were not the first of their call, and Failed those that ended without an
	// answer to the commands.
	Requests, Retries, Failed int
	// Commands counts the commands in all requests, and Refused those that the
	// server refused, singly or inside a batch.
	Commands, Refused int
	// Billed counts the commands that the database bills, see
	// [upstash.Attempt.Billed]. Requests that certainly did not reach it are free.
	Billed int
	// BytesOut and BytesIn are the lengths of the bodies.
	BytesOut, BytesIn int
}

// Before implements [upstash.Hook].
func (m *Meter) Before(ctx context.Context, _ *upstash.Attempt) context.Context { return ctx }

// After implements [upstash.Hook].
func (m *Meter) After(_ context.Context, a *upstash.Attempt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &m.totals
	t.Requests++
	if a.Number > 1 {
		t.Retries++
	}
	t.Commands += a.Len()
	t.Refused += a.Errors
	switch {
	case a.Outcome == upstash.Rejected && a.Len() == 1:
		t.Refused++
	case a.Err != nil:
		t.Failed++
	}
	if !errors.Is(a.Err, upstash.ErrNotSent) {
		t.Billed += a.Billed()
	}
	t.BytesOut += a.BytesOut
	t.BytesIn += a.BytesIn
	if m.names == nil {
		m.names = map[string]int{}
	}
	for i := range a.Len() {
		m.names[a.Name(i)]++
	}
}

// Totals returns the sums so far.
func (m *Meter) Totals() Totals {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.totals
}

// Count returns how often a command was sent, by its name in upper case.
func (m *Meter) Count(name string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.names[name]
}

// Reset sets all sums to zero.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.totals, m.names = Totals{}, nil
}

// AssertRequests fails t unless n requests were tried.
func (m *Meter) AssertRequests(t testing.TB, n int) {
	t.Helper()
	if got := m.Totals().Requests; got != n {
		t.Errorf("upstashtest: %d HTTP requests, want %d", got, n)
	}
}

// AssertCommands fails t unless n commands were sent.
func (m *Meter) AssertCommands(t testing.TB, n int) {
	t.Helper()
	if got := m.Totals().Commands; got != n {
		t.Errorf("upstashtest: %d commands, want %d", got, n)
	}
}

// AssertBilled fails t unless the database bills n commands.
func (m *Meter) AssertBilled(t testing.TB, n int) {
	t.Helper()
	if got := m.Totals().Billed; got != n {
		t.Errorf("upstashtest: %d billed commands, want %d", got, n)
	}
}
