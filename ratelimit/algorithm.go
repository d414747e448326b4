package ratelimit

import (
	"strconv"
	"time"
)

// An Algorithm is a way to count, with its numbers. It is made by [SlidingWindow],
// [FixedWindow], [SlidingLog], [TokenBucket] or [GCRA]; numbers that cannot work
// are reported by [New]. It is a comparable value; the zero Algorithm is invalid.
type Algorithm struct {
	kind   byte // the letter in the scripts; 0 for the zero Algorithm
	limit  int64
	a, b   int64 // see the algorithm in script.go; durations in milliseconds
	window time.Duration
	bad    string // why it cannot work, "" when it can
	script *script
}

const (
	kindFixed  = 'f'
	kindSlide  = 's'
	kindLog    = 'l'
	kindBucket = 'b'
	kindGCRA   = 'g'
)

const (
	// exact is the bound of products in Lua, whose numbers are doubles: half of
	// 2^53, so that sums stay exact too.
	exact = int64(1) << 52
	// maxSpan keeps instants plus windows far below 2^53 milliseconds.
	maxSpan = 10 * 366 * 24 * time.Hour
	// MaxLogLimit is the highest limit of a [SlidingLog], which remembers every
	// take: 28 bytes each.
	MaxLogLimit = 10_000
)

// FixedWindow allows limit per window. A window starts with the first take and
// ends a window later; then the count starts anew. Up to twice the limit can
// pass within one window's length around the end of a window.
func FixedWindow(limit int64, window time.Duration) Algorithm {
	return windowed(kindFixed, &scriptFixed, limit, window)
}

// SlidingWindow allows about limit in any window, counted with two numbers: what
// was taken in the window before counts in proportion to its overlap with the
// last window. It is the default choice: little memory, no burst at the end of a
// window. The source of the formula is Cloudflare's "How we built rate limiting"
// (2017); here it is solved in whole milliseconds without rounding. Who takes all
// at once waits for the window's end and then until enough of it has slid away:
// between one and two windows, the longer the smaller the limit.
func SlidingWindow(limit int64, window time.Duration) Algorithm {
	return windowed(kindSlide, &scriptSlide, limit, window)
}

// SlidingLog allows exactly limit in any window, by remembering each take. Its
// key grows to 28 bytes for each, so limit is at most [MaxLogLimit].
func SlidingLog(limit int64, window time.Duration) Algorithm {
	a := windowed(kindLog, &scriptLog, limit, window)
	if a.bad == "" && limit > MaxLogLimit {
		a.bad = "a sliding log takes limits up to " + strconv.Itoa(MaxLogLimit) + "; use SlidingWindow"
	}
	return a
}

func windowed(kind byte, s *script, limit int64, window time.Duration) Algorithm {
	a := Algorithm{kind: kind, limit: limit, a: window.Milliseconds(), window: window, script: s}
	a.bad = badNumbers(limit, window)
	if a.bad == "" && limit > exact/a.a {
		a.bad = "limit times window in milliseconds is over 2^52"
	}
	return a
}

// TokenBucket holds burst tokens. While some are missing, refill tokens come
// back together every interval, counted from the take that found the bucket full.
// For a steady trickle instead of portions use [GCRA].
func TokenBucket(refill int64, interval time.Duration, burst int64) Algorithm {
	a := Algorithm{kind: kindBucket, limit: burst, a: interval.Milliseconds(), b: refill, script: &scriptBucket}
	switch a.bad = badNumbers(burst, interval); {
	case a.bad != "":
	case burst > exact:
		a.bad = "the burst is over 2^52"
	case refill < 1:
		a.bad = "the refill is below 1"
	case (burst-1)/refill+1 > int64(maxSpan)/int64(interval):
		a.bad = "an empty bucket would take over ten years to fill"
	default:
		a.window = time.Duration((burst-1)/refill+1) * interval
	}
	return a
}

// GCRA allows rate per period, evenly spread, and burst at once: burst tokens
// that come back one by one, every period/rate. It keeps one instant per key.
// Rates that are no whole number of milliseconds stay exact. The formula is that
// of ITU-T I.371, annex A.
func GCRA(rate int64, period time.Duration, burst int64) Algorithm {
	a := Algorithm{kind: kindGCRA, limit: burst, a: period.Milliseconds(), b: rate, script: &scriptGCRA}
	switch a.bad = badNumbers(burst, period); {
	case a.bad != "":
		return a
	case rate < 1:
		a.bad = "the rate is below 1"
		return a
	}
	g := gcd(a.a, rate)
	a.a, a.b = a.a/g, a.b/g
	if burst > exact/a.a || a.b > exact/a.a {
		a.bad = "burst times period in milliseconds is over 2^52"
		return a
	}
	full := (burst*a.a-1)/a.b + 1
	if full > maxSpan.Milliseconds() {
		a.bad = "a full burst would take over ten years to come back"
		return a
	}
	a.window = time.Duration(full) * time.Millisecond
	return a
}

// badNumbers checks what all algorithms share.
func badNumbers(limit int64, span time.Duration) string {
	switch {
	case limit < 1:
		return "the limit is below 1"
	case span < time.Millisecond:
		return "the time span is below a millisecond"
	case span%time.Millisecond != 0:
		return "the time span is no whole number of milliseconds"
	case span > maxSpan:
		return "the time span is over ten years"
	}
	return ""
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Limit returns how many tokens can be taken at once at most.
func (a Algorithm) Limit() int64 { return a.limit }

// Window returns the time in which the whole limit comes back.
func (a Algorithm) Window() time.Duration { return a.window }

// IsZero reports whether a was not made by one of the functions.
func (a Algorithm) IsZero() bool { return a.kind == 0 }

// String returns the algorithm's name, like "sliding window".
func (a Algorithm) String() string {
	switch a.kind {
	case kindFixed:
		return "fixed window"
	case kindSlide:
		return "sliding window"
	case kindLog:
		return "sliding log"
	case kindBucket:
		return "token bucket"
	case kindGCRA:
		return "GCRA"
	}
	return "no algorithm"
}
