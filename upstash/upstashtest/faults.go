package upstashtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Faults is an [upstash.Transport] that wraps another one and makes it fail: in a
// given sequence, at random, or both. It needs no real time and no goroutines of
// its own, so it works inside synctest bubbles when the transport that it wraps
// does. It is safe for concurrent use; a random run can be repeated by its seed
// when requests come one after another.
type Faults struct {
	next upstash.Transport
	opts FaultOptions

	mu     sync.Mutex // guards what follows
	script []Fault
	rand   *rand.Rand
	counts FaultCounts
}

// FaultOptions say what goes wrong. Its zero value lets every request pass.
type FaultOptions struct {
	// Script is used up one by one by the first requests; a zero Fault lets its
	// request pass. [Faults.Add] appends to it.
	Script []Fault
	// Rate is the share, 0 to 1, of the later requests that suffer one of
	// Random, drawn evenly.
	Rate   float64
	Random []Fault
	// Seed makes another random sequence.
	Seed uint64
}

// FaultCounts say what happened.
type FaultCounts struct {
	// Requests counts what the client sent, and Delivered what reached the
	// wrapped transport; a duplicated request is delivered twice.
	Requests, Delivered int
	// Lost counts the requests that were delivered and whose answer never came.
	Lost int
	// Kinds counts the faults.
	Kinds map[FaultKind]int
}

// NewFaults wraps next, which may be nil when every fault answers by itself.
func NewFaults(next upstash.Transport, o FaultOptions) *Faults {
	return &Faults{
		next:   next,
		opts:   o,
		script: append([]Fault(nil), o.Script...),
		rand:   rand.New(rand.NewPCG(o.Seed, 0)), //nolint:gosec // a repeatable sequence is the purpose
		counts: FaultCounts{Kinds: map[FaultKind]int{}},
	}
}

// Add appends faults to the script.
func (f *Faults) Add(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = append(f.script, faults...)
}

// Counts returns what happened so far.
func (f *Faults) Counts() FaultCounts {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.counts
	c.Kinds = make(map[FaultKind]int, len(f.counts.Kinds))
	for k, n := range f.counts.Kinds {
		c.Kinds[k] = n
	}
	return c
}

// draw decides about one request.
func (f *Faults) draw() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var fault Fault
	switch {
	case len(f.script) > 0:
		fault, f.script = f.script[0], f.script[1:]
	case len(f.opts.Random) > 0 && f.rand.Float64() < f.opts.Rate:
		fault = f.opts.Random[f.rand.IntN(len(f.opts.Random))]
	}
	f.counts.Requests++
	if fault.kind != KindNone {
		f.counts.Kinds[fault.kind]++
	}
	return fault
}

var (
	errNotSent   = unsentError("upstashtest: injected fault: the connection could not be opened")
	errNoNext    = errors.New("upstashtest: NewFaults was given no transport to deliver the request to")
	errReplyLost = errors.New("upstashtest: injected fault: the connection broke before the answer came")
)

// An unsentError matches [upstash.ErrNotSent] by itself, so that hooks can tell
// before the client has wrapped it.
type unsentError string

func (e unsentError) Error() string        { return string(e) }
func (e unsentError) Is(target error) bool { return target == upstash.ErrNotSent }

// RoundTrip implements [upstash.Transport].
func (f *Faults) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	if err := ctx.Err(); err != nil {
		return upstash.NotSent(err)
	}
	fault := f.draw()
	switch fault.kind {
	case KindNone:
		return f.deliver(ctx, req, resp)
	case KindNotSent:
		return upstash.NotSent(errNotSent)
	}
	if fault.applied {
		if err := f.deliver(ctx, req, resp); err != nil {
			return err
		}
	}
	return f.spoil(ctx, fault, req, resp)
}

// spoil does what the fault does, after the request was delivered or not.
func (f *Faults) spoil(ctx context.Context, fault Fault, req *upstash.Request, resp *upstash.Response) error {
	switch fault.kind {
	case KindReplyLost:
		return f.lose(resp, errReplyLost)
	case KindTruncated:
		resp.Body = resp.Body[:min(max(fault.bytes, 0), len(resp.Body))]
	case KindDuplicated:
		return f.deliver(ctx, req, resp)
	case KindDelayed:
		if err := wait(ctx, fault.wait, req.Deadline); err != nil {
			return f.lose(resp, err)
		}
	case KindHang:
		err := wait(ctx, -1, req.Deadline)
		if !fault.applied {
			resp.Reset()
			return err
		}
		return f.lose(resp, err)
	default:
		if fault.applied {
			f.countLost()
		}
		fault.answer(resp)
	}
	return nil
}

// answer fills in an answer that does not come from the database.
func (f Fault) answer(resp *upstash.Response) {
	resp.Reset()
	switch f.kind {
	case KindErrorPage:
		status := strconv.Itoa(f.status) + " " + http.StatusText(f.status)
		resp.Status = f.status
		resp.ContentType = append(resp.ContentType, "text/html; charset=utf-8"...)
		resp.Body = append(resp.Body, "<html><head><title>"+status+"</title></head><body><h1>"+status+"</h1></body></html>\n"...)
	case KindThrottled:
		resp.Status = http.StatusTooManyRequests
		resp.ContentType = append(resp.ContentType, "application/json"...)
		resp.Body = append(resp.Body, `{"error":"ERR upstashtest: injected fault: too many requests"}`...)
		if seconds := int(f.wait / time.Second); seconds > 0 {
			resp.RetryAfter = strconv.AppendInt(resp.RetryAfter, int64(seconds), 10)
		}
	case KindGarbage:
		resp.Status = http.StatusOK
		resp.ContentType = append(resp.ContentType, "application/json"...)
		resp.Body = append(resp.Body, `{"message":"welcome","items":[1,2,3]}`...)
	}
}

// deliver sends the request on.
func (f *Faults) deliver(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	if f.next == nil {
		return upstash.NotSent(errNoNext)
	}
	f.mu.Lock()
	f.counts.Delivered++
	f.mu.Unlock()
	resp.Reset()
	return f.next.RoundTrip(ctx, req, resp)
}

// lose forgets the answer.
func (f *Faults) lose(resp *upstash.Response, err error) error {
	f.countLost()
	resp.Reset()
	return err
}

func (f *Faults) countLost() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Lost++
}

// wait waits for d (for ever when it is negative), ctx or the deadline.
func wait(ctx context.Context, d time.Duration, deadline time.Time) error {
	ends := d
	if !deadline.IsZero() {
		if left := max(time.Until(deadline), 0); ends < 0 || left < ends {
			ends = left
		}
	}
	var timeUp <-chan time.Time
	if ends >= 0 {
		t := time.NewTimer(ends)
		defer t.Stop()
		timeUp = t.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timeUp:
	}
	if ends == d {
		return nil
	}
	return context.DeadlineExceeded
}

// CloseIdle implements [upstash.Closer].
func (f *Faults) CloseIdle() {
	if c, ok := f.next.(upstash.Closer); ok {
		c.CloseIdle()
	}
}

var (
	_ upstash.Transport = (*Faults)(nil)
	_ upstash.Closer    = (*Faults)(nil)
)
