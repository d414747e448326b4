package upstash

import "time"

// Commands on the connection and the server:
// https://redis.io/docs/latest/commands/?group=server.

// Ping returns "PONG".
func Ping() Cmd[string] { return As(read("PING"), Reply.Text) }

// PingMessage returns the message.
func PingMessage(message any) Cmd[string] {
	b := build(ReadOnly, 2, "PING")
	b.val(message)
	return As(b.done(), Reply.Text)
}

// Echo returns the message.
func Echo(message any) Cmd[string] {
	b := build(ReadOnly, 2, "ECHO")
	b.val(message)
	return As(b.done(), Reply.Text)
}

// CommandInfo returns what the server tells of all commands (COMMAND), as it came.
// Upstash tells nothing: the answer is an empty array.
func CommandInfo() Cmd[Reply] { return As(read("COMMAND"), Reply.Raw) }

// ConfigGet returns the settings that match glob patterns. Upstash knows only
// notify-keyspace-events.
func ConfigGet(patterns ...string) Cmd[map[string]string] {
	b := build(ReadOnly, 2+len(patterns), "CONFIG", "GET")
	b.strs(patterns, "pattern")
	return As(b.done(), Reply.Map)
}

// ConfigSet changes settings given as names and values in turn.
func ConfigSet(pairs ...any) Cmd[struct{}] {
	b := build(Idempotent, 2+len(pairs), "CONFIG", "SET")
	b.pairs(pairs)
	return As(b.done(), Reply.OK)
}

// DBSize returns the number of keys.
func DBSize() Cmd[int64] { return As(read("DBSIZE"), Reply.Int64) }

// FlushAll deletes all keys of all databases.
func FlushAll() Cmd[struct{}] { return As(idem("FLUSHALL"), Reply.OK) }

// FlushAllAsync is [FlushAll] that frees the memory later.
func FlushAllAsync() Cmd[struct{}] { return As(idem("FLUSHALL", "ASYNC"), Reply.OK) }

// FlushDB deletes all keys.
func FlushDB() Cmd[struct{}] { return As(idem("FLUSHDB"), Reply.OK) }

// FlushDBAsync is [FlushDB] that frees the memory later.
func FlushDBAsync() Cmd[struct{}] { return As(idem("FLUSHDB", "ASYNC"), Reply.OK) }

// Info returns figures about the server, lines of "name:value" under headings
// "# Section"; without sections the usual ones.
func Info(sections ...string) Cmd[string] {
	b := build(ReadOnly, 1+len(sections), "INFO")
	b.str(sections...)
	return As(b.done(), Reply.Text)
}

// Time returns the server's clock, exact to the microsecond.
func Time() Cmd[time.Time] { return As(read("TIME"), Reply.clock) }

func (r Reply) clock() (time.Time, error) {
	n, err := r.Int64s()
	if err != nil {
		return time.Time{}, err
	}
	if len(n) != 2 {
		return time.Time{}, r.mismatch("array of seconds and microseconds")
	}
	return time.Unix(n[0], n[1]*1000), nil
}
