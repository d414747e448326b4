package pipeline

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
)

// exec does the work of Exec. When it returns, every command has a reply or an
// error.
func (p *Pipeline) exec(ctx context.Context) error {
	if len(p.cmds) == 0 {
		return nil
	}
	for i := range p.cmds {
		if err := p.cmds[i].Err(); err != nil {
			return p.refuse(i, err)
		}
	}
	if p.fits() {
		return p.execWhole(ctx)
	}
	ends, bytes, bad := p.split()
	if bad >= 0 {
		return p.refuseBinary(bad)
	}
	switch {
	case len(ends) == 1:
		return p.execWhole(ctx)
	case p.tx != nil:
		err := p.tx.tooLarge((*queue)(p), bytes)
		p.failFrom(0, err)
		return err
	}
	return p.execParts(ctx, ends)
}

// fits reports whether the commands certainly make one request. It looks at
// lengths only; nearly every pipeline needs no more.
func (p *Pipeline) fits() bool {
	if p.o.MaxCommands > 0 && len(p.cmds) > p.o.MaxCommands {
		return false
	}
	if p.o.MaxBytes == 0 {
		return true
	}
	n := 2
	for i := range p.cmds {
		if n += encodedBound(p.args(i)); n > p.o.MaxBytes {
			return false
		}
	}
	return true
}

// args returns the words of command i as they are sent first.
func (p *Pipeline) args(i int) []string {
	if p.tx != nil {
		return p.tx.args(&p.cmds[i])
	}
	return p.cmds[i].Args()
}

// split returns where each request ends and the exact length of all commands in
// one request body. bad is the index of the first command that a batch cannot
// carry, or -1.
func (p *Pipeline) split() (ends []int, bytes, bad int) {
	bytes = len("[]") - 1 // no comma after the last command
	count, size := 0, bytes
	for i := range p.cmds {
		n, text := encodedLen(p.args(i))
		if !text {
			return nil, 0, i
		}
		bytes += n
		full := p.o.MaxCommands > 0 && count == p.o.MaxCommands || p.o.MaxBytes > 0 && size+n > p.o.MaxBytes
		if full && count > 0 {
			ends = append(ends, i)
			count, size = 0, len("[]")-1
		}
		count++
		size += n
	}
	if p.tx != nil && p.o.MaxBytes > 0 && bytes > p.o.MaxBytes && len(ends) == 0 {
		ends = append(ends, 0) // one command over the limit: a transaction keeps to it
	}
	return append(ends, len(p.cmds)), bytes, -1
}

// execWhole sends everything in one request.
func (p *Pipeline) execWhole(ctx context.Context) error {
	replies, err := p.send(ctx, 0, len(p.cmds))
	if replies == nil {
		if e, ok := err.(*upstash.ServerError); ok && p.tx != nil { //nolint:errorlint // a wrapped one is not the whole story
			err = p.tx.discarded(e)
		}
		return err
	}
	p.replies = replies
	if err != nil {
		return err
	}
	p.progress(len(p.cmds))
	if p.tx != nil {
		return p.tx.executed((*queue)(p))
	}
	return nil
}

// execParts sends one request after the other until one fails.
func (p *Pipeline) execParts(ctx context.Context, ends []int) error {
	p.replies = make([]upstash.Reply, len(p.cmds))
	start := 0
	for _, end := range ends {
		replies, err := p.send(ctx, start, end)
		copy(p.replies[start:end], replies)
		if err != nil {
			p.failFrom(end, &earlierError{err})
			answered := start + len(replies) - missing(err)
			return &IncompleteError{Answered: answered, Total: len(p.cmds), Err: err}
		}
		start = end
		p.progress(end)
	}
	return nil
}

// send sends commands start to end. It returns their replies, none when the
// request failed as a whole; the errors of the commands are noted.
func (p *Pipeline) send(ctx context.Context, start, end int) ([]upstash.Reply, error) {
	cmds := p.cmds[start:end:end]
	replies, err := p.b.DoBatch(ctx, upstash.Batch{Commands: cmds, Atomic: p.tx != nil})
	if part, ok := errors.AsType[*upstash.PartialError](err); ok && len(replies) == len(cmds) {
		for _, i := range part.Items {
			p.fail(start+i, itemError(&cmds[i], part.Err))
		}
		return replies, err
	}
	if err == nil {
		err = checkLength(cmds, len(replies))
	}
	if err == nil {
		return replies, nil
	}
	if errors.Is(err, upstash.ErrBadArgument) {
		if _, _, bad := p.split(); bad >= 0 {
			return nil, p.refuseBinary(bad)
		}
	}
	for i := range cmds {
		own := itemError(&cmds[i], err)
		if e, ok := err.(*upstash.ServerError); ok && p.tx != nil { //nolint:errorlint // as in execWhole
			own = p.tx.discarded(named(&cmds[i], e))
		}
		p.fail(start+i, own)
	}
	return nil, err
}

// missing counts the commands without a reply among the replies of a batch.
func missing(err error) int {
	if part, ok := errors.AsType[*upstash.PartialError](err); ok {
		return len(part.Items)
	}
	return 0
}

// refuse fails the pipeline because command i is bad: before anything is sent.
func (p *Pipeline) refuse(i int, err error) error {
	e := &CommandError{Index: i, Command: nameOf(&p.cmds[i]), Err: err}
	p.failFrom(0, &refusedError{e})
	p.errs[i] = err
	return e
}

// refuseBinary is refuse for a command with bytes that JSON cannot carry.
func (p *Pipeline) refuseBinary(i int) error {
	args := p.cmds[i].Args()
	at := 0
	for at < len(args)-1 {
		if _, text := escapes(args[at]); !text {
			break
		}
		at++
	}
	return p.refuse(i, &upstash.ArgumentError{
		Command:  nameOf(&p.cmds[i]),
		Position: at,
		Reason:   "is not valid UTF-8, which a batch cannot carry; send the command by itself",
	})
}

func (p *Pipeline) fail(i int, err error) {
	if p.errs == nil {
		p.errs = make([]error, len(p.cmds))
	}
	p.errs[i] = err
}

// failFrom notes that commands from start on were not sent.
func (p *Pipeline) failFrom(start int, why error) {
	for i := start; i < len(p.cmds); i++ {
		p.fail(i, &UnsentError{Command: nameOf(&p.cmds[i]), Err: why})
	}
}

func (p *Pipeline) progress(n int) {
	if p.o.Progress != nil {
		p.o.Progress(n, len(p.cmds))
	}
}
