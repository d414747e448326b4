package pipeline

import "github.com/yesgoddess/edgeredis/upstash"

// txRules is what only transactions do. They have it from NewTx, so that programs
// without transactions are not linked with it.
type txRules struct {
	args      func(cmd *upstash.Command) []string // scripts by source
	tooLarge  func(q *queue, bytes int) error
	discarded func(err error) error
	// executed is called when all commands have replies.
	executed func(q *queue) error
}

var transaction = txRules{
	args: func(cmd *upstash.Command) []string { return cmd.ArgsInTransaction() },
	tooLarge: func(q *queue, bytes int) error {
		return &TooLargeError{Commands: len(q.cmds), Bytes: bytes, MaxCommands: q.o.MaxCommands, MaxBytes: q.o.MaxBytes}
	},
	discarded: func(err error) error { return &DiscardedError{Err: err} },
	executed:  (*queue).nonAtomic,
}

// nonAtomic looks for commands of a transaction that failed when they ran.
func (q *queue) nonAtomic() error {
	var e *NonAtomicError
	for i := range q.replies {
		err := replyError(&q.cmds[i], &q.replies[i])
		if err == nil {
			continue
		}
		if e == nil {
			e = &NonAtomicError{Total: len(q.cmds), Err: &CommandError{Index: i, Command: nameOf(&q.cmds[i]), Err: err}}
		}
		e.Failed = append(e.Failed, i)
	}
	if e == nil {
		return nil
	}
	return e
}
