package upstash

import "time"

// Commands on the TTL of keys.

const (
	// NoTTL is the TTL of a key or field that does not expire.
	NoTTL time.Duration = -1
	// Missing is the TTL of a key or field that does not exist.
	Missing time.Duration = -2
)

// A TTLCondition says when a new TTL is taken.
type TTLCondition string

const (
	// IfNoTTL takes it when there is none.
	IfNoTTL TTLCondition = "NX"
	// IfTTL takes it when there is one.
	IfTTL TTLCondition = "XX"
	// IfLonger takes it when it is longer than the one in place; none counts as
	// infinite.
	IfLonger TTLCondition = "GT"
	// IfShorter takes it when it is shorter than the one in place; none counts
	// as infinite.
	IfShorter TTLCondition = "LT"
)

// Expire sets the TTL of key, at least a millisecond; false means that the key is
// missing. A TTL that is not whole seconds is sent as PEXPIRE.
func Expire(key string, ttl time.Duration) Cmd[bool] { return ExpireIf(key, ttl, "") }

// ExpireIf is [Expire] with a condition; false means that it did not hold or that
// the key is missing. It is Converging, with [IfTTL] Idempotent.
func ExpireIf(key string, ttl time.Duration, cond TTLCondition) Cmd[bool] {
	if ttl%time.Second != 0 {
		return pexpire(key, ttl, cond)
	}
	b := build(Idempotent, 4, "EXPIRE", key)
	b.seconds(ttl)
	b.flag(cond != "", string(cond))
	return As(b.refined(expireClass), Reply.Bool)
}

// PExpire is [Expire] that always sends milliseconds.
func PExpire(key string, ttl time.Duration) Cmd[bool] { return pexpire(key, ttl, "") }

func pexpire(key string, ttl time.Duration, cond TTLCondition) Cmd[bool] {
	b := build(Idempotent, 4, "PEXPIRE", key)
	b.millis(ttl)
	b.flag(cond != "", string(cond))
	return As(b.refined(expireClass), Reply.Bool)
}

// ExpireAt sets the time at which key expires, rounded down to milliseconds; a
// time in the past deletes it. false means that the key is missing. A time that
// is not whole seconds is sent as PEXPIREAT.
func ExpireAt(key string, at time.Time) Cmd[bool] { return ExpireAtIf(key, at, "") }

// ExpireAtIf is [ExpireAt] with a condition; false means that it did not hold or
// that the key is missing.
func ExpireAtIf(key string, at time.Time, cond TTLCondition) Cmd[bool] {
	if !wholeSeconds(at) {
		return pexpireAt(key, at, cond)
	}
	b := build(Idempotent, 4, "EXPIREAT", key)
	b.unix(at, time.Second)
	b.flag(cond != "", string(cond))
	return As(b.refined(expireAtClass), Reply.Bool)
}

// PExpireAt is [ExpireAt] that always sends milliseconds.
func PExpireAt(key string, at time.Time) Cmd[bool] { return pexpireAt(key, at, "") }

func pexpireAt(key string, at time.Time, cond TTLCondition) Cmd[bool] {
	b := build(Idempotent, 4, "PEXPIREAT", key)
	b.unix(at, time.Millisecond)
	b.flag(cond != "", string(cond))
	return As(b.refined(pexpireAtClass), Reply.Bool)
}

// ExpireTime returns the time at which key expires, in whole seconds. It is the
// zero Time when the key has no TTL or is missing; [TTL] tells these apart.
func ExpireTime(key string) Cmd[time.Time] {
	return As(read("EXPIRETIME", key), Reply.unixSeconds)
}

// PExpireTime is [ExpireTime] in whole milliseconds.
func PExpireTime(key string) Cmd[time.Time] {
	return As(read("PEXPIRETIME", key), Reply.unixMillis)
}

// Persist removes the TTL of key; false means that it has none or is missing. It
// is Converging.
func Persist(key string) Cmd[bool] { return As(conv("PERSIST", key), Reply.Bool) }

// TTL returns the lifetime that key has left, rounded to seconds by the server;
// [NoTTL] when it does not expire, [Missing] when it does not exist.
func TTL(key string) Cmd[time.Duration] { return As(read("TTL", key), Reply.ttlSeconds) }

// PTTL is [TTL] in milliseconds.
func PTTL(key string) Cmd[time.Duration] { return As(read("PTTL", key), Reply.ttlMillis) }

func (r Reply) ttlSeconds() (time.Duration, error) { return r.ttl(time.Second) }
func (r Reply) ttlMillis() (time.Duration, error)  { return r.ttl(time.Millisecond) }

func (r Reply) ttl(unit time.Duration) (time.Duration, error) {
	n, err := r.Int64()
	switch {
	case err != nil || n < 0:
		return time.Duration(n), err // -1 and -2 are NoTTL and Missing
	case n > int64(1<<63-1)/int64(unit):
		return 1<<63 - 1, nil // Redis allows TTLs beyond the 292 years of a Duration
	}
	return time.Duration(n) * unit, nil
}

func (r Reply) unixSeconds() (time.Time, error) {
	n, err := r.Int64()
	if err != nil || n < 0 {
		return time.Time{}, err
	}
	return time.Unix(n, 0), nil
}

func (r Reply) unixMillis() (time.Time, error) {
	n, err := r.Int64()
	if err != nil || n < 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(n), nil
}
