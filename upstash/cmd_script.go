package upstash

// Scripts and functions: https://redis.io/docs/latest/commands/?group=scripting.
// [Script] is the comfortable way to run a script: it sends the source only when
// it must, and on Upstash does not lock the whole database.

// Eval runs a Lua script and returns its reply as it came; nil is a reply here,
// not [ErrNil]. It is Unsafe to repeat.
func Eval(script string, keys []string, args ...any) Cmd[Reply] {
	return As(eval(Unsafe, "EVAL", script, keys, args), Reply.Raw)
}

// EvalRO is [Eval] for a script that only reads.
func EvalRO(script string, keys []string, args ...any) Cmd[Reply] {
	return As(eval(ReadOnly, "EVAL_RO", script, keys, args), Reply.Raw)
}

// EvalSha is [Eval] of a script that the server has, by the SHA-1 of its source in
// hex; the server error [ErrNoScript] means that it does not.
func EvalSha(sha string, keys []string, args ...any) Cmd[Reply] {
	return As(eval(Unsafe, "EVALSHA", sha, keys, args), Reply.Raw)
}

// EvalShaRO is [EvalSha] for a script that only reads.
func EvalShaRO(sha string, keys []string, args ...any) Cmd[Reply] {
	return As(eval(ReadOnly, "EVALSHA_RO", sha, keys, args), Reply.Raw)
}

// FCall calls a function and returns its reply as it came; nil is a reply here,
// not [ErrNil]. It is Unsafe to repeat.
func FCall(function string, keys []string, args ...any) Cmd[Reply] {
	return As(eval(Unsafe, "FCALL", function, keys, args), Reply.Raw)
}

// FCallRO is [FCall] of a function that only reads.
func FCallRO(function string, keys []string, args ...any) Cmd[Reply] {
	return As(eval(ReadOnly, "FCALL_RO", function, keys, args), Reply.Raw)
}

func eval(class Class, name, code string, keys []string, args []any) Command {
	b := build(class, 3+len(keys)+len(args), name, code, itoa(len(keys)))
	b.str(keys...)
	for _, a := range args {
		b.val(a)
	}
	return b.done()
}

// ScriptExists reports for each SHA-1 whether the server has the script.
func ScriptExists(shas ...string) Cmd[[]bool] {
	b := build(ReadOnly, 2+len(shas), "SCRIPT", "EXISTS")
	b.strs(shas, "SHA-1")
	return As(b.done(), Reply.Bools)
}

// ScriptFlush makes the server forget all scripts.
func ScriptFlush() Cmd[struct{}] { return As(idem("SCRIPT", "FLUSH"), Reply.OK) }

// ScriptKill ends a script that runs and has not written. Upstash always answers
// the server error NOTBUSY.
func ScriptKill() Cmd[struct{}] { return As(write("SCRIPT", "KILL"), Reply.OK) }

// ScriptLoad gives the server a script and returns its SHA-1 in hex.
func ScriptLoad(script string) Cmd[string] { return As(idem("SCRIPT", "LOAD", script), Reply.Text) }

// FunctionDelete deletes a library; one that is missing is a server error.
func FunctionDelete(library string) Cmd[struct{}] {
	return As(write("FUNCTION", "DELETE", library), Reply.OK)
}

// FunctionFlush deletes all libraries.
func FunctionFlush() Cmd[struct{}] { return As(idem("FUNCTION", "FLUSH"), Reply.OK) }

// FunctionKill ends a function that runs and has not written. Upstash always
// answers the server error NOTBUSY.
func FunctionKill() Cmd[struct{}] { return As(write("FUNCTION", "KILL"), Reply.OK) }

// FunctionLoad loads a library from its source and returns its name; one that
// exists is a server error.
func FunctionLoad(code string) Cmd[string] { return As(write("FUNCTION", "LOAD", code), Reply.Text) }

// FunctionLoadReplace is [FunctionLoad] that replaces a library that exists. It
// is Idempotent.
func FunctionLoadReplace(code string) Cmd[string] {
	return As(idem("FUNCTION", "LOAD", "REPLACE", code), Reply.Text)
}

// FunctionListOptions are the options of FUNCTION LIST.
type FunctionListOptions struct {
	// Library is a glob pattern; "" means all.
	Library string
	// WithCode returns the sources too.
	WithCode bool
}

// A Library is a library of functions.
type Library struct {
	Name, Engine string
	Functions    []LibraryFunction
	// Code is the source, "" unless it was asked for.
	Code string
}

// A LibraryFunction is one function of a [Library].
type LibraryFunction struct {
	Name string
	// Description is "" when there is none.
	Description string
	Flags       []string
}

// FunctionList returns the libraries that are loaded.
func FunctionList(o FunctionListOptions) Cmd[[]Library] {
	b := build(ReadOnly, 5, "FUNCTION", "LIST")
	if o.Library != "" {
		b.str("LIBRARYNAME", o.Library)
	}
	b.flag(o.WithCode, "WITHCODE")
	return As(b.done(), Reply.libraries)
}

// A FunctionEngine counts what one engine has loaded.
type FunctionEngine struct {
	// Name is "LUA" as a rule.
	Name                 string
	Libraries, Functions int64
}

// FunctionStats returns how much each engine has loaded. The function that runs
// is left out: Upstash never tells it.
func FunctionStats() Cmd[[]FunctionEngine] {
	return As(read("FUNCTION", "STATS"), Reply.functionEngines)
}
