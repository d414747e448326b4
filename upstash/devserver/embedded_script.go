//go:build !wasm

package devserver

import (
	"regexp"
	"strings"
)

// luaFailure is how miniredis words an error of a running script.
var luaFailure = regexp.MustCompile(`^ERR Error compiling script \(new function\): (?:(?:<string>)?:(\d+): )?(.*?)(?: ?stack traceback:.*)?$`)

var errorCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]* `)

// scriptFailure gives an error of a running script the words of Redis 7: the
// code comes first, then where it happened. Callers match on the code.
func scriptFailure(v reply, source string, isSHA bool) reply {
	e, ok := v.(replyError)
	if !ok {
		return v
	}
	m := luaFailure.FindStringSubmatch(string(e))
	if m == nil || strings.Contains(m[2], "<string> line:") || strings.Contains(m[2], "parse error") {
		return v
	}
	line, text := m[1], strings.TrimSpace(m[2])
	text, _, _ = strings.Cut(text, " script: ") // miniredis adds the digest itself
	if line == "" {
		line = "1"
	}
	if !errorCode.MatchString(text) {
		if m[1] != "" {
			text = "user_script:" + line + ": " + text
		}
		text = "ERR " + text
	}
	sha := source
	if !isSHA {
		sha = sha1Hex(source)
	}
	return replyError(text + " script: " + sha + ", on @user_script:" + line + ".")
}
