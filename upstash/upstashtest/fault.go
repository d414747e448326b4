package upstashtest

import (
	"strconv"
	"time"
)

// FaultKind names what goes wrong.
type FaultKind uint8

// The kinds of faults; see the functions that make them.
const (
	KindNone FaultKind = iota
	KindNotSent
	KindReplyLost
	KindTruncated
	KindDuplicated
	KindDelayed
	KindErrorPage
	KindThrottled
	KindGarbage
	KindHang
)

var kindNames = [...]string{
	"none", "not sent", "reply lost", "truncated", "duplicated", "delayed",
	"error page", "throttled", "garbage", "hang",
}

// String returns the name of k: "reply lost".
func (k FaultKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown fault " + strconv.Itoa(int(k))
}

// A Fault is what [Faults] does to one request. Its zero value does nothing: the
// request passes. Make others with the functions below.
type Fault struct {
	kind    FaultKind
	applied bool
	status  int
	bytes   int
	wait    time.Duration
}

// Kind returns what goes wrong.
func (f Fault) Kind() FaultKind { return f.kind }

// AfterApply returns a copy that delivers the request to the server first and
// then throws the server's answer away. It matters for ErrorPage, Throttled,
// Garbage and Hang, which otherwise never deliver it.
func (f Fault) AfterApply() Fault {
	f.applied = true
	return f
}

// NotSent fails before a byte is sent, as a refused connection does. The error
// is marked with [upstash.NotSent], so that the client may try again.
func NotSent() Fault { return Fault{kind: KindNotSent} }

// ReplyLost delivers the request and loses the answer: the connection breaks
// after the server has run the commands.
func ReplyLost() Fault { return Fault{kind: KindReplyLost, applied: true} }

// Truncated delivers the request and cuts the answer's body to n bytes, without
// an error of the transport: what a broken proxy does.
func Truncated(n int) Fault { return Fault{kind: KindTruncated, applied: true, bytes: n} }

// Duplicated delivers the request twice and returns the second answer, as a
// proxy does that retries by itself.
func Duplicated() Fault { return Fault{kind: KindDuplicated, applied: true} }

// Delayed delivers the request and holds the answer back for d, or until the
// context or the deadline of the request ends.
func Delayed(d time.Duration) Fault { return Fault{kind: KindDelayed, applied: true, wait: d} }

// ErrorPage answers with this status and a web page, like a load balancer:
// status 502 and the like.
func ErrorPage(status int) Fault { return Fault{kind: KindErrorPage, status: status} }

// Throttled answers with status 429 and, when after is at least a second, with
// Retry-After.
func Throttled(after time.Duration) Fault { return Fault{kind: KindThrottled, wait: after} }

// Garbage answers with status 200 and JSON that is no answer of the API, as a
// wrong URL does.
func Garbage() Fault { return Fault{kind: KindGarbage} }

// Hang never answers: it waits until the context or the deadline of the request
// ends. A request that has neither hangs for good.
func Hang() Fault { return Fault{kind: KindHang} }
