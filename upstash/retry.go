package upstash

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// retryAfter decides about the error of an attempt: how long to wait before the
// next one, or a negative duration when there is none.
func (k *call) retryAfter(ctx context.Context, err error) time.Duration {
	core := k.client.core
	if k.attempt.Number < core.maxAttempts && ctx.Err() == nil && k.mayTryAgain(err) {
		wait := backoff(core.minBackoff, core.maxBackoff, k.attempt.Number)
		wait = max(wait, parseRetryAfter(k.resp.RetryAfter))
		end, bounded := ctx.Deadline()
		if endsAfter(k.end, !k.end.IsZero(), wait) && endsAfter(end, bounded, wait) && core.budget.withdraw() {
			return wait
		}
	}
	return -1
}

// endsAfter reports whether wait is over before a limit, if there is one.
func endsAfter(limit time.Time, bounded bool, wait time.Duration) bool {
	return !bounded || time.Until(limit) > wait
}

// mayTryAgain reports whether the failure is of a kind that another attempt can
// mend, and whether the commands may be sent again after it.
func (k *call) mayTryAgain(err error) bool {
	if isNotSent(err) {
		return true
	}
	if errors.Is(err, ErrResponseTooLarge) {
		return false // it would be too large again
	}
	if e := serverErrorIn(err); e != nil {
		if !e.temporary() {
			return false
		}
	} else if !temporaryStatus(k.resp.Status) {
		return false
	}
	for i := range k.attempt.cmds {
		if !k.attempt.cmds[i].mayRepeat(k.client.core.converging) {
			return false
		}
	}
	return true
}

// backoff draws from 0 to min·2^(attempt-1), at most max ("full jitter").
func backoff(lo, hi int64, attempt int) time.Duration {
	d := lo
	for i := 1; i < attempt && d < hi; i++ {
		if d > hi/2 {
			d = hi // twice as much might overflow
		} else {
			d *= 2
		}
	}
	// The remainder of a division by less than 2^40 is as good as even, and less code
	// than rand.Int64N.
	return time.Duration(rand.Uint64() % uint64(min(d, hi)+1)) //nolint:gosec // jitter needs no secrecy; not negative
}

// parseRetryAfter reads the number of seconds of a Retry-After header. The form
// with a date is ignored: the clocks may differ, and a wait is bounded anyway.
func parseRetryAfter(b []byte) time.Duration {
	if len(b) == 0 || len(b) > 9 {
		return 0
	}
	n, ok := parseInt(string(b))
	if !ok || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	select {
	case <-t.C:
	case <-ctx.Done():
		t.Stop()
	}
}

// causeOf joins the cause of a context's end to its error, so that both can be
// matched.
func causeOf(ctx context.Context, err error) error {
	return joinCause(err, context.Cause(ctx))
}

// joinCause joins two errors unless the second adds nothing.
func joinCause(err, cause error) error {
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return fail(err.Error(), err, cause, cause)
}

// A retryBudget stops retry storms: a retry takes one token, a call that
// succeeds at once gives back a tenth. When the server fails for everybody the
// budget empties, and retries stop until calls succeed again.
type retryBudget struct {
	limited bool
	mu      sync.Mutex
	tenths  int // guarded by mu
	most    int
}

const tenthsPerRetry = 10

func (b *retryBudget) init(retries int) {
	b.limited = retries > 0
	b.most = retries * tenthsPerRetry
	b.tenths = b.most
}

func (b *retryBudget) deposit() {
	if !b.limited {
		return
	}
	b.mu.Lock()
	if b.tenths < b.most {
		b.tenths++
	}
	b.mu.Unlock()
}

func (b *retryBudget) withdraw() bool {
	if !b.limited {
		return true
	}
	b.mu.Lock()
	enough := b.tenths >= tenthsPerRetry
	if enough {
		b.tenths -= tenthsPerRetry
	}
	b.mu.Unlock()
	return enough
}
