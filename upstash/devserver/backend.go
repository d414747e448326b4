//go:build !wasm

package devserver

import (
	"context"
	"errors"
)

// A backend runs Redis commands. Methods are safe for concurrent use.
type backend interface {
	// acquire returns a connection. It fails with errBackendDown.
	acquire(ctx context.Context) (conn, error)

	// subscribe opens a stream of messages: kind is "subscribe" or
	// "psubscribe". The stream has been confirmed when it returns.
	subscribe(ctx context.Context, kind, name string) (stream, error)

	// features says what the backend can do; it may have to ask it first.
	features(ctx context.Context) (*features, error)

	close()
}

// A conn belongs to one request at a time.
type conn interface {
	// do runs commands in order and returns as many replies.
	do(ctx context.Context, cmds [][]string) ([]reply, error)

	// multi runs commands as one transaction. A replyError means that
	// the whole transaction was refused and nothing ran.
	multi(ctx context.Context, cmds [][]string) ([]reply, error)

	// release gives the connection back.
	release()
}

// A stream delivers published messages until its context ends.
type stream interface {
	// next waits for a message; pattern is empty for plain subscriptions.
	next(ctx context.Context) (pattern, channel, payload string, err error)
	close()
}

// features of a backend.
type features struct {
	embedded bool

	// shebang: scripts may begin with #!lua flags=… (Redis 7.0).
	shebang bool

	// setIfEq: SET IFEQ, DELEX and DIGEST are served by Redis itself (8.4).
	setIfEq bool
}

// errBackendDown is what every failure to reach Redis becomes. The cause goes to
// the log; it may name hosts.
var errBackendDown = errors.New("ERR the dev server cannot reach its Redis")

// errBackendAuth is errBackendDown for a Redis that answers, but refuses the
// user or the password of Options.Redis.
var errBackendAuth = errors.New("ERR the Redis behind the dev server refuses its user or password; check the URL it was started with")
