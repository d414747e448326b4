//go:build !wasm

package devserver

import (
	"strconv"
	"strings"
)

// maxKeySize is Upstash's fixed limit.
const maxKeySize = 32 << 10

// refuse says why a command may not run, or "" when it may. It is decided
// before any backend is asked, so that both backends refuse alike.
func refuse(args []string, r rights) (text string) {
	name := strings.ToUpper(args[0])
	if restRefused[name] {
		return `ERR Command "` + name + `" is not allowed in REST or it has a special context path`
	}
	spec := commandSpecs[name]
	if spec == nil {
		return notAvailable(name)
	}
	if !spec.arityOK(len(args)) {
		return wrongArity(strings.ToLower(name))
	}
	if subs, ok := subcommands[name]; ok && !hasWord(subs, args[1]) {
		return notAvailable(name + " " + strings.ToUpper(args[1]))
	}
	if r != rightsFull && !readOnlyMay(spec) {
		return "NOPERM this user has no permissions to run the '" + strings.ToLower(name) + "' command or its subcommand"
	}
	if name == "SELECT" && args[1] != "0" {
		return "ERR DB index is out of range"
	}
	if (name == "XREAD" || name == "XREADGROUP") && hasBlock(args) {
		return "ERR BLOCK option is not supported over REST"
	}
	for _, k := range spec.keyArgs(args) {
		if len(k) > maxKeySize {
			return "ERR max key size exceeded. Limit: " + strconv.Itoa(maxKeySize) + " bytes, Actual: " + strconv.Itoa(len(k)) + " bytes"
		}
	}
	return ""
}

func notAvailable(name string) string {
	return "ERR Command is not available: '" + name + "'. See https://upstash.com/docs/redis/overall/rediscompatibility for details"
}

func wrongArity(name string) string {
	return "ERR wrong number of arguments for '" + name + "' command"
}

func hasWord(words, w string) bool {
	for f := range strings.FieldsSeq(words) {
		if strings.EqualFold(f, w) {
			return true
		}
	}
	return false
}

func hasBlock(args []string) bool {
	for _, a := range args[1:] {
		if strings.EqualFold(a, "STREAMS") {
			return false
		}
		if strings.EqualFold(a, "BLOCK") {
			return true
		}
	}
	return false
}

// readOnlyMay follows the documentation: read commands, but not the powerful
// ones (KEYS, SCAN), no scripts, nothing administrative. A database whose
// read-only token may SCAN has been seen; the documentation wins here.
func readOnlyMay(c *commandSpec) bool {
	switch c.name {
	case "KEYS", "SCAN":
		return false
	case "PING", "ECHO", "SELECT", "TIME", "COMMAND", "MEMORY", "XINFO", "PUBSUB", "DBSIZE":
		return true
	}
	return c.access == accessRead
}
