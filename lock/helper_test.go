//go:build !wasm

package lock_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		runWorker()
		return
	}
	os.Exit(m.Run())
}

// A server is a dev server and a client of it.
type server struct {
	*devserver.Running
	client *upstash.Client
	meter  *upstashtest.Meter
	faults *upstashtest.Faults
}

// serve starts a dev server over an embedded Redis, or over a real one.
func serve(tb testing.TB, redisURL string) *server {
	tb.Helper()
	srv, err := devserver.Start(devserver.Options{Redis: redisURL})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = srv.Close() })
	s := &server{Running: srv, meter: &upstashtest.Meter{}}
	s.client, s.faults = s.connect(tb, s.meter)
	return s
}

// connect makes another client of the server, with faults of its own.
func (s *server) connect(tb testing.TB, hook upstash.Hook) (*upstash.Client, *upstashtest.Faults) {
	tb.Helper()
	transport, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(transport.CloseIdle)
	faults := upstashtest.NewFaults(transport, upstashtest.FaultOptions{})
	c, err := upstash.New(upstash.Config{
		URL: s.URL, Token: upstash.Secret(s.Token), Transport: faults, Hook: hook,
		Retry: upstash.Retry{MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c, faults
}

// onServers runs a test over the embedded and over a real Redis, with SET IFEQ and
// DELEX, without them from the start, and with a server that turns out to lack
// them.
func onServers(t *testing.T, f func(t *testing.T, s *server, d upstash.Doer, o lock.Options)) {
	t.Helper()
	for _, backend := range []string{"embedded", "redis"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"IFEQ and DELEX", "scripts", "found to lack them"} {
				t.Run(path, func(t *testing.T) {
					t.Parallel()
					url := ""
					if backend == "redis" {
						url = redistest.StartOwn(t).URL
					}
					s := serve(t, url)
					var d upstash.Doer = s.client
					if path == "found to lack them" {
						d = lacking{s.client}
					}
					f(t, s, d, lock.Options{Scripts: path == "scripts", TTL: time.Minute})
				})
			}
		})
	}
}

// lacking is a server without DELEX and SET IFEQ: it gets what it does not know.
type lacking struct{ d upstash.Doer }

func (l lacking) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	args := cmd.Args()
	if args[0] == "DELEX" {
		return l.d.Do(ctx, upstash.NewCommand("NOSUCHCOMMAND", args[1]))
	}
	for _, a := range args {
		if a == "IFEQ" {
			return l.d.Do(ctx, upstash.NewCommand("SET", args[1], "x", "NOSUCHOPTION"))
		}
	}
	return l.d.Do(ctx, cmd)
}

// newLocker is lock.New for options that are good.
func newLocker(tb testing.TB, d upstash.Doer, o lock.Options) *lock.Locker {
	tb.Helper()
	l, err := lock.New(d, o)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// take is TryAcquire that has to succeed.
func take(tb testing.TB, l *lock.Locker, name string) *lock.Lease {
	tb.Helper()
	lease, err := l.TryAcquire(tb.Context(), name)
	if err != nil {
		tb.Fatalf("TryAcquire: %v", err)
	}
	return lease
}

// perfect is a network without faults.
func perfect() network { return network{timeout: time.Second} }

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
