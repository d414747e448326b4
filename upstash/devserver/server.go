//go:build !wasm

package devserver

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// A Server is the REST API over one backend. Make it with New, run it with Serve
// or ListenAndServe, or use Start. Its methods are safe for concurrent use.
type Server struct {
	opts     Options
	tokens   tokenCheck
	backend  backend
	scripts  *scriptMap
	sync     *syncClock
	stats    *counters
	monitors *monitors
	http     *fasthttp.Server
	silent   silentConns

	ctx    context.Context // ends when the server stops
	cancel context.CancelFunc

	mu       sync.Mutex
	stopping bool           // guarded by mu
	streams  sync.WaitGroup // Add under mu while not stopping
}

// New checks the options. It does no I/O: a real Redis is first contacted by the
// first command.
func New(o Options) (*Server, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o.setDefaults()
	s := &Server{
		opts:     o,
		tokens:   newTokenCheck(o.Token, o.ReadOnlyToken),
		scripts:  newScriptMap(),
		sync:     newSyncClock(),
		stats:    new(counters),
		monitors: newMonitors(),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if o.Redis == "" {
		e, err := newEmbedded(s.stats)
		if err != nil {
			return nil, err
		}
		s.backend = e
	} else {
		s.backend = newRedisBackend(&o)
	}
	s.http = s.newHTTP()
	return s, nil
}

func (s *Server) newHTTP() *fasthttp.Server {
	return &fasthttp.Server{
		Handler:      s.handle,
		ErrorHandler: s.handleBadRequest,
		Name:         "edgeredis-devserver",
		// A body well over the limit is read, so that the client gets
		// the documented error and not a broken connection.
		MaxRequestBodySize:            s.opts.MaxBody*4 + 64<<20,
		ReadBufferSize:                64 << 10, // the path form has long URLs
		IdleTimeout:                   2 * time.Minute,
		NoDefaultDate:                 true,
		DisableHeaderNamesNormalizing: false,
		KeepHijackedConns:             false,
		CloseOnShutdown:               true,
		ConnState:                     s.connState,
		Logger:                        quietLogger{},
	}
}

// quietLogger drops fasthttp's own messages: they are about clients that broke
// off, and may quote what they had sent.
type quietLogger struct{}

func (quietLogger) Printf(string, ...any) {}

func (s *Server) connState(c net.Conn, state fasthttp.ConnState) {
	switch state {
	case fasthttp.StateNew:
		s.stats.connections.Add(1)
		s.stats.open.Add(1)
		s.silent.add(c)
	case fasthttp.StateActive:
		s.silent.remove(c)
	case fasthttp.StateClosed: // a stream counts until it ends, see stream
		s.stats.open.Add(-1)
		s.silent.remove(c)
	}
}

// Serve accepts connections on ln until ctx is done. Then it stops accepting,
// ends the streams, lets requests that are under way finish, and closes the
// backend: a Server serves once. The error is nil after an orderly end.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(ln) }()
	var err error
	select {
	case <-ctx.Done():
		err = s.shutdown()
		// fasthttp only closes listeners that it has begun to serve: it may not
		// have come that far yet.
		_ = ln.Close()
		<-failed //nolint:errcheck // the listener is closed: there is nothing else to say
	case err = <-failed:
		err = errors.Join(err, s.shutdown())
	}
	return err
}

// drainTime bounds how long shutdown waits for requests under way.
const drainTime = 5 * time.Second

func (s *Server) shutdown() error {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	s.cancel()
	s.streams.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	defer time.AfterFunc(silentTime, s.silent.end).Stop()
	err := s.http.ShutdownWithContext(ctx)
	s.backend.close()
	return err
}

// ListenAndServe listens on addr and calls Serve. An address that other machines
// can reach is accepted only with a token of at least 16 bytes: who has the
// token has the database.
func (s *Server) ListenAndServe(ctx context.Context, addr string) error {
	if err := s.checkAddr(addr); err != nil {
		return err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return s.Serve(ctx, ln)
}

const minPublicToken = 16

func (s *Server) checkAddr(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("devserver: the address must look like host:port")
	}
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	if len(s.opts.Token) < minPublicToken {
		return errors.New("devserver: an address that is not loopback needs a token of at least 16 bytes")
	}
	return nil
}
