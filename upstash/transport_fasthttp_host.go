//go:build !wasm

package upstash

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// An httpHost is one origin ("https://host:port") with its pool of connections.
type httpHost struct {
	t      *FastHTTPTransport
	origin string
	addr   string // host:port to speak to
	tls    *tls.Config
	proxy  *url.URL // nil means none
	// target stands before the path in the request line: the origin when a
	// proxy forwards plain HTTP, else empty.
	target string
	// afterPath is the rest of the request line and the headers of the host.
	afterPath string

	// buffers lends readers and writers.
	buffers fasthttp.HostClient
	// slots has one element per exchange. Since an exchange takes an idle
	// connection before it opens one, it bounds the connections too.
	slots chan struct{}

	mu    sync.Mutex
	idle  []*httpConn // guarded by mu; the last to come back is the first to go out
	timer *time.Timer // guarded by mu; closes what has been idle for too long
	armed bool        // guarded by mu; whether timer will fire
}

// splitOrigin cuts "https://host/path?query" before the path.
func splitOrigin(rawURL string) (origin, path string) {
	start := strings.Index(rawURL, "://")
	if start < 0 {
		return rawURL, ""
	}
	start += len("://")
	if i := strings.IndexAny(rawURL[start:], "/?#"); i >= 0 {
		return rawURL[:start+i], rawURL[start+i:]
	}
	return rawURL, ""
}

// newHTTPHost parses origin and asks for its proxy.
func newHTTPHost(t *FastHTTPTransport, origin string) (*httpHost, error) {
	u, err := url.Parse(origin)
	switch {
	case err != nil:
		return nil, httpError("URL cannot be parsed")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, httpError("URL has a scheme other than http and https")
	case u.Hostname() == "":
		return nil, httpError("URL has no host")
	case u.User != nil:
		return nil, httpError("URL has a user or password")
	case !plainASCII(u.Host):
		return nil, httpError("URL has a host name that is not ASCII; write its xn-- form")
	}
	h := &httpHost{
		t:         t,
		origin:    strings.Clone(origin), // the caller's string may be long
		addr:      hostPort(u),
		afterPath: " HTTP/1.1\r\nHost: " + u.Host + "\r\n",
		slots:     make(chan struct{}, t.maxConns),
	}
	h.buffers.ReadBufferSize, h.buffers.WriteBufferSize = httpBuffer, httpBuffer
	if u.Scheme == "https" {
		h.tls = t.tls.Clone()
		if h.tls.ServerName == "" {
			h.tls.ServerName = u.Hostname()
		}
	}
	if h.proxy, err = t.proxy(&url.URL{Scheme: u.Scheme, Host: u.Host}); err != nil {
		return nil, httpError("proxy setting cannot be used")
	}
	if h.proxy != nil {
		return h, h.useProxy()
	}
	return h, nil
}

// plainASCII reports whether s can stand in a request line as it is.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '#' {
			return false
		}
	}
	return true
}

// hostPort is the address of u with the port of its scheme as default.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// enter waits until fewer than MaxConns exchanges are under way.
func (h *httpHost) enter(ctx context.Context, deadline time.Time) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	var late <-chan time.Time // nil, hence never ready, without a deadline
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return httpEnded(ctx)
	case <-late:
		return errRequestDeadline
	}
}

// leave makes room for another exchange.
func (h *httpHost) leave() { <-h.slots }

// get returns a live idle connection, or else a new one.
func (h *httpHost) get(ctx context.Context, deadline time.Time) (*httpConn, error) {
	for {
		c := h.pop()
		if c == nil {
			return h.connect(ctx, deadline)
		}
		now := time.Now().UnixNano()
		idle := time.Duration(now - c.used)
		if idle < h.t.idleTimeout && c.peek.quiet(idle) {
			c.used = now
			return c, nil
		}
		c.close(true)
	}
}

// pop takes the connection that was used last: it is the least likely to have
// been closed by the peer, and the others may grow old enough to be closed.
func (h *httpHost) pop() *httpConn {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.idle) - 1
	if n < 0 {
		return nil
	}
	c := h.idle[n]
	h.idle[n] = nil
	h.idle = h.idle[:n]
	return c
}

// put returns a connection to the pool.
func (h *httpHost) put(c *httpConn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.idle = append(h.idle, c)
	if !h.armed {
		h.armLocked(h.t.idleTimeout)
	}
}

func (h *httpHost) armLocked(d time.Duration) {
	h.armed = true
	if h.timer == nil {
		h.timer = time.AfterFunc(d, h.expire)
		return
	}
	h.timer.Reset(d)
}

// expire closes the connections that have been idle for IdleTimeout.
func (h *httpHost) expire() {
	for _, c := range h.takeExpired() {
		c.close(true)
	}
}

// takeExpired removes them from the pool and sets the timer for the next one.
func (h *httpHost) takeExpired() []*httpConn {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed = false
	now := time.Now().UnixNano()
	var old, young []*httpConn // new slices, so that a burst's memory is let go
	oldest := now
	for _, c := range h.idle {
		if time.Duration(now-c.used) >= h.t.idleTimeout {
			old = append(old, c)
			continue
		}
		young = append(young, c)
		oldest = min(oldest, c.used)
	}
	h.idle = young
	if len(young) > 0 {
		h.armLocked(h.t.idleTimeout - time.Duration(now-oldest))
	}
	return old
}

// closeIdle closes all idle connections.
func (h *httpHost) closeIdle() {
	h.mu.Lock()
	idle := h.idle
	h.idle = nil
	if h.armed {
		h.timer.Stop()
		h.armed = false
	}
	h.mu.Unlock()
	for _, c := range idle {
		c.close(true)
	}
}
