package upstash

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// A Script is a Lua script whose reply decodes to a T. Make it once, in a
// package variable, and run it on any Doer. It is safe for concurrent use.
//
// The server is asked to run the script by its SHA-1 (EVALSHA); the source
// travels only when the server does not know it (NOSCRIPT), by itself or as an
// item of a pipeline. In a transaction the source always travels, because there
// is no second chance.
//
// Upstash takes a lock on the whole database for a script unless the script
// carries the flag allow-key-locking; then it locks only KEYS. The flag is added
// here. Stock Redis refuses it; the Client finds that out once and leaves it out
// from then on. All keys must therefore be passed as keys.
type Script[T any] struct {
	code   *scriptCode
	decode func(Reply) (T, error)
}

// ScriptOptions tune a [Script].
type ScriptOptions struct {
	// ReadOnly uses EVAL_RO: the script cannot write, and may be retried.
	ReadOnly bool
	// DynamicKeys leaves out allow-key-locking, for a script that computes
	// names of keys. It then locks the whole database on Upstash.
	DynamicKeys bool
	// Class says what happens when the script runs twice. The default, Unsafe,
	// is never repeated after an answer was lost.
	Class Class
	// Billed is the number of commands inside the script, for cost accounting.
	Billed int
}

// NewScript returns a Script that is Unsafe to repeat and locks its keys.
// decode is usually a method of Reply: NewScript(src, Reply.Int64).
func NewScript[T any](src string, decode func(Reply) (T, error)) *Script[T] {
	return NewScriptWith(src, ScriptOptions{}, decode)
}

// NewScriptWith is NewScript with options. A source that begins with a shebang
// line of its own ("#!lua ...") is sent exactly as it is.
func NewScriptWith[T any](src string, o ScriptOptions, decode func(Reply) (T, error)) *Script[T] {
	class := o.Class
	if o.ReadOnly {
		class = ReadOnly
	}
	return &Script[T]{
		code:   &scriptCode{src: src, opts: o, class: class, by: clientScripts{}},
		decode: decode,
	}
}

// Cmd returns the script's run with these keys and arguments as a command, for
// Do, a pipeline or a transaction. Arguments are converted as by [NewCommand].
func (s *Script[T]) Cmd(keys []string, args ...any) Cmd[T] {
	return Cmd[T]{Command: s.code.command(keys, args), decode: s.decode}
}

// Run runs the script on d.
func (s *Script[T]) Run(ctx context.Context, d Doer, keys []string, args ...any) (T, error) {
	return s.Cmd(keys, args...).Do(ctx, d)
}

// Source returns the Lua source as it was given.
func (s *Script[T]) Source() string { return s.code.src }

// SHA returns the SHA-1, in hex, by which the server is asked first.
func (s *Script[T]) SHA() string { return s.code.variant(true).sha }

// scriptCode is the part of a Script that does not depend on the result type.
type scriptCode struct {
	_     [0]func() // nobody compares it, so no code for that need be linked
	src   string
	opts  ScriptOptions
	class Class

	by scriptRunner

	once          sync.Once
	locked, plain scriptVariant
}

// A scriptRunner is what a Client does with a script. It is reached through the
// script, so that a WebAssembly program without scripts has none of it, and it is an
// interface, of which the linker keeps the methods that are called: a program that
// runs scripts but no batches has nothing of batches.
type scriptRunner interface {
	do(ctx context.Context, c *Client, cmd Command) (Reply, error)
	doBatch(ctx context.Context, c *Client, b Batch) ([]Reply, error)
}

type clientScripts struct{}

// A scriptVariant is one form of the source and its digest.
type scriptVariant struct{ src, sha string }

const keyLockingFlag = "allow-key-locking"

// variant returns the source with or without the key-locking flag. Digests are
// computed on first use, so that a package full of scripts costs no start-up.
func (s *scriptCode) variant(locked bool) *scriptVariant {
	s.once.Do(func() {
		s.plain = scriptVariant{s.src, sha1Hex(s.src)}
		s.locked = s.plain
		if !s.opts.DynamicKeys && !strings.HasPrefix(s.src, "#!") {
			flags := keyLockingFlag
			if s.opts.ReadOnly {
				flags = "no-writes," + flags
			}
			src := "#!lua flags=" + flags + "\n" + s.src
			s.locked = scriptVariant{src, sha1Hex(src)}
		}
	})
	if locked {
		return &s.locked
	}
	return &s.plain
}

// command returns the EVALSHA form.
func (s *scriptCode) command(keys []string, args []any) Command {
	c := Command{
		args:   make([]string, 0, 3+len(keys)+len(args)),
		class:  s.class,
		script: s,
		billed: uint16(min(max(s.opts.Billed, 0), 1<<16-1)), //nolint:gosec // bounded by min and max
	}
	c.args = append(c.args, s.name(true), s.variant(true).sha, strconv.Itoa(len(keys)))
	c.args = append(c.args, keys...)
	for i, a := range args {
		text, err := argText(a)
		if err != nil {
			c.fail(&ArgumentError{Command: c.Name(), Position: 3 + len(keys) + i, Reason: err.Error()})
		}
		c.args = append(c.args, text)
	}
	return c
}

func (s *scriptCode) name(bySHA bool) string {
	switch {
	case bySHA && s.opts.ReadOnly:
		return "EVALSHA_RO"
	case bySHA:
		return "EVALSHA"
	case s.opts.ReadOnly:
		return "EVAL_RO"
	}
	return "EVAL"
}

// form returns cmd rewritten to run one variant of its script, by digest or by
// source. The form that cmd already has is returned as it is.
func (s *scriptCode) form(cmd Command, locked, bySHA bool) Command {
	v := s.variant(locked)
	if bySHA && cmd.args[1] == v.sha {
		return cmd
	}
	args := append(make([]string, 0, len(cmd.args)), cmd.args...)
	args[0], args[1] = s.name(bySHA), v.sha
	if !bySHA {
		args[1] = v.src
	}
	cmd.args = args
	return cmd
}

// capabilities are what a client has found out about its server.
type capabilities struct{ keyLocking atomic.Int32 }

const (
	capUnknown int32 = iota
	capYes
	capNo
)

// useLocking reports whether scripts should carry the key-locking flag.
func (c *capabilities) useLocking() bool { return c.keyLocking.Load() != capNo }

// learn takes the reply of a script that was sent by source, and reports whether
// the server refused the flag.
func (c *capabilities) learn(text string, failed bool) (refused bool) {
	if failed && flagRefused(text) {
		c.keyLocking.Store(capNo)
		return true
	}
	if !failed {
		c.keyLocking.CompareAndSwap(capUnknown, capYes)
	}
	return false
}

// flagRefused knows what servers say to a flag or a shebang that they do not
// know: Redis 7 names the flag; Redis 6 has no shebangs, so its Lua compiler
// stumbles over the first character.
func flagRefused(text string) bool {
	return indexOf(text, "Unexpected flag in script shebang") >= 0 ||
		indexOf(text, "Error compiling script") >= 0 && indexOf(text, "near '#'") >= 0
}

const noScript = "NOSCRIPT"

// do runs a script command by itself.
func (clientScripts) do(ctx context.Context, c *Client, cmd Command) (Reply, error) {
	s := cmd.script
	for {
		locked := c.core.caps.useLocking()
		r, err := c.do(ctx, s.form(cmd, locked, true))
		text, failed := c.serverSaid(&cmd, err)
		if !failed || !strings.HasPrefix(text, noScript) {
			return r, err
		}
		r, err = c.do(ctx, s.form(cmd, locked, false))
		text, failed = c.serverSaid(&cmd, err)
		if !locked || (err != nil && !failed) || !c.core.caps.learn(text, failed) {
			return r, err
		}
	}
}

// serverSaid returns the text of a server's refusal. A refusal of an attempt that
// came after a lost answer counts only for scripts that may run twice.
func (c *Client) serverSaid(cmd *Command, err error) (text string, ok bool) {
	e, ok := err.(*ServerError) //nolint:errorlint // do returns it unwrapped
	if !ok && err != nil && cmd.mayRepeat(c.core.cfg.Retry.Converging) {
		e, ok = errors.AsType[*ServerError](err)
	}
	if !ok {
		return "", false
	}
	return e.Message, true
}

// doBatch runs a batch that contains scripts. A transaction carries the
// sources without the flag (Upstash locks the whole database for a script in a
// transaction anyway). A pipeline asks by digest first; scripts that the server
// does not know are sent again, by source, in a second pipeline after the first
// has run, so their effects come after those of the commands that follow them.
func (clientScripts) doBatch(ctx context.Context, c *Client, b Batch) ([]Reply, error) {
	locked := c.core.caps.useLocking()
	cmds := make([]Command, len(b.Commands))
	for i, cmd := range b.Commands {
		cmds[i] = cmd
		if cmd.script != nil {
			cmds[i] = cmd.script.form(cmd, locked && !b.Atomic, !b.Atomic)
		}
	}
	replies, err := c.doBatch(ctx, Batch{Commands: cmds, Atomic: b.Atomic})
	if err != nil || b.Atomic {
		return replies, err
	}
	return replies, c.fallBack(ctx, b.Commands, replies, locked)
}

// fallBack sends the scripts that the server did not know by source, and puts
// their replies in place.
func (c *Client) fallBack(ctx context.Context, cmds []Command, replies []Reply, locked bool) error {
	var missing []int
	for i := range replies {
		if cmds[i].script != nil && replies[i].v.Kind == wire.Error && strings.HasPrefix(replies[i].v.Str, noScript) {
			missing = append(missing, i)
		}
	}
	for len(missing) > 0 {
		again := make([]Command, len(missing))
		for j, i := range missing {
			again[j] = cmds[i].script.form(cmds[i], locked, false)
		}
		got, err := c.doBatch(ctx, Batch{Commands: again})
		if err != nil {
			return &PartialError{Items: missing, Err: err}
		}
		refused := missing[:0:0]
		for j, i := range missing {
			replies[i] = got[j]
			failed := got[j].v.Kind == wire.Error
			if locked && c.core.caps.learn(got[j].v.Str, failed) {
				refused = append(refused, i)
			}
		}
		missing, locked = refused, false
	}
	return nil
}

// A PartialError is returned by DoBatch together with the replies when only the
// second request of a batch with scripts failed: the commands at Items have no
// valid reply, all others have.
type PartialError struct {
	// Items are indexes into the batch.
	Items []int
	// Err is what happened to them.
	Err error
}

func (e *PartialError) Error() string {
	return e.Err.Error() + " (sending scripts that the server did not know; the other commands of the batch have run)"
}

// Unwrap returns Err.
func (e *PartialError) Unwrap() error { return e.Err }
