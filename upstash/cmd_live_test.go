//go:build !wasm

package upstash_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// TestCommandsOnRedis runs every case that Redis 7.0 can run, and compares the
// answer with the recorded one.
func TestCommandsOnRedis(t *testing.T) {
	t.Parallel()
	redis := dialRedis(t)
	for _, c := range allCases() {
		if c.where == redis70 {
			t.Run(c.fn, func(t *testing.T) { c.run(t, redis, redis) })
		}
	}
}

// TestCommandsOverREST does the same through the client and the dev server.
func TestCommandsOverREST(t *testing.T) {
	t.Parallel()
	redis := dialRedis(t)
	client := restClient(t, redis)
	for _, c := range allCases() {
		switch {
		case c.where != redis70:
		case slices.Contains(devServerLacks, c.name()):
			if _, err := client.Do(t.Context(), c.cmd); err == nil {
				t.Errorf("the dev server serves %s now: take it off the list", c.name())
			}
		default:
			t.Run(c.fn, func(t *testing.T) { c.run(t, redis, client) })
		}
	}
}

// restClient starts a dev server in front of redis and returns a client of it.
func restClient(t *testing.T, redis *redisConn) *upstash.Client {
	t.Helper()
	server, err := devserver.Start(devserver.Options{Redis: "redis://" + redis.conn.RemoteAddr().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client, err := upstash.New(upstash.Config{URL: server.URL, Token: upstash.Secret(server.Token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// devServerLacks are the commands that the dev server does not pass on: it has no
// administration of users.
var devServerLacks = []string{"ACL CAT", "ACL DELUSER", "ACL GETUSER", "ACL LIST", "ACL SETUSER"}

// run prepares the server and runs the case on d.
func (c cmdCase) run(t *testing.T, redis *redisConn, d upstash.Doer) {
	t.Helper()
	redis.empty(t)
	for _, s := range c.setup {
		redis.must(t, words(s)...)
	}
	r, err := d.Do(t.Context(), c.cmd)
	if err != nil {
		if !c.errMatches(err) {
			t.Fatalf("%q: %v", c.args, err)
		}
		return
	}
	if !c.loose {
		c.check(t, r)
		return
	}
	if _, err := c.decode(r); err != nil {
		t.Fatalf("%q: %v", c.args, err)
	}
}

// TestRepeats runs every case twice and checks what its class promises.
func TestRepeats(t *testing.T) {
	t.Parallel()
	redis := dialRedis(t, "--enable-debug-command", "yes")
	seen := map[string]bool{}
	for _, c := range allCases() {
		class := c.cmd.Class()
		if c.where != redis70 || class == upstash.Unsafe || c.args[0] == "SCRIPT" && c.args[1] == "KILL" {
			continue
		}
		seen[c.name()] = true
		t.Run(c.fn, func(t *testing.T) { c.repeat(t, redis, class) })
	}
	for _, name := range listedCommands {
		class := upstash.ClassOf(strings.Fields(name))
		if !seen[name] && (class == upstash.Idempotent || class == upstash.Converging) && liveCommand(name) {
			t.Errorf("%s is %v, but no case repeats it", name, class)
		}
	}
}

// liveCommand reports whether some case runs the command on Redis 7.0.
func liveCommand(name string) bool {
	return slices.ContainsFunc(allCases(), func(c cmdCase) bool { return c.where == redis70 && c.name() == name })
}

func (c cmdCase) repeat(t *testing.T, redis *redisConn, class upstash.Class) {
	redis.empty(t)
	for _, s := range c.setup {
		redis.must(t, words(s)...)
	}
	before := redis.data(t)
	first, err1 := redis.send(c.args)
	once := redis.data(t)
	second, err2 := redis.send(c.args)
	twice := redis.data(t)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if !maps.EqualFunc(once, twice, sameData) {
		t.Errorf("%q is %v, but its repeat changed\n%q into\n%q", c.args, class, once, twice)
	}
	if class == upstash.ReadOnly && !maps.EqualFunc(before, once, sameData) {
		t.Errorf("%q is read-only, but changed\n%q into\n%q", c.args, before, once)
	}
	if (first.Err() == nil) != (second.Err() == nil) {
		t.Errorf("%q is %v, but one run failed: %v, %v", c.args, class, first.Err(), second.Err())
	}
	if class == upstash.Idempotent && !sameReply(first, second) {
		t.Errorf("%q is %v, but answered %#v and then %#v", c.args, class, first, second)
	}
}

// sameReply compares replies as they came.
func sameReply(a, b upstash.Reply) bool {
	if a.IsArray() != b.IsArray() || a.Len() != b.Len() || a.IsNil() != b.IsNil() {
		return false
	}
	for i := range a.Len() {
		if !sameReply(a.Index(i), b.Index(i)) {
			return false
		}
	}
	if a.IsArray() || a.IsNil() {
		return true
	}
	x, err1 := a.Text()
	y, err2 := b.Text()
	return x == y && (err1 == nil) == (err2 == nil)
}

// sameData compares values of data; TTLs run while the test does.
func sameData(a, b string) bool {
	x, okA := strings.CutSuffix(a, " ms")
	y, okB := strings.CutSuffix(b, " ms")
	if !okA || !okB || a[0] == '-' || b[0] == '-' {
		return a == b
	}
	m, err1 := strconv.ParseInt(x, 10, 64)
	n, err2 := strconv.ParseInt(y, 10, 64)
	return err1 == nil && err2 == nil && max(m-n, n-m) < 10_000
}

// data is all that a command could change: a digest of the values of all keys,
// streams with their groups, TTLs, functions, scripts, users and settings.
func (c *redisConn) data(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	ask := func(name string, args ...string) string {
		r := c.must(t, args...)
		text, err := r.Text()
		if list, listErr := r.Strings(); listErr == nil {
			text, err = strings.Join(list, "\n"), nil
		}
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		out[name] = text
		return text
	}
	ask("digest", "DEBUG", "DIGEST")
	ask("functions", "FUNCTION", "DUMP")
	ask("users", "ACL", "LIST")
	ask("settings", "CONFIG", "GET", "notify-keyspace-events")
	ask("scripts", "SCRIPT", "EXISTS", upstash.SHA1ForTest("return(1)"))
	keys, err := c.must(t, "KEYS", "*").Strings()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if ask("type of "+k, "TYPE", k) == "stream" {
			ask("dump of "+k, "DUMP", k)
		}
		ttl, err := c.must(t, "PTTL", k).Int64()
		if err != nil {
			t.Fatal(err)
		}
		out["TTL of "+k] = strconv.FormatInt(ttl, 10) + " ms"
	}
	return out
}

// TestDumpRestore moves values of each type through DUMP and RESTORE, binary as
// they are.
func TestDumpRestore(t *testing.T) {
	t.Parallel()
	redis := dialRedis(t)
	for _, setup := range []string{"SET k v", "SET k v EX 100", "RPUSH k a b", "HSET k f v", "ZADD k 1.5 m", "XADD k 1-1 f v"} {
		redis.empty(t)
		redis.must(t, words(setup)...)
		payload, err := upstash.Dump("k").Do(t.Context(), redis)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []upstash.RestoreOptions{{}, {TTL: time.Minute, Replace: true}, {ExpireAt: at, Replace: true}} {
			if _, err := upstash.Restore("copy", payload, o).Do(t.Context(), redis); err != nil {
				t.Fatal(setup, err)
			}
			again, err := upstash.Dump("copy").Do(t.Context(), redis)
			if err != nil || !bytes.Equal(again, payload) {
				t.Errorf("%s: %x restored as %x, %v", setup, payload, again, err)
			}
			end, err := upstash.ExpireTime("copy").Do(t.Context(), redis)
			if err != nil || end.IsZero() != (o.TTL == 0 && o.ExpireAt.IsZero()) {
				t.Errorf("%s: expires at %v, %v", setup, end, err)
			}
		}
	}
}

// TestClassesAgreeWithRedis compares ReadOnly with the flags that Redis itself
// gives its commands.
func TestClassesAgreeWithRedis(t *testing.T) {
	t.Parallel()
	redis := dialRedis(t)
	// Redis has one flag for a command; these write only with certain options,
	// and the bare command is ReadOnly.
	writeOnlyWithOptions := []string{"GETEX", "SORT", "GEORADIUS", "GEORADIUSBYMEMBER", "BITFIELD"}
	unknown := 0
	for name, flags := range redis.commandFlags(t) {
		args := strings.Split(strings.ToUpper(name), "|")
		class := upstash.ClassOf(args)
		known := upstash.ClassKnown(args...)
		write, read := slices.Contains(flags, "write"), slices.Contains(flags, "readonly")
		switch {
		case write && class == upstash.ReadOnly && !slices.Contains(writeOnlyWithOptions, args[0]):
			t.Errorf("%s writes, but is ReadOnly here", name)
		case read && class != upstash.ReadOnly:
			t.Errorf("%s only reads, but is %v here", name, class)
		case (write || read) && !known:
			t.Errorf("%s has no class", name)
		case !known:
			unknown++
		}
	}
	t.Logf("%d commands that neither read nor write data have no class", unknown)
}

// commandFlags returns the flags of all commands, "script|load" for one of two
// words.
func (c *redisConn) commandFlags(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	var add func(rows upstash.Reply)
	add = func(rows upstash.Reply) {
		for i := range rows.Len() {
			row := rows.Index(i)
			name, err := row.Index(0).Text()
			if err != nil {
				t.Fatal(err)
			}
			if sub := row.Index(9); sub.Len() > 0 {
				add(sub)
				continue
			}
			if out[name], err = row.Index(2).Strings(); err != nil {
				t.Fatal(name, err)
			}
		}
	}
	all, err := upstash.CommandInfo().Do(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	add(all)
	if len(out) < 300 {
		t.Fatalf("Redis has %d commands", len(out))
	}
	return out
}

// TestBinaryOverREST sends payloads of DUMP, which are not UTF-8, through the
// client: as the last argument any bytes travel, elsewhere they are refused before
// anything is sent.
func TestBinaryOverREST(t *testing.T) {
	t.Parallel()
	redis := dialRedis(t)
	client := restClient(t, redis)
	redis.must(t, "HSET", "k", "f\x80", "v\xff")
	payload, err := upstash.Dump("k").Do(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := upstash.Restore("copy", payload, upstash.RestoreOptions{TTL: time.Minute}).Do(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if v, err := upstash.HGetAll("copy").Do(t.Context(), client); err != nil || v["f\x80"] != "v\xff" {
		t.Errorf("restored %q, %v", v, err)
	}
	if _, err := upstash.RPush("list", "\xfe").Do(t.Context(), client); err != nil {
		t.Error(err)
	}
	if v, err := upstash.LIndex("list", 0).Do(t.Context(), client); v != "\xfe" || err != nil {
		t.Errorf("pushed %q, %v", v, err)
	}
	if _, err := upstash.RPush("list", "\xfe", "x").Do(t.Context(), client); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("bytes before the last argument: %v", err)
	}
}
