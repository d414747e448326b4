//go:build js

// Command probe is a Go program for runtime.mjs whose invocations wait for timers
// and for each other, and one that sends a request.
package main

import (
	"strconv"
	"strings"
	"sync"
	"syscall/js"
	"time"
)

var (
	mu    sync.Mutex
	gates = map[string]chan struct{}{}
)

// gate returns the channel of a name.
func gate(name string) chan struct{} {
	mu.Lock()
	defer mu.Unlock()
	if gates[name] == nil {
		gates[name] = make(chan struct{})
	}
	return gates[name]
}

func main() {
	requests := 0
	handle := js.FuncOf(func(_ js.Value, args []js.Value) any {
		requests++
		n := requests
		go func() {
			verb, arg, _ := strings.Cut(strings.TrimPrefix(args[4].String(), "/"), "/")
			text := strconv.Itoa(n)
			switch verb {
			case "sleep": // for so many milliseconds
				ms, _ := strconv.Atoi(arg)
				<-time.After(time.Duration(ms) * time.Millisecond)
			case "wait": // for an open
				<-gate(arg)
			case "open":
				close(gate(arg))
			case "panic":
				panic("as asked for")
			case "fetch":
				text = fetch(args[1], args[2], "/"+arg)
			case "hold": // the invocation until an open
				text = fetch(args[1], args[2], "/"+arg)
				<-gate(arg)
			}
			args[1].Call("respond", 200, js.Undefined(), text)
		}()
		return nil
	})
	js.Global().Get("edgeredisWorker").Call("ready", handle, js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	select {}
}
