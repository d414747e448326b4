//go:build !wasm

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

const defaultAddr = "127.0.0.1:8079"

var serveCommand = command{
	name:  "serve",
	usage: "serve the REST API on this machine, for development",
	about: `Serves the Upstash REST API over an embedded Redis, whose data is lost when
the server stops, or over a real one with --redis. Stop it with Ctrl-C.

Standard output holds exactly the two lines to export in another terminal;
everything else goes to standard error. A token on the command line can be
seen by others on the same machine; without --token a random one is made. An
address that other machines can reach needs a --token of 16 characters or more.
The URL of a real Redis is redis://user:password@host:port/0, or rediss://...
with TLS; --timeout bounds waiting for it.`,
	examples: `  edgeredis serve
  edgeredis serve --addr 127.0.0.1:0             any free port
  edgeredis serve --redis redis://127.0.0.1:6379
  edgeredis serve --token dev --read-only-token dev-ro
  edgeredis serve > .env.redis &                 then: source .env.redis`,
	flags: func() []cli.Flag {
		return []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: defaultAddr, Usage: "listen on `ADDR`, port 0 is any free one"},
			&cli.StringFlag{Name: "token", Usage: "`TOKEN` for all commands (default: random)"},
			&cli.StringFlag{Name: "read-only-token", Usage: "`TOKEN` for reading only (default: none)"},
			&cli.StringFlag{Name: "redis", Usage: "`URL` of a real Redis (default: embedded)"},
		}
	},
	run: runServe,
}

func runServe(ctx context.Context, in *invocation) error {
	opts := devserver.Options{
		Token:         in.flags.String("token"),
		ReadOnlyToken: in.flags.String("read-only-token"),
		Redis:         in.flags.String("redis"),
		Timeout:       in.timeout,
	}
	addr := in.flags.String("addr")
	if err := checkServe(addr, &opts); err != nil {
		return err
	}
	srv, err := devserver.New(opts)
	if err != nil {
		return &usageError{message: flagWords(err), advice: "See: edgeredis serve --help"}
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return &listenError{err}
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(running, ln) }()
	if err := in.announce(ctx, ln.Addr(), opts); err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	if err := <-served; ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
		return errStillBusy
	} else if err != nil {
		return err
	}
	in.stopped()
	return nil
}

// checkServe refuses what cannot be served, and makes a token if need be.
func checkServe(addr string, o *devserver.Options) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return &usageError{message: "--addr must be HOST:PORT", advice: "For example: --addr " + defaultAddr}
	}
	if o.Token == "" {
		if !isLoopback(host) {
			return &usageError{
				message: "--addr is open to other machines, which needs --token",
				advice:  "Whoever can reach the server and has the token has the database. Give a long random --token, or listen on " + defaultAddr + ".",
			}
		}
		o.Token = rand.Text()
	}
	if !isLoopback(host) && len(o.Token) < minPublicToken {
		return &usageError{
			message: "--addr is open to other machines, which needs a --token of at least 16 characters",
			advice:  "Give a long random --token, or listen on " + defaultAddr + ".",
		}
	}
	for flag, token := range map[string]string{"--token": o.Token, "--read-only-token": o.ReadOnlyToken} {
		// The client knows what a token can be.
		_, err := upstash.New(upstash.Config{URL: "http://127.0.0.1", Token: upstash.Secret(token), Transport: noTransport{}})
		if e, ok := errors.AsType[*upstash.ConfigError](err); ok && token != "" {
			return &usageError{message: flag + " " + e.Reason, advice: "See: edgeredis serve --help"}
		}
	}
	return nil
}

// minPublicToken is the length that devserver asks for beyond loopback.
const minPublicToken = 16

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// flagWords puts the names of flags in place of those of devserver's options.
func flagWords(err error) string {
	return strings.NewReplacer(
		"devserver: ", "",
		"Options.ReadOnlyToken", "--read-only-token",
		"Options.Token", "--token",
		"Options.Redis", "--redis",
		"Options.Timeout", "--timeout",
	).Replace(err.Error())
}

// A listenError is an address that cannot be listened on.
type listenError struct{ err error }

func (e *listenError) Error() string { return e.err.Error() }
func (e *listenError) Unwrap() error { return e.err }

// errStillBusy means that a request, of an endless script say, outlived its server.
var errStillBusy = errors.New("requests were still running when the server stopped")

// announceTime bounds how long the announcement waits for a real Redis.
const announceTime = 2 * time.Second

// announce asks the server for a PING, which also shows whether its Redis is
// there, and then prints how to use it.
func (in *invocation) announce(ctx context.Context, addr net.Addr, o devserver.Options) error {
	base := clientURL(addr)
	client, err := upstash.New(upstash.Config{
		URL: base, Token: upstash.Secret(o.Token), Timeout: min(in.timeout, announceTime), Retry: upstash.Retry{MaxAttempts: 1},
	})
	if err != nil {
		return err
	}
	defer closeQuietly(client)
	_, err = upstash.Ping().Do(ctx, client)
	if ctx.Err() != nil {
		return nil // stopped before it was ready: an orderly end
	}
	if in.json {
		in.out.json(struct {
			OK      bool   `json:"ok"`
			Command string `json:"command"`
			Event   string `json:"event"`
			URL     string `json:"url"`
			Token   string `json:"token"`
			Redis   string `json:"redis,omitempty"`
			Ready   bool   `json:"redis_ready"`
		}{true, in.name, "listening", base, o.Token, redisHost(o.Redis), err == nil})
		return nil
	}
	in.describe(addr, o, err)
	in.out.line("export REDIS_REST_URL=", base)
	in.out.line("export REDIS_REST_TOKEN=", shellWord(o.Token))
	return nil
}

// describe tells a person what is served; notReady is what PING came to.
func (in *invocation) describe(addr net.Addr, o devserver.Options, notReady error) {
	backend := "an embedded Redis whose data is lost when the server stops"
	if o.Redis != "" {
		backend = "the Redis at " + redisHost(o.Redis)
	}
	in.say("Serving the Upstash REST API at %s\nover %s.\n", clientURL(addr), backend)
	if notReady != nil {
		in.say("WARNING: requests fail until that Redis works:\n%s\n", notReady)
	}
	if host, _, err := net.SplitHostPort(addr.String()); err == nil && !isLoopback(host) {
		in.say("Other machines put this machine's name into the URL, and allow plain http there.\n")
	}
	in.say("Stop it with Ctrl-C. In another terminal:\n\n")
}

func (in *invocation) stopped() {
	if in.json {
		in.out.json(map[string]any{"ok": true, "command": in.name, "event": "stopped"})
		return
	}
	in.say("\nStopped.\n")
}

// clientURL is the URL by which this machine reaches addr.
func clientURL(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return "http://" + addr.String()
	}
	host := tcp.IP
	if host.IsUnspecified() {
		host = net.IPv4(127, 0, 0, 1)
	}
	return "http://" + net.JoinHostPort(host.String(), fmt.Sprint(tcp.Port))
}

// redisHost is the part of a Redis URL that may be shown.
func redisHost(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Host
}

// shellWord quotes s for a POSIX shell where it must be.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=+/:@%,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
