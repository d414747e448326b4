//go:build !wasm

package devserver

import (
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// parseIDs reads [KEEPREF|DELREF|ACKED] IDS n id1 … idn.
func parseIDs(args []string) (mode string, ids []string, ok bool) {
	mode = "KEEPREF"
	if len(args) > 0 && hasWord("KEEPREF DELREF ACKED", args[0]) {
		mode, args = strings.ToUpper(args[0]), args[1:]
	}
	if len(args) < 3 || !strings.EqualFold(args[0], "IDS") {
		return "", nil, false
	}
	n, err := strconv.Atoi(args[1])
	return mode, args[2:], err == nil && n == len(args)-2
}

// streamGroups lists the consumer groups of a stream.
func (e *embedded) streamGroups(c *server.Peer, key string) []string {
	rows, _ := e.call(c, "XINFO", "GROUPS", key).([]any)
	var names []string
	for _, r := range rows {
		row, _ := r.([]any)
		names = append(names, replyText(field(row, "name")))
	}
	return names
}

// deleteEntry deletes one entry under a reference mode: 1 deleted, -1 no such
// entry, 2 kept because a group still has it pending.
func (e *embedded) deleteEntry(c *server.Peer, key, id, mode string) reply {
	switch mode {
	case "DELREF":
		for _, g := range e.streamGroups(c, key) {
			e.call(c, "XACK", key, g, id)
		}
	case "ACKED":
		for _, g := range e.streamGroups(c, key) {
			if rows, _ := e.call(c, "XPENDING", key, g, id, id, "1").([]any); len(rows) > 0 {
				return int64(2)
			}
		}
	}
	if v := e.call(c, "XDEL", key, id); v != int64(1) {
		if isError(v) {
			return v
		}
		return int64(-1)
	}
	return int64(1)
}

// xDelEx serves XDELEX key [mode] IDS n id….
func xDelEx(e *embedded, c *server.Peer, args []string) reply {
	mode, ids, ok := parseIDs(args[min(1, len(args)):])
	if !ok {
		return replyError("ERR syntax error")
	}
	out := []any{}
	for _, id := range ids {
		v := e.deleteEntry(c, args[0], id, mode)
		if isError(v) {
			return v
		}
		out = append(out, v)
	}
	return out
}

// xAckDel serves XACKDEL key group [mode] IDS n id…: -1 when it was not pending.
func xAckDel(e *embedded, c *server.Peer, args []string) reply {
	mode, ids, ok := parseIDs(args[min(2, len(args)):])
	if !ok {
		return replyError("ERR syntax error")
	}
	out := []any{}
	for _, id := range ids {
		acked := e.call(c, "XACK", args[0], args[1], id)
		switch {
		case isError(acked):
			return acked
		case acked != int64(1):
			out = append(out, int64(-1))
			continue
		}
		v := e.deleteEntry(c, args[0], id, mode)
		if v == int64(-1) {
			v = int64(1) // acknowledged; the entry itself was gone already
		}
		out = append(out, v)
	}
	return out
}

// xInfo adds to XINFO STREAM what miniredis leaves out and can be looked up.
func xInfo(e *embedded, c *server.Peer, args []string) (reply, bool) {
	if len(args) != 2 || !strings.EqualFold(args[0], "STREAM") {
		return nil, false
	}
	row, ok := e.call(c, "XINFO", "STREAM", args[1]).([]any)
	if !ok {
		return nil, false
	}
	edge := func(cmd, from, to string) reply {
		if list, _ := e.call(c, cmd, args[1], from, to, "COUNT", "1").([]any); len(list) == 1 {
			return list[0]
		}
		return nil
	}
	return append(row,
		bulk("groups"), int64(len(e.streamGroups(c, args[1]))),
		bulk("first-entry"), edge("XRANGE", "-", "+"),
		bulk("last-entry"), edge("XREVRANGE", "+", "-")), true
}
