package pipeline_test

import (
	"context"
	"errors"
	"testing"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

func TestResultsStayAligned(t *testing.T) {
	t.Parallel()
	f := newEcho()
	p := pipeline.New(f)
	a := pipeline.Add(p, cmd("GET a"))
	bad := pipeline.Add(p, cmd("FAIL b"))
	miss := pipeline.Add(p, cmd("MISS c"))
	shape := pipeline.Add(p, upstash.As(upstash.NewCommand("GET", "d"), upstash.Reply.Int64))
	last := pipeline.Add(p, cmd("SET e 1"))
	if err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "requests", f.requests(), []string{"batch(GET a; FAIL b; MISS c; GET d; SET e 1)"})
	if v, err := a.Result(); v != "GET a" || err != nil {
		t.Errorf("first: %q, %v", v, err)
	}
	if v, err := last.Result(); v != "SET e 1" || err != nil {
		t.Errorf("last: %q, %v", v, err)
	}
	want(t, "refused", bad.Err(), upstash.ErrWrongType, upstash.Rejected)
	if e, ok := errors.AsType[*upstash.ServerError](bad.Err()); !ok || e.Command != "FAIL" {
		t.Errorf("refused: %#v does not name the command", bad.Err())
	}
	want(t, "nil reply", miss.Err(), upstash.ErrNil, upstash.Applied)
	if _, ok := errors.AsType[*upstash.DecodeError](shape.Err()); !ok || shape.Outcome() != upstash.Applied {
		t.Errorf("wrong shape: %v, %v", shape.Err(), shape.Outcome())
	}
	if bad.Outcome() != upstash.Rejected || miss.Outcome() != upstash.Applied {
		t.Errorf("outcomes %v, %v", bad.Outcome(), miss.Outcome())
	}
	e, ok := errors.AsType[*pipeline.CommandError](p.Err())
	if !ok || e.Index != 1 || e.Command != "FAIL" || !errors.Is(p.Err(), upstash.ErrWrongType) {
		t.Errorf("Err: %v", p.Err())
	}
}

func TestPendingIsAnError(t *testing.T) {
	t.Parallel()
	var during error
	var duringOutcome upstash.Outcome
	f := newEcho()
	p := pipeline.New(f)
	x := pipeline.Add(p, cmd("INCR n"))
	f.handle = func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		during, duringOutcome = x.Err(), x.Outcome()
		return echo(ctx, r, cmds)
	}
	for name, err := range map[string]error{"Result": x.Err(), "Pipeline.Err": p.Err()} {
		want(t, name, err, pipeline.ErrPending, upstash.NotApplied)
	}
	if _, err := x.Wait(t.Context()); !errors.Is(err, pipeline.ErrPending) {
		t.Errorf("Wait: %v", err)
	}
	if x.Outcome() != upstash.NotApplied {
		t.Errorf("outcome before Exec: %v", x.Outcome())
	}
	if err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(during, pipeline.ErrPending) || duringOutcome != upstash.MaybeApplied {
		t.Errorf("during Exec: %v, %v", during, duringOutcome)
	}
	if v, err := x.Wait(t.Context()); v != "INCR n" || err != nil {
		t.Errorf("Wait after Exec: %q, %v", v, err)
	}
	var zero pipeline.Future[string]
	if !errors.Is(zero.Err(), pipeline.ErrPending) {
		t.Errorf("zero future: %v", zero.Err())
	}
}

func TestExecutedOnce(t *testing.T) {
	t.Parallel()
	f := newEcho()
	p := pipeline.New(f)
	x := pipeline.Add(p, cmd("INCR n"))
	if err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := pipeline.Add(p, cmd("INCR m"))
	if err := p.Exec(t.Context()); !errors.Is(err, pipeline.ErrExecuted) {
		t.Errorf("second Exec: %v", err)
	}
	want(t, "added late", late.Err(), pipeline.ErrExecuted, upstash.NotApplied)
	if late.Outcome() != upstash.NotApplied || p.Len() != 1 {
		t.Errorf("added late: %v, Len %d", late.Outcome(), p.Len())
	}
	if v, _ := x.Result(); v != "INCR n" {
		t.Errorf("first result %q", v)
	}
	equal(t, "requests", f.requests(), []string{"batch(INCR n)"})
}

func TestEmptyPipelineSendsNothing(t *testing.T) {
	t.Parallel()
	f := newEcho()
	if err := pipeline.New(f).Exec(t.Context()); err != nil {
		t.Error(err)
	}
	if err := pipeline.NewTx(f).Exec(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestBadCommandSendsNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		bad  upstash.Command
	}{
		{"bad argument", upstash.NewCommand("SET", "k", struct{}{})},
		{"refused over REST", upstash.NewCommand("WATCH", "k")},
		{"zero command", upstash.Command{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newEcho()
			p := pipeline.New(f)
			good := pipeline.Add(p, cmd("INCR a"))
			bad := pipeline.Add(p, upstash.As(tc.bad, upstash.Reply.Text))
			err := p.Exec(t.Context())
			e, ok := errors.AsType[*pipeline.CommandError](err)
			if !ok || e.Index != 1 {
				t.Fatalf("Exec: %v", err)
			}
			want(t, "Exec", err, upstash.ErrBadArgument, upstash.NotApplied)
			want(t, "bad", bad.Err(), upstash.ErrBadArgument, upstash.NotApplied)
			want(t, "good", good.Err(), upstash.ErrNotSent, upstash.NotApplied)
			if errors.Is(good.Err(), upstash.ErrBadArgument) {
				t.Errorf("the good command is blamed: %v", good.Err())
			}
			if n := len(f.requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestBinaryArgument(t *testing.T) {
	t.Parallel()
	argErr := &upstash.ArgumentError{Command: "SET", Position: 2, Reason: "is not valid UTF-8"}
	for _, tc := range []struct {
		name     string
		o        pipeline.Options
		requests int
	}{
		{"found by the client", pipeline.Options{}, 1},
		{"found while splitting", pipeline.Options{MaxCommands: 1}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := &fake{handle: func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) {
				return nil, argErr
			}}
			p := pipeline.NewWith(f, tc.o)
			good := pipeline.Add(p, cmd("INCR a"))
			bad := pipeline.Add(p, upstash.As(upstash.NewCommand("SET", "k", []byte{0xff}, "NX"), upstash.Reply.Text))
			err := p.Exec(t.Context())
			if e, ok := errors.AsType[*pipeline.CommandError](err); !ok || e.Index != 1 {
				t.Fatalf("Exec: %v", err)
			}
			if e, ok := errors.AsType[*upstash.ArgumentError](bad.Err()); !ok || e.Position != 2 || e.Command != "SET" {
				t.Errorf("bad: %v", bad.Err())
			}
			want(t, "good", good.Err(), upstash.ErrNotSent, upstash.NotApplied)
			if errors.Is(good.Err(), upstash.ErrBadArgument) {
				t.Errorf("the good command is blamed: %v", good.Err())
			}
			if n := len(f.requests()); n != tc.requests {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestRequestFails is about requests that fail as a whole: what each command
// learns depends on what it is, not on its neighbours.
func TestRequestFails(t *testing.T) {
	t.Parallel()
	read, write := cmd("GET a"), cmd("INCR b")
	length := func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) {
		return []upstash.Reply{upstash.ReplyOf(1)}, nil
	}
	failing := func(err error) func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) {
		return func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) { return nil, err }
	}
	for _, tc := range []struct {
		name        string
		handle      func(context.Context, request, []upstash.Command) ([]upstash.Reply, error)
		is          error
		read, write upstash.Outcome
	}{
		{"lost answer", failing(lost(write.Command)), errWire, upstash.NotApplied, upstash.MaybeApplied},
		{"not sent", failing(unsent()), upstash.ErrNotSent, upstash.NotApplied, upstash.NotApplied},
		{"refused", failing(refused(401, "WRONGPASS bad token")), upstash.ErrUnauthorized, upstash.Rejected, upstash.Rejected},
		{"wrong length", length, upstash.ErrProtocol, upstash.NotApplied, upstash.MaybeApplied},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := pipeline.New(&fake{handle: tc.handle})
			r, w := pipeline.Add(p, read), pipeline.Add(p, write)
			err := p.Exec(t.Context())
			if !errors.Is(err, tc.is) {
				t.Errorf("Exec: %v", err)
			}
			want(t, "read", r.Err(), tc.is, tc.read)
			want(t, "write", w.Err(), tc.is, tc.write)
			if errors.Is(r.Err(), upstash.ErrMaybeApplied) {
				t.Errorf("a command that reads may have been applied: %v", r.Err())
			}
			if got := r.Outcome(); got != tc.read {
				t.Errorf("Outcome: %v", got)
			}
		})
	}
}

func TestOnlyTheFallbackOfScriptsFails(t *testing.T) {
	t.Parallel()
	f := &fake{handle: func(_ context.Context, _ request, cmds []upstash.Command) ([]upstash.Reply, error) {
		return []upstash.Reply{upstash.ReplyOf("one"), {}, upstash.ReplyOf("three")},
			&upstash.PartialError{Items: []int{1}, Err: lost(cmds[1])}
	}}
	p := pipeline.New(f)
	a := pipeline.Add(p, cmd("GET a"))
	script := pipeline.Add(p, upstash.NewScript("return 1", upstash.Reply.Text).Cmd([]string{"k"}))
	c := pipeline.Add(p, cmd("INCR c"))
	if _, ok := errors.AsType[*upstash.PartialError](p.Exec(t.Context())); !ok {
		t.Error("Exec hides that a request failed")
	}
	if v, err := a.Result(); v != "one" || err != nil {
		t.Errorf("first: %q, %v", v, err)
	}
	if v, err := c.Result(); v != "three" || err != nil {
		t.Errorf("third: %q, %v", v, err)
	}
	want(t, "script", script.Err(), errWire, upstash.MaybeApplied)
}

func TestPanicLeavesNoResult(t *testing.T) {
	t.Parallel()
	p := pipeline.New(&fake{handle: func(context.Context, request, []upstash.Command) ([]upstash.Reply, error) { panic("boom") }})
	x := pipeline.Add(p, cmd("INCR n"))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = p.Exec(t.Context())
	}()
	want(t, "future", x.Err(), pipeline.ErrPending, upstash.NotApplied)
	if x.Outcome() != upstash.MaybeApplied {
		t.Errorf("outcome %v", x.Outcome())
	}
	if err := p.Exec(t.Context()); !errors.Is(err, pipeline.ErrExecuted) {
		t.Errorf("Exec after a panic: %v", err)
	}
}
