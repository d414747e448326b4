//go:build !wasm

package devserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

const down = `{"error":"ERR the dev server cannot reach its Redis"}`

func TestRedisDownAndBack(t *testing.T) {
	t.Parallel()
	redis := redistest.StartOwn(t)
	srv := start(t, devserver.Options{Redis: redis.URL, Timeout: 2 * time.Second})
	check(t, srv, exchange{body: `["PING"]`, want: `{"result":"PONG"}`})
	var warm sync.WaitGroup
	for range 20 { // fill the pool
		warm.Go(func() { do(t, srv, `["EVAL","for i=1,1e5 do end return 1",0]`) })
	}
	warm.Wait()
	redis.Stop()
	for _, x := range []exchange{
		{body: `["PING"]`},
		{path: "/pipeline", body: `[["PING"]]`},
		{path: "/multi-exec", body: `[["PING"]]`},
		{path: "/subscribe/ch"},
	} {
		x.status, x.want = http.StatusServiceUnavailable, down
		check(t, srv, x)
	}
	redis.Restart(t)
	for range 30 { // every stale connection has to go
		check(t, srv, exchange{body: `["PING"]`, want: `{"result":"PONG"}`})
	}
}

func TestRedisNotThereYet(t *testing.T) {
	t.Parallel()
	redis := redistest.StartOwn(t)
	redis.Stop()
	srv := start(t, devserver.Options{Redis: redis.URL, Timeout: 2 * time.Second})
	check(t, srv, exchange{body: `["PING"]`, status: 503, want: down})
	redis.Restart(t)
	check(t, srv, exchange{body: `["PING"]`, want: `{"result":"PONG"}`})
}

func TestRedisPassword(t *testing.T) {
	t.Parallel()
	redis := redistest.StartOwn(t, "--requirepass", "s3cret-canary")
	srv := start(t, devserver.Options{Redis: strings.Replace(redis.URL, "redis://", "redis://:s3cret-canary@", 1)})
	check(t, srv, exchange{body: `["PING"]`, want: `{"result":"PONG"}`})
	for _, url := range []string{redis.URL, strings.Replace(redis.URL, "redis://", "redis://:wrong-canary@", 1)} {
		wrong := start(t, devserver.Options{Redis: url})
		check(t, wrong, exchange{body: `["PING"]`, status: 503, want: `{"error":"ERR the Redis behind the dev server refuses its user or password; check the URL it was started with"}`})
	}
}

// TestNoStateLeaks runs everything that could leave a connection in a state,
// over a pool of one connection, and looks at it each time.
func TestNoStateLeaks(t *testing.T) {
	t.Parallel()
	redis := redistest.StartOwn(t)
	srv := start(t, devserver.Options{Redis: redis.URL, MaxConns: 1})
	for _, x := range []exchange{
		{path: "/multi-exec", body: `[["SET","a",1],["LPUSH","a",1]]`},
		{path: "/multi-exec", body: `[["SET","a",1],["HEXPIRE","h",1,"FIELDS",1,"f"]]`}, // Redis refuses to queue it
		{path: "/multi-exec", body: `[["SET","a",1],["NOPE"]]`},
		{path: "/multi-exec", body: `[["EVAL","return redis.call('SELECT',5)",0]]`},
		{body: `["EVAL","return redis.call('SELECT',5)",0]`},
		{body: `["SELECT",3]`},
		{body: `["WATCH","a"]`},
		{body: `["SET","a",1,"IFDEQ","0000000000000000"]`},
		{path: "/pipeline", body: `[["MULTI"],["SET","a",1],["EXEC"]]`},
		{body: `["EVAL","error('x')",0]`},
		{path: "/subscribe/a/b"},
	} {
		_, got := send(t, srv, x)
		check(t, srv, exchange{body: `["SET","probe","v"]`, want: `{"result":"OK"}`})
		if db := do(t, srv, `["GET","probe"]`); db != `{"result":"v"}` {
			t.Errorf("after %s %s (%s): %s", x.path, x.body, got, db)
		}
	}
	direct := start(t, devserver.Options{Redis: strings.TrimSuffix(redis.URL, "0") + "5"})
	check(t, direct, exchange{body: `["DBSIZE"]`, want: `{"result":0}`})
}

func TestConcurrentClients(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		const clients, rounds = 20, 30
		var wg sync.WaitGroup
		for c := range clients {
			wg.Go(func() {
				for range rounds {
					do(t, srv, `["INCR","single"]`)
					send(t, srv, exchange{path: "/pipeline", body: `[["INCR","pipe"],["INCR","pipe"]]`})
					send(t, srv, exchange{path: "/multi-exec", body: `[["INCR","tx"],["INCR","tx"]]`})
					do(t, srv, fmt.Sprintf(`["EVAL","#!lua flags=allow-key-locking\nreturn redis.call('INCRBY',KEYS[1],ARGV[1])",1,"lua",%d]`, c%2+1))
				}
			})
		}
		wg.Wait()
		want := fmt.Sprintf(`{"result":["%d","%d","%d","%d"]}`, clients*rounds, 2*clients*rounds, 2*clients*rounds, clients*rounds*3/2)
		check(t, srv, exchange{body: `["MGET","single","pipe","tx","lua"]`, want: want})
	})
}

// TestTransactionIsOne: a reader never sees the middle of a transaction.
func TestTransactionIsOne(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		send(t, srv, exchange{body: `["MSET","a",0,"b",0]`})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 200 {
				send(t, srv, exchange{path: "/multi-exec", body: `[["INCR","a"],["INCR","b"]]`})
			}
		}()
		for {
			got := do(t, srv, `["MGET","a","b"]`)
			f := strings.Split(got, `"`)
			if len(f) < 6 || f[3] != f[5] {
				t.Fatalf("torn: %s", got)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
}

func TestStats(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{})
	send(t, srv, exchange{body: `["PING"]`})
	send(t, srv, exchange{path: "/pipeline", body: `[["INCR","a"],["NOPE"],["LPUSH","a",1]]`})
	send(t, srv, exchange{path: "/multi-exec", body: `[["INCR","a"],["INCR","a"]]`})
	send(t, srv, exchange{body: `["EVAL","#!lua flags=allow-key-locking\nredis.call('INCR',KEYS[1]) return redis.call('GET',KEYS[1])",1,"a"]`})
	send(t, srv, exchange{body: `["SCAN",0,"WITHTYPE"]`})
	got := srv.Stats()
	want := devserver.Stats{Requests: 5, Commands: 7, ScriptCommands: 2, ScriptsCounted: true}
	if got != want || got.Billed() != 9 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestInfoIsMeasured(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{})
	send(t, srv, exchange{path: "/pipeline", body: `[["SET","a",1],["SET","b",1,"EX",100],["GET","a"],["GET","a"],["GET","none"],["MGET","a","none"]]`})
	info := do(t, srv, `["INFO"]`)
	for _, want := range []string{
		"keyspace_hits:3", "keyspace_misses:2", "total_commands_processed:7", "db0:keys=2,expires=1,avg_ttl=",
		"connected_clients:", "used_memory:", "expired_keys:0", "edgeredis_devserver:embedded",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("no %s in %s", want, info)
		}
	}
	check(t, srv, exchange{body: `["INFO","cluster"]`, want: `{"result":"# Cluster\r\ncluster_enabled:0\r\n"}`})
	check(t, srv, exchange{body: `["INFO","nonsense"]`, want: `{"result":"# nonsense\r\n"}`})
}
