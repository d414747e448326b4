package upstash

import (
	"time"
)

// Config says where the database is and how to talk to it. URL and Token are
// required; the zero value of every other field is the documented default.
//
// A Config never prints its token: String, GoString and MarshalText mask it.
type Config struct {
	// URL is the REST endpoint, "https://NAME.upstash.io". http:// is refused
	// for hosts other than loopback unless AllowPlainHTTP is set, because the
	// token would travel in the clear. A path is kept as a prefix.
	URL string
	// Token is the bearer token. It appears in no error, log or recording.
	Token Secret

	// Transport sends the requests. nil means fasthttp on native platforms and
	// fetch on GOOS=js; on WASI there is none and it must be set.
	Transport Transport
	// Encoding chooses how replies travel. The default, Base64, carries any
	// bytes.
	Encoding Encoding
	// Timeout bounds one attempt. 0 means 5 s; negative means no bound but the
	// context's.
	Timeout time.Duration
	// Retry bounds retries; its zero value allows 3 attempts within 10 s, and
	// only where repeating is safe.
	Retry Retry
	// MaxResponse bounds the bytes of one response body. 0 means 16 MiB;
	// negative means no bound.
	MaxResponse int
	// MaxDepth and MaxElements bound the nesting and the number of elements of
	// one response. 0 means 64 levels and 1,048,576 elements.
	MaxDepth, MaxElements int
	// Eventual turns read-your-writes off: no sync token is sent or kept.
	Eventual bool
	// Hook sees every attempt; nil means none. See also [Hooks].
	Hook Hook
	// AllowPlainHTTP permits http:// to hosts other than loopback.
	AllowPlainHTTP bool
}

// A Secret is a string that never shows itself: printing and marshalling give
// "[redacted]". Convert with string(s) to use it. On WebAssembly, where this module
// does without package fmt, that does not hold for the verbs of fmt that no string
// fits, like %d.
type Secret string

const redacted = "[redacted]"

// String returns "[redacted]", or "" when s is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is String in quotes.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText returns String, so that JSON and slog never see the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Encoding is how the server encodes replies.
type Encoding uint8

const (
	// Base64 sends strings as base64 inside JSON; any bytes survive. It is the
	// default, and what the official SDKs use.
	Base64 Encoding = iota
	// Plain sends JSON strings; bytes that are not UTF-8 come back as U+FFFD.
	Plain
	// RESP2 sends the Redis protocol itself: any bytes survive, a quarter
	// smaller than base64 and the cheapest to read. Transactions fall back to
	// Base64, because /multi-exec has no RESP2 form. The shape of a pipeline's
	// answer is not documented by the vendor; both possible ones are read.
	RESP2
)

// String returns "base64", "plain" or "resp2".
func (e Encoding) String() string {
	switch e {
	case Plain:
		return "plain"
	case RESP2:
		return "resp2"
	}
	return "base64"
}

// Retry bounds how often and how long a command is tried. Which commands are
// tried again is decided by [Class] and by what is known about the failure:
// always when nothing was sent; when an answer was lost or the server is
// temporarily unable, only commands that may be repeated.
type Retry struct {
	// MaxAttempts counts all attempts. 0 means 3; 1 turns retries off.
	MaxAttempts int
	// MinBackoff and MaxBackoff bound the wait between attempts: the wait is
	// drawn evenly from 0 to MinBackoff doubled per attempt ("full jitter"). 0
	// means 50 ms and 1 s. A Retry-After of the server is waited for instead,
	// when it is longer.
	MinBackoff, MaxBackoff time.Duration
	// MaxElapsed bounds one call with all its attempts and waits. 0 means 10 s;
	// negative means no bound but the context's.
	MaxElapsed time.Duration
	// Converging also repeats commands that leave the same data but may answer
	// differently the second time (DEL, HSET, SADD).
	Converging bool
	// Budget bounds retries over all calls, so that a failing server is not
	// flooded: each retry takes 1 from a budget that starts full, each call
	// that succeeds at once gives 0.1 back. 0 means 20; negative means no bound.
	Budget int
}

const (
	defaultMinBackoff = int64(50 * time.Millisecond)
	defaultMaxBackoff = int64(time.Second)
)

// orDefault maps 0 to def and negative values to 0 ("no bound").
//
//go:noinline
func orDefault(n, def int64) int64 {
	if n == 0 {
		return def
	}
	return max(n, 0)
}
