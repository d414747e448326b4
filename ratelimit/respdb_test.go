//go:build !wasm

package ratelimit_test

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

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A respDB is an upstash.Doer on one connection to a real Redis: the scripts run
// where they have to in the end, without the cost of HTTP. It loads the scripts
// itself, without the key-locking flag, which stock Redis does not know.
type respDB struct {
	t testing.TB

	mu   sync.Mutex // guards what follows
	conn net.Conn
	r    *bufio.Reader
	buf  []byte
	sha  map[string]string // what Redis calls a script
}

func dialRedis(t testing.TB, redisURL string) *respDB {
	t.Helper()
	u, err := url.Parse(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	db := &respDB{t: t, conn: conn, r: bufio.NewReader(conn), sha: map[string]string{}}
	for _, s := range ratelimit.Scripts() {
		r, err := db.command("SCRIPT", "LOAD", s.(interface{ Source() string }).Source())
		if err != nil {
			t.Fatal(err)
		}
		db.sha[s.SHA()], _ = r.Text()
	}
	return db
}

// Do implements upstash.Doer.
func (db *respDB) Do(_ context.Context, cmd upstash.Command) (upstash.Reply, error) {
	args := append([]string(nil), cmd.Args()...)
	if args[0] == "EVALSHA" {
		args[1] = db.sha[args[1]]
	}
	return db.command(args...)
}

func (db *respDB) command(args ...string) (upstash.Reply, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	b := append(db.buf[:0], '*')
	b = append(strconv.AppendInt(b, int64(len(args)), 10), "\r\n"...)
	for _, a := range args {
		b = strconv.AppendInt(append(b, '$'), int64(len(a)), 10)
		b = append(append(append(b, "\r\n"...), a...), "\r\n"...)
	}
	db.buf = b
	if _, err := db.conn.Write(b); err != nil {
		return upstash.Reply{}, err
	}
	r, err := readRESP(db.r)
	if err != nil {
		return upstash.Reply{}, err
	}
	return r, r.Err()
}

func readRESP(r *bufio.Reader) (upstash.Reply, error) {
	line, err := r.ReadString('\n')
	if err != nil || len(line) < 3 {
		return upstash.Reply{}, errors.Join(err, io.ErrUnexpectedEOF)
	}
	text := line[1 : len(line)-2]
	n, _ := strconv.ParseInt(text, 10, 64)
	switch line[0] {
	case ':':
		return upstash.ReplyOf(n), nil
	case '-':
		return upstash.ReplyOf(errors.New(text)), nil
	case '$':
		if n < 0 {
			return upstash.Reply{}, nil
		}
		b := make([]byte, n+2)
		_, err := io.ReadFull(r, b)
		return upstash.ReplyOf(string(b[:n])), err
	case '*':
		out := make([]upstash.Reply, n)
		for i := range out {
			if out[i], err = readRESP(r); err != nil {
				return upstash.Reply{}, err
			}
		}
		return upstash.ReplyOf(out), nil
	}
	return upstash.ReplyOf(text), nil
}

// value returns what a key holds, "" for nothing.
func (db *respDB) value(key string) string {
	db.t.Helper()
	r, err := db.command("GET", key)
	if err != nil {
		db.t.Fatal(err)
	}
	s, _ := r.Text()
	return s
}

// ttl returns the PTTL of a key.
func (db *respDB) ttl(key string) int64 {
	db.t.Helper()
	r, err := db.command("PTTL", key)
	if err != nil {
		db.t.Fatal(err)
	}
	n, _ := r.Int64()
	return n
}
