//go:build unix

package upstash

import (
	"syscall"
	"time"
)

// An httpPeeker looks whether a connection has something to read, without waiting
// and without reading it.
type httpPeeker struct {
	raw   syscall.RawConn
	look  func(fd uintptr) // p.recv, bound once
	empty bool
	buf   [1]byte
}

func (p *httpPeeker) init(raw syscall.RawConn) {
	p.raw = raw
	p.look = p.recv
}

// quiet reports whether there is nothing to read: no data, no end, no reset. A
// connection that is not a socket of the system always counts as quiet.
func (p *httpPeeker) quiet(time.Duration) bool {
	if p.raw == nil {
		return true
	}
	p.empty = false
	// Control, unlike Read, does not mind a deadline that has passed.
	if err := p.raw.Control(p.look); err != nil {
		return false
	}
	return p.empty
}

// recv peeks. Go's sockets are non-blocking, so "would block" means quiet.
func (p *httpPeeker) recv(fd uintptr) {
	for {
		_, _, err := syscall.Recvfrom(int(fd), p.buf[:], syscall.MSG_PEEK)
		if err == syscall.EINTR {
			continue
		}
		p.empty = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return
	}
}
