//go:build !wasm

package devserver

import (
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// commandGetKeys serves COMMAND GETKEYS, which the key-locking guard needs.
func commandGetKeys(_ *embedded, _ *server.Peer, args []string) (reply, bool) {
	if len(args) < 2 || !strings.EqualFold(args[0], "GETKEYS") {
		return []any{}, true
	}
	spec := commandSpecs[strings.ToUpper(args[1])]
	if spec == nil {
		return replyError("ERR Invalid command specified"), true
	}
	keys := spec.keyArgs(args[1:])
	if len(keys) == 0 {
		return replyError("ERR The command has no key arguments"), true
	}
	return bulks(keys), true
}

func bulks(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = bulk(s)
	}
	return out
}

func publish(e *embedded, _ *server.Peer, args []string) (reply, bool) {
	if len(args) != 2 {
		return nil, false
	}
	return e.hub.publish(args[0], args[1]), true
}

func pubsub(e *embedded, _ *server.Peer, args []string) (reply, bool) {
	if len(args) == 0 {
		return nil, false
	}
	switch strings.ToUpper(args[0]) {
	case "CHANNELS":
		pattern := ""
		if len(args) > 1 {
			pattern = args[1]
		}
		return bulks(e.hub.channels(pattern)), true
	case "NUMSUB":
		out := []any{}
		for _, ch := range args[1:] {
			out = append(out, bulk(ch), e.hub.count(ch))
		}
		return out, true
	case "NUMPAT":
		return e.hub.patterns(), true
	}
	return nil, false
}

func digestCommand(e *embedded, c *server.Peer, args []string) reply {
	if len(args) != 1 {
		return replyError(wrongArity("digest"))
	}
	v := e.call(c, "GET", args[0])
	if b, ok := v.([]byte); ok {
		return bulk(digest(b))
	}
	return v
}

// typeOf: to Redis a HyperLogLog is a string.
func typeOf(e *embedded, c *server.Peer, args []string) (reply, bool) {
	if len(args) != 1 {
		return nil, false
	}
	v := e.call(c, "TYPE", args[0])
	if v == "hll" {
		v = "string"
	}
	return v, true
}

// pfCount counts what is in any of several keys; miniredis counts what is in two of
// them twice.
func pfCount(e *embedded, c *server.Peer, args []string) (reply, bool) {
	if len(args) < 2 {
		return nil, false
	}
	const union = "\x00devserver:pfcount"
	defer e.call(c, "DEL", union)
	if v := e.call(c, append([]string{"PFMERGE", union}, args...)...); isError(v) {
		return v, true
	}
	return e.call(c, "PFCOUNT", union), true
}

// substr is the old name of GETRANGE.
func substr(e *embedded, c *server.Peer, args []string) reply {
	return e.call(c, append([]string{"GETRANGE"}, args...)...)
}

// waitAOF: no local file and no replicas, so nobody has confirmed anything.
func waitAOF(_ *embedded, _ *server.Peer, args []string) reply {
	if len(args) != 3 {
		return replyError(wrongArity("waitaof"))
	}
	return []any{int64(0), int64(0)}
}

// flush empties the database, and the clock with it.
func flush(name string) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) {
		v := e.call(c, append([]string{name}, args...)...)
		if v == "OK" {
			e.clock = clock{start: e.clock.start}
		}
		return v, true
	}
}
