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
type fetchExchange struct {
	ctx   context.Context //nolint:containedctx // it bounds the exchange
	host  *invocation     // nil where there are none
	slots *fetchSlots     // where it holds a slot
	timer *time.Timer     // of Request.Deadline, with late
	late  <-chan time.Time
	sent  bool

	id      int // in fetchCalls
	settled chan fetchEvent
	ok, bad js.Value      // the callbacks
	control js.Value      // the AbortController
	closed  chan struct{} // of a stream; nil otherwise
}

// A fetchEvent is a promise that has settled, or the host's call after enter.
type fetchEvent struct {
	ok    bool
	value js.Value
}

// fetchCalls knows which exchange a callback is for. There is one js.Func in the
// process; each exchange binds its number to it, and what is bound the host
// collects. A callback that comes after the end of its exchange finds nobody.
var fetchCalls struct {
	mu   sync.Mutex // guards what follows
	once sync.Once
	call js.Func
	last int
	live map[int]*fetchExchange
}

// register makes the callbacks of x.
func (x *fetchExchange) register() {
	c := &fetchCalls
	c.once.Do(func() {
		c.call = js.FuncOf(fetchCallback)
		c.live = make(map[int]*fetchExchange)
	})
	x.settled = make(chan fetchEvent, 1)
	c.mu.Lock()
	c.last++
	x.id = c.last
	c.live[x.id] = x
	c.mu.Unlock()
	x.ok = c.call.Call("bind", js.Null(), x.id, true)
	x.bad = c.call.Call("bind", js.Null(), x.id, false)
}

// fetchCallback is called by the host with the number of an exchange, whether all
// is well, and a value.
func fetchCallback(_ js.Value, args []js.Value) any {
	e := fetchEvent{ok: args[1].Bool()}
	if len(args) > 2 {
		e.value = args[2]
	}
	fetchCalls.mu.Lock()
	x := fetchCalls.live[args[0].Int()]
	fetchCalls.mu.Unlock()
	if x != nil {
		select {
		case x.settled <- e:
		default: // a host that settles a promise twice
		}
	}
	return nil
}

// end forgets x. It may be called more than once.
func (x *fetchExchange) end() {
	fetchCalls.mu.Lock()
	delete(fetchCalls.live, x.id)
	fetchCalls.mu.Unlock()
	x.stopTimer()
	x.leave()
}

// leave gives the slot back.
func (x *fetchExchange) leave() {
	if x.slots != nil {
		x.slots.release()
		x.slots = nil
	}
}

func (x *fetchExchange) stopTimer() {
	if x.timer != nil {
		x.timer.Stop()
		x.late = nil
	}
}

// await waits until p, a promise, has settled.
func (x *fetchExchange) await(p js.Value) (js.Value, error) {
	p.Call("then", x.ok, x.bad)
	return x.wait()
}

// wait waits for the next event.
func (x *fetchExchange) wait() (js.Value, error) {
	select {
	case e := <-x.settled:
		if !e.ok {
			return js.Value{}, fetchFailed(e.value)
		}
		return e.value, nil
	case <-x.ctx.Done():
		return js.Value{}, httpEnded(x.ctx)
	case <-x.late:
		return js.Value{}, errRequestDeadline
	case <-x.closed:
		return js.Value{}, errStreamClosed
	}
}

// enter returns when the exchange may do I/O.
func (x *fetchExchange) enter() error {
	inside, err := x.host.enter(x.ok)
	if inside || err != nil {
		return err
	}
	_, err = x.wait()
	return err
}

// send calls fetch and waits for the header of the answer.
func (x *fetchExchange) send(t *FetchTransport, req *Request) (answer js.Value, err error) {
	if err = x.enter(); err != nil {
		return js.Value{}, NotSent(err)
	}
	request, err := x.request(t, req)
	if err != nil {
		return js.Value{}, NotSent(err)
	}
	x.sent = true
	defer thrown(&err)
	answer, err = x.await(t.fetch.Invoke(request))
	if e, ok := err.(*fetchError); ok && e.notConnected() { //nolint:errorlint // await's own, unwrapped
		err = NotSent(err)
	}
	return answer, err
}

// request builds the Request. The host copies the body and the headers.
func (x *fetchExchange) request(t *FetchTransport, req *Request) (js.Value, error) {
	target, token, err := t.host.target(req)
	if err != nil {
		return js.Value{}, err
	}
	body := t.host.bytes.New(len(req.Body))
	js.CopyBytesToJS(body, req.Body)
	fetchDebt(len(req.Body))
	x.control = t.host.controller.New()
	init := t.host.create.Invoke(target.init)
	init.Set("body", body)
	init.Set("signal", x.control.Get("signal"))
	request, err := t.host.newRequest(target.at, init)
	if err != nil {
		return js.Value{}, errFetchRequest // the host's own shows the URL
	}
	if len(token) > 0 {
		err = appendHeaders(request.Get("headers"), token)
	}
	return request, err
}

// fetchable refuses what some hosts accept: a URL without host, which a page
// completes with its own address, and one with a user.
func fetchable(url string) bool {
	scheme, rest, ok := cut(url, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return false
	}
	n := 0
	for n < len(rest) && rest[n] != '/' && rest[n] != '?' && rest[n] != '#' {
		n++
	}
	return n > 0 && indexOf(rest[:n], "@") < 0
}

// ascii reports whether every host sends s as it is.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// abandon tells the host that nobody waits for the answer any more, in an event of
// the right invocation.
func (x *fetchExchange) abandon() {
	if !x.sent {
		return
	}
	var err error
	defer thrown(&err)
	abort := x.control.Get("abort").Call("bind", x.control)
	if inside, _ := x.host.enter(abort); inside {
		abort.Invoke()
	}
}
