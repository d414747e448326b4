//go:build !wasm

package devserver

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/url"
	"time"
)

// Defaults of Options.
const (
	DefaultMaxBody = 10 << 20
	DefaultTimeout = 10 * time.Second
)

// Options says what to serve. Only Token is required.
type Options struct {
	// Token is the standard token: it may run everything. Compared in
	// constant time. Start makes a random one when it is empty.
	Token string

	// ReadOnlyToken may run read commands except KEYS and SCAN, and
	// subscribe. Empty means that there is none.
	ReadOnlyToken string

	// Redis is a redis:// or rediss:// URL (user, password, database number
	// and TLS as usual). Empty means an embedded Redis that lives and dies
	// with the Server.
	Redis string

	// TLS is used for rediss:// URLs; nil means Go's defaults. Set RootCAs
	// for a Redis with a certificate of your own.
	TLS *tls.Config

	// MaxBody is the largest request body in bytes, and the largest reply.
	// 0 means DefaultMaxBody, which is what most Upstash plans allow.
	MaxBody int

	// Timeout bounds waiting for a real Redis: connecting to it, and each
	// answer. 0 means DefaultTimeout.
	Timeout time.Duration

	// MaxConns is the number of connections to a real Redis, streams apart.
	// 0 means 64.
	MaxConns int

	// Logger receives failures of the backend. nil means silence. It never
	// receives tokens or arguments.
	Logger *slog.Logger

	// OnCommand, if set, sees every command that is about to run, from
	// several goroutines at once. It must not change or keep args.
	OnCommand func(args []string)
}

func (o *Options) setDefaults() {
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxConns == 0 {
		o.MaxConns = 64
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// validate checks what can be checked without I/O. Errors name the field, never
// its value: a Redis URL may hold a password.
func (o *Options) validate() error {
	switch {
	case o.Token == "":
		return errors.New("devserver: Options.Token is required")
	case o.Token == o.ReadOnlyToken:
		return errors.New("devserver: Options.ReadOnlyToken must differ from Options.Token")
	case o.MaxBody < 0:
		return errors.New("devserver: Options.MaxBody is negative")
	case o.Timeout < 0:
		return errors.New("devserver: Options.Timeout is negative")
	case o.MaxConns < 0:
		return errors.New("devserver: Options.MaxConns is negative")
	}
	if o.Redis == "" {
		return nil
	}
	u, err := url.Parse(o.Redis)
	if err != nil {
		return errors.New("devserver: Options.Redis is not a URL")
	}
	if u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" {
		return errors.New("devserver: Options.Redis must look like redis://host:port or rediss://host:port")
	}
	return nil
}
