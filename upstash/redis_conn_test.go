//go:build !wasm

package upstash_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A redisConn speaks RESP2 to a real Redis, to see what it answers without
// anything of ours between. It is a Doer.
type redisConn struct {
	mu   sync.Mutex // guards the connection: one command at a time
	conn net.Conn
	r    *bufio.Reader
}

// dialRedis starts a Redis of the test's own and connects to it.
func dialRedis(t *testing.T, args ...string) *redisConn {
	t.Helper()
	u, err := url.Parse(redistest.StartOwn(t, args...).URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &redisConn{conn: conn, r: bufio.NewReader(conn)}
}

func (c *redisConn) Do(_ context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if err := cmd.Err(); err != nil {
		return upstash.Reply{}, err
	}
	r, err := c.send(cmd.Args())
	if err == nil {
		err = r.Err()
	}
	return r, err
}

// send runs one command; an error reply is a Reply.
func (c *redisConn) send(args []string) (upstash.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := []byte("*" + strconv.Itoa(len(args)) + "\r\n")
	for _, a := range args {
		b = append(b, "$"+strconv.Itoa(len(a))+"\r\n"+a+"\r\n"...)
	}
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return upstash.Reply{}, err
	}
	if _, err := c.conn.Write(b); err != nil {
		return upstash.Reply{}, err
	}
	v, err := c.read()
	return upstash.ReplyOf(v), err
}

// must runs a command that may not fail.
func (c *redisConn) must(t *testing.T, args ...string) upstash.Reply {
	t.Helper()
	r, err := c.send(args)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return r
}

// read reads one reply in the form that ReplyOf takes.
func (c *redisConn) read() (any, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	kind, text := line[0], line[1:len(line)-2]
	switch kind {
	case '+':
		return text, nil
	case '-':
		return errors.New(text), nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return nil, err
	case kind == ':':
		return n, nil
	case n < 0:
		return nil, nil
	case kind == '$':
		b := make([]byte, n+2)
		_, err := io.ReadFull(c.r, b)
		return string(b[:n]), err
	}
	list := make([]any, n)
	for i := range list {
		if list[i], err = c.read(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// empty makes the server as it was when it started.
func (c *redisConn) empty(t *testing.T) {
	t.Helper()
	for _, cmd := range []string{"FLUSHALL", "SCRIPT FLUSH", "FUNCTION FLUSH", "ACL DELUSER u", "ACL LOG RESET", "CONFIG | SET | notify-keyspace-events | "} {
		c.must(t, words(cmd)...)
	}
}
