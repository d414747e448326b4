package nethttp

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Settings of the package's own client.
const (
	maxIdlePerHost = 512              // so that a burst does not close its connections after use
	idleTimeout    = 90 * time.Second // as http.DefaultTransport
	tlsTimeout     = 10 * time.Second // as http.DefaultTransport
)

// New returns a transport over c. It is safe for concurrent use and does no
// I/O. c is copied; its Transport, Jar and Timeout are kept. nil means a client
// of its own: HTTP/1.1, proxies from the environment, up to 512 idle connections
// per host, no compression; the result's CloseIdle closes them. Connections of a
// given client stay the caller's.
func New(c *http.Client) upstash.Transport {
	t := &transport{own: c == nil}
	if c == nil {
		t.client.Transport = ownTransport()
	} else {
		t.client = *c
	}
	t.client.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	return t
}

// ownTransport counts what it writes, hence HTTP/1.1 only: one request at a time
// on a connection.
func ownTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dial,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(0)},
		TLSHandshakeTimeout: tlsTimeout,
		MaxIdleConns:        0, // no limit over all hosts
		MaxIdleConnsPerHost: maxIdlePerHost,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
	}
}

type transport struct {
	client http.Client
	own    bool
}

// CloseIdle implements [upstash.Closer].
func (t *transport) CloseIdle() {
	if t.own {
		t.client.CloseIdleConnections()
	}
}

// RoundTrip implements [upstash.Transport].
func (t *transport) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	resp.Reset()
	if ctx.Err() != nil {
		return upstash.NotSent(ended(ctx))
	}
	inner := ctx
	if !req.Deadline.IsZero() {
		var cancel context.CancelFunc
		inner, cancel = context.WithDeadlineCause(ctx, req.Deadline, errDeadline)
		defer cancel()
	}
	p := &progress{body: body{data: req.Body}}
	defer p.body.detach()
	hr, err := newRequest(httptrace.WithClientTrace(inner, p.trace()), req, &p.body)
	if err != nil {
		return upstash.NotSent(err)
	}
	r, err := t.client.Do(hr) //nolint:bodyclose // closed by read
	if err == nil {
		err = read(r, req.MaxResponse, resp)
		if err == nil && r.ContentLength < 0 {
			// net/http has closed the connection, and a server may react with
			// an orderly end to a body that is not complete.
			err = inner.Err()
		}
	} else if notSent := p.notSent(len(req.Body)); notSent {
		return upstash.NotSent(reason(ctx, inner, err))
	}
	if err != nil {
		return reason(ctx, inner, err)
	}
	return nil
}

// newRequest builds the request by hand: http.NewRequest would set GetBody,
// which lets net/http send it again.
func newRequest(ctx context.Context, req *upstash.Request, b *body) (*http.Request, error) {
	u, err := url.Parse(req.URL)
	if err != nil {
		return nil, errors.New("nethttp: URL cannot be parsed") // without the URL: it may hold arguments
	}
	header := make(http.Header, len(req.Header)+1)
	header["User-Agent"] = nil // none, instead of net/http's
	for _, f := range req.Header {
		header[f.Name] = append(header[f.Name], f.Value)
	}
	r := &http.Request{
		Method:        http.MethodPost,
		URL:           u,
		Host:          u.Host,
		Header:        header,
		Body:          b,
		ContentLength: int64(len(req.Body)),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
	}
	if len(req.Body) == 0 {
		r.Body = http.NoBody
	}
	return r.WithContext(ctx), nil
}

// reason turns the client's error into one that says what ended the exchange.
// The URL in a *url.Error is dropped, since it may hold arguments.
func reason(ctx, inner context.Context, err error) error {
	switch {
	case errors.Is(err, upstash.ErrResponseTooLarge):
		return err
	case ctx.Err() != nil:
		return ended(ctx)
	case inner.Err() != nil:
		return errDeadline
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return &exchangeError{err}
}

// errDeadline is returned when Request.Deadline has passed.
var errDeadline error = &exchangeError{context.DeadlineExceeded}

// An exchangeError is a failure of net/http or of the network.
type exchangeError struct{ err error }

func (e *exchangeError) Error() string { return "nethttp: " + e.err.Error() }
func (e *exchangeError) Unwrap() error { return e.err }

// An endedError is the end of the caller's ctx. It matches ctx.Err() and the
// cause.
type endedError struct{ err, cause error }

func (e *endedError) Error() string   { return "nethttp: request abandoned: " + e.cause.Error() }
func (e *endedError) Unwrap() []error { return []error{e.err, e.cause} }

func ended(ctx context.Context) error { return &endedError{ctx.Err(), context.Cause(ctx)} }

var _ upstash.Closer = (*transport)(nil)
