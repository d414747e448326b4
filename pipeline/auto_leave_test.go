package pipeline_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestLeavingBeforeTheFlush: every caller of a batch that is being gathered can
// leave it, its leader too, and is not sent.
func TestLeavingBeforeTheFlush(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		leaves []int
		want   []string
	}{
		{"nobody", nil, []string{"batch(INCR 0; INCR 1; INCR 2)"}},
		{"the leader", []int{0}, []string{"batch(INCR 1; INCR 2)"}},
		{"another", []int{1}, []string{"batch(INCR 0; INCR 2)"}},
		{"all but the leader", []int{1, 2}, []string{"do(INCR 0)"}},
		{"all but the last", []int{0, 1}, []string{"do(INCR 2)"}},
		{"all", []int{0, 1, 2}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := slow(time.Millisecond)
				a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
				var wg sync.WaitGroup
				wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET blocker").Command) })
				synctest.Wait()
				errs := make([]error, 3)
				cancels := make([]context.CancelFunc, 3)
				for i := range errs {
					ctx, cancel := context.WithCancel(t.Context())
					cancels[i] = cancel
					wg.Go(func() { _, errs[i] = a.Do(ctx, cmd("INCR "+strconv.Itoa(i)).Command) })
					synctest.Wait()
				}
				for _, i := range tc.leaves {
					cancels[i]()
					synctest.Wait()
					want(t, "left", errs[i], upstash.ErrNotSent, upstash.NotApplied)
					want(t, "left", errs[i], context.Canceled, upstash.NotApplied)
				}
				wg.Wait()
				equal(t, "requests", f.requests()[1:], tc.want)
				for i, err := range errs {
					cancels[i]()
					if !slices.Contains(tc.leaves, i) && err != nil {
						t.Errorf("caller %d: %v", i, err)
					}
				}
			})
		})
	}
}

// TestDeadlineBeforeTheFlush: a deadline that has passed counts although its
// caller has not run yet.
func TestDeadlineBeforeTheFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(10 * time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET blocker").Command) })
		synctest.Wait()
		for i := range 3 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(9+i)*time.Millisecond)
				defer cancel()
				_, err := a.Do(ctx, cmd("INCR "+strconv.Itoa(i)).Command)
				switch i {
				case 0:
					want(t, "before", err, upstash.ErrNotSent, upstash.NotApplied)
				case 1: // at the same instant: either way, but the truth
					sent := slices.Contains(f.commands(), "INCR 1")
					if errors.Is(err, upstash.ErrNotSent) == sent {
						t.Errorf("sent: %v, error %v", sent, err)
					}
				case 2:
					want(t, "after", err, context.DeadlineExceeded, upstash.MaybeApplied)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		for _, c := range f.commands() {
			if c == "INCR 0" {
				t.Error("a command was sent after its deadline")
			}
		}
	})
}

// A lateContext has ended before anybody is woken by it.
type lateContext struct {
	context.Context //nolint:containedctx // it is a context
	hasEnded        atomic.Bool
	done            chan struct{}
}

func (c *lateContext) Done() <-chan struct{} { return c.done }

func (c *lateContext) Err() error {
	if c.hasEnded.Load() {
		return context.Canceled
	}
	return nil
}

// TestLeftOutOfTheFlush: a caller whose ctx had ended when the batch was sent is
// told that its command was not, although it wakes only while the batch is in
// flight.
func TestLeftOutOfTheFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(10 * time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
		late := &lateContext{Context: t.Context(), done: make(chan struct{})}
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET blocker").Command) })
		synctest.Wait()
		wg.Go(func() { _, _ = a.Do(t.Context(), cmd("INCR a").Command) })
		synctest.Wait()
		wg.Go(func() {
			_, err := a.Do(late, cmd("INCR b").Command)
			want(t, "left out", err, upstash.ErrNotSent, upstash.NotApplied)
		})
		synctest.Wait()
		late.hasEnded.Store(true)
		_ = pause(t.Context(), 15*time.Millisecond) // the batch is in flight
		close(late.done)
		wg.Wait()
		equal(t, "requests", f.requests()[1:], []string{"do(INCR a)"})
	})
}

// TestLeavingInFlight: who leaves returns at once, the others get their answer,
// and the request ends with the last.
func TestLeavingInFlight(t *testing.T) {
	t.Parallel()
	cmds := []string{"INCR 0", "GET 1", "INCR 2"}
	for _, tc := range []struct {
		name     string
		leaves   []int
		canceled bool
	}{
		{"the leader", []int{0}, false},
		{"a reader", []int{1}, false},
		{"all", []int{0, 1, 2}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				errs, took, canceled := leaveInFlight(t, cmds, tc.leaves)
				for i, err := range errs {
					stays, o := !slices.Contains(tc.leaves, i), upstash.MaybeApplied
					if i == 1 {
						o = upstash.NotApplied
					}
					switch {
					case stays:
						want(t, cmds[i], err, nil, upstash.Applied)
					default:
						want(t, cmds[i], err, context.Canceled, o)
					}
					if stays && took[i] != time.Hour || !stays && took[i] != time.Minute {
						t.Errorf("%s returned after %v", cmds[i], took[i])
					}
				}
				if canceled != tc.canceled {
					t.Errorf("request cancelled: %v", canceled)
				}
			})
		})
	}
}

// leaveInFlight runs cmds in one batch that takes an hour, and has some of the
// callers leave after a minute. It returns what each got, after what time, and
// whether the request was cancelled.
func leaveInFlight(t *testing.T, cmds []string, leaves []int) (errs []error, took []time.Duration, canceled bool) {
	t.Helper()
	f := slow(time.Hour)
	inner := f.handle
	f.handle = func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		out, err := inner(ctx, r, cmds)
		canceled = err != nil
		return out, err
	}
	s := pipeline.NewAuto(f, pipeline.AutoOptions{}).Scope()
	hold := make(chan struct{})
	held := holdQueue(t, f, s, hold)
	errs, took = make([]error, len(cmds)), make([]time.Duration, len(cmds))
	cancels := make([]context.CancelFunc, len(cmds))
	var wg sync.WaitGroup
	start := time.Now()
	for i, c := range cmds {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		cancels[i] = cancel
		wg.Go(func() {
			_, errs[i] = s.Do(ctx, cmd(c).Command)
			took[i] = time.Since(start)
		})
		synctest.Wait()
	}
	close(hold)
	<-held
	synctest.Wait() // the batch is in flight
	if err := pause(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, i := range leaves {
		cancels[i]()
	}
	wg.Wait()
	synctest.Wait()
	return errs, took, canceled
}

// holdQueue queues a command on s that is answered when hold is closed, so that
// what s runs meanwhile gathers in one batch.
func holdQueue(t *testing.T, f *fake, s *pipeline.Scope, hold <-chan struct{}) (done <-chan struct{}) {
	t.Helper()
	inner := f.handle
	f.handle = func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		if r.cmds[0] == "GET hold" {
			<-hold
			return echo(ctx, r, cmds)
		}
		return inner(ctx, r, cmds)
	}
	x := pipeline.Go(t.Context(), s, cmd("GET hold"))
	synctest.Wait()
	ch := make(chan struct{})
	go func() {
		defer close(ch)
		if _, err := x.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	return ch
}
