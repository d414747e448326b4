//go:build !wasm

package devserver

import (
	"regexp"
	"sort"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// A library is a loaded function library of the embedded Redis.
type library struct {
	name, code string
	functions  []libraryFunction
}

type libraryFunction struct {
	name        string
	description reply
	flags       []string
}

var libraryName = regexp.MustCompile(`^#!(?i:lua)\s+name=([A-Za-z0-9_]+)\s*(?:\n|$)`)

var functionName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// function serves FUNCTION. A library is Lua source that registers functions; it
// is run again for each call, since miniredis keeps no Lua state.
func function(e *embedded, c *server.Peer, args []string) reply {
	if len(args) == 0 {
		return replyError(wrongArity("function"))
	}
	switch strings.ToUpper(args[0]) {
	case "LOAD":
		return e.functionLoad(c, args[1:])
	case "DELETE":
		if len(args) != 2 {
			return replyError(wrongArity("function|delete"))
		}
		if e.functions[args[1]] == nil {
			return replyError("ERR Library not found")
		}
		delete(e.functions, args[1])
		return "OK"
	case "FLUSH":
		e.functions = map[string]*library{}
		return "OK"
	case "LIST":
		return e.functionList(args[1:])
	case "STATS":
		n := 0
		for _, l := range e.functions {
			n += len(l.functions)
		}
		engine := []any{bulk("libraries_count"), int64(len(e.functions)), bulk("functions_count"), int64(n)}
		return []any{bulk("running_script"), nil, bulk("engines"), []any{bulk("LUA"), engine}}
	}
	return replyError("ERR unknown subcommand '" + args[0] + "'. Try FUNCTION HELP.")
}

func (e *embedded) functionLoad(c *server.Peer, args []string) reply {
	replace := len(args) == 2 && strings.EqualFold(args[0], "REPLACE")
	if len(args) != 1 && !replace {
		return replyError(wrongArity("function|load"))
	}
	code := args[len(args)-1]
	m := libraryName.FindStringSubmatch(code)
	switch {
	case !strings.HasPrefix(code, "#!"):
		return replyError("ERR Missing library metadata")
	case m == nil:
		return replyError("ERR Library name was not given")
	case e.functions[m[1]] != nil && !replace:
		return replyError("ERR Library '" + m[1] + "' already exists")
	}
	v := e.call(c, "EVAL", libraryScript(code)+
		"local out = {} for _, n in ipairs(names) do local f = fns[n] "+
		"out[#out + 1] = {n, f.description or false, f.flags or {}} end return out", "0")
	rows, ok := v.([]any)
	if !ok {
		return v
	}
	if len(rows) == 0 {
		return replyError("ERR No functions registered")
	}
	lib := &library{name: m[1], code: code}
	for _, r := range rows {
		row, _ := r.([]any)
		f := libraryFunction{name: replyText(row[0]), description: row[1]}
		flags, _ := row[2].([]any)
		for _, fl := range flags {
			f.flags = append(f.flags, replyText(fl))
		}
		if !functionName.MatchString(f.name) {
			return replyError("ERR Function names can only contain letters, numbers, or underscores(_) and must be at least one character long")
		}
		if other, _ := e.functionNamed(f.name); other != nil && other.name != lib.name {
			return replyError("ERR Function " + f.name + " already exists")
		}
		lib.functions = append(lib.functions, f)
	}
	e.functions[lib.name] = lib
	return bulk(lib.name)
}

func (e *embedded) functionNamed(name string) (*library, *libraryFunction) {
	for _, l := range e.functions {
		for i := range l.functions {
			if l.functions[i].name == name {
				return l, &l.functions[i]
			}
		}
	}
	return nil, nil
}

func (e *embedded) functionList(args []string) reply {
	pattern, withCode := "*", false
	for i := 0; i < len(args); i++ {
		switch {
		case strings.EqualFold(args[i], "WITHCODE"):
			withCode = true
		case strings.EqualFold(args[i], "LIBRARYNAME") && i+1 < len(args):
			i++
			pattern = args[i]
		default:
			return replyError("ERR Unknown argument " + args[i])
		}
	}
	names := []string{}
	for name := range e.functions {
		if globMatch(pattern, name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	out := []any{}
	for _, name := range names {
		out = append(out, e.functions[name].describe(withCode))
	}
	return out
}

func (l *library) describe(withCode bool) reply {
	functions := []any{}
	for _, f := range l.functions {
		functions = append(functions, []any{
			bulk("name"), bulk(f.name), bulk("description"), f.description, bulk("flags"), bulks(f.flags),
		})
	}
	row := []any{bulk("library_name"), bulk(l.name), bulk("engine"), bulk("LUA"), bulk("functions"), functions}
	if withCode {
		row = append(row, bulk("library_code"), bulk(l.code))
	}
	return row
}

// fcall serves FCALL and, with readOnly, FCALL_RO.
func fcall(readOnly bool) extraCommand {
	return func(e *embedded, c *server.Peer, args []string) reply {
		if len(args) < 2 {
			return replyError(wrongArity("fcall"))
		}
		lib, f := e.functionNamed(args[0])
		if lib == nil {
			return replyError("ERR Function not found")
		}
		run := "EVAL"
		if readOnly || hasFlag(f.flags, "no-writes") {
			run = "EVAL_RO"
		}
		return e.call(c, append([]string{run, functionScript(lib.code, f.name)}, args[1:]...)...)
	}
}
