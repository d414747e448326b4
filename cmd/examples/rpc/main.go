//go:build !wasm

// Command rpc is a backend of typed procedures, like tRPC's, whose rate limits are
// interceptors: the platform's presets for calls, messages, exports and logins.
//
//	go run ./cmd/examples/rpc
//
// serves on a free port of this machine, with a development server and its
// embedded Redis inside, and prints commands to try. With REDIS_REST_URL and
// REDIS_REST_TOKEN set it uses that database instead.
//
// A procedure is a function from an input to an output; router.go makes an HTTP
// endpoint of it and decides what a caller learns of an error. procedures.go has
// the procedures and says, for each limit, what an outage of Redis means for it.
//
// Billed commands: 4 for each limit that lets a call through, 3 for one that
// refuses, 0 for one that refuses again.
package main

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/upstash"
)

func main() { host.Main("rpc", run) }

func run(ctx context.Context, out io.Writer, addr string) error {
	client, stop, err := host.Connect(upstash.Config{})
	if err != nil {
		return err
	}
	defer stop()
	router, err := newRouter(client, 0, log.Printf)
	if err != nil {
		return err
	}
	ln, err := host.Listen(ctx, addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, guide, ln.Addr())
	return host.Serve(ctx, ln, authenticate(router))
}

const guide = `listening on http://%[1]s; in another terminal:

    u=http://%[1]s/rpc
    curl -H 'X-User: ann' -d '{"id":"7"}' $u/profile.get
    curl -H 'X-User: ann' -d '{"to":"bob","text":"hello"}' $u/message.send
    for i in 1 2 3 4 5 6; do curl -d '{"email":"ann@example.com","password":"guess"}' $u/auth.login; done

The sixth login is refused; "correct horse" would have been right. Ctrl-C ends the server.
`
