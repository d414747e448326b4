package upstashtest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A Fake is an in-memory [upstash.Doer] and [upstash.Batcher] with scripted
// replies. It starts no goroutines and does no I/O, so it works inside synctest
// bubbles. It is safe for concurrent use as far as its function is.
//
// Like a Client it returns a bad command's error, and the context's, before it
// calls the function, and it returns refusals as *[upstash.ServerError]. It never
// retries.
type Fake struct {
	fn func(ctx context.Context, args []string) (any, error)

	mu       sync.Mutex // guards what follows
	requests []Request
	scripts  map[string]ScriptFunc // by SHA-1 and by source
	expected []*Expectation
}

// A Request is what a [Fake] was asked for in one call of Do or DoBatch.
type Request struct {
	Commands [][]string
	// Batch is set for DoBatch, and Atomic for a transaction.
	Batch, Atomic bool
}

// A ScriptFunc plays a Lua script in Go.
type ScriptFunc func(ctx context.Context, keys, args []string) (any, error)

// NewFake returns a Fake that answers by calling fn with the command's name and
// arguments. Scripts arrive as EVALSHA; see [Fake.OnScript].
//
// The value that fn returns becomes the reply, see [upstash.ReplyOf]; a value
// that is an error is a refusal by the server, with the error's text as the
// server's. An error that fn returns is a refusal when it is a
// *[upstash.ServerError] (see [Refuse]), and otherwise the failure of the whole
// request. fn may block until ctx ends, and may be called concurrently. A nil fn
// refuses every command.
func NewFake(fn func(ctx context.Context, args []string) (any, error)) *Fake {
	return &Fake{fn: fn, scripts: map[string]ScriptFunc{}}
}

// Refuse returns the error of a server that refuses a command with this text,
// like "WRONGTYPE Operation against a key holding the wrong kind of value". The
// sentinels of package upstash match it.
func Refuse(text string) error { return upstash.ReplyOf(errors.New(text)).Err() }

// OnScript plays a script: fn is called for EVALSHA and EVAL of s (also _RO)
// instead of the Fake's function. s is a *upstash.Script.
func (f *Fake) OnScript(s interface{ SHA() string }, fn ScriptFunc) *Fake {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scripts[s.SHA()] = fn
	if src, ok := s.(interface{ Source() string }); ok {
		f.scripts[src.Source()] = fn
	}
	return f
}

// Do implements [upstash.Doer].
func (f *Fake) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if err := ready(ctx, cmd); err != nil {
		return upstash.Reply{}, err
	}
	f.note(Request{Commands: [][]string{slices.Clone(cmd.Args())}})
	reply, err := f.answer(ctx, cmd)
	if err == nil {
		err = reply.Err()
	}
	if err != nil {
		return upstash.Reply{}, single(err, cmd)
	}
	return reply, nil
}

// DoBatch implements [upstash.Batcher]. A failure of the request ends the batch;
// the commands before it have been answered, as on a connection that breaks.
func (f *Fake) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	r := Request{Batch: true, Atomic: b.Atomic}
	for _, cmd := range b.Commands {
		if err := ready(ctx, cmd); err != nil {
			return nil, err
		}
		r.Commands = append(r.Commands, slices.Clone(cmd.Args()))
	}
	if len(b.Commands) == 0 {
		return nil, ctx.Err()
	}
	f.note(r)
	replies := make([]upstash.Reply, len(b.Commands))
	for i, cmd := range b.Commands {
		reply, err := f.answer(ctx, cmd)
		if err != nil {
			if _, refused := errors.AsType[*upstash.ServerError](err); !refused {
				return nil, err
			}
			reply = upstash.ReplyOf(err)
		}
		replies[i] = reply
	}
	return replies, nil
}

// ready is what a Client checks before it sends.
func ready(ctx context.Context, cmd upstash.Command) error {
	if err := cmd.Err(); err != nil {
		return err
	}
	return ctx.Err()
}

// single completes the refusal of a single command as a Client does.
func single(err error, cmd upstash.Command) error {
	e, ok := errors.AsType[*upstash.ServerError](err)
	if !ok || e.Command != "" {
		return err
	}
	c := *e
	c.Command, c.Status = cmd.Name(), 400
	return &c
}

func (f *Fake) note(r Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r)
}

// answer calls whatever answers the command; no lock is held meanwhile.
func (f *Fake) answer(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	args := slices.Clone(cmd.Args())
	if fn, keys, rest := f.script(args); fn != nil {
		return replyOf(fn(ctx, keys, rest))
	}
	if e := f.expectation(args); e != nil {
		return replyOf(e.value, e.err)
	}
	if f.fn == nil {
		return upstash.Reply{}, Refuse("ERR upstashtest: the fake has no answer to this command")
	}
	return replyOf(f.fn(ctx, args))
}

func replyOf(v any, err error) (upstash.Reply, error) {
	if err != nil {
		return upstash.Reply{}, err
	}
	return upstash.ReplyOf(v), nil
}

// script finds the function that plays a script command, and splits its keys
// from its arguments.
func (f *Fake) script(args []string) (fn ScriptFunc, keys, rest []string) {
	switch args[0] {
	case "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO":
	default:
		return nil, nil, nil
	}
	if len(args) < 3 {
		return nil, nil, nil
	}
	n, err := strconv.Atoi(args[2])
	if err != nil || n < 0 || n > len(args)-3 {
		return nil, nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.scripts[args[1]], args[3 : 3+n], args[3+n:]
}

// Calls returns the commands seen so far, in order, those of batches included.
func (f *Fake) Calls() [][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var calls [][]string
	for _, r := range f.requests {
		calls = append(calls, r.Commands...)
	}
	return calls
}

// Requests returns the requests seen so far: the calls of Do and DoBatch.
func (f *Fake) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

var (
	_ upstash.Doer    = (*Fake)(nil)
	_ upstash.Batcher = (*Fake)(nil)
)
