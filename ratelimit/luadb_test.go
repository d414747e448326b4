//go:build !wasm

package ratelimit_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A luaDB is an upstash.Doer and Batcher that runs the package's scripts with the
// Lua engine of the embedded server, on a store and a clock of its own: fast
// enough for millions of runs, and strict. A script that writes a key without a
// TTL, or touches a key that is not in KEYS, fails.
type luaDB struct {
	t testing.TB

	mu       sync.Mutex // guards what follows
	l        *lua.LState
	protos   map[string]*lua.LFunction
	keys     []string // of the script that runs
	data     map[string]luaValue
	now      int64 // Unix milliseconds
	ticking  bool  // the clock is that of the process (of the bubble, in synctest)
	requests int   // Do and DoBatch
	billed   int   // commands, those inside scripts included
	writes   int
	fail     func(try int) error // after the command has run; nil passes
	before   func(try int) error // instead of running the command
}

type luaValue struct {
	text string
	ends int64
}

func newLuaDB(t testing.TB) *luaDB {
	t.Helper()
	db := &luaDB{
		t: t, l: lua.NewState(), protos: map[string]*lua.LFunction{},
		data: map[string]luaValue{}, now: 1_700_000_000_000,
	}
	t.Cleanup(db.l.Close)
	redis := db.l.NewTable()
	redis.RawSetString("call", db.l.NewFunction(db.call))
	redis.RawSetString("error_reply", db.l.NewFunction(func(l *lua.LState) int {
		out := l.NewTable()
		out.RawSetString("err", l.Get(1))
		l.Push(out)
		return 1
	}))
	db.l.SetGlobal("redis", redis)
	for _, s := range ratelimit.Scripts() {
		fn, err := db.l.LoadString(s.(interface{ Source() string }).Source())
		if err != nil {
			t.Fatal(err)
		}
		db.protos[s.SHA()] = fn
	}
	return db
}

// newTickingDB returns a luaDB whose clock is that of the process, which is the
// bubble's in synctest.
func newTickingDB(t testing.TB) *luaDB {
	t.Helper()
	db := newLuaDB(t)
	db.ticking = true
	return db
}

// tick is called with mu held.
func (db *luaDB) tick() {
	if db.ticking {
		db.now = time.Now().UnixMilli()
	}
}

// time returns the clock's time.
func (db *luaDB) time() time.Time {
	db.mu.Lock()
	defer db.mu.Unlock()
	return time.UnixMilli(db.now)
}

func (db *luaDB) advance(d time.Duration) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.now += d.Milliseconds()
}

func (db *luaDB) clear() {
	db.mu.Lock()
	defer db.mu.Unlock()
	clear(db.data)
}

func (db *luaDB) counts() (requests, billed, writes int) {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.requests, db.billed, db.writes
}

// ttl returns how long a key lives, 0 when there is none.
func (db *luaDB) ttl(key string) time.Duration {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.tick()
	v, ok := db.live(key)
	if !ok {
		return 0
	}
	return time.Duration(v.ends-db.now) * time.Millisecond
}

func (db *luaDB) live(key string) (luaValue, bool) {
	v, ok := db.data[key]
	if ok && db.now >= v.ends {
		delete(db.data, key)
		return luaValue{}, false
	}
	return v, ok
}

// call is redis.call.
func (db *luaDB) call(l *lua.LState) int {
	var a []string
	for i := 1; i <= l.GetTop(); i++ {
		if s, ok := l.Get(i).(lua.LString); ok {
			a = append(a, string(s))
			continue
		}
		l.RaiseError("redis.call with an argument that is no string")
	}
	db.billed++
	v, err := db.command(a, true)
	if err != nil {
		l.RaiseError("%s", err.Error())
	}
	l.Push(toLua(l, v))
	return 1
}

func toLua(l *lua.LState, v any) lua.LValue {
	switch v := v.(type) {
	case string:
		return lua.LString(v)
	case int64:
		return lua.LNumber(v)
	case []any:
		t := l.NewTable()
		for _, e := range v {
			t.Append(toLua(l, e))
		}
		return t
	}
	return lua.LFalse
}

// command runs one command; inScript checks the key against KEYS.
func (db *luaDB) command(a []string, inScript bool) (any, error) {
	switch a[0] {
	case "TIME":
		return []any{strconv.FormatInt(db.now/1000, 10), strconv.FormatInt(db.now%1000*1000, 10)}, nil
	case "GET", "MGET", "SET", "DEL":
	default:
		return nil, errors.New("ERR unknown command")
	}
	touched := a[1:]
	if a[0] == "SET" {
		touched = a[1:2]
	}
	for _, k := range touched {
		if inScript && !slices.Contains(db.keys, k) {
			return nil, errors.New("ERR a key is not in KEYS")
		}
	}
	switch a[0] {
	case "GET", "MGET":
		var out []any
		for _, k := range touched {
			if v, ok := db.live(k); ok {
				out = append(out, v.text)
			} else {
				out = append(out, nil)
			}
		}
		if a[0] == "GET" {
			return out[0], nil
		}
		return out, nil
	case "SET":
		return "OK", db.set(a)
	}
	n := int64(0)
	for _, k := range touched {
		if _, ok := db.live(k); ok {
			delete(db.data, k)
			n++
		}
	}
	db.writes++
	return n, nil
}

func (db *luaDB) set(a []string) error {
	db.writes++
	if len(a) == 4 && a[3] == "KEEPTTL" {
		v, ok := db.live(a[1])
		if !ok {
			return errors.New("ERR KEEPTTL without a key")
		}
		db.data[a[1]] = luaValue{a[2], v.ends}
		return nil
	}
	if len(a) != 5 || a[3] != "PX" {
		return errors.New("ERR a key is written without a TTL")
	}
	px, err := strconv.ParseInt(a[4], 10, 64)
	if err != nil || px < 1 {
		return errors.New("ERR invalid expire time in 'set' command")
	}
	db.data[a[1]] = luaValue{a[2], db.now + px}
	return nil
}

// Do implements upstash.Doer.
func (db *luaDB) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if err := cmd.Err(); err != nil {
		return upstash.Reply{}, err
	}
	if err := ctx.Err(); err != nil {
		return upstash.Reply{}, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.tick()
	db.requests++
	if db.before != nil {
		if err := db.before(db.requests); err != nil {
			return upstash.Reply{}, err
		}
	}
	r := db.run(cmd.Args())
	if db.fail != nil {
		if err := db.fail(db.requests); err != nil {
			return upstash.Reply{}, err
		}
	}
	return r, r.Err()
}

// DoBatch implements upstash.Batcher.
func (db *luaDB) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.tick()
	db.requests++
	var out []upstash.Reply
	for _, c := range b.Commands {
		out = append(out, db.run(c.Args()))
	}
	if db.fail != nil {
		if err := db.fail(db.requests); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (db *luaDB) run(a []string) upstash.Reply {
	db.billed++
	if a[0] != "EVALSHA" {
		v, err := db.command(a, false)
		if err != nil {
			return upstash.ReplyOf(err)
		}
		return upstash.ReplyOf(v)
	}
	n, _ := strconv.Atoi(a[2])
	db.keys = a[3 : 3+n]
	db.l.SetGlobal("KEYS", stringTable(db.l, db.keys))
	db.l.SetGlobal("ARGV", stringTable(db.l, a[3+n:]))
	fn := db.protos[a[1]]
	if fn == nil {
		return upstash.ReplyOf(errors.New("NOSCRIPT No matching script."))
	}
	if err := db.l.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}); err != nil {
		text, _, _ := strings.Cut(err.Error(), "\nstack traceback")
		db.t.Errorf("a script failed: %s", text)
		return upstash.ReplyOf(errors.New("ERR " + text))
	}
	v := db.l.Get(-1)
	db.l.Pop(1)
	return fromLua(v)
}

func stringTable(l *lua.LState, list []string) *lua.LTable {
	t := l.CreateTable(len(list), 0)
	for _, s := range list {
		t.Append(lua.LString(s))
	}
	return t
}

func fromLua(v lua.LValue) upstash.Reply {
	switch v := v.(type) {
	case lua.LNumber:
		return upstash.ReplyOf(int64(v)) // truncated, as Redis does
	case lua.LString:
		return upstash.ReplyOf(string(v))
	case *lua.LTable:
		if e, ok := v.RawGetString("err").(lua.LString); ok {
			return upstash.ReplyOf(errors.New(string(e)))
		}
		var out []upstash.Reply
		for i := 1; i <= v.Len(); i++ {
			out = append(out, fromLua(v.RawGetInt(i)))
		}
		return upstash.ReplyOf(out)
	}
	return upstash.Reply{}
}

// lostAnswer is what a client returns when a command was sent and the answer did
// not come.
func lostAnswer() error {
	return &upstash.MaybeAppliedError{Err: &upstash.TransportError{Command: "EVALSHA", Attempts: 1, Sent: true, Err: errors.New("connection reset")}}
}

// patient sets a decision budget that a busy machine cannot exceed, for tests
// that are not about it.
func patient(d upstash.Doer, o ratelimit.Options) ratelimit.Options {
	switch db := d.(type) {
	case *luaDB:
		if o.Timeout == 0 && !db.ticking {
			o.Timeout = time.Minute
		}
	case *respDB, *stack, *upstash.Client:
		if o.Timeout == 0 {
			o.Timeout = time.Minute
		}
	}
	return o
}

// newLimiter is New with a policy called "test", failing the test on error.
func newLimiter(t testing.TB, d upstash.Doer, a ratelimit.Algorithm, o ratelimit.Options) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(d, ratelimit.NewPolicy("test", a), patient(d, o))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// on returns a limiter on db whose local clock is the database's.
func (db *luaDB) on(a ratelimit.Algorithm, o ratelimit.Options) *ratelimit.Limiter {
	db.t.Helper()
	l := newLimiter(db.t, db, a, o)
	l.SetNow(db.time)
	return l
}
