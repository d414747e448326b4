//go:build !wasm

package devserver

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// A step is what one REST command becomes for the backend. Exactly one of args,
// prog and done is set.
type step struct {
	// args is the command to send; post, if set, changes its reply.
	args []string
	post func(reply) reply

	// prog needs several commands one after another, so it cannot be part of
	// a transaction.
	prog func(ctx context.Context, c conn) (reply, error)

	// done: the answer is here, without the backend.
	done   bool
	answer reply
}

func answered(v reply) step { return step{done: true, answer: v} }

// runBatch runs commands in order and returns as many replies. A refused command
// takes its own slot; the others run. The error is errBackendDown.
func (s *Server) runBatch(ctx context.Context, batch [][]string, r rights) ([]reply, error) {
	replies := make([]reply, len(batch))
	steps := make([]step, len(batch))
	c, f, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer c.release()
	for i := 0; i < len(batch); {
		n := s.planRun(batch[i:], steps[i:], r, f)
		if err := s.runSteps(ctx, c, batch[i:i+n], steps[i:i+n], replies[i:i+n]); err != nil {
			return nil, err
		}
		i += n
	}
	return replies, nil
}

func (s *Server) acquire(ctx context.Context) (conn, *features, error) {
	f, err := s.backend.features(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.backend.acquire(ctx)
	return c, f, err
}

// planRun plans commands up to the first that needs a program of its own, and
// returns how many. Plans are made late because SCRIPT FLUSH and the like change
// what later commands become.
func (s *Server) planRun(batch [][]string, steps []step, r rights, f *features) int {
	for i, args := range batch {
		switch {
		case len(args) == 0:
			steps[i] = answered(replyError("ERR empty pipeline command"))
		default:
			if text := refuse(args, r); text != "" {
				steps[i] = answered(replyError(text))
				continue
			}
			s.saw(args)
			steps[i] = s.plan(args, f)
		}
		if steps[i].prog != nil {
			return i + 1
		}
	}
	return len(batch)
}

// runSteps sends the commands of steps together, then runs the program that the
// last step may be.
func (s *Server) runSteps(ctx context.Context, c conn, batch [][]string, steps []step, replies []reply) error {
	cmds := make([][]string, 0, len(steps))
	for i := range steps {
		if steps[i].args != nil {
			cmds = append(cmds, steps[i].args)
		}
	}
	var got []reply
	if len(cmds) > 0 {
		var err error
		if got, err = c.do(ctx, cmds); err != nil {
			return err
		}
	}
	for i := range steps {
		switch {
		case steps[i].done:
			replies[i] = steps[i].answer
		case steps[i].prog != nil:
			v, err := steps[i].prog(ctx, c)
			if err != nil {
				return err
			}
			replies[i] = s.finish(batch[i], v, nil)
		default:
			replies[i] = s.finish(batch[i], got[0], steps[i].post)
			got = got[1:]
		}
	}
	return nil
}

// finish turns the backend's reply into the REST API's.
func (s *Server) finish(args []string, v reply, post func(reply) reply) reply {
	if post != nil {
		v = post(v)
	}
	if e, ok := v.(replyError); ok {
		return s.finishError(args, e)
	}
	if n := replySize(v); n > s.opts.MaxBody {
		return replyError(tooLarge(s.opts.MaxBody, n))
	}
	return v
}

func (s *Server) finishError(args []string, e replyError) replyError {
	if strings.HasPrefix(string(e), "ERR unknown command") || strings.HasPrefix(string(e), "ERR unknown subcommand") {
		name := strings.ToUpper(args[0])
		if s.opts.Redis == "" {
			return replyError("ERR Command is not available: '" + name + "'. The embedded Redis of the dev server lacks it; start the dev server over a real Redis (--redis)")
		}
		return replyError(notAvailable(name))
	}
	return e
}

func tooLarge(limit, actual int) string {
	return "ERR max request size exceeded. Limit: " + strconv.Itoa(limit) + " bytes, Actual: " + strconv.Itoa(actual) +
		" bytes. See https://upstash.com/docs/redis/troubleshooting/max_request_size_exceeded for details"
}

// runTx runs commands as one transaction. A replyError means that the request as
// a whole was refused and nothing ran.
func (s *Server) runTx(ctx context.Context, batch [][]string, r rights) ([]reply, error) {
	for _, args := range batch {
		if len(args) == 0 {
			return nil, replyError("ERR empty transaction command")
		}
		if text := refuse(args, r); text != "" {
			return nil, replyError(text)
		}
	}
	c, f, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer c.release()
	steps := make([]step, len(batch))
	var cmds [][]string
	for i, args := range batch {
		steps[i] = s.plan(args, f)
		if steps[i].prog != nil {
			return nil, replyError("ERR the dev server cannot run " + strings.ToUpper(args[0]) + " in this form inside a transaction")
		}
		if steps[i].args != nil {
			cmds = append(cmds, steps[i].args)
		}
	}
	var got []reply
	if len(cmds) > 0 {
		if got, err = c.multi(ctx, cmds); err != nil {
			return nil, s.finishTxError(batch, err)
		}
	}
	replies := make([]reply, len(batch))
	for i, args := range batch {
		s.saw(args)
		if steps[i].done {
			replies[i] = steps[i].answer
			continue
		}
		replies[i] = s.finish(args, got[0], steps[i].post)
		got = got[1:]
	}
	return replies, nil
}

// finishTxError gives the refusal of an unknown command the API's words.
func (s *Server) finishTxError(batch [][]string, err error) error {
	e, ok := errors.AsType[replyError](err)
	if !ok {
		return err
	}
	for _, args := range batch {
		if strings.HasPrefix(strings.ToLower(string(e)), "err unknown command '"+strings.ToLower(args[0])+"'") {
			return s.finishError(args, e)
		}
	}
	return e
}

// saw records a command that is about to run (in a transaction: that has run).
func (s *Server) saw(args []string) {
	s.stats.commands.Add(1)
	if spec := commandSpecs[strings.ToUpper(args[0])]; spec == nil || spec.access != accessRead {
		s.sync.wrote()
	}
	if s.opts.OnCommand != nil {
		s.opts.OnCommand(args)
	}
	s.monitors.publish(args)
}
