package pipeline_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

type handler = func(context.Context, request, []upstash.Command) ([]upstash.Reply, error)

// scripted answers the requests after the blocker by steps, the last of which
// answers all further ones.
func scripted(steps ...handler) *fake {
	f := slow(time.Millisecond)
	n := 0
	blocker := f.handle
	f.handle = func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		if r.cmds[0] == "GET blocker" {
			return blocker(ctx, r, cmds)
		}
		step := steps[min(n, len(steps)-1)]
		n++
		return step(ctx, r, cmds)
	}
	return f
}

func failWith(err func(cmds []upstash.Command) error) handler {
	return func(_ context.Context, _ request, cmds []upstash.Command) ([]upstash.Reply, error) {
		return nil, err(cmds)
	}
}

func losing(_ context.Context, _ request, cmds []upstash.Command) ([]upstash.Reply, error) {
	return nil, lost(cmds...)
}

// none stands for no error at all.
const none = upstash.Outcome(99)

func shorter(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
	out, err := echo(ctx, r, cmds)
	return out[1:], err
}

var tooLarge = failWith(func([]upstash.Command) error {
	return &upstash.MaybeAppliedError{Err: &upstash.TransportError{Command: "pipeline", Status: 200, Attempts: 1, Sent: true, Err: upstash.ErrResponseTooLarge}}
})

// batchFailures is what becomes of the callers of a batch when its request fails.
var batchFailures = []struct {
	name  string
	cmds  string
	steps []handler
	// requests after the first
	requests string
	outcomes []upstash.Outcome
}{
	{
		"lost: what may be repeated is", "GET a|INCR b|SET c 1|GET d",
		[]handler{losing, echo},
		"batch(GET a; SET c 1; GET d)",
		[]upstash.Outcome{none, upstash.MaybeApplied, none, none},
	},
	{
		"lost twice", "GET a|INCR b|SET c 1",
		[]handler{losing, losing},
		"batch(GET a; SET c 1)",
		[]upstash.Outcome{upstash.NotApplied, upstash.MaybeApplied, upstash.MaybeApplied},
	},
	{
		"lost, one to repeat", "GET a|INCR b",
		[]handler{losing, echo},
		"do(GET a)",
		[]upstash.Outcome{none, upstash.MaybeApplied},
	},
	{
		"lost, then not sent: the first may have been applied", "SET a 1|INCR b",
		[]handler{losing, failWith(func([]upstash.Command) error { return unsent() })},
		"do(SET a 1)",
		[]upstash.Outcome{upstash.MaybeApplied, upstash.MaybeApplied},
	},
	{
		"lost, then refused", "SET a 1|INCR b",
		[]handler{losing, failWith(func([]upstash.Command) error { return refused(400, "WRONGTYPE x") })},
		"do(SET a 1)",
		[]upstash.Outcome{upstash.MaybeApplied, upstash.MaybeApplied},
	},
	{
		"lost, then refused in a batch", "SET a 1|SET b 1|INCR c",
		[]handler{losing, func(_ context.Context, r request, _ []upstash.Command) ([]upstash.Reply, error) {
			return []upstash.Reply{upstash.ReplyOf(errors.New("WRONGTYPE x")), upstash.ReplyOf(r.cmds[1])}, nil
		}},
		"batch(SET a 1; SET b 1)",
		[]upstash.Outcome{upstash.MaybeApplied, none, upstash.MaybeApplied},
	},
	{
		"lost, the client has repeated already", "GET a|SET b 1",
		[]handler{losing},
		"",
		[]upstash.Outcome{upstash.NotApplied, upstash.MaybeApplied},
	},
	{
		"lost, none may be repeated", "INCR a|INCR b",
		[]handler{losing},
		"",
		[]upstash.Outcome{upstash.MaybeApplied, upstash.MaybeApplied},
	},
	{
		"wrong length", "GET a|INCR b",
		[]handler{shorter, echo},
		"do(GET a)",
		[]upstash.Outcome{none, upstash.MaybeApplied},
	},
	{
		"not sent", "GET a|INCR b",
		[]handler{failWith(func([]upstash.Command) error { return unsent() })},
		"",
		[]upstash.Outcome{upstash.NotApplied, upstash.NotApplied},
	},
	{
		"throttled", "GET a|INCR b",
		[]handler{failWith(func([]upstash.Command) error { return refused(429, "ERR slow") }), echo},
		"do(GET a)",
		[]upstash.Outcome{none, upstash.Rejected},
	},
	{
		"wrong token", "GET a|INCR b",
		[]handler{failWith(func([]upstash.Command) error { return refused(401, "WRONGPASS x") })},
		"",
		[]upstash.Outcome{upstash.Rejected, upstash.Rejected},
	},
	{
		"a web page with status 404", "GET a|INCR b",
		[]handler{failWith(func([]upstash.Command) error {
			return &upstash.TransportError{Command: "pipeline", Status: 404, Attempts: 1, Sent: true, Err: upstash.ErrProtocol}
		})},
		"",
		[]upstash.Outcome{upstash.NotApplied, upstash.NotApplied},
	},
	{
		"the replies are too large", "GET a|INCR b|GET c|SET d 1|GET e",
		[]handler{tooLarge, echo},
		"batch(GET a; GET c)|batch(SET d 1; GET e)",
		[]upstash.Outcome{none, upstash.MaybeApplied, none, none, none},
	},
	{
		"one reply is too large", "GET a|GET b|GET c",
		[]handler{tooLarge, tooLarge, tooLarge, echo},
		"batch(GET a; GET b)|do(GET a)|do(GET b)|do(GET c)",
		[]upstash.Outcome{upstash.NotApplied, none, none},
	},
	{
		"one cannot be encoded", "INCR a|INCR b|INCR c",
		[]handler{
			failWith(func([]upstash.Command) error {
				return &upstash.ArgumentError{Command: "INCR", Position: 1, Reason: "x"}
			}),
			echo,
			failWith(func([]upstash.Command) error {
				return &upstash.ArgumentError{Command: "INCR", Position: 1, Reason: "x"}
			}),
		},
		"batch(INCR a; INCR b)|do(INCR c)",
		[]upstash.Outcome{none, none, upstash.NotApplied},
	},
	{
		"scripts fall back and fail", "GET a|INCR b|GET c",
		[]handler{
			func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
				out, _ := echo(ctx, r, cmds)
				return out, &upstash.PartialError{Items: []int{1, 2}, Err: lost(cmds[1:]...)}
			}, echo,
		},
		"do(GET c)",
		[]upstash.Outcome{none, upstash.MaybeApplied, none},
	},
}

// TestNobodyPaysForANeighbour walks batchFailures.
func TestNobodyPaysForANeighbour(t *testing.T) {
	t.Parallel()
	for _, tc := range batchFailures {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := scripted(tc.steps...)
				cmds := strings.Split(tc.cmds, "|")
				errs := gathered(t, pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1}), cmds...)
				var more []string
				if tc.requests != "" {
					more = strings.Split(tc.requests, "|")
				}
				equal(t, "requests", f.requests()[2:], more)
				for i, err := range errs {
					if tc.outcomes[i] == none {
						if err != nil {
							t.Errorf("%s: %v", cmds[i], err)
						}
						continue
					}
					if err == nil || upstash.OutcomeOf(err) != tc.outcomes[i] {
						t.Errorf("%s: %v, want %v", cmds[i], err, tc.outcomes[i])
					}
					if !strings.Contains(err.Error(), strings.Fields(cmds[i])[0]) {
						t.Errorf("%s: %v does not name the command", cmds[i], err)
					}
				}
			})
		})
	}
}

func TestNoResend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := scripted(losing)
		errs := gathered(t, pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1, NoResend: true}), "GET a", "INCR b")
		want(t, "read", errs[0], errWire, upstash.NotApplied)
		want(t, "write", errs[1], errWire, upstash.MaybeApplied)
		if n := len(f.requests()); n != 2 {
			t.Errorf("%v", f.requests())
		}
	})
}

// TestWhoLeftIsNotSentAgain: a caller that left in flight is not in the second
// request.
func TestWhoLeftIsNotSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := scripted(func(ctx context.Context, _ request, cmds []upstash.Command) ([]upstash.Reply, error) {
			if err := pause(ctx, time.Second); err != nil {
				return nil, err
			}
			return nil, lost(cmds...)
		}, echo)
		a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = a.Do(t.Context(), cmd("GET blocker").Command) })
		synctest.Wait()
		wg.Go(func() { _, _ = a.Do(t.Context(), cmd("INCR a").Command) })
		synctest.Wait()
		wg.Go(func() {
			_, err := a.Do(ctx, cmd("GET gone").Command)
			want(t, "left", err, context.DeadlineExceeded, upstash.NotApplied)
		})
		wg.Go(func() {
			_, err := a.Do(t.Context(), cmd("GET here").Command)
			want(t, "stayed", err, nil, upstash.Applied)
		})
		wg.Wait()
		equal(t, "requests", f.requests()[2:], []string{"do(GET here)"})
	})
}

func TestPanicReachesEveryCaller(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]handler{
		"panic": func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) { panic("secret value") },
		"goexit": func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) {
			runtime.Goexit()
			return nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := scripted(step, echo)
				a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1})
				errs := gathered(t, a, "GET a", "INCR b")
				for i, o := range []upstash.Outcome{upstash.NotApplied, upstash.MaybeApplied} {
					e, ok := errors.AsType[*pipeline.PanicError](errs[i])
					if !ok || upstash.OutcomeOf(errs[i]) != o || strings.Contains(errs[i].Error(), "secret") {
						t.Errorf("caller %d: %v", i, errs[i])
					}
					if ok && name == "panic" && e.Value != "secret value" {
						t.Errorf("value %v", e.Value)
					}
				}
				if _, err := a.Do(t.Context(), cmd("GET c").Command); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

func TestPanicOfALoneCallerIsItsOwn(t *testing.T) {
	t.Parallel()
	f := &fake{handle: func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) { panic("boom") }}
	a := pipeline.NewAuto(f, pipeline.AutoOptions{MaxInFlight: 1, MaxPending: 1})
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic is swallowed")
			}
		}()
		_, _ = a.Do(t.Context(), cmd("GET a").Command)
	}()
	f.handle = echo
	if _, err := a.Do(t.Context(), cmd("GET b").Command); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
