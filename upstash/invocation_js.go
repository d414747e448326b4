package upstash

import (
	"context"
	"syscall/js"
)

// An invocation is one call of a Worker's handler.
type invocation struct {
	object js.Value
	slots  fetchSlots // of its requests
}

type invocationKey struct{}

// WithInvocation returns a context whose requests belong to one invocation of a
// Worker. It is needed where one Go program serves several invocations at a time:
// a Worker may do I/O only for the invocation whose event is being handled, while
// a goroutine may be resumed in the event of any, by a timer or by a lock that
// another goroutine has given up. What is sent for the wrong one dies with it.
//
// host is an object with three methods, which cmd/examples/worker has ready:
//
//   - enter(f) returns true when the event that is being handled belongs to the
//     invocation. Otherwise it returns false and calls f without arguments in a
//     later one that does. It throws when the invocation is over.
//   - hold() keeps the invocation alive, as waitUntil does, until release() has
//     been called as often; see [WaitUntil].
//
// Two more make requests cheaper, because each step over the border between Go
// and JavaScript costs time. All objects of a program have them, or none:
//
//   - post(request, body, limit, ok, bad) sends a Request with a body, a
//     Uint8Array that is its own from then on, reads at most limit bytes of the
//     answer, unless that is 0, and returns true. At the end it calls, in an event
//     of the invocation, ok(bytes, n, status) with a Uint8Array of the body, which
//     has n bytes, and of the values of Content-Type, Upstash-Sync-Token and
//     Retry-After, each with a line feed behind; n is -1 and there is no body when
//     it is longer than limit. Or it calls bad(error, status), where the status is
//     0 when there was none. In an event of another invocation it does what
//     enter(ok) does instead, and returns false. Whatever else it returns or throws
//     counts as sent. It is not used for streams.
//   - abandon(ok) tells that nobody waits any more for the answer to the post that
//     had this ok. It may be called in any event.
//
// The bound FetchOptions.MaxInFlight holds for each invocation by itself, so that
// none waits for the requests of another.
func WithInvocation(ctx context.Context, host js.Value) context.Context {
	return context.WithValue(ctx, invocationKey{}, &invocation{object: host})
}

// invocationOf returns the invocation of ctx, nil when it has none.
func invocationOf(ctx context.Context) *invocation {
	v, _ := ctx.Value(invocationKey{}).(*invocation)
	return v
}

// WaitUntil runs run on a goroutine and lets the host wait for its end after the
// answer is out: the invocation of ctx is kept alive until then. It is made for
// cache.Options.Background. Without an invocation it is a go statement.
func WaitUntil(ctx context.Context, run func()) {
	v := invocationOf(ctx)
	if v == nil {
		go run()
		return
	}
	v.object.Call("hold")
	go func() {
		defer v.object.Call("release")
		run()
	}()
}

// enter reports whether the caller may do I/O for v. If not, f is called when it
// may.
func (v *invocation) enter(f js.Value) bool { return v.object.Call("enter", f).Bool() }

// posts reports whether the objects of invocations have post. h remembers it.
func (v *invocation) posts(h *fetchHost) bool {
	if v == nil {
		return false
	}
	if h.post == 0 {
		h.post = -1
		if v.object.Get("post").Type() == js.TypeFunction {
			h.post = 1
		}
	}
	return h.post > 0
}
