//go:build js

// Command worker is a Cloudflare Worker in Go: a rate limit in front, a cached
// read, a write under a lock, and a health route. It is compiled for GOOS=js and
// run by runtime.mjs; see README.md for how to run and to deploy it.
//
//	GET  /health                up or down, and the time that a PING takes
//	GET  /projects/{id}         the works of a project, from the cache
//	POST /projects/{id}/works   adds a work, whose title is the body
package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"syscall/js"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// handleTime bounds one request with all that it asks the database.
const handleTime = 20 * time.Second

// A request is what the routes need to know of a Request.
type request struct {
	method, path, user string
	body               string
}

// A response is what becomes a Response.
type response struct {
	status int
	header map[string]any
	body   []byte
}

// errDisconnected is the cause when nobody waits for the answer any more.
var errDisconnected = errors.New("worker: the client has gone")

// worker is what the invocations of an isolate share. The service is made by the
// first one, because the bindings come with it.
var worker struct {
	mu      sync.Mutex // guards what follows
	service *service
	cancels map[int]context.CancelCauseFunc
}

func main() {
	worker.cancels = make(map[int]context.CancelCauseFunc)
	js.Global().Get("edgeredisWorker").Call("ready", js.FuncOf(handle), js.FuncOf(cancel))
	select {} // the callbacks go on
}

// handle begins an invocation: its number, the object of runtime.mjs for it, the
// bindings, and the request. It returns at once; the answer goes to respond.
func handle(_ js.Value, args []js.Value) any {
	id, host, env, r := args[0].Int(), args[1], args[2], readRequest(args[3:])
	ctx, cancel := context.WithCancelCause(upstash.WithInvocation(context.Background(), host))
	ctx, stop := context.WithTimeout(ctx, handleTime)
	worker.mu.Lock()
	worker.cancels[id] = cancel
	worker.mu.Unlock()
	go func() {
		a := response{status: 500, body: []byte(`{"error":"the handler has panicked"}`)}
		defer func() {
			stop()
			cancel(nil)
			worker.mu.Lock()
			delete(worker.cancels, id)
			worker.mu.Unlock()
			respond(host, a)
		}()
		a = serve(ctx, env, r)
	}()
	return nil
}

// cancel ends the context of an invocation whose client has gone.
func cancel(_ js.Value, args []js.Value) any {
	worker.mu.Lock()
	defer worker.mu.Unlock()
	if f := worker.cancels[args[0].Int()]; f != nil {
		f(errDisconnected)
	}
	return nil
}

func serve(ctx context.Context, env js.Value, r request) response {
	s, err := theService(env)
	if err != nil {
		return failed(err)
	}
	return s.serve(ctx, r)
}

// theService returns the service of the isolate. No I/O is done here, so no
// invocation waits for another one's.
func theService(env js.Value) (*service, error) {
	worker.mu.Lock()
	defer worker.mu.Unlock()
	if worker.service != nil {
		return worker.service, nil
	}
	s, err := newService(func(name string) (string, bool) {
		v := env.Get(name)
		if v.Type() != js.TypeString {
			return "", false
		}
		return v.String(), true
	})
	if err == nil {
		worker.service = s
	}
	return s, err
}

// readRequest reads the method, the path, the user and the body, null for none.
func readRequest(args []js.Value) request {
	r := request{method: args[0].String(), path: args[1].String(), user: args[2].String()}
	if b := args[3]; !b.IsNull() {
		body := make([]byte, b.Length())
		js.CopyBytesToGo(body, b)
		r.body = string(body)
	}
	return r
}

func respond(host js.Value, a response) {
	if a.header == nil {
		a.header = make(map[string]any)
	}
	a.header["content-type"] = "application/json"
	host.Call("respond", a.status, a.header, string(a.body))
}

// failed says what went wrong, and nothing that is secret: no error of edgeredis
// contains the token or a value.
func failed(err error) response {
	return response{status: 503, body: append(strconv.AppendQuote([]byte(`{"error":`), err.Error()), '}')}
}
