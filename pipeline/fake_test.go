package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A request is what a fake saw: the commands as text, and how they came.
type request struct {
	cmds   []string
	atomic bool
	single bool // by Do
}

func (r request) String() string {
	kind := "batch"
	switch {
	case r.single:
		kind = "do"
	case r.atomic:
		kind = "tx"
	}
	return kind + "(" + strings.Join(r.cmds, "; ") + ")"
}

// A fake is a client whose requests are answered by handle. handle gets all
// commands of a request at once; the error of the only reply to a Do becomes its
// error, as a client's does.
type fake struct {
	handle func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error)

	mu   sync.Mutex
	seen []request // guarded by mu
}

func text(c upstash.Command) string { return strings.Join(c.Args(), " ") }

func (f *fake) note(cmds []upstash.Command, atomic, single bool) request {
	r := request{atomic: atomic, single: single}
	for _, c := range cmds {
		r.cmds = append(r.cmds, text(c))
	}
	f.mu.Lock()
	f.seen = append(f.seen, r)
	f.mu.Unlock()
	return r
}

func (f *fake) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	return f.handle(ctx, f.note(b.Commands, b.Atomic, false), b.Commands)
}

func (f *fake) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	cmds := []upstash.Command{cmd}
	replies, err := f.handle(ctx, f.note(cmds, false, true), cmds)
	if err != nil {
		return upstash.Reply{}, err
	}
	return replies[0], replies[0].Err()
}

// requests returns what was seen so far, as text.
func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, r := range f.seen {
		out = append(out, r.String())
	}
	return out
}

// commands returns the commands that were seen so far, in order.
func (f *fake) commands() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, r := range f.seen {
		out = append(out, r.cmds...)
	}
	return out
}

// echo answers each command with its own text; commands that begin with FAIL
// with an error, MISS with nil.
func echo(_ context.Context, r request, _ []upstash.Command) ([]upstash.Reply, error) {
	out := make([]upstash.Reply, len(r.cmds))
	for i, c := range r.cmds {
		out[i] = echoOne(c)
	}
	return out, nil
}

func echoOne(c string) upstash.Reply {
	switch {
	case strings.HasPrefix(c, "FAIL"):
		return upstash.ReplyOf(errors.New("WRONGTYPE Operation against a key"))
	case strings.HasPrefix(c, "MISS"):
		return upstash.Reply{}
	}
	return upstash.ReplyOf(c)
}

func newEcho() *fake { return &fake{handle: echo} }

// cmd builds an untyped command whose reply is a string.
func cmd(s string) upstash.Cmd[string] {
	words := strings.Fields(s)
	args := make([]any, len(words)-1)
	for i, w := range words[1:] {
		args[i] = w
	}
	return upstash.As(upstash.NewCommand(words[0], args...), upstash.Reply.Text)
}

var errWire = errors.New("connection reset")

// lost is how a client reports a request whose answer was lost.
func lost(cmds ...upstash.Command) error {
	err := &upstash.TransportError{Command: "pipeline of many", Attempts: 1, Sent: true, Err: errWire}
	for _, c := range cmds {
		if !c.ReadOnly() {
			return &upstash.MaybeAppliedError{Err: err}
		}
	}
	return err
}

// unsent is how a client reports a request that did not leave.
func unsent() error {
	return &upstash.TransportError{Command: "pipeline of many", Attempts: 3, Err: errWire}
}

func refused(status int, text string) error {
	code, _, _ := strings.Cut(text, " ")
	return &upstash.ServerError{Code: code, Message: text, Status: status}
}

// want fails t unless err matches target and has outcome o.
func want(t *testing.T, what string, err, target error, o upstash.Outcome) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: error %v, want %v", what, err, target)
	}
	if got := upstash.OutcomeOf(err); got != o {
		t.Errorf("%s: outcome %v, want %v (%v)", what, got, o, err)
	}
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
