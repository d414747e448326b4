package upstash

import (
	"context"
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
	return &Script[T]{code: newScriptCode(src, o), decode: decode}
}

// newScriptCode is the part of NewScriptWith that does not depend on the result
// type.
func newScriptCode(src string, o ScriptOptions) *scriptCode {
	class := o.Class
	if o.ReadOnly {
		class = ReadOnly
	}
	return &scriptCode{
		src: src, class: uint8(class), billed: billed(o.Billed),
		readOnly: o.ReadOnly, dynamicKeys: o.DynamicKeys, by: clientScripts{},
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
	_                     [0]func() // nobody compares it, so no code for that need be linked
	src                   string
	class                 uint8 // as in Command
	billed                uint16
	readOnly, dynamicKeys bool

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
type scriptVariant struct {
	_        [0]func()
	src, sha string
}

const keyLockingFlag = "allow-key-locking"

// variant returns the source with or without the key-locking flag. Digests are
// computed on first use, so that a package full of scripts costs no start-up.
func (s *scriptCode) variant(locked bool) *scriptVariant {
	s.once.Do(func() {
		s.plain.src, s.plain.sha = s.src, sha1Hex(s.src)
		s.locked = s.plain
		if !s.dynamicKeys && !strings.HasPrefix(s.src, "#!") {
			flags := keyLockingFlag
			if s.readOnly {
				flags = "no-writes," + flags
			}
			src := "#!lua flags=" + flags + "\n" + s.src
			s.locked.src, s.locked.sha = src, sha1Hex(src)
		}
	})
	if locked {
		return &s.locked
	}
	return &s.plain
}

// begin returns the EVALSHA form with room for n arguments.
func (s *scriptCode) begin(keys []string, n int) Command {
	c := Command{
		args:   make([]string, 3+len(keys)+n),
		class:  s.class,
		script: s,
		billed: s.billed,
	}
	copy(c.args, []string{s.name(true), s.variant(true).sha, strconv.Itoa(len(keys))})
	copy(c.args[3:], keys)
	return c
}

// command returns the EVALSHA form.
func (s *scriptCode) command(keys []string, args []any) Command {
	c := s.begin(keys, len(args))
	for i, a := range args {
		text, err := argText(a)
		if err != nil {
			c.fail(&ArgumentError{Command: c.Name(), Position: 3 + len(keys) + i, Reason: err.Error()})
		}
		c.args[3+len(keys)+i] = text
	}
	return c
}

func (s *scriptCode) name(bySHA bool) string {
	switch {
	case bySHA && s.readOnly:
		return "EVALSHA_RO"
	case bySHA:
		return "EVALSHA"
	case s.readOnly:
		return "EVAL_RO"
	}
	return "EVAL"
}

// form returns cmd rewritten to run one variant of its script, by digest or by
// source. The form that cmd already has is returned as it is.
func (s *scriptCode) form(cmd *Command, locked, bySHA bool) Command {
	v, c := s.variant(locked), *cmd
	if bySHA && cmd.args[1] == v.sha {
		return c
	}
	args := make([]string, len(cmd.args))
	copy(args, cmd.args)
	args[0], args[1] = s.name(bySHA), v.sha
	if !bySHA {
		args[1] = v.src
	}
	c.args = args
	return c
}

// capabilities are what a client has found out about its server.
type capabilities struct{ noLocking atomic.Bool }

// useLocking reports whether scripts should carry the key-locking flag.
func (c *capabilities) useLocking() bool { return !c.noLocking.Load() }

// learn takes the refusal of a script that was sent by source, and reports whether
// it was the flag that was refused.
func (c *capabilities) learn(text string) (refused bool) {
	refused = flagRefused(text)
	if refused {
		c.noLocking.Store(true)
	}
	return refused
}

// flagRefused knows what servers say to a flag or a shebang that they do not
// know: Redis 7 names the flag; Redis 6 has no shebangs, so its Lua compiler
// stumbles over the first character.
func flagRefused(text string) bool {
	return indexOf(text, "Unexpected flag in script shebang") >= 0 ||
		indexOf(text, "Error compiling script") >= 0 && indexOf(text, "near '#'") >= 0
}

// do runs a script command by itself: by digest, and by source when the server
// does not know it; and from the start when that has shown that it does not know the
// flag.
func (clientScripts) do(ctx context.Context, c *Client, cmd Command) (Reply, error) {
	locked, bySHA := c.core.caps.useLocking(), true
	for {
		r, err := c.do(ctx, cmd.script.form(&cmd, locked, bySHA))
		text := c.serverSaid(&cmd, err)
		switch {
		case bySHA && isNoScript(text):
			bySHA = false
		case !bySHA && locked && c.core.caps.learn(text):
			locked, bySHA = false, true
		default:
			return r, err
		}
	}
}

// isNoScript reports whether the text of a refusal says that the server does not
// know the script.
func isNoScript(text string) bool { return strings.HasPrefix(text, "NOSCRIPT") }

// serverSaid returns the text of a server's refusal, "" when there is none. A refusal of an attempt that
// came after a lost answer counts only for scripts that may run twice.
func (c *Client) serverSaid(cmd *Command, err error) string {
	e, ok := err.(*ServerError) //nolint:errorlint // do returns it unwrapped
	if !ok && cmd.mayRepeat(c.core.converging) {
		e = serverErrorIn(err)
	}
	if e == nil {
		return ""
	}
	return e.Message
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
			cmds[i] = cmd.script.form(&cmd, locked && !b.Atomic, !b.Atomic)
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
		if cmds[i].script != nil && replies[i].v.Kind == wire.Error && isNoScript(replies[i].v.Str) {
			missing = append(missing, i)
		}
	}
	for len(missing) > 0 {
		again := make([]Command, len(missing))
		for j, i := range missing {
			again[j] = cmds[i].script.form(&cmds[i], locked, false)
		}
		got, err := c.doBatch(ctx, Batch{Commands: again})
		if err != nil {
			return &PartialError{Items: missing, Err: err}
		}
		refused := missing[:0:0]
		for j, i := range missing {
			replies[i] = got[j]
			failed := got[j].v.Kind == wire.Error
			if failed && locked && c.core.caps.learn(got[j].v.Str) {
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
