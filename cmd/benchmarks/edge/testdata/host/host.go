//go:build js

// Package host is what the Go Workers of the comparison have in common: the
// invocations of cmd/examples/worker/runtime.mjs, and two routes.
//
//	GET  /{key}   GET, and the value is the answer
//	POST /{key}   SET to the body
//	GET  /collect collects Go's garbage
package host

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"syscall/js"
	"time"
)

// handleTime bounds one request with what it asks the database.
const handleTime = 20 * time.Second

// A Store does the two commands.
type Store interface {
	Get(ctx context.Context, key string) (string, error)
	Set(ctx context.Context, key, value string) error
}

// Run serves with the Store that open makes in the first invocation, because the
// bindings come with it. prepare may put the invocation into the context.
func Run(open func(url, token string) (Store, error), prepare func(context.Context, js.Value) context.Context) {
	var once sync.Once
	var store Store
	var broken error
	handle := js.FuncOf(func(_ js.Value, args []js.Value) any {
		invocation, env := args[1], args[2]
		once.Do(func() { store, broken = open(env.Get("REDIS_REST_URL").String(), env.Get("REDIS_REST_TOKEN").String()) })
		key, method := strings.TrimPrefix(args[4].String(), "/"), args[3].String()
		var body []byte
		if b := args[6]; !b.IsNull() {
			body = make([]byte, b.Length())
			js.CopyBytesToGo(body, b)
		}
		go func() {
			ctx, stop := context.WithTimeout(prepare(context.Background(), invocation), handleTime)
			defer stop()
			value, err := "", broken
			if key == "collect" {
				runtime.GC()
			} else if err == nil && method == "GET" {
				value, err = store.Get(ctx, key)
			} else if err == nil {
				value, err = "OK", store.Set(ctx, key, string(body))
			}
			status := 200
			if err != nil {
				status, value = 500, err.Error()
			}
			invocation.Call("respond", status, js.Undefined(), value)
		}()
		return nil
	})
	cancel := js.FuncOf(func(js.Value, []js.Value) any { return nil })
	js.Global().Get("edgeredisWorker").Call("ready", handle, cancel)
	select {} // the callbacks go on
}
