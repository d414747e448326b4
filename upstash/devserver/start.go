//go:build !wasm

package devserver

import (
	"context"
	"crypto/rand"
	"net"
	"sync"
)

// A Running is a server on a free loopback port.
type Running struct {
	// URL is the base URL, http://127.0.0.1:port.
	URL string

	// Token is the standard token.
	Token string

	*Server

	cancel context.CancelFunc
	done   chan struct{}
	err    error // read after done
	once   sync.Once
}

// Start makes a server and runs it on a free loopback port. An empty Token is
// replaced by a random one. Call Close when done with it.
//
//	srv, err := devserver.Start(devserver.Options{})
//	…
//	defer srv.Close()
func Start(o Options) (*Running, error) {
	if o.Token == "" {
		o.Token = rand.Text()
	}
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Running{URL: "http://" + ln.Addr().String(), Token: o.Token, Server: s, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.err = s.Serve(ctx, ln)
	}()
	return r, nil
}

// Close stops the server and waits until everything of it has ended. It may be
// called more than once.
func (r *Running) Close() error {
	r.once.Do(r.cancel)
	<-r.done
	return r.err
}
