package pipeline

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Options tune a [Pipeline]. The zero value is good.
type Options struct {
	// MaxCommands and MaxBytes bound one request. A longer pipeline goes out in
	// several requests, one after the other; a longer transaction fails with a
	// *[TooLargeError] before anything is sent. Bytes are those of the request
	// body. 0 means 10,000 commands and 8 MiB, which leaves room below the
	// 10 MB that every Upstash plan accepts; negative means no bound. A command
	// that is over MaxBytes by itself is sent by itself.
	MaxCommands, MaxBytes int
	// Progress is called by Exec, on its goroutine, after each request that was
	// answered, with the number of commands answered so far and of all
	// commands.
	Progress func(done, total int)
	// Capacity is the number of commands to make room for at once. 0 grows as
	// needed. A pipeline that stays within it allocates a fixed number of times.
	Capacity int
}

// Defaults of [Options].
const (
	defaultMaxCommands = 10_000
	defaultMaxBytes    = 8 << 20
)

// A Pipeline queues commands and sends them together. Use it once, and not
// concurrently.
type Pipeline struct {
	b       upstash.Batcher
	o       Options
	tx      *txRules // nil unless it is a transaction
	state   state
	cmds    []upstash.Command
	replies []upstash.Reply
	errs    []error // nil when every command has a reply
	slabs   []any   // one *slab[T] for each type of result
}

type state uint8

const (
	queueing state = iota
	executing
	done
)

// New returns an empty pipeline. Its commands run in order; commands of others
// may run in between.
func New(b upstash.Batcher) *Pipeline { return NewWith(b, Options{}) }

// NewTx returns an empty transaction. Its commands run in order with no others
// in between, or not at all when the server refuses it. A command that fails
// when it runs does not undo the others; Exec tells that apart.
func NewTx(b upstash.Batcher) *Pipeline { return NewTxWith(b, Options{}) }

// NewWith is New with options.
func NewWith(b upstash.Batcher, o Options) *Pipeline { return newPipeline(b, o, nil) }

// NewTxWith is NewTx with options.
func NewTxWith(b upstash.Batcher, o Options) *Pipeline { return newPipeline(b, o, &transaction) }

func newPipeline(b upstash.Batcher, o Options, tx *txRules) *Pipeline {
	o.MaxCommands = bound(o.MaxCommands, defaultMaxCommands)
	o.MaxBytes = bound(o.MaxBytes, defaultMaxBytes)
	p := &Pipeline{b: b, o: o, tx: tx}
	if o.Capacity > 0 {
		p.cmds = make([]upstash.Command, 0, o.Capacity)
	}
	return p
}

// bound maps 0 to def and negative values to 0 ("no bound").
func bound(n, def int) int {
	switch {
	case n == 0:
		return def
	case n < 0:
		return 0
	}
	return n
}

// Add queues c and returns its future. After Exec the command is not queued and
// the future gives [ErrExecuted].
func Add[T any](p *Pipeline, c upstash.Cmd[T]) *Future[T] {
	if p.state != queueing {
		return &Future[T]{src: &failed{ErrExecuted}}
	}
	f := slabOf[T](p).take(len(p.cmds), p.o.Capacity-len(p.cmds))
	f.decode, f.src, f.index = c.Decoder(), (*queue)(p), len(p.cmds)
	p.add(&c.Command)
	return f
}

//go:noinline
func (p *Pipeline) add(cmd *upstash.Command) { p.cmds = append(p.cmds, *cmd) }

func slabOf[T any](p *Pipeline) *slab[T] {
	for _, s := range p.slabs {
		if s, ok := s.(*slab[T]); ok {
			return s
		}
	}
	s := &slab[T]{}
	p.slabs = append(p.slabs, s)
	return s
}

// Len returns the number of queued commands.
func (p *Pipeline) Len() int { return len(p.cmds) }

// Exec sends what is queued and gives every future its result. It can be called
// once; then it returns [ErrExecuted]. An empty pipeline sends nothing.
//
// For a pipeline the error is about requests, never about one command: a command
// that the server refuses fails its own future and no other, see [Pipeline.Err].
// It is a *[CommandError] with an *[upstash.ArgumentError] when a command is
// bad (then nothing is sent), the errors of [upstash.Client.DoBatch], among them
// an *[upstash.LengthError] inside, or an *[IncompleteError] when the pipeline
// was split and one of the requests failed.
//
// For a transaction it is in addition a *[TooLargeError] before anything is
// sent, a *[DiscardedError] when the server refused it and nothing has run, or a
// *[NonAtomicError] when commands failed while others took effect.
func (p *Pipeline) Exec(ctx context.Context) error {
	if p.state != queueing {
		return ErrExecuted
	}
	p.state = executing
	err := p.exec(ctx)
	p.state = done
	p.slabs = nil
	return err
}

// Err joins the errors of the commands of an executed pipeline, each as a
// *[CommandError] in the order of Add; it is nil when the server accepted all.
// Before Exec it is [ErrPending]. A nil reply is no error here; whether a reply
// fits its type is told by the future.
func (p *Pipeline) Err() error {
	if p.state != done {
		return ErrPending
	}
	var all []error
	for i := range p.cmds {
		if _, err := p.result(i); err != nil {
			all = append(all, &CommandError{Index: i, Command: nameOf(&p.cmds[i]), Err: err})
		}
	}
	return errors.Join(all...)
}

// result returns the reply to command i.
func (p *Pipeline) result(i int) (upstash.Reply, error) {
	if p.state != done {
		return upstash.Reply{}, ErrPending
	}
	if p.errs != nil && p.errs[i] != nil {
		return upstash.Reply{}, p.errs[i]
	}
	r := &p.replies[i]
	return *r, replyError(&p.cmds[i], r)
}

// A queue is a Pipeline as the source of its futures. It has no other methods: those
// of a type that is put into an interface are linked when they look like methods of
// some interface, as Err does, whether they are used or not.
type queue Pipeline

func (q *queue) result(i int) (upstash.Reply, error) { return (*Pipeline)(q).result(i) }
func (q *queue) wait(context.Context) error          { return nil }
func (q *queue) command(i int) *upstash.Command      { return &q.cmds[i] }
func (q *queue) mayBeSent() bool                     { return q.state == executing }
