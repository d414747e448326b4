//go:build !wasm

package devserver

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A redisBackend runs commands on a real Redis.
type redisBackend struct {
	url     string
	timeout time.Duration
	tls     *tls.Config
	log     *slog.Logger
	pool    *redis.Pool

	failed atomic.Int64 // when a connection last failed, Unix nanoseconds

	mu    sync.Mutex
	known *features // guarded by mu; nil until Redis has been asked
}

func newRedisBackend(o *Options) *redisBackend {
	b := &redisBackend{url: o.Redis, timeout: o.Timeout, tls: o.TLS, log: o.Logger}
	b.pool = &redis.Pool{
		DialContext:     func(ctx context.Context) (redis.Conn, error) { return b.dial(ctx, o.Timeout) },
		TestOnBorrow:    b.test,
		MaxActive:       o.MaxConns,
		MaxIdle:         o.MaxConns,
		IdleTimeout:     5 * time.Minute,
		MaxConnLifetime: time.Hour,
		Wait:            true,
	}
	return b
}

func (b *redisBackend) dial(ctx context.Context, readTimeout time.Duration) (redis.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	return redis.DialURLContext(ctx, b.url,
		redis.DialTLSConfig(b.tls),
		redis.DialConnectTimeout(b.timeout),
		redis.DialTLSHandshakeTimeout(b.timeout),
		redis.DialReadTimeout(readTimeout),
		redis.DialWriteTimeout(b.timeout))
}

// test probes a pooled connection that was idle for long, or while another one
// failed: after a restart of Redis every idle connection is dead.
func (b *redisBackend) test(c redis.Conn, idleSince time.Time) error {
	if time.Since(idleSince) < 5*time.Second && idleSince.UnixNano() > b.failed.Load() {
		return nil
	}
	_, err := c.Do("PING")
	return err
}

// down logs the cause and returns what the client may know.
func (b *redisBackend) down(err error) error {
	b.failed.Store(time.Now().UnixNano())
	b.log.Warn("devserver: redis failed", "error", err)
	if text := err.Error(); strings.HasPrefix(text, "NOAUTH") || strings.HasPrefix(text, "WRONGPASS") {
		return errBackendAuth
	}
	return errBackendDown
}

func (b *redisBackend) acquire(ctx context.Context) (conn, error) {
	c, err := b.pool.GetContext(ctx)
	if err != nil {
		return nil, b.down(err)
	}
	return &redisConn{b: b, c: c}, nil
}

func (b *redisBackend) close() { _ = b.pool.Close() }

// features asks Redis once for its version and its commands.
func (b *redisBackend) features(ctx context.Context) (*features, error) {
	b.mu.Lock()
	known := b.known
	b.mu.Unlock()
	if known != nil {
		return known, nil
	}
	c, err := b.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer c.release()
	got, err := c.do(ctx, [][]string{{"INFO", "server"}, {"COMMAND", "INFO", "DELEX"}})
	if err != nil {
		return nil, err
	}
	if e, ok := got[0].(replyError); ok {
		return nil, b.down(e) // NOAUTH, LOADING and the like
	}
	f := &features{shebang: majorVersion(replyText(got[0])) >= 7}
	if list, ok := got[1].([]any); ok && len(list) == 1 {
		f.setIfEq = list[0] != nil
	}
	b.mu.Lock()
	b.known = f
	b.mu.Unlock()
	return f, nil
}

func majorVersion(info string) int {
	_, rest, _ := strings.Cut(info, "redis_version:")
	major, _, _ := strings.Cut(rest, ".")
	n, _ := strconv.Atoi(major)
	return n
}

// A redisConn is one pooled connection, used by one request.
type redisConn struct {
	b *redisBackend
	c redis.Conn
}

// release gives the connection back. The pool drops it after any I/O error, and
// undoes WATCH and MULTI; SELECT is never sent.
func (c *redisConn) release() { _ = c.c.Close() }

func (c *redisConn) do(_ context.Context, cmds [][]string) ([]reply, error) {
	for _, cmd := range cmds {
		if err := c.c.Send(cmd[0], anyArgs(cmd[1:])...); err != nil {
			return nil, c.b.down(err)
		}
	}
	if err := c.c.Flush(); err != nil {
		return nil, c.b.down(err)
	}
	replies := make([]reply, len(cmds))
	for i := range replies {
		v, err := c.receive()
		if err != nil {
			return nil, err
		}
		replies[i] = v
	}
	return replies, nil
}

func (c *redisConn) receive() (reply, error) {
	v, err := c.c.Receive() // bounded by the read timeout
	if e, ok := errors.AsType[redis.Error](err); ok {
		return replyError(e), nil
	}
	if err != nil {
		return nil, c.b.down(err)
	}
	return ownErrors(v), nil
}

// ownErrors turns redigo's error elements into ours.
func ownErrors(v any) any {
	switch v := v.(type) {
	case redis.Error:
		return replyError(v)
	case []any:
		for i := range v {
			v[i] = ownErrors(v[i])
		}
	}
	return v
}

func anyArgs(args []string) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
	}
	return out
}

// multi sends MULTI, the commands and EXEC together. A command that Redis does
// not queue makes EXEC discard the transaction; its error is returned. Both
// return values are nil when a watched key had changed.
func (c *redisConn) multi(ctx context.Context, cmds [][]string) ([]reply, error) {
	all := make([][]string, 0, len(cmds)+2)
	all = append(all, []string{"MULTI"})
	all = append(all, cmds...)
	all = append(all, []string{"EXEC"})
	got, err := c.do(ctx, all)
	if err != nil {
		return nil, err
	}
	for _, v := range got {
		if e, ok := v.(replyError); ok {
			return nil, e
		}
	}
	list, ok := got[len(got)-1].([]any)
	if !ok {
		return nil, nil
	}
	if len(list) != len(cmds) {
		return nil, c.b.down(errProtocol)
	}
	return list, nil
}

// subscribe opens a connection of its own; it never goes back to the pool.
func (b *redisBackend) subscribe(ctx context.Context, kind, name string) (stream, error) {
	c, err := b.dial(ctx, 0)
	if err != nil {
		return nil, b.down(err)
	}
	if err = c.Send(strings.ToUpper(kind), name); err == nil {
		if err = c.Flush(); err == nil {
			_, err = redis.ReceiveWithTimeout(c, b.timeout)
		}
	}
	if err != nil {
		_ = c.Close()
		return nil, b.down(err)
	}
	return &redisStream{c: c}, nil
}

type redisStream struct{ c redis.Conn }

func (s *redisStream) close() { _ = s.c.Close() }

func (s *redisStream) next(ctx context.Context) (pattern, channel, payload string, err error) {
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	for {
		v, err := redis.ReceiveWithTimeout(s.c, 0)
		if err != nil {
			return "", "", "", err
		}
		row, _ := v.([]any)
		switch {
		case len(row) == 3 && replyText(row[0]) == "message":
			return "", replyText(row[1]), replyText(row[2]), nil
		case len(row) == 4 && replyText(row[0]) == "pmessage":
			return replyText(row[1]), replyText(row[2]), replyText(row[3]), nil
		}
	}
}
