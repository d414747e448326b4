//go:build js

package upstash

import (
	"context"
	"sync"
	"syscall/js"
	"time"
)

// A fetchExchange is one request and its answer. One goroutine drives it: it
// waits for one promise at a time, and goes on in the event in which the promise
// settled, because a goroutine that such an event wakes runs before the event
// ends. So what it asks of the host next belongs to the same invocation.
//
// One that has ended well is used again, with its callbacks.
type fetchExchange struct {
	ctx   context.Context //nolint:containedctx // it bounds the exchange
	host  *invocation     // nil where there are none
	slots *fetchSlots     // where it holds a slot
	timer *time.Timer     // of Request.Deadline; kept, with late
	late  chan struct{}
	most  int  // of slots, while it waits for one
	sent  bool // fetch has been called
	// posted means that the invocation's post has called it.
	posted bool

	number  int // in fetchCalls
	settled chan fetchEvent
	ok, bad js.Value      // the callbacks
	control js.Value      // the AbortController
	closed  chan struct{} // of a stream; nil otherwise
}

// A fetchEvent is a promise that has settled, the host's call after enter, or a
// slot that has become free.
type fetchEvent struct {
	ok   bool
	args []js.Value
}

// fetchCalls knows which exchange a callback is for. There is one js.Func in the
// process; each exchange binds its number to it, and what is bound the host
// collects. A callback that comes after the end of its exchange finds nobody.
//
// There is one thread, and yet locks are needed: a goroutine gives way to others
// wherever it needs memory, when it has to help to collect garbage.
var fetchCalls struct {
	mu   sync.Mutex // guards what follows
	call js.Func
	last int
	live map[uint32]*fetchExchange
	idle []*fetchExchange // those of live that have ended well
}

// newFetchExchange returns one that can be called back.
func newFetchExchange(ctx context.Context) (x *fetchExchange) {
	c := &fetchCalls
	c.mu.Lock()
	if n := len(c.idle) - 1; n >= 0 {
		x = c.idle[n]
		c.idle = c.idle[:n]
	} else {
		if c.live == nil {
			c.call = js.FuncOf(fetchCallback)
			c.live = make(map[uint32]*fetchExchange)
		}
		c.last++
		x = &fetchExchange{number: c.last, settled: make(chan fetchEvent, 1)}
		c.live[uint32(x.number)] = x
		x.bad = c.call.Call("bind", js.Null(), -x.number)
		x.ok = c.call.Call("bind", js.Null(), x.number)
	}
	c.mu.Unlock()
	x.ctx, x.host = ctx, invocationOf(ctx)
	return x
}

// fetchCallback is called by the host with the number of an exchange, negative
// when something has failed, and what there is to tell.
func fetchCallback(_ js.Value, args []js.Value) any {
	n := args[0].Int()
	e := fetchEvent{ok: n > 0, args: args[1:]}
	fetchCalls.mu.Lock()
	x := fetchCalls.live[uint32(max(n, -n))]
	fetchCalls.mu.Unlock()
	if x != nil {
		x.settle(e)
	}
	return nil
}

func (x *fetchExchange) settle(e fetchEvent) {
	select {
	case x.settled <- e:
	default: // a host that settles a promise twice
	}
}

// end gives back what x holds. Unless it may be used again it is forgotten; that
// may be said more than once.
func (x *fetchExchange) end(again bool) {
	x.leave()
	c := &fetchCalls
	c.mu.Lock()
	if again && len(c.idle) < maxIdleCalls {
		x.ctx, x.host, x.control = nil, nil, js.Value{}
		x.sent, x.posted = false, false
		c.idle = append(c.idle, x)
	} else {
		delete(c.live, uint32(x.number))
	}
	c.mu.Unlock()
}

// limit makes wait end after some time. It does without the channel of a
// time.Timer: the code for that makes a Worker's first answer later.
func (x *fetchExchange) limit(left time.Duration) {
	if x.timer != nil {
		x.timer.Reset(left)
		return
	}
	late := make(chan struct{}, 1)
	x.late, x.timer = late, time.AfterFunc(left, func() { late <- struct{}{} })
}

// leave gives the slot back, and forgets the deadline.
func (x *fetchExchange) leave() {
	if x.slots != nil {
		x.slots.release()
		x.slots = nil
	}
	if x.timer != nil && !x.timer.Stop() {
		x.timer, x.late = nil, nil // what it sends must not be taken for the next one's
	}
}

// await waits until p, a promise, has settled.
func (x *fetchExchange) await(p js.Value) ([]js.Value, error) {
	p.Call("then", x.ok, x.bad)
	return x.wait()
}

// wait waits for the next event and returns what it has brought: three values at
// least, undefined if need be.
func (x *fetchExchange) wait() ([]js.Value, error) {
	select {
	case e := <-x.settled:
		for len(e.args) < 3 {
			e.args = append(e.args, js.Undefined())
		}
		if !e.ok {
			return e.args, fetchFailed(e.args[0])
		}
		return e.args, nil
	case <-x.ctx.Done():
		return nil, httpEnded(x.ctx)
	case <-x.late:
		return nil, errRequestDeadline
	case <-x.closed:
		return nil, errStreamClosed
	}
}

// enter returns when the exchange may do I/O.
func (x *fetchExchange) enter() error {
	if x.host == nil || x.host.enter(x.ok) {
		return nil
	}
	_, err := x.wait()
	return err
}

// send calls fetch and waits for the header of the answer or, where the invocation
// has post and there is to be no stream, for all of it.
func (x *fetchExchange) send(t *FetchTransport, req *Request, resp *Response) ([]js.Value, error) {
	h := &t.host
	x.posted = resp != nil && t.own && x.host.posts(h)
	if !x.posted {
		if err := x.enter(); err != nil {
			return nil, err
		}
	}
	body := h.bytes.New(len(req.Body))
	js.CopyBytesToJS(body, req.Body)
	fetchDebt(len(req.Body))
	for {
		if err := x.fetch(t, req, body); err != nil {
			return nil, err
		}
		args, err := x.wait()
		if !x.sent && err == nil {
			continue // the event that post has waited for
		}
		if e, ok := err.(*fetchError); ok { //nolint:errorlint // wait's own, unwrapped
			if x.posted && args[1].Type() == js.TypeNumber {
				resp.Status = args[1].Int()
			}
			x.sent = x.sent && !e.notConnected
		}
		return args, err
	}
}

// fetch calls fetch, or tries to.
func (x *fetchExchange) fetch(t *FetchTransport, req *Request, body js.Value) error {
	h := &t.host
	h.mu.Lock()
	defer h.mu.Unlock()
	request, err := h.targetLocked(req)
	switch {
	case err != nil:
		return err
	case x.posted:
		x.sent = true // until the host says otherwise: it may throw after sending
		said := x.host.object.Call("post", request, body, req.MaxResponse, x.ok, x.bad)
		x.sent = said.Type() != js.TypeBoolean || said.Bool()
		return nil
	}
	// The object that has the signal serves as the second argument, too.
	x.control = h.controller.New()
	x.control.Set("body", body)
	if !t.own {
		request = h.request.New(request, x.control)
	}
	x.sent = true
	t.fetch.Invoke(request, x.control).Call("then", x.ok, x.bad)
	return nil
}

// abandon tells the host that nobody waits for the answer any more, in an event of
// the right invocation.
func (x *fetchExchange) abandon() {
	if !x.sent {
		return
	}
	var err error
	defer thrown(&err)
	if x.posted {
		x.host.object.Call("abandon", x.ok)
		return
	}
	abort := x.control.Get("abort").Call("bind", x.control)
	if x.host == nil || x.host.enter(abort) {
		abort.Invoke()
	}
}
