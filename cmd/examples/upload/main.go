//go:build !wasm

// Command upload is an HTTP endpoint that takes files and is limited: so many
// uploads per hour and user, and so many at once.
//
//	go run ./cmd/examples/upload -limit 3
//
// serves on a free port of this machine, with a development server and its
// embedded Redis inside, and prints commands to try. With REDIS_REST_URL and
// REDIS_REST_TOKEN set it uses that database instead.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "upload:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	addr := flag.String("addr", "127.0.0.1:0", "where to listen")
	limit := flag.Int64("limit", 50, "uploads per hour and user")
	flag.Parse()

	client, closeClient, err := connect()
	if err != nil {
		return err
	}
	defer closeClient()
	handler, err := newHandler(client, *limit, 0)
	if err != nil {
		return err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Printf("listening; try this more than %d times:\n\n    curl -i -H 'X-User: ann' --data-binary @go.mod http://%s/upload\n\n", *limit, ln.Addr())
	return serve(ctx, ln, handler)
}

// connect returns a client of the database that the environment names, or else of
// an embedded one.
func connect() (*upstash.Client, func(), error) {
	if os.Getenv("REDIS_REST_URL") != "" {
		client, err := upstash.NewFromEnv(upstash.Config{})
		if err != nil {
			return nil, nil, err
		}
		return client, func() { _ = client.Close() }, nil
	}
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		return nil, nil, err
	}
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		_ = srv.Close()
		return nil, nil, err
	}
	return client, func() { _ = client.Close(); _ = srv.Close() }, nil
}

// serve serves until ctx ends, then lets uploads under way finish.
func serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := srv.Shutdown(grace)
	if e := <-failed; !errors.Is(e, http.ErrServerClosed) {
		return e
	}
	return err
}
