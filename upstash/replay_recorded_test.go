package upstash_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// The tests of this file replay testdata/recorded, made with the dev server over
// a real Redis. To record them anew from any database:
//
//	REDIS_REST_URL=... REDIS_REST_TOKEN=... go test ./upstash -run TestRecorded -record

// run runs a command of which the reply must decode.
func run[T comparable](t *testing.T, d upstash.Doer, want T, decode func(upstash.Reply) (T, error), name string, args ...any) {
	t.Helper()
	got, err := upstash.As(upstash.NewCommand(name, args...), decode).Do(t.Context(), d)
	if got != want || err != nil {
		t.Errorf("%s = %v, %v; want %v", name, got, err, want)
	}
}

// fails runs a command that must fail.
func fails(t *testing.T, d upstash.Doer, want error, name string, args ...any) {
	t.Helper()
	if _, err := d.Do(t.Context(), upstash.NewCommand(name, args...)); !errors.Is(err, want) {
		t.Errorf("%s: error = %v, want %v", name, err, want)
	}
}

// joined decodes an array of strings.
func joined(r upstash.Reply) (string, error) {
	s, err := r.Strings()
	return strings.Join(s, " "), err
}

func TestRecordedStrings(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/strings")
	c, k := r.Client(), r.Key("string")
	run(t, c, true, upstash.Reply.Bool, "SET", k, "hello", "EX", 100)
	run(t, c, "hello", upstash.Reply.Text, "GET", k)
	run(t, c, false, upstash.Reply.Set, "SET", k, "other", "NX")
	run(t, c, "hello", upstash.Reply.Text, "SET", k, "OK", "GET", "KEEPTTL")
	run(t, c, "OK", upstash.Reply.Text, "GET", k)
	run(t, c, true, upstash.Reply.Bool, "SET", r.Key("json"), `{"name":"Ünal","tags":["a","b"]}`)
	run(t, c, `{"name":"Ünal","tags":["a","b"]}`, upstash.Reply.Text, "GET", r.Key("json"))
	if _, err := upstash.Get(r.Key("missing")).Do(t.Context(), c); !errors.Is(err, upstash.ErrNil) {
		t.Errorf("GET of a missing key: %v, want ErrNil", err)
	}
	got, err := upstash.As(upstash.NewCommand("MGET", k, r.Key("missing")), upstash.Reply.OptionalStrings).Do(t.Context(), c)
	if err != nil || len(got) != 2 || got[0] == nil || *got[0] != "OK" || got[1] != nil {
		t.Errorf("MGET = %v, %v", got, err)
	}
	run(t, c, 2, upstash.Reply.Int64, "DEL", k, r.Key("json"), r.Key("json"), r.Key("missing"), r.Key("nothing"))
}

func TestRecordedExact(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/exact")
	c, k := r.Client(), r.Key("exact")
	run(t, c, true, upstash.Reply.Bool, "SET", k, int64(math.MaxInt64))
	run(t, c, math.MaxInt64-1, upstash.Reply.Int64, "DECR", k)
	run(t, c, math.MaxInt64-1, upstash.Reply.Int64, "GET", k)
	run(t, c, true, upstash.Reply.Bool, "SET", k, int64(math.MinInt64))
	run(t, c, math.MinInt64+9007199254740993, upstash.Reply.Int64, "INCRBY", k, 9007199254740993)
	run(t, c, 0.3, upstash.Reply.Float64, "INCRBYFLOAT", r.Key("float"), 0.3)
	any256 := make([]byte, 256)
	for i := range any256 {
		any256[i] = byte(i)
	}
	run(t, c, true, upstash.Reply.Bool, "SET", r.Key("bytes"), any256, "EX", 100)
	run(t, c, string(any256), upstash.Reply.Text, "GET", r.Key("bytes"))
	run(t, c, 256, upstash.Reply.Int64, "STRLEN", r.Key("bytes"))
}

func TestRecordedPlain(t *testing.T) {
	t.Parallel()
	encodings(t, "recorded/plain", upstash.Plain)
}

func TestRecordedRESP2(t *testing.T) {
	t.Parallel()
	encodings(t, "recorded/resp2", upstash.RESP2)
}

// encodings asks for one reply of each shape.
func encodings(t *testing.T, file string, e upstash.Encoding) {
	r := upstashtest.Load(t, file, upstashtest.Options{Config: upstash.Config{Encoding: e}})
	c := r.Client()
	run(t, c, "PONG", upstash.Reply.Text, "PING")
	run(t, c, 2, upstash.Reply.Int64, "RPUSH", r.Key("list"), "a", "")
	run(t, c, "a ", joined, "LRANGE", r.Key("list"), 0, -1)
	run(t, c, "", joined, "LRANGE", r.Key("missing"), 0, -1)
	fails(t, c, upstash.ErrWrongType, "INCR", r.Key("list"))
	fails(t, c, nil, "GET", r.Key("missing"))
	batch := []upstash.Command{
		upstash.NewCommand("SET", r.Key("n"), 1),
		upstash.NewCommand("INCR", r.Key("n")),
		upstash.NewCommand("INCR", r.Key("list")),
		upstash.NewCommand("EVAL", "return {1, 'two', {3}, false}", 0),
	}
	for _, atomic := range []bool{false, true} {
		replies, err := c.DoBatch(t.Context(), upstash.Batch{Commands: batch, Atomic: atomic})
		if err != nil || len(replies) != 4 {
			t.Fatalf("atomic %v: %d replies, %v", atomic, len(replies), err)
		}
		if n, err := replies[1].Int64(); n != 2 || err != nil {
			t.Errorf("atomic %v: INCR = %d, %v", atomic, n, err)
		}
		if !errors.Is(replies[2].Err(), upstash.ErrWrongType) {
			t.Errorf("atomic %v: INCR of a list = %v", atomic, replies[2].Err())
		}
		two, _ := replies[3].Index(1).Text()
		three, _ := replies[3].Index(2).Index(0).Int64()
		if two != "two" || three != 3 || !replies[3].Index(3).IsNil() {
			t.Errorf("atomic %v: EVAL = %v", atomic, replies[3])
		}
	}
}

func TestRecordedStructures(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/structures")
	c := r.Client()
	run(t, c, 2, upstash.Reply.Int64, "HSET", r.Key("hash"), "name", "Ann", "age", 42)
	m, err := upstash.As(upstash.NewCommand("HGETALL", r.Key("hash")), upstash.Reply.Map).Do(t.Context(), c)
	if err != nil || len(m) != 2 || m["name"] != "Ann" || m["age"] != "42" {
		t.Errorf("HGETALL = %v, %v", m, err)
	}
	run(t, c, 2, upstash.Reply.Int64, "ZADD", r.Key("zset"), 1.5, "one", 2, "two")
	run(t, c, "one 1.5 two 2", joined, "ZRANGE", r.Key("zset"), 0, -1, "WITHSCORES")
	run(t, c, 1.5, upstash.Reply.Float64, "ZSCORE", r.Key("zset"), "one")
	run(t, c, "zset", upstash.Reply.Text, "TYPE", r.Key("zset"))
	run(t, c, 1, upstash.Reply.Int64, "SADD", r.Key("set"), "x", "x")
	run(t, c, true, upstash.Reply.Bool, "SISMEMBER", r.Key("set"), "x")
	run(t, c, 1, upstash.Reply.Int64, "EXPIRE", r.Key("set"), 100)
	run(t, c, -1, upstash.Reply.Int64, "TTL", r.Key("zset"))
	run(t, c, -2, upstash.Reply.Int64, "TTL", r.Key("missing"))
}
