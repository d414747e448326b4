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
func (k *call) retryAfter(ctx context.Context, err error, end time.Time) time.Duration {
	const final = time.Duration(-1)
	r := &k.client.core.cfg.Retry
	if k.attempt.Number >= r.MaxAttempts || ctx.Err() != nil || !k.mayTryAgain(err) {
		return final
	}
	wait := backoff(r.MinBackoff, r.MaxBackoff, k.attempt.Number)
	if after := parseRetryAfter(k.resp.RetryAfter); after > wait {
		wait = after
	}
	now := time.Now()
	if !end.IsZero() && !now.Add(wait).Before(end) {
		return final
	}
	if d, ok := ctx.Deadline(); ok && !now.Add(wait).Before(d) {
		return final
	}
	if !k.client.core.budget.withdraw() {
		return final
	}
	return wait
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
	if e, ok := errors.AsType[*ServerError](err); ok {
		if !e.temporary() {
			return false
		}
	} else if !temporaryStatus(k.resp.Status) {
		return false
	}
	for i := range k.attempt.cmds {
		if !k.attempt.cmds[i].mayRepeat(k.client.core.cfg.Retry.Converging) {
			return false
		}
	}
	return true
}

// backoff draws from 0 to min·2^(attempt-1), at most max ("full jitter").
func backoff(lo, hi time.Duration, attempt int) time.Duration {
	d := lo
	for i := 1; i < attempt && d < hi; i++ {
		d *= 2
	}
	d = min(d, hi)
	if d <= 0 {
		return 0
	}
	return time.Duration(rand.Int64N(int64(d) + 1)) //nolint:gosec // jitter needs no secrecy
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
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return causeOf(ctx, ctx.Err())
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
	return &causedError{err, cause}
}

// A causedError is an error with the reason behind it; errors.Is finds both.
type causedError struct{ err, cause error }

func (e *causedError) Error() string   { return e.err.Error() + ": " + e.cause.Error() }
func (e *causedError) Unwrap() []error { return []error{e.err, e.cause} }

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
	defer b.mu.Unlock()
	if b.tenths < tenthsPerRetry {
		return false
	}
	b.tenths -= tenthsPerRetry
	return true
}
