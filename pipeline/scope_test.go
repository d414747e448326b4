package pipeline_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

func TestQueuedCommandsShareARequestInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		s := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1}).Scope()
		hold := make(chan struct{})
		held := holdQueue(t, f, s, hold)
		a := pipeline.Go(t.Context(), s, cmd("SET k 1"))
		b := pipeline.Go(t.Context(), s, cmd("GET k"))
		c := pipeline.Go(t.Context(), s, cmd("INCR k"))
		if !errors.Is(a.Err(), pipeline.ErrPending) || a.Outcome() != upstash.MaybeApplied || b.Outcome() != upstash.NotApplied {
			t.Errorf("pending: %v, %v, %v", a.Err(), a.Outcome(), b.Outcome())
		}
		close(hold)
		<-held
		for i, x := range []*pipeline.Future[string]{a, b, c} {
			if _, err := x.Wait(t.Context()); err != nil {
				t.Errorf("future %d: %v", i, err)
			}
			if _, err := x.Result(); err != nil || x.Outcome() != upstash.Applied {
				t.Errorf("future %d: %v", i, err)
			}
		}
		r := f.requests()
		equal(t, "last request", r[len(r)-1:], []string{"batch(SET k 1; GET k; INCR k)"})
	})
}

// TestQueueKeepsItsOrderOverSeveralRequests: without the bound of batches in
// flight, over limits, with commands that travel alone, and with Do at the end.
func TestQueueKeepsItsOrderOverSeveralRequests(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		o    pipeline.AutoOptions
	}{
		{"no limits", pipeline.AutoOptions{}},
		{"few commands", pipeline.AutoOptions{MaxCommands: 2}},
		{"few bytes", pipeline.AutoOptions{MaxBytes: 20}},
		{"each alone", pipeline.AutoOptions{Large: 1}},
		{"one in flight", pipeline.AutoOptions{MaxCommands: 3, MaxInFlight: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := slow(time.Millisecond)
				n := 0
				inner := f.handle
				f.handle = func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
					if n++; n%2 == 1 {
						_ = pause(ctx, 5*time.Millisecond) // so that a later request could overtake
					}
					return inner(ctx, r, cmds)
				}
				arrived := arrivals(f)
				s := pipeline.NewAuto(f, tc.o).Scope()
				var want []string
				for i := range 9 {
					c := "INCR " + strconv.Itoa(i)
					want = append(want, c)
					pipeline.Go(t.Context(), s, cmd(c))
					if i%4 == 3 {
						synctest.Wait()
					}
				}
				if v, err := cmd("GET last").Do(t.Context(), s); v != "GET last" || err != nil {
					t.Errorf("%q, %v", v, err)
				}
				if err := s.Flush(t.Context()); err != nil {
					t.Error(err)
				}
				equal(t, "order", *arrived, append(want, "GET last"))
			})
		})
	}
}

// arrivals notes the commands when their request has been answered.
func arrivals(f *fake) *[]string {
	var mu sync.Mutex
	var order []string
	inner := f.handle
	f.handle = func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		out, err := inner(ctx, r, cmds)
		mu.Lock()
		order = append(order, r.cmds...)
		mu.Unlock()
		return out, err
	}
	return &order
}

// TestNothingFollowsAScriptInItsRequest: the client may have to send the script
// again after its batch.
func TestNothingFollowsAScriptInItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		s := pipeline.NewAuto(f, pipeline.AutoOptions{}).Scope()
		pipeline.Go(t.Context(), s, cmd("SET k 1"))
		pipeline.Go(t.Context(), s, cmd("EVALSHA x"))
		pipeline.Go(t.Context(), s, cmd("GET k"))
		pipeline.Go(t.Context(), s, cmd("GET j"))
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, "requests", f.requests(), []string{"batch(SET k 1; EVALSHA x)", "batch(GET k; GET j)"})
	})
}

// TestOthersDoNotWaitForAQueue: the order of one caller holds up nobody else.
func TestOthersDoNotWaitForAQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{})
		s := a.Scope()
		hold := make(chan struct{})
		held := holdQueue(t, f, s, hold)
		mine := pipeline.Go(t.Context(), s, cmd("INCR mine"))
		start := time.Now()
		if _, err := a.Do(t.Context(), cmd("GET other").Command); err != nil || time.Since(start) != time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if !errors.Is(mine.Err(), pipeline.ErrPending) {
			t.Errorf("the queue was overtaken: %v", mine.Err())
		}
		close(hold)
		<-held
		if _, err := mine.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		equal(t, "requests", f.requests(), []string{"do(GET hold)", "do(GET other)", "do(INCR mine)"})
	})
}

func TestScopeBatchComesAfterTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		arrived := arrivals(f)
		s := pipeline.NewAuto(f, pipeline.AutoOptions{}).Scope()
		pipeline.Go(t.Context(), s, cmd("INCR a"))
		p := pipeline.New(s)
		pipeline.Add(p, cmd("INCR b"))
		if err := p.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, "order", *arrived, []string{"INCR a", "INCR b"})
		short, cancel := context.WithTimeout(t.Context(), time.Microsecond)
		defer cancel()
		pipeline.Go(t.Context(), s, cmd("INCR c"))
		_, err := s.DoBatch(short, upstash.Batch{Commands: []upstash.Command{cmd("INCR d").Command}})
		want(t, "ended while waiting", err, upstash.ErrNotSent, upstash.NotApplied)
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, "order", *arrived, []string{"INCR a", "INCR b", "INCR c"})
	})
}

// TestQueuedCommandsAreRepeatedTogetherOrNot: repeating SET after INCR would
// change their order.
func TestQueuedCommandsAreRepeatedTogetherOrNot(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		cmds  []string
		other string
		again []string
	}{
		{"one must not be", []string{"SET k 1", "INCR k"}, "GET o", []string{"do(GET o)"}},
		{"all may be", []string{"SET k 1", "GET k"}, "INCR o", []string{"batch(SET k 1; GET k)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := scripted(losing, echo)
				a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
				s := a.Scope()
				var wg sync.WaitGroup
				wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET blocker").Command) })
				synctest.Wait()
				for _, c := range tc.cmds {
					pipeline.Go(t.Context(), s, cmd(c))
				}
				wg.Go(func() { _, _ = a.Do(t.Context(), cmd(tc.other).Command) })
				wg.Wait()
				if err := a.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				equal(t, "requests", f.requests()[2:], tc.again)
			})
		})
	}
}

func TestQueuedCommandLeavesWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Hour)
		s := pipeline.NewAuto(f, pipeline.AutoOptions{}).Scope()
		hold := make(chan struct{})
		held := holdQueue(t, f, s, hold)
		ctx, cancel := context.WithCancel(t.Context())
		early := pipeline.Go(ctx, s, cmd("INCR early"))
		cancel()
		ctx, cancel = context.WithCancel(t.Context())
		late := pipeline.Go(ctx, s, cmd("INCR late"))
		close(hold)
		<-held
		synctest.Wait() // in flight
		cancel()
		_, err := early.Wait(t.Context())
		want(t, "before the flush", err, upstash.ErrNotSent, upstash.NotApplied)
		want(t, "before the flush", err, context.Canceled, upstash.NotApplied)
		_, err = late.Wait(t.Context())
		want(t, "in flight", err, context.Canceled, upstash.MaybeApplied)
		equal(t, "requests", f.requests(), []string{"do(GET hold)", "do(INCR late)"})
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.NewAuto(slow(time.Second), pipeline.AutoOptions{}).Scope()
		w := pipeline.Go(t.Context(), s, cmd("INCR a"))
		r := pipeline.Go(t.Context(), s, cmd("GET a"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := w.Wait(ctx)
		want(t, "write", err, pipeline.ErrPending, upstash.MaybeApplied)
		want(t, "write", err, context.DeadlineExceeded, upstash.MaybeApplied)
		_, err = r.Wait(ctx)
		want(t, "read", err, pipeline.ErrPending, upstash.NotApplied)
		if v, err := w.Wait(t.Context()); v != "INCR a" || err != nil {
			t.Errorf("waited again: %q, %v", v, err)
		}
	})
}

// TestIsolatedScopesShareNothing: neither batches nor the bound of batches in
// flight, so that none wakes the goroutines of another.
func TestIsolatedScopesShareNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := slow(time.Millisecond)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 2 {
			s := a.Isolated()
			for range 2 {
				wg.Go(func() { _, _ = s.Do(t.Context(), cmd("GET "+strconv.Itoa(i)).Command) })
				synctest.Wait()
			}
		}
		wg.Wait()
		if r := f.requests(); len(r) != 4 || r[0] != "do(GET 0)" || r[1] != "do(GET 1)" {
			t.Errorf("requests %v", r)
		}
		if d := time.Since(start); d != 2*time.Millisecond {
			t.Errorf("took %v", d)
		}
	})
}

func TestMergeReads(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		cmds []string
		want string
	}{
		{"identical", []string{"GET a", "GET b", "GET a", "GET a"}, "batch(GET a; GET b)"},
		{"to one", []string{"GET a", "GET a"}, "do(GET a)"},
		{"a write between", []string{"GET a", "SET a 1", "GET a", "GET a"}, "batch(GET a; SET a 1; GET a)"},
		{"not what varies", []string{"SRANDMEMBER a", "SRANDMEMBER a"}, "batch(SRANDMEMBER a; SRANDMEMBER a)"},
		{"not writes", []string{"INCR a", "INCR a"}, "batch(INCR a; INCR a)"},
		{"other words", []string{"HGET ab c", "HGET a bc"}, "batch(HGET ab c; HGET a bc)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := slow(time.Millisecond)
				a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1, MergeReads: true})
				for i, err := range gathered(t, a, tc.cmds...) {
					if err != nil {
						t.Errorf("%s: %v", tc.cmds[i], err)
					}
				}
				equal(t, "requests", f.requests()[1:], []string{tc.want})
			})
		})
	}
}

// TestMergedReadOutlivesItsFirstCaller: the one whose command was sent leaves,
// the request is lost, and the read is repeated for the other.
func TestMergedReadOutlivesItsFirstCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := scripted(func(ctx context.Context, _ request, cmds []upstash.Command) ([]upstash.Reply, error) {
			_ = pause(ctx, time.Second)
			return nil, lost(cmds...)
		}, echo)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1, MergeReads: true})
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET blocker").Command) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		wg.Go(func() { _, _ = a.Do(ctx, cmd("GET a").Command) })
		synctest.Wait()
		wg.Go(func() {
			if v, err := cmd("GET a").Do(t.Context(), a); v != "GET a" || err != nil {
				t.Errorf("%q, %v", v, err)
			}
		})
		synctest.Wait()
		wg.Go(func() { _, _ = a.Do(t.Context(), cmd("INCR b").Command) })
		wg.Wait()
		equal(t, "requests", f.requests()[1:], []string{"batch(GET a; INCR b)", "do(GET a)"})
	})
}
