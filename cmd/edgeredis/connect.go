//go:build !wasm

package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// errNotConfigured means that no variable that names a database is set.
var errNotConfigured = errors.New("no database is configured")

// variables returns the names of the pair of variables that names the database.
// It watches which ones the client looks at last, so that their order is known
// to package upstash alone.
func (in *invocation) variables() (url, token string) {
	url, token, _ = in.family()
	return url, token
}

func (in *invocation) family() (url, token string, configured bool) {
	var seen []string
	_, _ = upstash.NewFromLookup(func(name string) (string, bool) {
		v, ok := in.lookup(name)
		configured = configured || v != ""
		seen = append(seen, name)
		return v, ok
	}, upstash.Config{Transport: noTransport{}})
	if !configured {
		return "REDIS_REST_URL", "REDIS_REST_TOKEN", false
	}
	return seen[len(seen)-2], seen[len(seen)-1], true
}

// hasPath reports whether the URL has a path, which the server takes for the first
// words of each command.
func (in *invocation) hasPath() bool {
	name, _ := in.variables()
	v, _ := in.lookup(name)
	u, err := url.Parse(v)
	return err == nil && strings.Trim(u.Path, "/") != ""
}

// noTransport keeps family from making a real one.
type noTransport struct{ upstash.Transport }

// config is what all clients of the program have in common.
func (in *invocation) config() upstash.Config {
	return upstash.Config{
		Transport:      in.transport,
		Timeout:        in.timeout,
		Retry:          upstash.Retry{MaxElapsed: in.timeout},
		AllowPlainHTTP: in.flags.Bool("allow-plain-http"),
	}
}

// connect builds a client for the database of the environment. It does no I/O.
func (in *invocation) connect(cfg upstash.Config) (*upstash.Client, error) {
	if _, _, ok := in.family(); !ok {
		return nil, errNotConfigured
	}
	return upstash.NewFromLookup(in.lookup, cfg)
}

// closeQuietly closes a client; there is nothing to do about a failure.
func closeQuietly(c *upstash.Client) { _ = c.Close() }

// A meter is a hook that counts.
type meter struct {
	mu    sync.Mutex
	total traffic  // guarded by mu
	names []string // operations since take, guarded by mu
}

// traffic is what went over the wire. Bytes are those of request and response
// bodies.
type traffic struct {
	Requests      int `json:"requests"`
	Retries       int `json:"retries"`
	Commands      int `json:"commands"`
	BytesSent     int `json:"bytes_sent"`
	BytesReceived int `json:"bytes_received"`
}

// Before does nothing.
func (m *meter) Before(ctx context.Context, _ *upstash.Attempt) context.Context { return ctx }

// After counts an attempt.
func (m *meter) After(_ context.Context, a *upstash.Attempt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total.Requests++
	if a.Number > 1 {
		m.total.Retries++
	}
	m.total.Commands += a.Len()
	m.total.BytesSent += a.BytesOut
	m.total.BytesReceived += a.BytesIn
	m.names = append(m.names, a.Operation())
}

// take returns the names of the operations since the last take.
func (m *meter) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := m.names
	m.names = nil
	return names
}

func (m *meter) traffic() traffic {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

// cleanUpTime bounds the removal of keys after a command has ended, also after
// Ctrl-C.
const cleanUpTime = 5 * time.Second

// cleanUpContext outlives ctx by cleanUpTime.
func cleanUpContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
}
