package pipeline_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// pause waits for d by the clock of the bubble, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return &upstash.TransportError{Command: "pipeline", Attempts: 1, Sent: true, Err: ctx.Err()}
	}
}

// slow answers like echo after d.
func slow(d time.Duration) *fake {
	return &fake{handle: func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		if err := pause(ctx, d); err != nil {
			for _, c := range cmds {
				if !c.ReadOnly() {
					return nil, &upstash.MaybeAppliedError{Err: err}
				}
			}
			return nil, err
		}
		return echo(ctx, r, cmds)
	}}
}

// gathered starts one goroutine for each command while the only slot of a is
// taken, so that all of them gather in one batch, then frees the slot. a must
// have MaxInFlight 1 and f must be slow. It returns the error of each command.
func gathered(t *testing.T, a *pipeline.Auto, cmds ...string) []error {
	t.Helper()
	errs := make([]error, len(cmds))
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET blocker").Command) })
	synctest.Wait()
	for i, c := range cmds {
		wg.Go(func() {
			r, err := a.Do(t.Context(), cmd(c).Command)
			errs[i] = err
			if err == nil {
				if got, _ := r.Text(); got != c {
					t.Errorf("%s got the reply %q", c, got)
				}
			}
		})
		synctest.Wait() // one after the other, so that the order is known
	}
	wg.Wait()
	return errs
}

func TestLoneCallerGoesStraightThrough(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "mine")
	f := &fake{}
	f.handle = func(got context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		if got != ctx {
			t.Error("the client does not get the caller's ctx")
		}
		return echo(got, r, cmds)
	}
	a := pipeline.NewAuto(f, pipeline.AutoOptions{})
	for _, c := range []string{"GET a", "INCR b", "GET c"} {
		if v, err := cmd(c).Do(ctx, a); v != c || err != nil {
			t.Errorf("%s: %q, %v", c, v, err)
		}
	}
	if _, err := cmd("FAIL d").Do(ctx, a); !errors.Is(err, upstash.ErrWrongType) {
		t.Errorf("refused: %v", err)
	}
	equal(t, "requests", f.requests(), []string{"do(GET a)", "do(INCR b)", "do(GET c)", "do(FAIL d)"})
}

func TestConcurrentCallersShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
		errs := gathered(t, a, "GET a", "INCR b", "FAIL c", "GET d")
		equal(t, "requests", f.requests(), []string{"do(GET blocker)", "batch(GET a; INCR b; FAIL c; GET d)"})
		for i, err := range errs {
			if i != 2 && err != nil {
				t.Errorf("command %d: %v", i, err)
			}
		}
		e, ok := errors.AsType[*upstash.ServerError](errs[2])
		if !ok || e.Command != "FAIL" {
			t.Errorf("refused: %v", errs[2])
		}
	})
}

func TestBurstTakesFewRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(5 * time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				c := "GET " + strconv.Itoa(i)
				if v, err := cmd(c).Do(t.Context(), a); v != c || err != nil {
					t.Errorf("%s: %q, %v", c, v, err)
				}
			})
		}
		wg.Wait()
		if n := len(f.requests()); n > 2 {
			t.Errorf("%d requests", n)
		}
		if d := time.Since(start); d > 10*time.Millisecond {
			t.Errorf("took %v", d)
		}
	})
}

// TestLeaderYields: without a bound of batches in flight it is the yield that
// lets others join.
func TestLeaderYields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{})
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET a").Command) })
		}
		wg.Wait()
		if n := len(f.requests()); n > 32 {
			t.Errorf("%d requests for 64 commands", n)
		}
	})
}

func TestBatchesDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(5 * time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{})
		start := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET a").Command) })
			synctest.Wait()
		}
		wg.Wait()
		if d := time.Since(start); d != 5*time.Millisecond {
			t.Errorf("took %v", d)
		}
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		o    pipeline.AutoOptions
		want []string
	}{
		{"commands", pipeline.AutoOptions{MaxCommands: 2}, []string{"batch(GET aa; GET bb)", "batch(GET cc; GET dd)"}},
		{"bytes", pipeline.AutoOptions{MaxBytes: 15}, []string{"batch(GET aa; GET bb; GET cc)", "do(GET dd)"}},
		{"none", pipeline.AutoOptions{MaxCommands: -1, MaxBytes: -1}, []string{"batch(GET aa; GET bb; GET cc; GET dd)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := slow(time.Millisecond)
				tc.o.MaxInFlight = 1
				gathered(t, pipeline.NewAuto(f, tc.o), "GET aa", "GET bb", "GET cc", "GET dd")
				equal(t, "requests", f.requests()[1:], tc.want)
			})
		})
	}
}

func TestLargeAndBinaryTravelAlone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		value string
		alone bool
	}{
		{"small", strings.Repeat("x", 10), false},
		{"large", strings.Repeat("x", 100), true},
		{"binary", "\xff", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := slow(time.Millisecond)
				a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1, Large: 50})
				gathered(t, a, "GET a", "SET k "+tc.value, "GET b")
				want := []string{"batch(GET a; SET k " + tc.value + "; GET b)"}
				if tc.alone {
					want = []string{"do(SET k " + tc.value + ")", "batch(GET a; GET b)"}
				}
				equal(t, "requests", f.requests()[1:], want)
			})
		})
	}
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1, MaxPending: 3})
		errs := gathered(t, a, "INCR a", "INCR b", "INCR c", "INCR d")
		for i, err := range errs {
			if i < 2 {
				want(t, "accepted", err, nil, upstash.Applied)
				continue
			}
			want(t, "refused", err, pipeline.ErrQueueFull, upstash.NotApplied)
			want(t, "refused", err, upstash.ErrNotSent, upstash.NotApplied)
		}
		if _, err := a.Do(t.Context(), cmd("INCR e").Command); err != nil {
			t.Errorf("after the queue has emptied: %v", err)
		}
	})
}

func TestBadCommandHurtsNobody(t *testing.T) {
	t.Parallel()
	f := newEcho()
	a := pipeline.NewAuto(f, pipeline.AutoOptions{})
	_, err := a.Do(t.Context(), upstash.NewCommand("SET", "k", struct{}{}))
	want(t, "bad", err, upstash.ErrBadArgument, upstash.NotApplied)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errWire)
	_, err = a.Do(ctx, cmd("INCR a").Command)
	want(t, "ended ctx", err, upstash.ErrNotSent, upstash.NotApplied)
	want(t, "ended ctx", err, context.Canceled, upstash.NotApplied)
	want(t, "ended ctx", err, errWire, upstash.NotApplied)
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestFlushAndClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(10 * time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{})
		if err := a.Flush(t.Context()); err != nil {
			t.Errorf("idle Flush: %v", err)
		}
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := a.Do(t.Context(), cmd("INCR a").Command); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := a.Flush(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Flush with a short deadline: %v", err)
		}
		if err := a.Close(t.Context()); err != nil || time.Since(start) != 10*time.Millisecond {
			t.Errorf("Close: %v after %v", err, time.Since(start))
		}
		_, err := a.Do(t.Context(), cmd("INCR b").Command)
		want(t, "Do after Close", err, pipeline.ErrClosed, upstash.NotApplied)
		want(t, "Do after Close", err, upstash.ErrNotSent, upstash.NotApplied)
		_, err = a.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{cmd("INCR c").Command}})
		want(t, "DoBatch after Close", err, pipeline.ErrClosed, upstash.NotApplied)
		want(t, "Go after Close", pipeline.Go(t.Context(), a.Scope(), cmd("INCR d")).Err(), pipeline.ErrClosed, upstash.NotApplied)
		want(t, "isolated after Close", pipeline.Go(t.Context(), a.Isolated(), cmd("INCR e")).Err(), pipeline.ErrClosed, upstash.NotApplied)
		wg.Wait()
		equal(t, "requests", f.requests(), []string{"do(INCR a)"})
	})
}

func TestPipelineOverAuto(t *testing.T) {
	t.Parallel()
	f := newEcho()
	a := pipeline.NewAuto(f, pipeline.AutoOptions{})
	p := pipeline.NewTx(a)
	x := pipeline.Add(p, cmd("INCR a"))
	pipeline.Add(p, cmd("INCR b"))
	if err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := x.Result(); v != "INCR a" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	equal(t, "requests", f.requests(), []string{"tx(INCR a; INCR b)"})
}
