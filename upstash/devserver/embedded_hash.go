//go:build !wasm

package devserver

import (
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// parseFields reads FIELDS n f1 … fn, which must be the end of args. width is 2
// when each field has a value.
func parseFields(args []string, width int) ([]string, bool) {
	if len(args) < 3 || !strings.EqualFold(args[0], "FIELDS") {
		return nil, false
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 || len(args)-2 != n*width {
		return nil, false
	}
	return args[2:], true
}

const errNumFields = replyError("ERR The `numfields` parameter must match the number of arguments")

// hashExpire serves HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT.
func hashExpire(unit string) func(*embedded, *server.Peer, []string) reply {
	return func(e *embedded, c *server.Peer, args []string) reply {
		if len(args) < 5 {
			return replyError("ERR wrong number of arguments")
		}
		at, ok := parseDeadline(unit, args[1])
		if !ok {
			return replyError("ERR value is not an integer or out of range")
		}
		rest, flag := args[2:], ""
		if f := strings.ToUpper(rest[0]); f == "NX" || f == "XX" || f == "GT" || f == "LT" {
			flag, rest = f, rest[1:]
		}
		fields, ok := parseFields(rest, 1)
		if !ok {
			return errNumFields
		}
		if v := e.call(c, "HLEN", args[0]); isError(v) {
			return v
		}
		out := make([]any, len(fields))
		for i, f := range fields {
			out[i] = e.expireField(c, args[0], f, flag, at)
		}
		return out
	}
}

// expireField gives one field a deadline: -2 no such field, 0 the condition
// failed, 2 deleted at once, 1 set.
func (e *embedded) expireField(c *server.Peer, key, field, flag string, at int64) reply {
	value, ok := e.call(c, "HGET", key, field).([]byte)
	if !ok {
		return int64(-2)
	}
	old, has := e.deadline(c, hintKey{key, field, true})
	switch {
	case flag == "NX" && has, flag == "XX" && !has,
		flag == "GT" && (!has || at <= old), flag == "LT" && has && at >= old:
		return int64(0)
	case at <= nowMS():
		e.call(c, "HDEL", key, field)
		return int64(2)
	}
	e.setField(c, key, field, string(value), at)
	return int64(1)
}

// setField sets a field with a deadline.
func (e *embedded) setField(c *server.Peer, key, field, value string, at int64) {
	e.call(c, "HSETEX", key, "PX", strconv.FormatInt(e.clock.shift(at), 10), "FIELDS", "1", field, value)
	e.clock.remind(hintKey{key, field, true}, at)
	e.clock.withFields(key)
}

// hashTTL serves HTTL, HPTTL, HEXPIRETIME and HPEXPIRETIME.
func hashTTL(absolute, seconds bool) func(*embedded, *server.Peer, []string) reply {
	return func(e *embedded, c *server.Peer, args []string) reply {
		v := e.call(c, append([]string{"HPTTL"}, args...)...)
		list, ok := v.([]any)
		if !ok {
			return v
		}
		for i, x := range list {
			if stored, ok := x.(int64); ok && stored >= 0 {
				list[i] = showTime(e.clock.unshift(stored), absolute, seconds)
			}
		}
		return list
	}
}

// asOverride makes a handler that always answers an override.
func asOverride(h extraCommand) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) { return h(e, c, args), true }
}

// hashSetEx serves HSETEX.
func hashSetEx(e *embedded, c *server.Peer, args []string) (reply, bool) {
	out, at, ok := e.shiftOption(append([]string{"HSETEX"}, args...), 2)
	if !ok {
		return nil, false
	}
	v := e.call(c, out...)
	if v != int64(1) {
		return v, true
	}
	for i := range args {
		pairs, ok := parseFields(args[i:], 2)
		for k := 0; ok && k < len(pairs); k += 2 {
			e.clock.remind(hintKey{args[0], pairs[k], true}, at)
		}
		if ok {
			break
		}
	}
	e.clock.withFields(args[0])
	e.expireDue(c)
	return v, true
}

// hashGetEx serves HGETEX key [EX…|PERSIST] FIELDS n f….
func hashGetEx(e *embedded, c *server.Peer, args []string) reply {
	if len(args) < 4 {
		return replyError(wrongArity("hgetex"))
	}
	key, rest := args[0], args[1:]
	var at int64
	var expires, persist bool
	switch unit := strings.ToUpper(rest[0]); unit {
	case "EX", "PX", "EXAT", "PXAT":
		if at, expires = parseDeadline(unit, rest[1]); !expires {
			return replyError("ERR value is not an integer or out of range")
		}
		rest = rest[2:]
	case "PERSIST":
		persist, rest = true, rest[1:]
	}
	fields, ok := parseFields(rest, 1)
	if !ok {
		return errNumFields
	}
	v := e.call(c, append([]string{"HMGET", key}, fields...)...)
	for _, f := range fields {
		switch {
		case isError(v):
		case expires:
			e.expireField(c, key, f, "", at)
		case persist:
			e.call(c, "HPERSIST", key, "FIELDS", "1", f)
		}
	}
	return v
}

// hashGetDel serves HGETDEL key FIELDS n f….
func hashGetDel(e *embedded, c *server.Peer, args []string) reply {
	if len(args) < 4 {
		return replyError(wrongArity("hgetdel"))
	}
	fields, ok := parseFields(args[1:], 1)
	if !ok {
		return errNumFields
	}
	v := e.call(c, append([]string{"HMGET", args[0]}, fields...)...)
	if !isError(v) {
		e.hashForget(c, args[0], fields)
		e.call(c, append([]string{"HDEL", args[0]}, fields...)...)
	}
	return v
}

// hashForget drops the TTLs of fields that are about to be deleted or set anew;
// miniredis would keep them for the next field of the name.
func (e *embedded) hashForget(c *server.Peer, key string, fields []string) {
	if !e.clock.hasFields[key] || len(fields) == 0 {
		return
	}
	e.call(c, append([]string{"HPERSIST", key, "FIELDS", strconv.Itoa(len(fields))}, fields...)...)
}

// hashWrite serves HDEL, HSET, HMSET: fields stand at every step-th place.
func hashWrite(step int) override {
	return func(e *embedded, c *server.Peer, args []string) (reply, bool) {
		if len(args) > 1 && e.clock.hasFields[args[0]] {
			var fields []string
			for i := 1; i < len(args); i += step {
				fields = append(fields, args[i])
			}
			e.hashForget(c, args[0], fields)
		}
		return nil, false
	}
}
