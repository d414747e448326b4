package ratelimit

import (
	"time"
)

// A Decision is the answer to one question. Durations count from the answer and
// are whole milliseconds.
type Decision struct {
	// Allowed says whether the caller may go on.
	Allowed bool
	// Reason says who decided.
	Reason Reason
	// Policy is the name of the policy that decided; with several, the one that
	// refused, or the one with the least left.
	Policy string
	// Taken counts the tokens that were taken: n, less for AllowAtMost, 0 when
	// refused and for everything that did not reach Redis.
	Taken int64
	// Limit is the policy's limit.
	Limit int64
	// Remaining is how many more could be taken at once now.
	Remaining int64
	// RetryAfter is how long until the same request succeeds if nobody else takes
	// anything: it succeeds then, and fails 2 ms earlier. What is answered from
	// memory does not know what others took since Redis was asked. 0 when allowed,
	// and when the request never can succeed, see Never.
	RetryAfter time.Duration
	// ResetAfter is how long until everything is as if nothing had been taken.
	ResetAfter time.Duration
	// Window is the policy's window.
	Window time.Duration
	// Err is why Redis did not decide, for the reason ByFailure.
	Err error

	stamp int64 // the window of the take, for Refund
	slots bool  // what is counted is held, not used up
}

// Degraded reports whether Redis could not be asked, so that the failure policy
// decided.
func (d Decision) Degraded() bool { return d.Reason == ByFailure }

// Never reports whether the same request can never succeed: it asks for more
// than the limit.
func (d Decision) Never() bool { return d.Reason == ByCost }

// Reason says who decided.
type Reason uint8

const (
	// ByServer means that Redis counted.
	ByServer Reason = iota
	// ByMemory means that this process remembered a refusal of Redis that still
	// stands.
	ByMemory
	// ByLease means that a token was used which this process had taken in advance.
	ByLease
	// ByFailure means that Redis failed or was too slow, and the failure policy
	// decided. See Decision.Err.
	ByFailure
	// ByCost means that more was asked for than the limit allows at once.
	ByCost
	// ByList means that a list allowed or refused before anything was counted.
	ByList
)

// String returns "server", "memory", "lease", "failure", "cost" or "list".
func (r Reason) String() string {
	switch r {
	case ByMemory:
		return "memory"
	case ByLease:
		return "lease"
	case ByFailure:
		return "failure"
	case ByCost:
		return "cost"
	case ByList:
		return "list"
	}
	return "server"
}
