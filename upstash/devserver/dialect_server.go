//go:build !wasm

package devserver

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"path"
	"strings"
)

const keyspaceEvents = "notify-keyspace-events"

// planConfig: only notify-keyspace-events is configurable on Upstash. The
// embedded Redis has no keyspace notifications, so there it stays empty.
func planConfig(_ *Server, args []string, f *features) (step, bool) {
	if strings.EqualFold(args[1], "GET") {
		for _, pattern := range args[2:] {
			if ok, _ := path.Match(strings.ToLower(pattern), keyspaceEvents); ok && !f.embedded {
				return step{args: []string{"CONFIG", "GET", keyspaceEvents}}, true
			} else if ok {
				return answered([]any{bulk(keyspaceEvents), bulk("")}), true
			}
		}
		return answered([]any{}), true
	}
	switch {
	case len(args) != 4:
		return answered(replyError(wrongArity("config|set"))), true
	case !strings.EqualFold(args[2], keyspaceEvents):
		return answered(replyError("ERR only " + keyspaceEvents + " can be configured")), true
	case !f.embedded:
		return step{}, false
	case args[3] == "":
		return answered("OK"), true
	}
	return answered(replyError("ERR the embedded Redis of the dev server has no keyspace notifications; start the dev server over a real Redis (--redis)")), true
}

// planACL serves the few forms that need no user administration. Changing users
// of the Redis behind is not offered: it would outlive this server.
func planACL(s *Server, args []string, _ *features) (step, bool) {
	switch strings.ToUpper(args[1]) {
	case "WHOAMI":
		return answered(bulk("default")), true
	case "USERS":
		return answered([]any{bulk("default")}), true
	case "LOG":
		return answered([]any{}), true
	case "LOAD", "SAVE":
		return answered("OK"), true
	case "GENPASS":
		var b [32]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		return answered(bulk(hex.EncodeToString(b[:]))), true
	case "RESTTOKEN":
		if len(args) != 4 {
			return answered(replyError("ERR invalid syntax. Usage: ACL RESTTOKEN username password")), true
		}
		// The only user's password is the token itself.
		if args[2] == "default" && subtle.ConstantTimeCompare([]byte(args[3]), []byte(s.opts.Token)) == 1 {
			return answered(bulk(s.opts.Token)), true
		}
		return answered(replyError(`ERR Wrong password or user "` + args[2] + `" does not exist`)), true
	}
	return answered(replyError("ERR the dev server has no user administration: ACL " + strings.ToUpper(args[1]))), true
}
