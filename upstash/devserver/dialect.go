//go:build !wasm

package devserver

import (
	"strings"
)

// plan turns a command that may run into a step: mostly itself, else whatever
// makes the backend behave like Upstash.
func (s *Server) plan(args []string, f *features) step {
	name := strings.ToUpper(args[0])
	if d := dialects[name]; d != nil {
		if st, ok := d(s, args, f); ok {
			return st
		}
	}
	return step{args: args}
}

// A dialect plans one command; false means: send it as it is.
type dialect func(s *Server, args []string, f *features) (step, bool)

var dialects map[string]dialect

func init() {
	dialects = map[string]dialect{
		"COMMAND":    planConst([]any{}),
		"SELECT":     planConst("OK"),
		"CONFIG":     planConfig,
		"ACL":        planACL,
		"COPY":       planCopy,
		"UNLINK":     planUnlink,
		"LPOP":       planPop,
		"RPOP":       planPop,
		"ZRANGE":     planZRange,
		"SCAN":       planScan,
		"XINFO":      planXInfo,
		"XREADGROUP": planXReadGroup,
		"XADD":       planXAdd,
		"XTRIM":      planXTrim,
		"SET":        planSet,
		"MSETEX":     planMSetEx,
		"DELEX":      planDelEx,
		"DIGEST":     planDigest,
		"EVAL":       planEval,
		"EVAL_RO":    planEval,
		"EVALSHA":    planEvalSHA,
		"EVALSHA_RO": planEvalSHA,
		"SCRIPT":     planScript,
		"FUNCTION":   planFunction,
		"FCALL":      planFCall,
		"FCALL_RO":   planFCall,
	}
}

func planConst(v reply) dialect {
	return func(*Server, []string, *features) (step, bool) { return answered(v), true }
}

// planCopy: copying a key onto itself answers 0, where Redis has an error.
func planCopy(_ *Server, args []string, _ *features) (step, bool) {
	return answered(int64(0)), args[1] == args[2]
}

// planUnlink: no keys is no error.
func planUnlink(_ *Server, args []string, _ *features) (step, bool) {
	return answered(int64(0)), len(args) == 1
}

// planPop: a count of 0 gives an empty list, for a missing key too.
func planPop(_ *Server, args []string, _ *features) (step, bool) {
	return step{args: args, post: func(v reply) reply {
		if v == nil {
			return []any{}
		}
		return v
	}}, len(args) == 3 && args[2] == "0"
}

// planXInfo: the consumers of an unknown group are an empty list.
func planXInfo(_ *Server, args []string, _ *features) (step, bool) {
	return step{args: args, post: func(v reply) reply {
		if e, ok := v.(replyError); ok && strings.HasPrefix(string(e), "NOGROUP") {
			return []any{}
		}
		return v
	}}, strings.EqualFold(args[1], "CONSUMERS")
}

// planScan serves WITHTYPE: the list alternates key and type.
func planScan(_ *Server, args []string, _ *features) (step, bool) {
	rest := make([]string, 0, len(args))
	found := false
	for i, a := range args[1:] {
		if i > 0 && strings.EqualFold(a, "WITHTYPE") {
			found = true
			continue
		}
		rest = append(rest, a)
	}
	if !found {
		return step{}, false
	}
	return luaStep(luaScanWithType, nil, rest...), true
}
