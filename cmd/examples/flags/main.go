//go:build !wasm

// Command flags shows two more uses of the key schema: feature flags, which are
// read all the time and change now and then, and idempotency records, which make
// a request that is repeated get the answer that it got the first time.
//
//	go run ./cmd/examples/flags
//
// serves on a free port of this machine, with a development server and its
// embedded Redis inside, and prints commands to try. With REDIS_REST_URL and
// REDIS_REST_TOKEN set it uses that database instead.
//
// Flags (flags.go) are evaluated once per user and minute, and cached with a tag
// which makes them all stale at a change: one billed command to read what a user
// has, two to change a flag. Records (once.go) are two conditional SETs around the
// work: two billed commands for a payment, one for each repetition. What happens
// when an answer is lost, a process dies, or two requests come at once is told
// there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/upstash"
)

func main() { host.Main("flags", run) }

func run(ctx context.Context, out io.Writer, addr string) (err error) {
	client, stop, err := host.Connect(upstash.Config{})
	if err != nil {
		return err
	}
	defer stop()
	s, err := newService(client, new(Store), new(Ledger), log.Printf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.flags.Close(context.WithoutCancel(ctx))) }()
	ln, err := host.Listen(ctx, addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, guide, ln.Addr())
	return host.Serve(ctx, ln, s.handler())
}

const guide = `listening on http://%[1]s; in another terminal:

    u=http://%[1]s
    curl -X PUT -d '{"on":true,"percent":50}' $u/flags/new-editor
    for name in ann bob carl dora; do curl $u/flags/$name; done

    curl -i -H 'X-User: ann' -H 'Idempotency-Key: 1' -d '{"to":"bob","cents":1000}' $u/payments
    # the same again: the same answer, nothing is paid; with other cents: refused

Ctrl-C ends the server.
`
