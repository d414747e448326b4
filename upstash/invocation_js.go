package upstash

import (
	"context"
	"syscall/js"
)

// An invocation is one call of a Worker's handler.
type invocation struct {
	host  js.Value
	slots fetchSlots // of its requests
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
// The bound FetchOptions.MaxInFlight holds for each invocation by itself, so that
// none waits for the requests of another.
func WithInvocation(ctx context.Context, host js.Value) context.Context {
	return context.WithValue(ctx, invocationKey{}, &invocation{host: host})
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
	v.host.Call("hold")
	go func() {
		defer v.host.Call("release")
		run()
	}()
}

// enter reports whether the caller may do I/O for v. If not, f is called when it
// may.
func (v *invocation) enter(f js.Value) (inside bool, err error) {
	if v == nil {
		return true, nil
	}
	defer thrown(&err)
	return v.host.Call("enter", f).Bool(), nil
}
