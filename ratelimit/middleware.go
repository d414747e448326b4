//go:build !wasm

package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strconv"
)

// HTTPOptions tune a middleware for requests of type R; the zero value is good.
type HTTPOptions[R any] struct {
	// Key names who asks. "" lets the request through uncounted. nil means the
	// client's address, see IP.
	Key func(R) string
	// Cost says how many tokens a request takes; below 1 it is let through
	// uncounted. nil means 1 for each.
	Cost func(R) int64
	// Skip lets requests through uncounted, health checks for example.
	Skip func(R) bool
	// IP finds the client's address, for the default Key and the lists.
	IP ClientIP
	// Allow lists networks that are let through uncounted, Deny networks that are
	// refused with status 403. Deny goes first.
	Allow, Deny []netip.Prefix
	// LegacyHeaders sets the X-RateLimit headers too.
	LegacyHeaders bool
	// OnDegraded, if set, is called when Redis could not decide, before the
	// request goes on or is refused: to log it, say. What happens is up to
	// [Options.OnFailure]; a refusal then has status 503.
	OnDegraded func(R, Decision)
}

// A request is what the middlewares need from either HTTP stack.
type request[R any] interface {
	addr(c *ClientIP, r R) netip.Addr
	context(r R) context.Context
	setHeader(r R) func(name, value string)
	refuse(r R, status int, body []byte)
}

// pass decides about a request and answers it when it is refused.
func pass[R any](l *Limiter, o *HTTPOptions[R], s request[R], r R) bool {
	if o.Skip != nil && o.Skip(r) {
		return true
	}
	id, listed, ok := identify(o, s, r)
	switch {
	case listed && !ok:
		s.refuse(r, statusForbidden, problem(statusForbidden, &Decision{Reason: ByList}))
		return false
	case listed || id == "":
		return true
	}
	n := int64(1)
	if o.Cost != nil {
		if n = o.Cost(r); n < 1 {
			return true
		}
	}
	d, err := l.AllowN(s.context(r), id, n)
	if err != nil && !d.Degraded() {
		// A bad id, nothing was counted.
		s.refuse(r, statusBadRequest, problem(statusBadRequest, &d))
		return false
	}
	set := s.setHeader(r)
	d.Header(set)
	if o.LegacyHeaders {
		d.LegacyHeader(set)
	}
	if d.Degraded() && o.OnDegraded != nil {
		o.OnDegraded(r, d)
	}
	if d.Allowed {
		return true
	}
	status := statusTooMany
	if d.Degraded() {
		status = statusUnavailable
	}
	s.refuse(r, status, problem(status, &d))
	return false
}

// identify names the client, unless a list decides: then listed is true and ok
// says how.
func identify[R any](o *HTTPOptions[R], s request[R], r R) (id string, listed, ok bool) {
	var addr netip.Addr
	if o.Key == nil || len(o.Allow) > 0 || len(o.Deny) > 0 {
		addr = s.addr(&o.IP, r)
	}
	switch {
	case contains(o.Deny, addr):
		return "", true, false
	case contains(o.Allow, addr):
		return "", true, true
	case o.Key != nil:
		return o.Key(r), false, true
	}
	if id = o.IP.ID(addr); id == "" {
		id = "unknown" // all of these share one limit: better than none
	}
	return id, false, true
}

const (
	statusBadRequest  = 400
	statusForbidden   = 403
	statusTooMany     = 429
	statusUnavailable = 503

	problemType = "application/problem+json"

	// quotaExceeded is the problem type of the draft that Header follows.
	quotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded"
)

// problem is the body of a refusal: problem details, RFC 9457.
func problem(status int, d *Decision) []byte {
	kind := "about:blank"
	if status == statusTooMany {
		kind = quotaExceeded
	}
	title, detail := "Too Many Requests", "The rate limit is exhausted."
	switch {
	case status == statusForbidden:
		title, detail = "Forbidden", "Requests from this address are not accepted."
	case status == statusUnavailable:
		title, detail = "Service Unavailable", "The rate limit cannot be checked at the moment."
	case status == statusBadRequest:
		title, detail = "Bad Request", "The request cannot be counted."
	case d.Never():
		detail = "The request costs more than the rate limit ever allows."
	}
	b := append([]byte(nil), `{"type":"`...)
	b = append(append(b, kind...), `","title":"`...)
	b = append(b, title...)
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, `,"detail":"`...)
	b = append(b, detail...)
	b = append(b, '"')
	if status == statusTooMany && d.Policy != "" { // a name needs no escaping
		b = append(append(append(b, `,"violated-policies":["`...), d.Policy...), `"]`...)
	}
	if d.RetryAfter > 0 {
		b = strconv.AppendInt(append(b, `,"retry_after":`...), seconds(d.RetryAfter), 10)
	}
	return append(b, "}\n"...)
}

// hashID makes an id of a secret, so that it is not written to Redis.
func hashID(secret string) string {
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:16])
}

func itoa(n int) string { return strconv.Itoa(n) }
