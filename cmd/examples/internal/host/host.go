//go:build !wasm

package host

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// variables are those that upstash.NewFromEnv looks at.
var variables = []string{
	"REDIS_REST_URL", "REDIS_REST_TOKEN",
	"UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN",
	"KV_REST_API_URL", "KV_REST_API_TOKEN",
}

// Connect returns a client of the database that the environment names, or else of
// an embedded one that ends with stop.
func Connect(cfg upstash.Config) (client *upstash.Client, stop func(), err error) {
	for _, name := range variables {
		if os.Getenv(name) != "" {
			if client, err = upstash.NewFromEnv(cfg); err != nil {
				return nil, nil, err
			}
			return client, func() { _ = client.Close() }, nil
		}
	}
	return Embedded(cfg)
}

// Embedded returns a client of a database in this process, whatever the
// environment says.
func Embedded(cfg upstash.Config) (client *upstash.Client, stop func(), err error) {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		return nil, nil, err
	}
	cfg.URL, cfg.Token = srv.URL, upstash.Secret(srv.Token)
	if client, err = upstash.New(cfg); err != nil {
		return nil, nil, errors.Join(err, srv.Close())
	}
	return client, func() { _ = client.Close(); _ = srv.Close() }, nil
}

// Main is the main function of an example that serves: it reads the flags, and
// runs until Ctrl-C. run writes the guide to out once it listens on addr.
func Main(name string, run func(ctx context.Context, out io.Writer, addr string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	addr := flag.String("addr", "127.0.0.1:0", "where to listen")
	flag.Parse()
	if err := run(ctx, os.Stdout, *addr); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// Listen listens on a TCP address; port 0 is a free one.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", addr)
}

// Serve serves until ctx ends, then lets requests under way finish.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
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

// WriteJSON answers with v.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone, or has everything
}
