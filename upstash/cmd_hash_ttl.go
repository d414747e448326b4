package upstash

import "time"

// Commands on the TTL of fields of hashes; they need Upstash or Redis 7.4.

// A FieldStatus is what a command did to one field.
type FieldStatus int64

const (
	// FieldMissing: there is no such field, or no such key.
	FieldMissing FieldStatus = -2
	// FieldNoTTL: HPERSIST found no TTL to remove.
	FieldNoTTL FieldStatus = -1
	// FieldRefused: the condition did not hold.
	FieldRefused FieldStatus = 0
	// FieldDone: the TTL was set, or removed by HPERSIST.
	FieldDone FieldStatus = 1
	// FieldDeleted: the time was in the past, so the field was deleted.
	FieldDeleted FieldStatus = 2
)

func (r Reply) fieldStatuses() ([]FieldStatus, error) {
	return collect(r, "array of integers", func(e Reply) (FieldStatus, error) {
		n, err := e.Int64()
		return FieldStatus(n), err
	})
}

// HExpire sets the TTL of fields, at least a millisecond, and returns what became
// of each. A TTL that is not whole seconds is sent as HPEXPIRE.
func HExpire(key string, ttl time.Duration, fields ...string) Cmd[[]FieldStatus] {
	return HExpireIf(key, ttl, "", fields...)
}

// HExpireIf is [HExpire] with a condition. It is Converging, with [IfTTL]
// Idempotent.
func HExpireIf(key string, ttl time.Duration, cond TTLCondition, fields ...string) Cmd[[]FieldStatus] {
	if ttl%time.Second != 0 {
		return hpexpire(key, ttl, cond, fields)
	}
	b := build(Idempotent, 6+len(fields), "HEXPIRE", key)
	b.seconds(ttl)
	return hexpire(&b, cond, fields, expireClass)
}

// HPExpire is [HExpire] that always sends milliseconds.
func HPExpire(key string, ttl time.Duration, fields ...string) Cmd[[]FieldStatus] {
	return hpexpire(key, ttl, "", fields)
}

func hpexpire(key string, ttl time.Duration, cond TTLCondition, fields []string) Cmd[[]FieldStatus] {
	b := build(Idempotent, 6+len(fields), "HPEXPIRE", key)
	b.millis(ttl)
	return hexpire(&b, cond, fields, expireClass)
}

// HExpireAt sets the time at which fields expire, rounded down to milliseconds; a
// time in the past deletes them. A time that is not whole seconds is sent as
// HPEXPIREAT.
func HExpireAt(key string, at time.Time, fields ...string) Cmd[[]FieldStatus] {
	return HExpireAtIf(key, at, "", fields...)
}

// HExpireAtIf is [HExpireAt] with a condition.
func HExpireAtIf(key string, at time.Time, cond TTLCondition, fields ...string) Cmd[[]FieldStatus] {
	if !wholeSeconds(at) {
		return hpexpireAt(key, at, cond, fields)
	}
	b := build(Idempotent, 6+len(fields), "HEXPIREAT", key)
	b.unix(at, time.Second)
	return hexpire(&b, cond, fields, expireAtClass)
}

// HPExpireAt is [HExpireAt] that always sends milliseconds.
func HPExpireAt(key string, at time.Time, fields ...string) Cmd[[]FieldStatus] {
	return hpexpireAt(key, at, "", fields)
}

func hpexpireAt(key string, at time.Time, cond TTLCondition, fields []string) Cmd[[]FieldStatus] {
	b := build(Idempotent, 6+len(fields), "HPEXPIREAT", key)
	b.unix(at, time.Millisecond)
	return hexpire(&b, cond, fields, pexpireAtClass)
}

// hexpire adds what the four commands have in common.
func hexpire(b *builder, cond TTLCondition, fields []string, class func([]string) Class) Cmd[[]FieldStatus] {
	b.flag(cond != "", string(cond))
	b.fields(fields)
	return As(b.refined(class), Reply.fieldStatuses)
}

// HExpireTime returns the time at which each field expires, in whole seconds; the
// zero Time where a field has no TTL or is missing.
func HExpireTime(key string, fields ...string) Cmd[[]time.Time] {
	b := build(ReadOnly, 4+len(fields), "HEXPIRETIME", key)
	b.fields(fields)
	return As(b.done(), Reply.unixSecondsList)
}

// HPExpireTime is [HExpireTime] in whole milliseconds.
func HPExpireTime(key string, fields ...string) Cmd[[]time.Time] {
	b := build(ReadOnly, 4+len(fields), "HPEXPIRETIME", key)
	b.fields(fields)
	return As(b.done(), Reply.unixMillisList)
}

// HPersist removes the TTL of fields and returns what became of each. It is
// Converging.
func HPersist(key string, fields ...string) Cmd[[]FieldStatus] {
	b := build(Converging, 4+len(fields), "HPERSIST", key)
	b.fields(fields)
	return As(b.done(), Reply.fieldStatuses)
}

// HTTL returns the lifetime that each field has left, rounded to seconds by the
// server; [NoTTL] and [Missing] as for [TTL].
func HTTL(key string, fields ...string) Cmd[[]time.Duration] {
	b := build(ReadOnly, 4+len(fields), "HTTL", key)
	b.fields(fields)
	return As(b.done(), Reply.ttlSecondsList)
}

// HPTTL is [HTTL] in milliseconds.
func HPTTL(key string, fields ...string) Cmd[[]time.Duration] {
	b := build(ReadOnly, 4+len(fields), "HPTTL", key)
	b.fields(fields)
	return As(b.done(), Reply.ttlMillisList)
}

func (r Reply) ttlSecondsList() ([]time.Duration, error) {
	return collect(r, "array of integers", Reply.ttlSeconds)
}

func (r Reply) ttlMillisList() ([]time.Duration, error) {
	return collect(r, "array of integers", Reply.ttlMillis)
}

func (r Reply) unixSecondsList() ([]time.Time, error) {
	return collect(r, "array of integers", Reply.unixSeconds)
}

func (r Reply) unixMillisList() ([]time.Time, error) {
	return collect(r, "array of integers", Reply.unixMillis)
}
