//go:build !wasm

package devserver

import (
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// withOption runs a command whose expiry option stands at args[from:] (counted
// with the name) in the clock's frame.
func withOption(name string, from int) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) {
		out, at, ok := e.shiftOption(append([]string{name}, args...), from)
		if !ok {
			return nil, false
		}
		v := e.call(c, out...)
		e.clock.remind(hintKey{key: args[0]}, at)
		e.expireDue(c)
		return v, true
	}
}

// setEx serves SETEX and PSETEX.
func setEx(unit string) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) {
		if len(args) != 3 {
			return nil, false
		}
		out, at, ok := e.shiftOption([]string{"SET", args[0], args[2], unit, args[1]}, 3)
		if !ok {
			return nil, false
		}
		v := e.call(c, out...)
		e.clock.remind(hintKey{key: args[0]}, at)
		return v, true
	}
}

// expire serves EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT.
func expire(unit string) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) {
		if len(args) < 2 {
			return nil, false
		}
		at, ok := parseDeadline(unit, args[1])
		if !ok {
			return nil, false
		}
		out := append([]string{"PEXPIRE", args[0], strconv.FormatInt(e.clock.shift(at), 10)}, args[2:]...)
		v := e.call(c, out...)
		if v == int64(1) {
			e.clock.remind(hintKey{key: args[0]}, at)
			e.expireDue(c)
		}
		return v, true
	}
}

// ttl serves TTL, PTTL, EXPIRETIME and PEXPIRETIME.
func ttl(absolute, seconds bool) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) {
		if len(args) != 1 {
			return nil, false
		}
		v := e.call(c, "PTTL", args[0])
		stored, ok := v.(int64)
		if !ok || stored < 0 {
			return v, true
		}
		return showTime(e.clock.unshift(stored), absolute, seconds), true
	}
}

// showTime shows a deadline; seconds are rounded as Redis rounds them.
func showTime(at int64, absolute, seconds bool) int64 {
	if !absolute {
		at = max(0, at-nowMS())
	}
	if seconds {
		return (at + 500) / 1000
	}
	return at
}

// moves serves RENAME, RENAMENX and COPY: the TTL goes along.
func moves(name string) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) {
		v := e.call(c, append([]string{name}, args...)...)
		if len(args) >= 2 && !isError(v) {
			e.remindKey(c, args[1])
			if e.clock.hasFields[args[0]] {
				e.remindFields(c, args[1])
			}
		}
		return v, true
	}
}

// setWithCondition serves SET, with IFEQ and its kin too.
func setWithCondition(e *embedded, c *server.Peer, args []string) (reply, bool) {
	if len(args) < 3 {
		return nil, false
	}
	full := append([]string{"SET"}, args...)
	cond, get, rest, ok := setCondition(full)
	if !ok {
		return withOption("SET", 3)(e, c, args)
	}
	current := e.call(c, "GET", args[0])
	value, exists := current.([]byte)
	if isError(current) {
		return current, true
	}
	var applied reply
	if cond.holds(value, exists) {
		set := append([]string{"SET", args[0], args[1]}, rest...)
		out, at, ok := e.shiftOption(set, 3)
		if ok {
			set = out
			e.clock.remind(hintKey{key: args[0]}, at)
		}
		applied = e.call(c, set...)
	}
	if get && !isError(applied) {
		return current, true
	}
	return applied, true
}

// delEx serves DELEX with all conditions.
func delEx(e *embedded, c *server.Peer, args []string) (reply, bool) {
	if len(args) == 1 {
		return e.call(c, "DEL", args[0]), true
	}
	cond, ok := delCondition(append([]string{"DELEX"}, args...))
	if !ok {
		return replyError("ERR syntax error"), true
	}
	current := e.call(c, "GET", args[0])
	value, exists := current.([]byte)
	switch {
	case isError(current):
		return current, true
	case !exists || !cond.holds(value, exists):
		return int64(0), true
	}
	return e.call(c, "DEL", args[0]), true
}

// restore serves RESTORE: its TTL is an argument, absolute with ABSTTL.
func restore(e *embedded, c *server.Peer, args []string) (reply, bool) {
	if len(args) < 3 || args[1] == "0" {
		return nil, false
	}
	unit := "PX"
	out := []string{"RESTORE", args[0], "", args[2]}
	for _, a := range args[3:] {
		if strings.EqualFold(a, "ABSTTL") {
			unit = "PXAT"
			continue
		}
		out = append(out, a)
	}
	at, ok := parseDeadline(unit, args[1])
	if !ok {
		return nil, false
	}
	out[2] = strconv.FormatInt(e.clock.shift(at), 10)
	v := e.call(c, out...)
	if !isError(v) {
		e.clock.remind(hintKey{key: args[0]}, at)
	}
	return v, true
}
