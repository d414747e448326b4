//go:build !wasm

package upstash

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of [FastHTTPOptions].
const (
	defaultMaxConns    = 512              // as fasthttp.DefaultMaxConnsPerHost
	defaultDialTimeout = 10 * time.Second // as net/http's TLSHandshakeTimeout
	defaultIdleTimeout = 90 * time.Second // as net/http's IdleConnTimeout
)

// FastHTTPOptions configures [NewFastHTTPTransport]. The zero value is what
// [New] uses when Config.Transport is nil.
type FastHTTPOptions struct {
	// MaxConns bounds the connections to one host, those of streams excepted. A
	// request that finds all of them in use waits for one until its ctx or its
	// deadline ends. 0 means 512.
	MaxConns int
	// DialTimeout bounds the whole way to a usable connection: name lookup,
	// TCP, proxy and TLS handshake. A request's own deadline bounds it too.
	// 0 means 10 s.
	DialTimeout time.Duration
	// IdleTimeout is how long a connection is kept after its last exchange
	// began. It is measured by the wall clock, so that time in which a function
	// was frozen counts. 0 means 90 s.
	IdleTimeout time.Duration
	// TLS is cloned and used for https. ServerName defaults to the host,
	// ClientSessionCache to a cache of its own (sessions are resumed), and
	// NextProtos is always HTTP/1.1. nil means the defaults of crypto/tls.
	TLS *tls.Config
	// Proxy returns the proxy for target, whose scheme and host are set, or nil
	// for none. It is called once per host. The proxy's scheme is http or
	// https; user and password in it are sent to the proxy. nil means
	// HTTPS_PROXY, HTTP_PROXY and NO_PROXY as [http.ProxyFromEnvironment] reads
	// them: once per process, and never for loopback hosts.
	Proxy func(target *url.URL) (*url.URL, error)
	// DialContext opens TCP connections, to the host or to its proxy. It must
	// obey ctx. nil means [net.Dialer.DialContext].
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

// A FastHTTPTransport is the native [Transport]: HTTP/1.1 over pooled
// keep-alive connections. It is safe for concurrent use and may serve several
// hosts. It has no goroutines: in the steady state an exchange runs in its
// caller and costs no allocation, and two when its ctx can be cancelled.
//
// fasthttp.HostClient lends the buffers, and its measured cost is the bar. Its
// connection pool is not used, since it waits for a connection and dials
// without ctx, and keeps a goroutine asleep for the idle timeout after its last
// connection has been closed; nor is its parser, whose errors hide those of the
// connection and quote the response.
//
// An error is wrapped by [NotSent] when the operating system has not accepted a
// single byte of the request: while waiting for a connection, dialing, in the
// proxy's or the TLS handshake, and when the first write fails as a whole. From
// the first accepted byte on it is not, even where the server could not have
// understood the request.
//
// A pooled connection that the peer has closed meanwhile, or on which it has
// said something unasked, is noticed before a byte is written and replaced. On
// systems where a socket cannot be asked that (Windows, Plan 9) a connection is
// replaced once a second has passed since its last exchange began; when the
// server closes it sooner, the next request is lost and reported as possibly
// applied.
//
// The answer is read after the request has been written: a server that answers
// early and then neither reads on nor closes is waited for until the deadline.
type FastHTTPTransport struct {
	maxConns    int
	dialTimeout time.Duration
	idleTimeout time.Duration
	tls         *tls.Config
	proxy       func(*url.URL) (*url.URL, error)
	dial        func(ctx context.Context, network, addr string) (net.Conn, error)

	mu    sync.Mutex // serialises changes of hosts
	hosts atomic.Pointer[map[string]*httpHost]
	last  atomic.Pointer[httpHost] // most transports serve one host
}

// NewFastHTTPTransport returns a transport. It does no I/O: connections are
// opened by the first requests. It refuses negative options.
func NewFastHTTPTransport(o FastHTTPOptions) (*FastHTTPTransport, error) {
	switch {
	case o.MaxConns < 0:
		return nil, errors.New("upstash: FastHTTPOptions.MaxConns is negative")
	case o.DialTimeout < 0:
		return nil, errors.New("upstash: FastHTTPOptions.DialTimeout is negative")
	case o.IdleTimeout < 0:
		return nil, errors.New("upstash: FastHTTPOptions.IdleTimeout is negative")
	}
	t := &FastHTTPTransport{
		maxConns:    o.MaxConns,
		dialTimeout: o.DialTimeout,
		idleTimeout: o.IdleTimeout,
		tls:         clientTLS(o.TLS),
		proxy:       o.Proxy,
		dial:        o.DialContext,
	}
	if t.maxConns == 0 {
		t.maxConns = defaultMaxConns
	}
	if t.dialTimeout == 0 {
		t.dialTimeout = defaultDialTimeout
	}
	if t.idleTimeout == 0 {
		t.idleTimeout = defaultIdleTimeout
	}
	if t.proxy == nil {
		t.proxy = envProxy
	}
	if t.dial == nil {
		t.dial = new(net.Dialer).DialContext
	}
	t.hosts.Store(&map[string]*httpHost{})
	return t, nil
}

// clientTLS is a copy of c for HTTP/1.1 with resumption of sessions.
func clientTLS(c *tls.Config) *tls.Config {
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	} else {
		c = c.Clone()
	}
	c.NextProtos = []string{"http/1.1"}
	if c.ClientSessionCache == nil {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return c
}

// envProxy reads the environment as net/http does.
func envProxy(target *url.URL) (*url.URL, error) {
	return http.ProxyFromEnvironment(&http.Request{URL: target})
}

// RoundTrip implements [Transport].
func (t *FastHTTPTransport) RoundTrip(ctx context.Context, req *Request, resp *Response) error {
	resp.Reset()
	h, m, err := t.prepare(ctx, req)
	if err != nil {
		return NotSent(err)
	}
	defer h.buffers.ReleaseWriter(m.w)
	if err = h.enter(ctx, req.Deadline); err != nil {
		return NotSent(err)
	}
	defer h.leave()
	c, err := h.get(ctx, req.Deadline)
	if err != nil {
		return NotSent(err)
	}
	keep, err := c.roundTrip(ctx, m, resp)
	if keep {
		h.put(c)
	} else {
		c.close(err == nil)
	}
	if err != nil && !c.wire.wrote {
		return NotSent(err)
	}
	return err
}

// prepare does all that needs no connection. The caller releases the writer.
func (t *FastHTTPTransport) prepare(ctx context.Context, req *Request) (*httpHost, httpMessage, error) {
	if ctx.Err() != nil {
		return nil, httpMessage{}, httpEnded(ctx)
	}
	h, path, err := t.host(req.URL)
	if err != nil {
		return nil, httpMessage{}, err
	}
	w := h.buffers.AcquireWriter(nil)
	// The header is built where the writer would copy it to.
	head, err := h.appendHead(w.AvailableBuffer(), path, req)
	if err != nil {
		h.buffers.ReleaseWriter(w)
		return nil, httpMessage{}, err
	}
	return h, httpMessage{w, head, req}, nil
}

// CloseIdle closes the connections that are not in use. Those in use go back to
// the pool when their exchange ends and are closed after IdleTimeout; t stays
// usable.
func (t *FastHTTPTransport) CloseIdle() {
	for _, h := range *t.hosts.Load() {
		h.closeIdle()
	}
}

// host returns the host of rawURL and the path that follows it. The map is
// copied on write, since it nearly always has one entry.
func (t *FastHTTPTransport) host(rawURL string) (*httpHost, string, error) {
	if h := t.last.Load(); h != nil && strings.HasPrefix(rawURL, h.origin) {
		if path := rawURL[len(h.origin):]; path != "" && path[0] == '/' {
			return h, path, nil
		}
	}
	origin, path := splitOrigin(rawURL)
	if h := (*t.hosts.Load())[origin]; h != nil {
		t.last.Store(h)
		return h, path, nil
	}
	h, err := newHTTPHost(t, origin)
	if err != nil {
		return nil, "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := *t.hosts.Load()
	if known := old[origin]; known != nil {
		return known, path, nil
	}
	hosts := maps.Clone(old)
	hosts[h.origin] = h
	t.hosts.Store(&hosts)
	return h, path, nil
}

// defaultTransport is the transport of New when Config.Transport is nil.
func defaultTransport() (Transport, error) {
	return NewFastHTTPTransport(FastHTTPOptions{})
}

var (
	_ Transport = (*FastHTTPTransport)(nil)
	_ Streamer  = (*FastHTTPTransport)(nil)
	_ Closer    = (*FastHTTPTransport)(nil)
)
