package upstash

import (
	"context"
	"sync/atomic"
	"time"
)

// A Client talks to one database. It is safe for concurrent use; make one and
// share it.
type Client struct {
	core *core
	sync *syncState // nil when Config.Eventual is set
}

// core is what all views of a client share. It sits behind a pointer so that
// printing a Client can never reach the token.
//
// It keeps the settings as plain numbers and not as a Config: every method named
// String of every type that can be reached from a Client, which is always kept in
// an interface somewhere, is linked into WebAssembly programs.
type core struct {
	_                             [0]func() // nobody compares it, so no code for that need be linked
	transport                     Transport
	hook                          any  // a Hook, whose type would lead to more; nil means none
	owned                         bool // the transport was made by New and is closed with the client
	base                          string
	single, pipeline, transaction string        // the endpoints that take JSON
	header                        []HeaderField // for Base64 or Plain or RESP2, as configured
	headerTx                      []HeaderField // for /multi-exec
	budget                        retryBudget
	caps                          capabilities
	closed                        atomic.Bool

	base64, base64Tx       bool  // how the strings of answers are encoded
	converging             bool  // Config.Retry.Converging
	timeout, maxElapsed    int64 // nanoseconds; 0 means no bound
	minBackoff, maxBackoff int64 // nanoseconds
	maxAttempts            int
	maxResponse            int // bytes; 0 means no bound
	maxDepth, maxElements  int
}

// New checks cfg and returns a Client. It does no I/O: the first command opens
// the first connection. A bad setting gives a *[ConfigError] that names it.
func New(cfg Config) (*Client, error) { return newClient(cfg, "URL", "Token") }

func newClient(cfg Config, urlName, tokenName string) (*Client, error) {
	if err := cfg.validate(urlName, tokenName); err != nil {
		return nil, err
	}
	transport := cfg.Transport
	if transport == nil {
		t, err := defaultTransport()
		if err != nil {
			return nil, err
		}
		transport = t
	}
	c := &core{transport: transport, owned: cfg.Transport == nil}
	if cfg.Hook != nil {
		c.hook = cfg.Hook
	}
	c.configure(&cfg)
	client := &Client{core: c}
	if !cfg.Eventual {
		client.sync = &syncState{}
	}
	return client, nil
}

// configure takes the settings over, with their defaults.
func (c *core) configure(cfg *Config) {
	r := &cfg.Retry
	c.timeout = orDefault(int64(cfg.Timeout), int64(5*time.Second))
	c.maxAttempts = int(orDefault(int64(r.MaxAttempts), 3))
	c.minBackoff = orDefault(int64(r.MinBackoff), defaultMinBackoff)
	c.maxBackoff = orDefault(int64(r.MaxBackoff), defaultMaxBackoff)
	c.maxElapsed = orDefault(int64(r.MaxElapsed), int64(10*time.Second))
	c.budget.init(int(orDefault(int64(r.Budget), 20)))
	c.converging = r.Converging
	c.maxResponse = int(orDefault(int64(cfg.MaxResponse), 16<<20))
	c.maxDepth, c.maxElements = cfg.MaxDepth, cfg.MaxElements

	c.base = trimSlashes(cfg.URL)
	c.single, c.pipeline, c.transaction = c.base+"/", c.base+"/pipeline", c.base+"/multi-exec"
	token := "Bearer " + string(cfg.Token)
	c.header = headers(token, cfg.Encoding)
	c.headerTx = c.header
	c.base64 = cfg.Encoding == Base64
	c.base64Tx = c.base64
	if cfg.Encoding == RESP2 {
		c.headerTx, c.base64Tx = headers(token, Base64), true
	}
}

// headers are the headers of every request, the sync token excepted.
//
//go:noinline
func headers(token string, e Encoding) []HeaderField {
	h := make([]HeaderField, 3)
	h[0] = HeaderField{"Authorization", token}
	h[1] = HeaderField{"Content-Type", "application/json"}
	switch e {
	case Base64:
		h[2] = HeaderField{"Upstash-Encoding", "base64"}
	case RESP2:
		h[2] = HeaderField{"Upstash-Response-Format", "resp2"}
	default:
		h = h[:2]
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
func (c *Client) do(ctx context.Context, cmd Command) (r Reply, err error) {
	k := newCall(c)
	k.one[0] = cmd
	k.attempt.cmds = k.one[:]
	if err = k.encodeOne(&k.one[0]); err == nil {
		err = k.run(ctx)
	}
	if err == nil {
		r = k.reply
	}
	k.free() // a call that panicked, in a hook, is left to the garbage collector
	return r, err
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
	k.attempt.cmds, k.attempt.Atomic = b.Commands, b.Atomic
	k.decodeBatch = (*call).decodeReplies
	err := k.encodeBatch()
	if err == nil {
		err = k.run(ctx)
	}
	var replies []Reply
	if err == nil {
		replies = k.replies
	}
	k.free()
	return replies, err
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
