package health

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Kind sorts the failures of attempts. A kind is a small number, so that
// counting costs an array access.
type Kind uint8

// The kinds, with their names in JSON and Prometheus.
const (
	// OK: the server answered and refused nothing.
	OK Kind = iota
	// Refused: the server refused a command for what it is: "refused".
	Refused
	// Canceled: the caller gave up: "canceled". It does not count as a failure.
	Canceled
	// NotSent: nothing reached the server: "not_sent".
	NotSent
	// TimedOut: the deadline passed: "timeout".
	TimedOut
	// Lost: the connection broke, or the answer was cut: "lost".
	Lost
	// Protocol: something else than the REST API answered: "protocol".
	Protocol
	// Gateway: HTTP 5xx: "gateway".
	Gateway
	// Unauthorized: the token is wrong: "unauthorized".
	Unauthorized
	// Quota: the plan's commands are used up: "quota".
	Quota
	// NoPermission: the token may not run the command: "no_permission".
	NoPermission
	// ReadOnly: the server takes no writes at the moment: "read_only".
	ReadOnly
	// Capacity: the database is full: "capacity".
	Capacity
	// Throttled: too many requests: "throttled".
	Throttled
	// TooLarge: a size limit was exceeded: "too_large".
	TooLarge
	// NoScript: EVALSHA before EVAL. It does not count as a failure: "noscript".
	NoScript
	kinds
)

var kindNames = [kinds]string{
	"ok", "refused", "canceled", "not_sent", "timeout", "lost", "protocol", "gateway",
	"unauthorized", "quota", "no_permission", "read_only", "capacity", "throttled", "too_large", "noscript",
}

// String returns the name of k.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "unknown"
}

// Failure reports whether k counts in the error rate: all but OK, Canceled and
// NoScript.
func (k Kind) Failure() bool { return k != OK && k != Canceled && k != NoScript }

// down reports whether k means that nothing works, rather than that one command
// did not.
func (k Kind) down() bool { return k >= NotSent && k <= Quota }

// partly reports whether k means that some commands do not work at the moment.
func (k Kind) partly() bool { return k >= NoPermission && k <= Throttled }

// grave orders kinds, so that a batch whose commands were refused for several
// reasons counts as the one that says most about the database.
func (k Kind) grave() int {
	switch {
	case k.certain():
		return 4
	case k.partly():
		return 3
	case k.Failure():
		return 2
	case k != OK:
		return 1
	}
	return 0
}

// certain reports whether one failure of kind k is enough to judge by: the
// server has said so itself.
func (k Kind) certain() bool { return k == Unauthorized || k == Quota }

var kindsBySentinel = []struct {
	is   error
	kind Kind
}{
	{upstash.ErrNoScript, NoScript},
	{upstash.ErrUnauthorized, Unauthorized},
	{upstash.ErrQuota, Quota},
	{upstash.ErrNoPermission, NoPermission},
	{upstash.ErrReadOnly, ReadOnly},
	{upstash.ErrCapacity, Capacity},
	{upstash.ErrThrottled, Throttled},
	{upstash.ErrTooLarge, TooLarge},
	{upstash.ErrResponseTooLarge, TooLarge},
	{context.Canceled, Canceled},
	{upstash.ErrNotSent, NotSent},
	{context.DeadlineExceeded, TimedOut},
}

// KindOf sorts an error of package upstash, of a call or of an attempt.
func KindOf(err error) Kind {
	if err == nil || errors.Is(err, upstash.ErrNil) {
		return OK
	}
	status := 0
	if e, ok := errors.AsType[*upstash.TransportError](err); ok {
		status = e.Status
	}
	return kindOf(err, status)
}

// kindOf is KindOf for an error and the HTTP status that came with it.
func kindOf(err error, status int) Kind {
	for _, k := range kindsBySentinel {
		if errors.Is(err, k.is) {
			return k.kind
		}
	}
	server, refused := errors.AsType[*upstash.ServerError](err)
	if refused && status == 0 {
		status = server.Status
	}
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	switch {
	case ok && timeout.Timeout():
		return TimedOut
	case status >= 500:
		return Gateway
	case status == 429:
		return Throttled
	case status == 401:
		return Unauthorized
	case refused:
		return Refused
	case errors.Is(err, upstash.ErrProtocol):
		return Protocol
	}
	return Lost
}
