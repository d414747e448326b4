package upstash

import "time"

// Commands on hashes: https://redis.io/docs/latest/commands/?group=hash.

// HDel deletes fields and returns how many there were. It is Converging.
func HDel(key string, fields ...string) Cmd[int64] {
	b := build(Converging, 2+len(fields), "HDEL", key)
	b.strs(fields, "field")
	return As(b.done(), Reply.Int64)
}

// HExists reports whether the hash at key has the field.
func HExists(key, field string) Cmd[bool] { return As(read("HEXISTS", key, field), Reply.Bool) }

// HGet returns a field; [ErrNil] when the field or the key is missing.
func HGet(key, field string) Cmd[string] { return As(read("HGET", key, field), Reply.Text) }

// HGetAll returns all fields. A missing key gives an empty map.
func HGetAll(key string) Cmd[map[string]string] { return As(read("HGETALL", key), Reply.Map) }

// HGetDel returns fields, nil where one is missing, and deletes them. It is
// Unsafe to repeat: the values are gone with the answer.
func HGetDel(key string, fields ...string) Cmd[[]*string] {
	b := build(Unsafe, 4+len(fields), "HGETDEL", key)
	b.fields(fields)
	return As(b.done(), Reply.OptionalStrings)
}

// HGetEX returns fields, nil where one is missing, and changes their TTL. It is
// Idempotent, ReadOnly without options, Unsafe with a time in the past.
func HGetEX(key string, o GetExOptions, fields ...string) Cmd[[]*string] {
	b := build(Unsafe, 6+len(fields), "HGETEX", key)
	b.expiry(o.TTL, o.ExpireAt, o.Persist, "Persist", "PERSIST")
	b.fields(fields)
	return As(b.refined(getExClass), Reply.OptionalStrings)
}

// HIncrBy adds n to the integer of a field, 0 when it is missing, and returns the
// result.
func HIncrBy(key, field string, n int64) Cmd[int64] {
	return As(write("HINCRBY", key, field, itoa64(n)), Reply.Int64)
}

// HIncrByFloat adds f to the number of a field, 0 when it is missing, and returns
// the result.
func HIncrByFloat(key, field string, f float64) Cmd[float64] {
	b := build(Unsafe, 4, "HINCRBYFLOAT", key, field)
	b.float(f)
	return As(b.done(), Reply.Float64)
}

// HKeys returns the names of all fields, none when the key is missing.
func HKeys(key string) Cmd[[]string] { return As(read("HKEYS", key), Reply.Strings) }

// HLen returns the number of fields, 0 when the key is missing.
func HLen(key string) Cmd[int64] { return As(read("HLEN", key), Reply.Int64) }

// HMGet returns fields, nil where one is missing; all are nil when the key is.
func HMGet(key string, fields ...string) Cmd[[]*string] {
	b := build(ReadOnly, 2+len(fields), "HMGET", key)
	b.strs(fields, "field")
	return As(b.done(), Reply.OptionalStrings)
}

// HMSet stores fields and values given in turn. It is [HSet] without the count,
// and Idempotent.
func HMSet(key string, pairs ...any) Cmd[struct{}] {
	b := build(Idempotent, 2+len(pairs), "HMSET", key)
	b.pairs(pairs)
	return As(b.done(), Reply.OK)
}

// HRandField returns the name of some field, [ErrNil] when the key is missing.
func HRandField(key string) Cmd[string] { return As(read("HRANDFIELD", key), Reply.Text) }

// HRandFieldN returns the names of n different fields, or fewer when there are
// fewer; with a negative n, exactly -n that may repeat.
func HRandFieldN(key string, n int64) Cmd[[]string] {
	return As(read("HRANDFIELD", key, itoa64(n)), Reply.Strings)
}

// HRandFieldWithValues is [HRandFieldN] with the values.
func HRandFieldWithValues(key string, n int64) Cmd[[]FieldValue] {
	return As(read("HRANDFIELD", key, itoa64(n), "WITHVALUES"), Reply.FieldValues)
}

// HSet stores fields and values given in turn, and returns how many fields were
// new. It is Converging.
func HSet(key string, pairs ...any) Cmd[int64] {
	b := build(Converging, 2+len(pairs), "HSET", key)
	b.pairs(pairs)
	return As(b.done(), Reply.Int64)
}

// HSetEXOptions are the options of HSETEX. At most one condition and one TTL may
// be set. Without a TTL a field that had one loses it.
type HSetEXOptions struct {
	// FNX stores only if none of the fields exists, FXX only if all do.
	FNX, FXX bool
	// TTL is the lifetime, at least a millisecond; rounded down to whole ones.
	TTL time.Duration
	// ExpireAt is the end of the lifetime, rounded down to milliseconds.
	ExpireAt time.Time
	// KeepTTL keeps the TTL that the fields have.
	KeepTTL bool
}

// HSetEX stores fields and values given in turn, with a TTL; false means that the
// condition did not hold and nothing was stored. It is Idempotent, with FNX
// Unsafe.
func HSetEX(key string, o HSetEXOptions, pairs ...any) Cmd[bool] {
	b := build(Unsafe, 7+len(pairs), "HSETEX", key)
	b.atMostOne("FNX and FXX", o.FNX, o.FXX)
	b.flag(o.FNX, "FNX")
	b.flag(o.FXX, "FXX")
	b.expiry(o.TTL, o.ExpireAt, o.KeepTTL, "KeepTTL", "KEEPTTL")
	b.str("FIELDS", itoa(len(pairs)/2))
	b.pairs(pairs)
	return As(b.refined(hsetExClass), Reply.Bool)
}

// HSetNX stores a field if it is missing; false means that it exists.
func HSetNX(key, field string, value any) Cmd[bool] {
	b := build(Unsafe, 4, "HSETNX", key, field)
	b.val(value)
	return As(b.done(), Reply.Bool)
}

// HStrLen returns the length of a field in bytes, 0 when it is missing.
func HStrLen(key, field string) Cmd[int64] {
	return As(read("HSTRLEN", key, field), Reply.Int64)
}

// HVals returns the values of all fields, none when the key is missing.
func HVals(key string) Cmd[[]string] { return As(read("HVALS", key), Reply.Strings) }

// fields appends FIELDS, the number of fields, and the fields.
func (b *builder) fields(fields []string) {
	b.str("FIELDS")
	b.counted(fields, "field")
}
