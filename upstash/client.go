package upstash

import (
	"context"
	"sync/atomic"
)

// A Client talks to one database. It is safe for concurrent use; make one and
// share it.
type Client struct {
	core *core
	sync *syncState // nil when Config.Eventual is set
}

// core is what all views of a client share. It sits behind a pointer so that
// printing a Client can never reach the token.
type core struct {
	cfg       Config
	transport Transport
	owned     bool // the transport was made by New and is closed with the client
	urls      [3]string
	base      string
	header    []HeaderField // for Base64 or Plain or RESP2, as configured
	headerTx  []HeaderField // for /multi-exec
	budget    retryBudget
	caps      capabilities
	closed    atomic.Bool
}

// The three endpoints that take JSON.
const (
	pathSingle = iota
	pathPipeline
	pathTransaction
)

// New checks cfg and returns a Client. It does no I/O: the first command opens
// the first connection. A bad setting gives a *[ConfigError] that names it.
func New(cfg Config) (*Client, error) { return newClient(cfg, "URL", "Token") }

func newClient(cfg Config, urlName, tokenName string) (*Client, error) {
	c := &core{cfg: cfg, transport: cfg.Transport}
	if err := c.cfg.validate(urlName, tokenName); err != nil {
		return nil, err
	}
	c.cfg.setDefaults()
	if c.transport == nil {
		t, err := defaultTransport()
		if err != nil {
			return nil, err
		}
		c.transport, c.owned = t, true
	}
	c.base = trimSlashes(c.cfg.URL)
	c.urls = [3]string{c.base + "/", c.base + "/pipeline", c.base + "/multi-exec"}
	c.header = c.headers(cfg.Encoding)
	c.headerTx = c.header
	if cfg.Encoding == RESP2 {
		c.headerTx = c.headers(Base64)
	}
	c.budget.init(c.cfg.Retry.Budget)
	client := &Client{core: c}
	if !cfg.Eventual {
		client.sync = &syncState{}
	}
	return client, nil
}

// headers are the headers of every request, the sync token excepted.
//
//go:noinline
func (c *core) headers(e Encoding) []HeaderField {
	h := make([]HeaderField, 0, 4) // one more for the sync token
	h = append(
		h,
		HeaderField{"Authorization", "Bearer " + string(c.cfg.Token)},
		HeaderField{"Content-Type", "application/json"},
	)
	switch e {
	case Base64:
		h = append(h, HeaderField{"Upstash-Encoding", "base64"})
	case RESP2:
		h = append(h, HeaderField{"Upstash-Response-Format", "resp2"})
	}
	return h
}

// String names the client without anything secret.
func (c Client) String() string { return "upstash.Client" }

// GoString is String.
func (c Client) GoString() string { return "upstash.Client{}" }

// Do runs one command. It implements [Doer].
//
// Errors: *[ArgumentError] before anything is sent; *[ServerError] when the
// server refused the command; *[TransportError] when no usable answer came and
// nothing can have changed; *[MaybeAppliedError] when the command may have taken
// effect. A nil reply is not an error here; the decoders report it as [ErrNil].
func (c *Client) Do(ctx context.Context, cmd Command) (Reply, error) {
	if err := cmd.Err(); err != nil {
		return Reply{}, err
	}
	if cmd.script != nil {
		return cmd.script.by.do(ctx, c, cmd)
	}
	return c.do(ctx, cmd)
}

// do runs one command as it is.
func (c *Client) do(ctx context.Context, cmd Command) (Reply, error) {
	call := newCall(c)
	defer call.free()
	call.one[0] = cmd
	call.attempt.cmds = call.one[:]
	if err := call.encodeOne(&call.one[0]); err != nil {
		return Reply{}, err
	}
	if err := call.run(ctx); err != nil {
		return Reply{}, err
	}
	return call.reply, nil
}

// DoBatch runs a batch in one request. It implements [Batcher].
//
// The replies match the commands one to one; a command that the server refused
// has a Reply whose Err says so. The error concerns the whole batch: the same
// types as for Do. A batch is retried only if every command in it may be. An
// empty batch gives no replies and sends nothing.
func (c *Client) DoBatch(ctx context.Context, b Batch) ([]Reply, error) {
	if len(b.Commands) == 0 {
		return nil, ctx.Err()
	}
	var script *scriptCode
	for i := range b.Commands {
		if err := b.Commands[i].Err(); err != nil {
			return nil, err
		}
		if s := b.Commands[i].script; s != nil {
			script = s
		}
	}
	if script != nil {
		return script.by.doBatch(ctx, c, b)
	}
	return c.doBatch(ctx, b)
}

// doBatch runs a batch as it is.
func (c *Client) doBatch(ctx context.Context, b Batch) ([]Reply, error) {
	k := newCall(c)
	defer k.free()
	k.attempt.cmds = b.Commands
	k.attempt.Atomic = b.Atomic
	k.decodeBatch = (*call).decodeReplies
	if err := k.encodeBatch(); err != nil {
		return nil, err
	}
	if err := k.run(ctx); err != nil {
		return nil, err
	}
	return k.replies, nil
}

// Session returns what this client has seen so far, to be handed to another
// process.
func (c *Client) Session() Session {
	if c.sync == nil {
		return Session{}
	}
	return c.sync.session()
}

// WithSession returns a view of c that starts from s and then keeps its own sync
// token; connections, configuration and retry budget are shared. Use one per
// logical flow (an HTTP request, say) to read that flow's own writes exactly,
// whatever others do on c.
func (c *Client) WithSession(s Session) *Client {
	if c.sync == nil {
		return c
	}
	return &Client{core: c.core, sync: &syncState{token: s.token}}
}

// Close makes later calls fail with [ErrClosed] and closes idle connections.
// Calls in flight finish. A transport that came with Config stays open.
func (c *Client) Close() error {
	c.core.closed.Store(true)
	if t, ok := c.core.transport.(Closer); ok && c.core.owned {
		t.CloseIdle()
	}
	return nil
}

var (
	_ Doer    = (*Client)(nil)
	_ Batcher = (*Client)(nil)
)
