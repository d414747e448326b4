package upstash

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// A call is one Do or DoBatch with all its attempts. Calls and their buffers are
// pooled: in the steady state a command costs no allocation here.
type call struct {
	client  *Client
	req     Request
	resp    Response
	header  []HeaderField // req.Header with room for the sync token
	body    []byte        // encoded commands; req.Body may also be a raw value
	attempt Attempt
	one     [1]Command // backs attempt.cmds of a single command
	// decodeBatch reads the answer to a batch; nil for a single command. It is a
	// field so that a WebAssembly program without batches has no code for them.
	decodeBatch func(k *call, m media, o wire.Options) error
	sent        bool // an attempt can have reached the server
	maybe       bool // an attempt may have been applied
	started     time.Time
	reply       Reply
	replies     []Reply
}

// maxPooled is the largest buffer that is kept for the next call. One GET of a
// 64 KiB value needs 88 KiB as base64.
const maxPooled = 256 << 10

func newCall(c *Client) *call {
	k := idleCall()
	k.client = c
	return k
}

// free returns k to the pool without anything that belongs to the caller.
func (k *call) free() {
	body, header, resp := k.body[:0], k.header[:0], k.resp
	if cap(body) > maxPooled {
		body = nil
	}
	if cap(resp.Body) > maxPooled {
		resp.Body = nil
	}
	resp.Reset()
	clear(header[:cap(header)])
	*k = call{body: body, header: header, resp: resp}
	keepCall(k)
}

// run tries until there is an answer, or an error that is final.
func (k *call) run(ctx context.Context) error {
	core := k.client.core
	if core.closed.Load() {
		return k.failed(ErrClosed)
	}
	k.started = time.Now()
	end := time.Time{}
	if core.cfg.Retry.MaxElapsed > 0 {
		end = k.started.Add(core.cfg.Retry.MaxElapsed)
	}
	for {
		if err := ctx.Err(); err != nil {
			return k.failed(causeOf(ctx, err))
		}
		k.attempt.Number++
		wait, err := k.try(ctx, end)
		if err == nil {
			if k.attempt.Number == 1 {
				core.budget.deposit()
			}
			return nil
		}
		k.sent = k.sent || !isNotSent(err)
		k.maybe = k.maybe || k.outcome(err) == MaybeApplied
		if e, ok := err.(*notSentError); ok && k.sent { //nolint:errorlint // the mark of one attempt must not speak for the call
			err = e.err
		}
		if wait < 0 {
			return k.finalError(err)
		}
		if e := sleep(ctx, wait); e != nil {
			return k.failed(joinCause(e, err))
		}
	}
}

// try makes one attempt. On failure it returns how long to wait before the
// next, or a negative wait when the error is final.
func (k *call) try(ctx context.Context, end time.Time) (time.Duration, error) {
	core := k.client.core
	a := &k.attempt
	hook := core.cfg.Hook
	a.BytesOut = len(k.req.Body)
	a.Status, a.BytesIn, a.Duration, a.Err, a.Errors, a.Retry, a.replies = 0, 0, 0, nil, 0, false, nil
	began := k.started
	if a.Number > 1 || hook != nil {
		began = time.Now()
	}
	if hook != nil {
		ctx = hook.Before(ctx, a)
	}
	k.req.Deadline = attemptDeadline(began, core.cfg.Timeout, end)
	err := k.exchange(ctx)
	wait := time.Duration(-1)
	if err != nil {
		wait = k.retryAfter(ctx, err, end)
	}
	if hook != nil {
		a.Status, a.BytesIn = k.resp.Status, len(k.resp.Body)
		a.Duration = time.Since(began)
		a.Err, a.Retry = err, wait >= 0
		a.Outcome = k.outcome(err)
		if err == nil {
			a.replies = k.replies
		}
		hook.After(ctx, a)
	}
	return wait, err
}

// exchange sends the request once and decodes the answer.
func (k *call) exchange(ctx context.Context) error {
	var number uint64
	k.req.Header = k.client.core.header
	if k.attempt.Atomic {
		k.req.Header = k.client.core.headerTx
	}
	s := k.client.sync
	if s != nil {
		var token string
		number, token = s.start()
		if token != "" {
			k.header = append(append(k.header[:0], k.req.Header...), HeaderField{syncTokenHeader, token})
			k.req.Header = k.header
		}
	}
	k.resp.Reset()
	if err := k.client.core.transport.RoundTrip(ctx, &k.req, &k.resp); err != nil {
		return err
	}
	if s != nil {
		s.done(number, k.resp.SyncToken)
	}
	return k.decode()
}

// attemptDeadline is the nearer of the attempt's own limit and the call's end.
func attemptDeadline(now time.Time, timeout time.Duration, end time.Time) time.Time {
	if timeout <= 0 {
		return end
	}
	d := now.Add(timeout)
	if !end.IsZero() && end.Before(d) {
		return end
	}
	return d
}

// isNotSent reports whether err certainly happened before the server could see
// the request.
func isNotSent(err error) bool {
	if _, ok := err.(*notSentError); ok { //nolint:errorlint // the fast path for an unwrapped error
		return true
	}
	_, ok := errors.AsType[*notSentError](err)
	return ok
}

// finalError types the error of the last attempt. A refusal is the whole story
// only when no earlier attempt may have been applied.
func (k *call) finalError(err error) error {
	if e, ok := err.(*ServerError); ok && !e.gateway() && !k.maybe { //nolint:errorlint // decode returns it unwrapped
		return e
	}
	return k.failed(err)
}

// failed wraps a cause into the error that the caller sees.
func (k *call) failed(cause error) error {
	e := &TransportError{
		Command:  k.operation(),
		Status:   k.resp.Status,
		Attempts: k.attempt.Number,
		Sent:     k.sent,
		Err:      cause,
	}
	if k.maybe {
		return &MaybeAppliedError{Err: e}
	}
	return e
}

// operation names what was sent, for error texts.
func (k *call) operation() string {
	n := len(k.attempt.cmds)
	switch {
	case k.decodeBatch == nil:
		return k.attempt.cmds[0].Name()
	case k.attempt.Atomic:
		return "transaction of " + strconv.Itoa(n)
	}
	return "pipeline of " + strconv.Itoa(n)
}

// outcome is what is known after one attempt that ended with err.
func (k *call) outcome(err error) Outcome {
	switch {
	case err == nil:
		return Applied
	case isNotSent(err):
		return NotApplied
	}
	if e, ok := err.(*ServerError); ok && !e.gateway() { //nolint:errorlint // decode returns it unwrapped
		return Rejected
	}
	if refusedStatus(k.resp.Status) || k.readOnly() {
		return NotApplied
	}
	return MaybeApplied
}

// readOnly reports whether no command of the call can change data.
func (k *call) readOnly() bool {
	for i := range k.attempt.cmds {
		if k.attempt.cmds[i].class != ReadOnly {
			return false
		}
	}
	return true
}
