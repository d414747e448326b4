package upstash

import (
	"context"
	"strconv"
)

// A Doer runs one command. [*Client] and every fake or wrapper of one is a
// Doer; the packages cache, ratelimit, lock and health need nothing else.
type Doer interface {
	// Do runs cmd and returns its reply. An error reply of the server is
	// returned as a *[ServerError], not as a Reply.
	Do(ctx context.Context, cmd Command) (Reply, error)
}

// A Batcher runs several commands in one HTTP request.
type Batcher interface {
	// DoBatch returns one Reply for each command, in order. A command that
	// failed has a Reply whose Err method says why; the error that DoBatch
	// itself returns concerns the request as a whole.
	DoBatch(ctx context.Context, b Batch) ([]Reply, error)
}

// A Batch is what a [Batcher] runs.
type Batch struct {
	Commands []Command
	// Atomic runs the batch as one transaction (/multi-exec): no other command
	// runs in between, and a batch that the server refuses has no effect.
	Atomic bool
}

// A Command is one Redis command: its name, its arguments, and what the client
// must know to treat it safely. It is a value; it can be kept, copied and run
// any number of times, also concurrently. The zero Command is invalid.
type Command struct {
	args   []string
	err    error       // first bad argument; returned before any I/O
	script *scriptCode // set for commands made by a Script
	class  uint8       // a Class, whose String method would be linked with every Command
	marks  marks
	billed uint16 // commands billed beyond the command itself
}

type marks uint8

const (
	markOnce marks = 1 << iota
	markRetryable
)

// NewCommand builds any command from its name and arguments. Arguments may be
// strings, byte slices, integers, floats, booleans (sent as 1 and 0), types with
// MarshalText, or values wrapped by [JSON]. Anything else is refused, also
// [time.Duration], whose unit Redis cannot know: pass seconds or milliseconds. A
// bad argument, and a command that cannot work over REST, is an error that Do
// returns before any I/O; [Command.Err] tells it early.
//
// A name of two words may be given as one argument ("SCRIPT LOAD") or two.
func NewCommand(name string, args ...any) Command {
	c := Command{args: make([]string, 0, len(args)+1)}
	c.addName(name)
	for i, a := range args {
		s, err := argText(a)
		if err != nil {
			own, ok := err.(*ArgumentError) //nolint:errorlint // as argText returns it
			if !ok {
				own = &ArgumentError{Command: c.Name(), Position: i + 1, Reason: err.Error()}
			}
			c.fail(own)
		}
		c.args = append(c.args, s)
	}
	c.finish()
	return c
}

// CommandOf is [NewCommand] for words that are text already, the name in upper case
// first, and a class that the caller knows. Nothing is converted, looked up or
// refused, so a WebAssembly program that uses nothing else has no code for that.
// It keeps words.
func CommandOf(class Class, words ...string) Command {
	return Command{args: words, class: uint8(class)}
}

// addName splits "SCRIPT LOAD" into its words.
func (c *Command) addName(name string) {
	for {
		i := 0
		for i < len(name) && name[i] != ' ' {
			i++
		}
		if i > 0 {
			c.args = append(c.args, upper(name[:i]))
		}
		if i == len(name) {
			return
		}
		name = name[i+1:]
	}
}

// finish classifies a command that was built from data and refuses what cannot
// work over REST.
func (c *Command) finish() {
	if len(c.args) == 0 || c.args[0] == "" {
		c.fail(&ArgumentError{Reason: "the command name is empty"})
		return
	}
	c.class = uint8(ClassOf(c.args))
	if e := refusedOverREST(c.args); e != nil {
		c.fail(e)
	}
}

func (c *Command) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Args returns the name and the arguments; the caller must not modify it.
func (c Command) Args() []string { return c.args }

// ArgsInTransaction returns the words that a transaction sends: those of Args, but
// of a script its source in place of the digest.
func (c Command) ArgsInTransaction() []string {
	if c.script == nil {
		return c.args
	}
	return c.script.form(&c, false, false).args
}

// Name returns the command's name in upper case, "" for the zero Command. For
// container commands it is the first word: "SCRIPT".
func (c Command) Name() string { return nameOf(c.args) }

func nameOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// String names the command and tells the number and size of its arguments, never
// their values: "SET <2 arguments, 17 bytes>".
func (c Command) String() string {
	if len(c.args) == 0 {
		return "<no command>"
	}
	size := 0
	for _, a := range c.args[1:] {
		size += len(a)
	}
	return c.Name() + " <" + strconv.Itoa(len(c.args)-1) + " arguments, " + strconv.Itoa(size) + " bytes>"
}

// GoString is String.
func (c Command) GoString() string { return c.String() }

// Err returns the first bad argument as an *[ArgumentError], or nil. Do and
// DoBatch return it before any I/O.
func (c Command) Err() error {
	if c.err == nil && len(c.args) == 0 {
		return &ArgumentError{Reason: "the command is empty"}
	}
	return c.err
}

// ScriptSource returns the Lua source of a command made by a [Script], as it was
// given, for fakes that stand in for a server.
func (c Command) ScriptSource() (source string, ok bool) {
	if c.script == nil {
		return "", false
	}
	return c.script.src, true
}

// Class returns how the command behaves when it is run twice.
func (c Command) Class() Class { return Class(c.class) }

// ReadOnly reports whether the command cannot change data.
func (c Command) ReadOnly() bool { return Class(c.class) == ReadOnly }

// Once returns a copy that is sent at most once: it is not retried even where
// that would be safe, except when it certainly was not sent.
func (c Command) Once() Command {
	c.marks = c.marks&^markRetryable | markOnce
	return c
}

// Retryable returns a copy that may be sent again although it may already have
// been applied. Use it where running twice does no harm.
func (c Command) Retryable() Command {
	c.marks = c.marks&^markOnce | markRetryable
	return c
}

// WithBilled returns a copy that counts as 1+inner commands in cost accounting:
// Upstash bills the commands that a script runs beside the script itself. It
// changes nothing but [Attempt.Billed].
func (c Command) WithBilled(inner int) Command {
	c.billed = billed(inner)
	return c
}

func billed(inner int) uint16 {
	return uint16(min(max(inner, 0), 1<<16-1)) //nolint:gosec // bounded by min and max
}

// Billed returns the number of commands that the database bills for c, as far
// as the client can know.
func (c Command) Billed() int { return 1 + int(c.billed) }

// Repeatable reports whether c may be sent again after it may have been applied:
// by its class (read-only or idempotent) or its mark. Layers that batch commands
// of several callers use it.
func (c Command) Repeatable() bool { return c.mayRepeat(false) }

// mayRepeat reports whether c may be sent again after it may have been applied.
func (c *Command) mayRepeat(converging bool) bool {
	switch {
	case c.marks&markOnce != 0:
		return false
	case c.marks&markRetryable != 0:
		return true
	case Class(c.class) == Converging:
		return converging
	}
	return Class(c.class) == ReadOnly || Class(c.class) == Idempotent
}

// A Cmd is a Command whose reply decodes to a T.
type Cmd[T any] struct {
	Command
	decode func(Reply) (T, error)
}

// As types a command: As(NewCommand("X.Y", key), Reply.Int64).
func As[T any](c Command, decode func(Reply) (T, error)) Cmd[T] {
	return Cmd[T]{Command: c, decode: decode}
}

// Do runs c on d and decodes the reply.
func (c Cmd[T]) Do(ctx context.Context, d Doer) (T, error) {
	r, err := d.Do(ctx, c.Command)
	if err != nil {
		var zero T
		return zero, err
	}
	return c.Decode(r)
}

// Decode decodes a reply to c; layers that batch commands use it. A reply of
// another shape gives a *[DecodeError] that names the command.
func (c Cmd[T]) Decode(r Reply) (T, error) {
	if c.decode == nil {
		var zero T
		return zero, noDecoder(c.args, r)
	}
	v, err := c.decode(r)
	if err != nil {
		err = withCommand(err, c.args)
	}
	return v, err
}

// noDecoder is the error for a Cmd that was not made by a constructor. Like
// withCommand it is not inlined: each type of result has its own Decode.
//
//go:noinline
func noDecoder(args []string, r Reply) error {
	return &DecodeError{Command: nameOf(args), Want: "a command made by a constructor", Got: r.kindName()}
}

// Decoder returns the decoder that As was given, for layers that keep many
// commands: As(c.Command, c.Decoder()) is c again.
func (c Cmd[T]) Decoder() func(Reply) (T, error) { return c.decode }

// Once is [Command.Once] for a typed command.
func (c Cmd[T]) Once() Cmd[T] {
	c.Command = c.Command.Once()
	return c
}

// Retryable is [Command.Retryable] for a typed command.
func (c Cmd[T]) Retryable() Cmd[T] {
	c.Command = c.Command.Retryable()
	return c
}

// Optional turns a nil reply into a nil pointer instead of [ErrNil].
func Optional[T any](c Cmd[T]) Cmd[*T] {
	decode := c.decode
	return Cmd[*T]{Command: c.Command, decode: func(r Reply) (*T, error) {
		if r.IsNil() {
			return nil, nil //nolint:nilnil // nil is the documented answer for a missing value
		}
		v, err := decode(r)
		if err != nil {
			return nil, err
		}
		return &v, nil
	}}
}

// read, idem, conv and write build commands of the four classes from finished
// arguments; the constructors in cmd_*.go use them.
func read(args ...string) Command  { return Command{args: args, class: uint8(ReadOnly)} }
func idem(args ...string) Command  { return Command{args: args, class: uint8(Idempotent)} }
func conv(args ...string) Command  { return Command{args: args, class: uint8(Converging)} }
func write(args ...string) Command { return Command{args: args, class: uint8(Unsafe)} }

func upper(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'a' && s[i] <= 'z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] >= 'a' && b[j] <= 'z' {
					b[j] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
