//go:build !wasm

// Command upload takes large files in parts. An upload is a session in Redis that
// lives for 15 minutes after its last step: it is opened, parts come in any order
// and again if need be, it is completed or abandoned. So many may be opened per
// hour and user, and so many parts may come at once.
//
//	go run ./cmd/examples/upload -limit 3
//
// serves on a free port of this machine, with a development server and its
// embedded Redis inside, and prints commands to try. With REDIS_REST_URL and
// REDIS_REST_TOKEN set it uses that database instead.
//
// What it shows: the key schema's sessions (session.go), steps as scripts that may
// be repeated, so that a lost answer is no trouble (lua), what to answer to whom
// when something fails (fail.go), a rate limit in front, a limit on what is in
// flight, and a lock around work that is done once (handler.go).
//
// Billed commands: 7 to open a session (4 of them for the limit), 14 for a part (7
// of them for its slot), 15 to complete an upload, 5 to abandon one.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/upstash"
)

func main() {
	limit := flag.Int64("limit", 50, "uploads per hour and user")
	host.Main("upload", func(ctx context.Context, out io.Writer, addr string) error {
		return run(ctx, out, addr, *limit)
	})
}

func run(ctx context.Context, out io.Writer, addr string, limit int64) error {
	client, stop, err := host.Connect(upstash.Config{})
	if err != nil {
		return err
	}
	defer stop()
	dir, err := os.MkdirTemp("", "uploads")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	files, err := OpenFiles(dir)
	if err != nil {
		return err
	}
	defer files.Close()
	service, handler, err := newService(client, files, limit, 0, log.Printf)
	if err != nil {
		return err
	}
	ln, err := host.Listen(ctx, addr)
	if err != nil {
		return err
	}
	go service.sweepEvery(ctx, time.Minute)
	fmt.Fprintf(out, guide, ln.Addr(), limit)
	return host.Serve(ctx, ln, handler)
}

// sweepEvery sweeps until ctx ends.
func (s *service) sweepEvery(ctx context.Context, d time.Duration) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.logf("sweep: %v", err)
			}
		}
	}
}

const guide = `listening on http://%[1]s; in another terminal:

    u=http://%[1]s/uploads
    curl -i -H 'X-User: ann' -d '{"name":"greeting.txt","parts":2}' $u

    id=...        # from that answer
    curl -H 'X-User: ann' -T - $u/$id/parts/1 <<< hello
    curl -H 'X-User: ann' $u/$id                         # to resume: what is missing?
    curl -H 'X-User: ann' -T - $u/$id/parts/2 <<< world
    curl -H 'X-User: ann' -X POST $u/$id/complete        # again: the same answer
    curl -H 'X-User: bob' $u/$id                         # somebody else: 404

A user who opens more than %[2]d uploads in an hour is refused with 429. Ctrl-C ends the server.
`
