package ratelimit

import (
	"strconv"
	"time"
)

// Header tells the decision in the standard headers, through set, which is called
// for each: RateLimit-Policy and RateLimit, as in revision 10 of the IETF draft
// draft-ietf-httpapi-ratelimit-headers, and Retry-After in whole seconds, rounded
// up, when a later try can succeed. A decision that no policy took sets nothing.
// It works with any HTTP stack: d.Header(w.Header().Set).
//
// The parameters are q, the limit, and w, its window; r, what remains, and t, when
// more can be had: the same as Retry-After when refused, else when all is back. A
// [Concurrency] has no window but the unit qu="concurrent-requests".
func (d Decision) Header(set func(name, value string)) {
	if d.Policy != "" && d.Limit > 0 {
		set("RateLimit-Policy", string(d.appendPolicy(nil)))
		if d.counted() {
			set("RateLimit", string(d.appendState(nil)))
		}
	}
	d.retryHeader(set)
}

// LegacyHeader sets X-RateLimit-Limit, X-RateLimit-Remaining and
// X-RateLimit-Reset, the last in seconds from now.
func (d Decision) LegacyHeader(set func(name, value string)) {
	if d.Limit <= 0 || !d.counted() {
		return
	}
	set("X-RateLimit-Limit", strconv.FormatInt(d.Limit, 10))
	set("X-RateLimit-Remaining", strconv.FormatInt(d.Remaining, 10))
	set("X-RateLimit-Reset", strconv.FormatInt(seconds(d.next()), 10))
}

// counted reports whether Remaining and ResetAfter are known.
func (d Decision) counted() bool {
	return d.Reason != ByFailure && d.Reason != ByList && d.Reason != ByCost
}

// next is when more can be had: what clients want to know from the headers.
func (d Decision) next() time.Duration {
	if !d.Allowed && d.RetryAfter > 0 {
		return d.RetryAfter
	}
	return d.ResetAfter
}

func (d Decision) retryHeader(set func(name, value string)) {
	if !d.Allowed && d.RetryAfter > 0 {
		set("Retry-After", strconv.FormatInt(seconds(d.RetryAfter), 10))
	}
}

// appendPolicy appends "api";q=1000;w=3600, or for slots
// "jobs";q=2;qu="concurrent-requests". Names need no escaping, see Policy.
func (d Decision) appendPolicy(b []byte) []byte {
	b = append(b, '"')
	b = append(b, d.Policy...)
	b = append(b, `";q=`...)
	b = strconv.AppendInt(b, d.Limit, 10)
	if d.slots {
		return append(b, `;qu="concurrent-requests"`...)
	}
	b = append(b, ";w="...)
	return strconv.AppendInt(b, seconds(d.Window), 10)
}

// appendState appends "api";r=999;t=3600.
func (d Decision) appendState(b []byte) []byte {
	b = append(b, '"')
	b = append(b, d.Policy...)
	b = append(b, `";r=`...)
	b = strconv.AppendInt(b, d.Remaining, 10)
	b = append(b, ";t="...)
	return strconv.AppendInt(b, seconds(d.next()), 10)
}

// seconds rounds up: a client that waits so long has waited long enough.
func seconds(d time.Duration) int64 {
	return int64((d + time.Second - 1) / time.Second)
}
