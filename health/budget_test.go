package health_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

func newBudget(t *testing.T, m *health.Metrics, c *upstash.Client, o health.BudgetOptions) *health.Budget {
	t.Helper()
	b, err := health.NewBudget(m, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBudgetRefusesBeforeSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, m, _ := setUp(t, health.MetricsOptions{}, health.Options{})
		var soft []string
		b := newBudget(t, m, c, health.BudgetOptions{
			SoftDay: 5, HardDay: 10,
			OnSoft: func(period string, billed int64) { soft = append(soft, period) },
		})
		var last error
		for range 15 {
			_, last = upstash.Get("k").Do(t.Context(), b)
		}
		e, ok := errors.AsType[*health.BudgetError](last)
		if !ok || e.Period != "day" || !errors.Is(last, health.ErrBudget) || !errors.Is(last, upstash.ErrNotSent) {
			t.Errorf("got %v", last)
		}
		if n := w.count("GET"); n != 10 || len(soft) != 1 {
			t.Errorf("%d GETs were sent, %d warnings", n, len(soft))
		}
		if _, err := b.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{upstash.NewCommand("GET", "k")}}); !errors.Is(err, health.ErrBudget) {
			t.Errorf("a batch got %v", err)
		}
		time.Sleep(24 * time.Hour)
		if _, err := upstash.Get("k").Do(t.Context(), b); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

func TestBudgetHoldsForConcurrentCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, c, m, _ := setUp(t, health.MetricsOptions{ReadRegions: 1}, health.Options{})
		w.set(func(w *wire) { w.delay = 10 * time.Millisecond })
		b := newBudget(t, m, c, health.BudgetOptions{HardMonth: 101})
		var refused atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if _, err := upstash.Incr("k").Do(t.Context(), b); errors.Is(err, health.ErrBudget) {
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		if n := w.count("INCR"); n != 50 || refused.Load() != 150 || m.Billed().Month != 100 {
			t.Errorf("%d sent, %d refused, %d billed", n, refused.Load(), m.Billed().Month)
		}
	})
}
