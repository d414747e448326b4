package upstash

import "time"

// Commands on strings: https://redis.io/docs/latest/commands/?group=string.

// Append adds value to the end of the string at key and returns the new length.
func Append(key string, value any) Cmd[int64] {
	b := build(Unsafe, 3, "APPEND", key)
	b.val(value)
	return As(b.done(), Reply.Int64)
}

// Decr subtracts one from the integer at key and returns the result.
func Decr(key string) Cmd[int64] { return As(write("DECR", key), Reply.Int64) }

// DecrBy subtracts n from the integer at key and returns the result.
func DecrBy(key string, n int64) Cmd[int64] {
	return As(write("DECRBY", key, itoa64(n)), Reply.Int64)
}

// Digest returns the digest of the string at key, 16 hex digits (XXH3), which
// conditions of [SetWith] and [DelEx] compare. A missing key gives [ErrNil].
func Digest(key string) Cmd[string] { return As(read("DIGEST", key), Reply.Text) }

// Get returns the string at key. A missing key gives [ErrNil].
func Get(key string) Cmd[string] { return As(read("GET", key), Reply.Text) }

// GetDel returns the string at key and deletes it. A missing key gives [ErrNil].
// It is Unsafe to repeat: the value is gone with the answer.
func GetDel(key string) Cmd[string] { return As(write("GETDEL", key), Reply.Text) }

// GetRange returns the bytes start to end, both included, of the string at key;
// negative offsets count from the end. A missing key gives "".
func GetRange(key string, start, end int64) Cmd[string] {
	return As(read("GETRANGE", key, itoa64(start), itoa64(end)), Reply.Text)
}

// GetSet stores value and returns the old one; the TTL is removed. A missing key
// gives [ErrNil], the value is stored then too. [SetGet] has options.
func GetSet(key string, value any) Cmd[string] {
	b := build(Unsafe, 3, "GETSET", key)
	b.val(value)
	return As(b.done(), Reply.Text)
}

// Incr adds one to the integer at key, 0 when it is missing, and returns the
// result.
func Incr(key string) Cmd[int64] { return As(write("INCR", key), Reply.Int64) }

// IncrBy adds n to the integer at key and returns the result.
func IncrBy(key string, n int64) Cmd[int64] {
	return As(write("INCRBY", key, itoa64(n)), Reply.Int64)
}

// IncrByFloat adds f to the number at key and returns the result.
func IncrByFloat(key string, f float64) Cmd[float64] {
	b := build(Unsafe, 3, "INCRBYFLOAT", key)
	b.float(f)
	return As(b.done(), Reply.Float64)
}

// MGet returns one value per key, nil where the key is missing or no string.
func MGet(keys ...string) Cmd[[]*string] {
	b := build(ReadOnly, 1+len(keys), "MGET")
	b.strs(keys, "key")
	return As(b.done(), Reply.OptionalStrings)
}

// MSet stores keys and values given in turn, all at once.
func MSet(pairs ...any) Cmd[struct{}] {
	b := build(Idempotent, 1+len(pairs), "MSET")
	b.pairs(pairs)
	return As(b.done(), Reply.OK)
}

// MSetNX stores keys and values given in turn if none of the keys exists; false
// means that one did and nothing was stored.
func MSetNX(pairs ...any) Cmd[bool] {
	b := build(Unsafe, 1+len(pairs), "MSETNX")
	b.pairs(pairs)
	return As(b.done(), Reply.Bool)
}

// PSetEx stores value with a TTL, at least a millisecond and rounded down to
// whole ones.
func PSetEx(key string, value any, ttl time.Duration) Cmd[struct{}] {
	b := build(Idempotent, 4, "PSETEX", key)
	b.millis(ttl)
	b.val(value)
	return As(b.done(), Reply.OK)
}

// SetEx stores value with a TTL of at least a millisecond. A TTL that is not
// whole seconds is sent as PSETEX.
func SetEx(key string, value any, ttl time.Duration) Cmd[struct{}] {
	if ttl%time.Second != 0 {
		return PSetEx(key, value, ttl)
	}
	b := build(Idempotent, 4, "SETEX", key)
	b.seconds(ttl)
	b.val(value)
	return As(b.done(), Reply.OK)
}

// SetNX stores value if the key is missing; false means that it exists. For a
// TTL in the same step use [SetWith] with NX.
func SetNX(key string, value any) Cmd[bool] {
	b := build(Unsafe, 3, "SETNX", key)
	b.val(value)
	return As(b.done(), Reply.Bool)
}

// SetRange overwrites the string at key from a byte offset on and returns its
// new length. It is Idempotent.
func SetRange(key string, offset int64, value any) Cmd[int64] {
	b := build(Idempotent, 4, "SETRANGE", key, itoa64(offset))
	b.val(value)
	return As(b.done(), Reply.Int64)
}

// StrLen returns the length of the string at key in bytes, 0 when it is missing.
func StrLen(key string) Cmd[int64] { return As(read("STRLEN", key), Reply.Int64) }

// Substr is [GetRange] under its old name.
func Substr(key string, start, end int64) Cmd[string] {
	return As(read("SUBSTR", key, itoa64(start), itoa64(end)), Reply.Text)
}
