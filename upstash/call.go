package upstash

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// A call is one Do or DoBatch with all its attempts. Calls and their buffers are
// pooled: in the steady state a command costs no allocation here.
type call struct {
	client  *Client
	req     Request
	resp    Response
	hook    Hook          // the client's
	header  []HeaderField // for req.Header with the sync token; nil until there is one
	body    []byte        // encoded commands; req.Body may also be a raw value
	attempt Attempt
	one     [1]Command // backs attempt.cmds of a single command
	// decodeBatch reads the answer to a batch; nil for a single command. It is a
	// field so that a WebAssembly program without batches has no code for them.
	decodeBatch func(k *call, m media) error
	sent        bool      // an attempt can have reached the server
	maybe       bool      // an attempt may have been applied
	began       time.Time // when the attempt started
	end         time.Time // of all attempts; zero means never
	reply       Reply
	replies     []Reply
}

// maxPooled is the largest buffer that is kept for the next call. One GET of a
// 64 KiB value needs 88 KiB as base64.
const maxPooled = 256 << 10

func newCall(c *Client) *call {
	growStack(0)
	k := idleCall()
	k.client = c
	if h := c.core.hook; h != nil {
		k.hook = h.(Hook) //nolint:forcetypeassert // New put it there
	}
	return k
}

// free returns k to the pool without anything that belongs to the caller.
func (k *call) free() {
	body, header, resp := k.body[:0], k.header, k.resp
	if cap(body) > maxPooled {
		body = nil
	}
	if cap(resp.Body) > maxPooled {
		resp.Body = nil
	}
	resp.Reset()
	clear(header)
	*k = call{body: body, header: header, resp: resp}
	keepCall(k)
}

// run tries until there is an answer, or an error that is final.
func (k *call) run(ctx context.Context) error {
	core := k.client.core
	if core.closed.Load() {
		return k.failed(ErrClosed)
	}
	k.began = time.Now()
	if core.maxElapsed > 0 {
		k.end = k.began.Add(time.Duration(core.maxElapsed))
	}
	for last := error(nil); ; {
		if err := ctx.Err(); err != nil {
			return k.failed(joinCause(causeOf(ctx, err), last))
		}
		k.attempt.Number++
		wait, err := k.try(ctx)
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
		sleep(ctx, wait)
		last = err
	}
}

// try makes one attempt. On failure it returns how long to wait before the
// next, or a negative wait when the error is final.
func (k *call) try(ctx context.Context) (time.Duration, error) {
	a := &k.attempt
	a.BytesOut = len(k.req.Body)
	if a.Number > 1 || k.hook != nil {
		k.began = time.Now()
	}
	if k.hook != nil {
		a.Status, a.BytesIn, a.Duration, a.Err, a.Errors, a.Retry, a.replies = 0, 0, 0, nil, 0, false, nil
		ctx = k.hook.Before(ctx, a)
	}
	k.setDeadline()
	err := k.exchange(ctx)
	wait := time.Duration(-1)
	if err != nil {
		wait = k.retryAfter(ctx, err)
	}
	if k.hook != nil {
		a.Status, a.BytesIn = k.resp.Status, len(k.resp.Body)
		a.Duration = time.Now().Sub(k.began) //nolint:staticcheck // time.Since is half a kilobyte more of WebAssembly
		a.Err, a.Retry = err, wait >= 0
		a.Outcome = k.outcome(err)
		if err == nil {
			a.replies = k.replies
		}
		k.hook.After(ctx, a)
	}
	return wait, err
}

// exchange sends the request once and decodes the answer.
func (k *call) exchange(ctx context.Context) error {
	core, s := k.client.core, k.client.sync
	header := core.header
	if k.attempt.Atomic {
		header = core.headerTx
	}
	var number uint64
	if s != nil {
		var token string
		if number, token = s.start(); token != "" {
			header = k.withToken(header, token)
		}
	}
	k.req.Header = header
	k.resp.Reset()
	if err := core.transport.RoundTrip(ctx, &k.req, &k.resp); err != nil {
		return err
	}
	if s != nil {
		s.done(number, k.resp.SyncToken)
	}
	return k.decode()
}

// withToken returns header with the sync token, in memory of k.
func (k *call) withToken(header []HeaderField, token string) []HeaderField {
	if k.header == nil {
		k.header = make([]HeaderField, mostHeaders)
	}
	n := copy(k.header, header)
	k.header[n] = HeaderField{syncTokenHeader, token}
	return k.header[:n+1]
}

// mostHeaders is what headers returns at most, and the sync token.
const mostHeaders = 4

// setDeadline gives the request the nearer of the attempt's own limit and the call's
// end.
func (k *call) setDeadline() {
	k.req.Deadline = k.end
	timeout := time.Duration(k.client.core.timeout)
	if timeout > 0 && (k.end.IsZero() || k.end.Sub(k.began) > timeout) {
		k.req.Deadline = k.began.Add(timeout)
	}
}

// isNotSent reports whether err certainly happened before the server could see
// the request, as a transport says by [NotSent]. It does not look into lists of
// errors: they have the cause of a context's end, which is somebody else's error.
func isNotSent(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if _, ok := err.(*notSentError); ok { //nolint:errorlint // the loop unwraps
			return true
		}
	}
	return false
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
	if k.decodeBatch == nil {
		return k.attempt.cmds[0].Name()
	}
	what := "pipeline of "
	if k.attempt.Atomic {
		what = "transaction of "
	}
	return what + strconv.Itoa(n)
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
		if Class(k.attempt.cmds[i].class) != ReadOnly {
			return false
		}
	}
	return true
}
