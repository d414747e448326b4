//go:build !wasm

package devserver

import (
	"context"
	"regexp"
	"strings"
)

func planEval(s *Server, args []string, f *features) (step, bool) {
	sc := normaliseScript(args[1], f)
	out := args
	if sc.changed {
		s.scripts.put(sha1Hex(args[1]), scriptEntry{sha: sha1Hex(sc.source), noWrites: sc.noWrites})
		out = append([]string{args[0], sc.source}, args[2:]...)
		if sc.noWrites {
			out[0] = "EVAL_RO"
		}
	}
	return step{args: out, post: scriptError}, true
}

func planEvalSHA(s *Server, args []string, _ *features) (step, bool) {
	e := s.scripts.get(args[1])
	out := args
	if e.sha != args[1] {
		out = append([]string{args[0], e.sha}, args[2:]...)
		if e.noWrites {
			out[0] = "EVALSHA_RO"
		}
	}
	return step{args: out, post: scriptError}, true
}

func planScript(s *Server, args []string, f *features) (step, bool) {
	switch strings.ToUpper(args[1]) {
	case "KILL":
		return answered(replyError("NOTBUSY No scripts in execution right now.")), true
	case "LOAD":
		if len(args) != 3 {
			return step{}, false
		}
		sc := normaliseScript(args[2], f)
		if !sc.changed {
			return step{}, false
		}
		old := sha1Hex(args[2])
		s.scripts.put(old, scriptEntry{sha: sha1Hex(sc.source), noWrites: sc.noWrites})
		return step{args: []string{"SCRIPT", "LOAD", sc.source}, post: func(v reply) reply {
			if isError(v) {
				return v
			}
			return bulk(old)
		}}, true
	case "EXISTS":
		out := append([]string(nil), args...)
		for i := 2; i < len(out); i++ {
			out[i] = s.scripts.get(out[i]).sha
		}
		return step{args: out}, true
	case "FLUSH":
		return step{args: args, post: func(v reply) reply {
			if !isError(v) {
				s.scripts.clear()
			}
			return v
		}}, true
	}
	return step{}, false
}

func planFunction(_ *Server, args []string, _ *features) (step, bool) {
	switch strings.ToUpper(args[1]) {
	case "KILL":
		return answered(replyError("NOTBUSY No scripts in execution right now.")), true
	case "LOAD":
		out := append([]string(nil), args...)
		out[len(out)-1] = normaliseLibrary(out[len(out)-1])
		return step{args: out}, true
	}
	return step{}, false
}

// planFCall: Upstash runs a function by FCALL_RO as long as it only reads; stock
// Redis wants the flag no-writes. Where Redis refuses for that reason, the
// library is run as a read-only script instead.
func planFCall(_ *Server, args []string, f *features) (step, bool) {
	if f.embedded || strings.EqualFold(args[0], "FCALL") {
		return step{args: args, post: scriptError}, true
	}
	return step{prog: func(ctx context.Context, c conn) (reply, error) {
		got, err := c.do(ctx, [][]string{args})
		if err != nil {
			return nil, err
		}
		if e, ok := got[0].(replyError); !ok || !strings.Contains(string(e), "write flag") {
			return scriptError(got[0]), nil
		}
		list, err := c.do(ctx, [][]string{{"FUNCTION", "LIST", "WITHCODE"}})
		if err != nil {
			return nil, err
		}
		code, ok := libraryOf(list[0], args[1])
		if !ok {
			return got[0], nil
		}
		run := append([]string{"EVAL_RO", functionScript(code, args[1])}, args[2:]...)
		if got, err = c.do(ctx, [][]string{run}); err != nil {
			return nil, err
		}
		return scriptError(got[0]), nil
	}}, true
}

// libraryOf finds the code of the library that has the function, in the reply of
// FUNCTION LIST WITHCODE.
func libraryOf(list reply, function string) (code string, ok bool) {
	libs, _ := list.([]any)
	for _, l := range libs {
		row, _ := l.([]any)
		functions, _ := field(row, "functions").([]any)
		for _, f := range functions {
			fr, _ := f.([]any)
			if replyText(field(fr, "name")) == function {
				return replyText(field(row, "library_code")), true
			}
		}
	}
	return "", false
}

// field looks a name up in a flat list of names and values.
func field(row []any, name string) reply {
	for i := 0; i+1 < len(row); i += 2 {
		if replyText(row[i]) == name {
			return row[i+1]
		}
	}
	return nil
}

// functionScript makes a script that loads a library and calls one function.
func functionScript(library, function string) string {
	return libraryScript(library) + "return fns['" + function + "'].callback(KEYS, ARGV)"
}

// libraryScript runs a library; fns and names then hold what it registered. It
// keeps line numbers: our part stands on the line of the shebang.
func libraryScript(library string) string {
	return libraryPrelude + "\n" + stripShebang(library) + "\nend)() "
}

const libraryPrelude = `local fns, names = {}, {} ` +
	`local redis = setmetatable({register_function = function(a, b) ` +
	`local f = type(a) == 'table' and a or {function_name = a, callback = b} ` +
	`fns[f.function_name] = f names[#names + 1] = f.function_name ` +
	`end}, {__index = redis}) ;(function()`

func stripShebang(source string) string {
	if strings.HasPrefix(source, "#!") {
		_, source, _ = strings.Cut(source, "\n")
	}
	return source
}

var scriptLine = regexp.MustCompile(`user_script:(\d+)`)

// scriptError gives two refusals Upstash's words: a write in a read-only script,
// and an undeclared key, where nothing follows the key.
func scriptError(v reply) reply {
	e, ok := v.(replyError)
	if !ok {
		return v
	}
	if strings.HasPrefix(string(e), "ERR Dynamic keys are not allowed") {
		text := string(e)
		if i := strings.LastIndex(text, " script: "); i > 0 {
			text = text[:i]
		}
		return replyError(text)
	}
	if !strings.Contains(string(e), "Write commands are not allowed") {
		return v
	}
	line := "1"
	if m := scriptLine.FindAllStringSubmatch(string(e), -1); m != nil {
		line = m[len(m)-1][1]
	}
	return replyError("ERR Error running script: @user_script:" + line + ": READONLY Write commands are not allowed from read-only scripts")
}
