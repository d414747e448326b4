package upstash

import "time"

// Set stores value at key, whatever was there, and removes the TTL.
func Set(key string, value any) Cmd[struct{}] {
	b := build(Idempotent, 3, "SET", key)
	b.val(value)
	return As(b.done(), Reply.OK)
}

// SetOptions are the options of SET. The zero value stores without a TTL and
// without a condition. At most one TTL and at most one condition may be set;
// more is an *[ArgumentError].
type SetOptions struct {
	// TTL is the lifetime, at least a millisecond; rounded down to whole ones.
	TTL time.Duration
	// ExpireAt is the end of the lifetime, rounded down to milliseconds.
	ExpireAt time.Time
	// KeepTTL keeps the TTL that the key has.
	KeepTTL bool

	// NX stores only if the key is missing, XX only if it exists.
	NX, XX bool
	// IfEqual stores only if the key exists and holds this value, IfNotEqual
	// only if it does not hold it. nil means no condition; "" is a value.
	IfEqual, IfNotEqual any
	// IfDigest and IfNotDigest are the same with the [Digest] of the value.
	IfDigest, IfNotDigest string
}

// SetWith is SET with options; false means that the condition was not met and
// nothing was stored. It is Idempotent without a condition and with XX, else
// Unsafe: after a lost answer nobody knows who won.
func SetWith(key string, value any, o SetOptions) Cmd[bool] {
	return As(setCommand(key, value, o, false), Reply.Set)
}

// SetGet is SET with GET: it returns the old value, [ErrNil] when there was none.
// With a condition that is not met nothing is stored, and the answer is the value
// in place (NX, XX). It is Unsafe to repeat.
func SetGet(key string, value any, o SetOptions) Cmd[string] {
	return As(setCommand(key, value, o, true), Reply.Text)
}

func setCommand(key string, value any, o SetOptions, get bool) Command {
	b := build(Unsafe, 8, "SET", key)
	b.val(value)
	b.atMostOne("NX, XX, IfEqual, IfNotEqual, IfDigest and IfNotDigest",
		o.NX, o.XX, o.IfEqual != nil, o.IfNotEqual != nil, o.IfDigest != "", o.IfNotDigest != "")
	b.flag(o.NX, "NX")
	b.flag(o.XX, "XX")
	b.compare(o.IfEqual, o.IfNotEqual, o.IfDigest, o.IfNotDigest)
	b.flag(get, "GET")
	b.expiry(o.TTL, o.ExpireAt, o.KeepTTL, "KeepTTL", "KEEPTTL")
	return b.refined(setClass)
}

// compare appends the conditions that SET and DELEX share.
func (b *builder) compare(eq, ne any, digest, notDigest string) {
	if eq != nil {
		b.str("IFEQ")
		b.val(eq)
	}
	if ne != nil {
		b.str("IFNE")
		b.val(ne)
	}
	if digest != "" {
		b.str("IFDEQ", digest)
	}
	if notDigest != "" {
		b.str("IFDNE", notDigest)
	}
}

// GetExOptions are the options of GETEX and HGETEX. The zero value leaves the TTL
// alone. At most one may be set.
type GetExOptions struct {
	// TTL is the new lifetime, at least a millisecond; rounded down to whole ones.
	TTL time.Duration
	// ExpireAt is the end of the lifetime, rounded down to milliseconds; a time
	// in the past deletes.
	ExpireAt time.Time
	// Persist removes the TTL.
	Persist bool
}

// GetEx returns the string at key and changes its TTL. A missing key gives
// [ErrNil]. It is Idempotent, ReadOnly without options, Unsafe with a time in the
// past.
func GetEx(key string, o GetExOptions) Cmd[string] {
	b := build(Unsafe, 4, "GETEX", key)
	b.expiry(o.TTL, o.ExpireAt, o.Persist, "Persist", "PERSIST")
	return As(b.refined(getExClass), Reply.Text)
}

// DelExOptions are the conditions of DELEX. At most one may be set; the zero
// value deletes in any case.
type DelExOptions struct {
	// IfEqual deletes only if the key holds this value, IfNotEqual only if it
	// does not. nil means no condition; "" is a value.
	IfEqual, IfNotEqual any
	// IfDigest and IfNotDigest are the same with the [Digest] of the value.
	IfDigest, IfNotDigest string
}

// DelEx deletes the string at key if a condition holds; false means that it did
// not, or that the key is missing. A key of another type is a server error when
// there is a condition. It is Converging.
func DelEx(key string, o DelExOptions) Cmd[bool] {
	b := build(Converging, 4, "DELEX", key)
	b.atMostOne("IfEqual, IfNotEqual, IfDigest and IfNotDigest",
		o.IfEqual != nil, o.IfNotEqual != nil, o.IfDigest != "", o.IfNotDigest != "")
	b.compare(o.IfEqual, o.IfNotEqual, o.IfDigest, o.IfNotDigest)
	return As(b.done(), Reply.Bool)
}
