package upstash

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// A Hook sees every attempt of every call: enough for tracing, metrics and cost
// accounting. It must be safe for concurrent use and fast; it runs on the
// caller's goroutine. The Attempt is valid only during the call: copy what you
// keep.
type Hook interface {
	// Before runs before an attempt; the context it returns is used for the
	// attempt and handed to After.
	Before(ctx context.Context, a *Attempt) context.Context
	// After runs when the attempt has ended.
	After(ctx context.Context, a *Attempt)
}

// An Attempt is one HTTP request: the first try of a call, or a retry. The
// fields below "set for After" are zero in Before.
type Attempt struct {
	// Number counts from 1 within one call.
	Number int
	// Atomic is set for a transaction.
	Atomic bool
	// BytesOut is the length of the request body.
	BytesOut int

	// Set for After:

	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// BytesIn is the length of the response body.
	BytesIn int
	// Duration is the time from sending to the decoded answer.
	Duration time.Duration
	// Outcome is what is known about the effect of the commands. An attempt
	// whose commands only partly failed counts as Applied.
	Outcome Outcome
	// Errors counts the commands of a batch that the server refused while it
	// answered the batch; [Attempt.Refusal] says why. The refusal of a single
	// command, or of a batch as a whole, is Err.
	Errors int
	// Err is the error of the attempt as a whole, nil when the server answered.
	Err error
	// Retry is set when the client will try again.
	Retry bool

	cmds    []Command
	replies []Reply // of a batch that was answered
}

// Len returns the number of commands.
func (a *Attempt) Len() int { return len(a.cmds) }

// Name returns the name of command i, in upper case.
func (a *Attempt) Name(i int) string { return a.cmds[i].Name() }

// Refusal returns why the server refused command i of a batch, a *[ServerError]
// which names the command, and nil when it did not. The error is made by the
// call, so that a batch without refusals costs nothing: call it when Errors is
// more than 0.
func (a *Attempt) Refusal(i int) error {
	if i < 0 || i >= len(a.replies) || a.replies[i].v.Kind != wire.Error {
		return nil
	}
	return newServerError(a.Name(i), a.replies[i].v.Str, 0)
}

// Operation names the attempt as a whole: the command's name, "pipeline" or
// "transaction".
func (a *Attempt) Operation() string {
	switch {
	case a.Atomic:
		return "transaction"
	case len(a.cmds) == 1:
		return a.cmds[0].Name()
	}
	return "pipeline"
}

// Billed returns the number of commands that the database bills for the
// attempt: one per command, and what scripts declare with
// [Command.WithBilled]. A replicated database bills writes once more per read
// region, which the client cannot know. What was certainly not sent is free.
func (a *Attempt) Billed() int {
	if isNotSent(a.Err) {
		return 0
	}
	n := 0
	for i := range a.cmds {
		n += a.cmds[i].Billed()
	}
	return n
}

// Hooks joins several hooks: Before runs in order, After in reverse order. nil
// hooks are skipped.
func Hooks(hooks ...Hook) Hook {
	var hs hookList
	for _, h := range hooks {
		if h != nil {
			hs = append(hs, h)
		}
	}
	if len(hs) == 1 {
		return hs[0]
	}
	return hs
}

type hookList []Hook

func (hs hookList) Before(ctx context.Context, a *Attempt) context.Context {
	for _, h := range hs {
		ctx = h.Before(ctx, a)
	}
	return ctx
}

func (hs hookList) After(ctx context.Context, a *Attempt) {
	for i := len(hs) - 1; i >= 0; i-- {
		hs[i].After(ctx, a)
	}
}
