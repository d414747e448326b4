//go:build !wasm

package devserver

import "sync/atomic"

// Stats are counters since the server was made.
type Stats struct {
	// Requests is the number of HTTP requests of any kind.
	Requests int64

	// Commands is the number of commands that ran: one for each command of
	// a request, pipeline or transaction. Refused ones (no permission,
	// unknown, wrong arity, bad JSON) are not in it, failed ones are.
	Commands int64

	// ScriptCommands is the number of commands called by the user's scripts
	// and functions. Only the embedded Redis can tell; over a real Redis it
	// stays 0 and ScriptsCounted is false.
	ScriptCommands int64
	ScriptsCounted bool
}

// Billed is what Upstash would bill: each command, and each command called by a
// script. Where Stats cannot count the latter, it is a lower bound.
func (s Stats) Billed() int64 { return s.Commands + s.ScriptCommands }

// Stats returns the counters. It is safe for concurrent use.
func (s *Server) Stats() Stats {
	return Stats{
		Requests:       s.stats.requests.Load(),
		Commands:       s.stats.commands.Load(),
		ScriptCommands: s.stats.scriptCommands.Load(),
		ScriptsCounted: s.opts.Redis == "",
	}
}

type counters struct {
	requests, commands, scriptCommands atomic.Int64
	connections, open                  atomic.Int64
}
