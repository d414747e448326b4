package pipeline_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// kinds tells which of the three failures of a transaction err is.
func kinds(err error) (out []string) {
	if _, ok := errors.AsType[*pipeline.DiscardedError](err); ok {
		out = append(out, "discarded")
	}
	if _, ok := errors.AsType[*pipeline.NonAtomicError](err); ok {
		out = append(out, "non-atomic")
	}
	if _, ok := errors.AsType[*upstash.LengthError](err); ok {
		out = append(out, "length")
	}
	return out
}

func TestTransactionFailures(t *testing.T) {
	t.Parallel()
	reply := func(vs ...any) func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) {
		return func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) {
			var out []upstash.Reply
			for _, v := range vs {
				out = append(out, upstash.ReplyOf(v))
			}
			return out, nil
		}
	}
	failing := func(err error) func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) {
		return func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) { return nil, err }
	}
	wrongType := errors.New("WRONGTYPE Operation against a key")
	for _, tc := range []struct {
		name          string
		handle        func(context.Context, request, []upstash.Command) ([]upstash.Reply, error)
		kind          []string
		is            error
		first, second upstash.Outcome
	}{
		{"all ran", reply(1, 2), nil, nil, upstash.Applied, upstash.Applied},
		{"discarded", failing(refused(400, "EXECABORT Transaction discarded")), []string{"discarded"}, upstash.ErrExecAbort, upstash.Rejected, upstash.Rejected},
		{"discarded, other text", failing(refused(400, "ERR unknown command")), []string{"discarded"}, upstash.ErrUnsupported, upstash.Rejected, upstash.Rejected},
		{"one failed", reply(1, wrongType), []string{"non-atomic"}, upstash.ErrWrongType, upstash.Applied, upstash.Rejected},
		{"all failed", reply(wrongType, wrongType), []string{"non-atomic"}, upstash.ErrWrongType, upstash.Rejected, upstash.Rejected},
		{"too short", reply(1), []string{"length"}, upstash.ErrProtocol, upstash.MaybeApplied, upstash.MaybeApplied},
		{"too long", reply(1, 2, 3), []string{"length"}, upstash.ErrProtocol, upstash.MaybeApplied, upstash.MaybeApplied},
		{"lost", failing(lost(cmd("INCR a").Command)), nil, upstash.ErrMaybeApplied, upstash.MaybeApplied, upstash.MaybeApplied},
		{"refused after an attempt that was lost", failing(&upstash.MaybeAppliedError{Err: &upstash.TransportError{
			Command: "transaction of 2", Status: 400, Attempts: 2, Sent: true, Err: refused(400, "ERR unknown command"),
		}}), nil, upstash.ErrMaybeApplied, upstash.MaybeApplied, upstash.MaybeApplied},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := &fake{handle: tc.handle}
			p := pipeline.NewTx(f)
			a := pipeline.Add(p, cmd("INCR a"))
			b := pipeline.Add(p, cmd("INCR b"))
			err := p.Exec(t.Context())
			if got := kinds(err); !slices.Equal(got, tc.kind) || !errors.Is(err, tc.is) {
				t.Errorf("Exec: %v is %v, want %v", err, got, tc.kind)
			}
			if a.Outcome() != tc.first || b.Outcome() != tc.second {
				t.Errorf("outcomes %v, %v", a.Outcome(), b.Outcome())
			}
			equal(t, "requests", f.requests(), []string{"tx(INCR a; INCR b)"})
		})
	}
}

func TestNonAtomicNamesTheFailed(t *testing.T) {
	t.Parallel()
	p := pipeline.NewTx(newEcho())
	for _, c := range []string{"INCR a", "FAIL b", "INCR c", "FAIL d"} {
		pipeline.Add(p, cmd(c))
	}
	e, ok := errors.AsType[*pipeline.NonAtomicError](p.Exec(t.Context()))
	if !ok || !slices.Equal(e.Failed, []int{1, 3}) || e.Total != 4 {
		t.Fatalf("%+v", e)
	}
	const text = "pipeline: 2 of the 4 commands of a transaction failed and the others took effect: " +
		"command 2 (FAIL): upstash: FAIL: server: WRONGTYPE Operation against a key"
	if e.Error() != text {
		t.Errorf("text %q", e.Error())
	}
}
