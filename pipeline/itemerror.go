package pipeline

import (
	"errors"
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash"
)

// itemError is what the failure err of a whole request means for one of its
// commands, named as if it had been sent by itself. In particular the loss of an
// answer leaves a command that only reads without effect, whatever the commands
// beside it do.
func itemError(cmd *upstash.Command, err error) error {
	switch e := err.(type) { //nolint:errorlint // only errors of the client itself are taken apart
	case *upstash.MaybeAppliedError:
		inner := itemError(cmd, e.Err)
		if cmd.ReadOnly() {
			return inner
		}
		return &upstash.MaybeAppliedError{Err: inner}
	case *upstash.TransportError:
		own := *e
		own.Command = nameOf(cmd)
		return &own
	case *upstash.ServerError:
		return named(cmd, e)
	}
	return err
}

// nameOf is Command.Name, once and not in each place.
//
//go:noinline
func nameOf(cmd *upstash.Command) string { return cmd.Name() }

// named returns e with the command's name; the server does not repeat it in a
// batch.
func named(cmd *upstash.Command, e *upstash.ServerError) error {
	if e.Command != "" {
		return e
	}
	own := *e
	own.Command = nameOf(cmd)
	return &own
}

// replyError is the error of one reply in a batch, nil when there is none.
func replyError(cmd *upstash.Command, r *upstash.Reply) error {
	err := r.Err()
	if err == nil {
		return nil
	}
	if e, ok := err.(*upstash.ServerError); ok { //nolint:errorlint // Reply.Err makes it
		return named(cmd, e)
	}
	return err
}

// checkLength returns the failure of a batch that was answered with the wrong
// number of replies. The client checks that as well; other Batchers may not.
func checkLength(cmds []upstash.Command, got int) error {
	if got == len(cmds) {
		return nil
	}
	err := &upstash.TransportError{
		Command:  "batch of " + strconv.Itoa(len(cmds)),
		Attempts: 1,
		Sent:     true,
		Err:      &upstash.LengthError{Want: len(cmds), Got: got},
	}
	for i := range cmds {
		if !cmds[i].ReadOnly() {
			return &upstash.MaybeAppliedError{Err: err}
		}
	}
	return err
}

// maybeApplied wraps err unless it says already that the command may have been
// applied, or the command cannot change anything.
func maybeApplied(cmd *upstash.Command, err error) error {
	if err == nil || cmd.ReadOnly() || errors.Is(err, upstash.ErrMaybeApplied) {
		return err
	}
	if _, ok := err.(*upstash.TransportError); !ok { //nolint:errorlint // the client's own is kept as it is
		err = &upstash.TransportError{Command: nameOf(cmd), Attempts: 1, Sent: true, Err: err}
	}
	return &upstash.MaybeAppliedError{Err: err}
}
