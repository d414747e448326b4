package nethttp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// A progress notes how far a request has come.
type progress struct {
	body   body
	asked  atomic.Bool               // net/http has looked for a connection
	got    atomic.Bool               // and has found one
	counts atomic.Pointer[countConn] // that one, if it is of the package's own client
}

// trace returns hooks that fill p. They may run after RoundTrip has returned.
func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			if c := counted(info.Conn); c != nil {
				c.state.Store(connIdle)
				p.counts.Store(c)
			}
			p.got.Store(true)
		},
	}
}

// notSent reports, after a failure, whether the request certainly has not left.
func (p *progress) notSent(length int) bool {
	switch {
	case p.got.Load():
		c := p.counts.Load()
		return c != nil && c.seal()
	case p.asked.Load():
		return true
	}
	// A round tripper without hooks. It has not sent the command if it has not
	// read it; but a command in the path has no body to be read.
	return length > 0 && !p.body.detach()
}

// A body is the request's body. Once detached it reads no more from data, which
// is the caller's again. net/http looks for the end of the body only after it
// has sent the last byte, thus maybe after the answer has come and the body has
// been detached: the end must be io.EOF then, too, since net/http closes the
// connection after any other error.
type body struct {
	mu   sync.Mutex
	data []byte // guarded by mu
	read bool   // guarded by mu; whether anything was read
	gone bool   // guarded by mu; whether it was detached before its end
}

var errGone = errors.New("nethttp: the exchange is over")

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone {
		return 0, errGone
	}
	b.read = true
	if len(b.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

// Close implements io.Closer.
func (b *body) Close() error { return nil }

// detach ends reading and reports whether anything was read.
func (b *body) detach() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = b.gone || len(b.data) > 0
	b.data = nil
	return b.read
}

// States of a countConn during an exchange.
const (
	connIdle    = iota // nothing written
	connWriting        // in the first write
	connWrote          // the system has accepted a byte
	connSealed         // nothing was written and nothing will be
)

// A countConn knows whether the request under way has been written to it.
type countConn struct {
	net.Conn
	state atomic.Int32
}

// dial opens a connection for the package's own client.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &countConn{Conn: c}, nil
}

// counted finds the countConn of a connection, below TLS too.
func counted(c net.Conn) *countConn {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = t.NetConn()
	}
	cc, _ := c.(*countConn)
	return cc
}

// Write implements net.Conn.
func (c *countConn) Write(p []byte) (int, error) {
	if !c.state.CompareAndSwap(connIdle, connWriting) && c.state.Load() == connSealed {
		return 0, errGone
	}
	n, err := c.Conn.Write(p)
	if n > 0 {
		c.state.Store(connWrote)
	} else {
		c.state.CompareAndSwap(connWriting, connIdle)
	}
	return n, err
}

// seal makes sure that nothing will be written if nothing has been, and reports
// whether that is so. The connection is of no use afterwards; the exchange has
// failed anyway.
func (c *countConn) seal() bool {
	if c.state.CompareAndSwap(connIdle, connSealed) {
		_ = c.Close()
		return true
	}
	return false
}
