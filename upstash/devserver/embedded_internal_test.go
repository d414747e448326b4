//go:build !wasm

package devserver

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// run runs a command on an embedded backend; words are split at spaces.
func (e *embedded) testRun(t *testing.T, command string) string {
	t.Helper()
	replies, err := e.do(t.Context(), [][]string{strings.Fields(command)})
	if err != nil {
		t.Fatal(err)
	}
	return string(appendJSON(nil, replies[0], false, true))
}

type ttlStep struct {
	wait    time.Duration
	command string
	want    string
}

// TestRealTimeTTL runs in a bubble, where time is exact: a key is there until its
// last millisecond and gone at the next.
func TestRealTimeTTL(t *testing.T) {
	ms := time.Millisecond
	for name, steps := range map[string][]ttlStep{
		"px": {
			{0, "SET k v PX 1000", `"OK"`},
			{0, "PTTL k", "1000"},
			{0, "TTL k", "1"},
			{999 * ms, "GET k", `"v"`},
			{0, "PTTL k", "1"},
			{1 * ms, "GET k", "null"},
			{0, "PTTL k", "-2"},
			{0, "DBSIZE", "0"},
		},
		"ex and setex": {
			{0, "SET a 1 EX 2", `"OK"`},
			{0, "SETEX b 2 1", `"OK"`},
			{0, "PSETEX c 2000 1", `"OK"`},
			{1999 * ms, "EXISTS a b c", "3"},
			{1 * ms, "EXISTS a b c", "0"},
		},
		"expire family": {
			{0, "MSET a 1 b 1 c 1 d 1", `"OK"`},
			{0, "EXPIRE a 10", "1"},
			{0, "PEXPIRE b 10000", "1"},
			{0, "EXPIRE a 5 GT", "0"},
			{0, "EXPIRE a 5 LT", "1"},
			{0, "EXPIRE c 5 XX", "0"},
			{0, "EXPIRE c 7 NX", "1"},
			{5 * time.Second, "EXISTS a", "0"},
			{0, "TTL b", "5"},
			{0, "TTL c", "2"},
			{0, "TTL d", "-1"},
			{0, "PERSIST c", "1"},
			{time.Hour, "EXISTS b c d", "2"},
		},
		"absolute": {
			{0, "SET a 1 EXAT 946684810", `"OK"`}, // the bubble starts at 946684800
			{0, "TTL a", "10"},
			{0, "EXPIRETIME a", "946684810"},
			{0, "PEXPIRETIME a", "946684810000"},
			{0, "SET b 1", `"OK"`},
			{0, "PEXPIREAT b 946684805000", "1"},
			{4 * time.Second, "PTTL b", "1000"},
			{1 * time.Second, "EXISTS a b", "1"},
			{0, "EXPIREAT a 1", "1"},
			{0, "EXISTS a", "0"},
		},
		"past": {
			{time.Hour, "SET a 1", `"OK"`},
			{0, "EXPIRE a -5", "1"},
			{0, "EXISTS a", "0"},
			{0, "SET a 1 PXAT 946684801000", `"OK"`},
			{0, "GET a", "null"},
		},
		"kept, moved, dropped": {
			{0, "SET a 1 PX 1000", `"OK"`},
			{0, "SET a 2 KEEPTTL", `"OK"`},
			{0, "INCR a", "3"},
			{0, "APPEND a 4", "2"},
			{0, "RENAME a b", `"OK"`},
			{0, "COPY b c", "1"},
			{0, "PTTL c", "1000"},
			{0, "SET c 1", `"OK"`},
			{0, "PTTL c", "-1"},
			{0, "GETEX b PX 5000", `"34"`},
			{1000 * ms, "PTTL b", "4000"},
			{4000 * ms, "EXISTS b c", "1"},
		},
		"shorter, then longer": {
			{0, "SET a 1 PX 100", `"OK"`},
			{0, "PEXPIRE a 10000", "1"},
			{0, "PEXPIRE a 5000", "1"},
			{200 * ms, "PTTL a", "4800"},
			{4800 * ms, "EXISTS a", "0"},
		},
		"deleted and set anew": {
			{0, "SET a 1 PX 100", `"OK"`}, {0, "DEL a", "1"}, {0, "SET a 2", `"OK"`}, {time.Hour, "GET a", `"2"`},
		},
		"conditional set": {
			{0, "SET a 1", `"OK"`},
			{0, "SET a 2 IFEQ 1 PX 100", `"OK"`},
			{0, "PTTL a", "100"},
			{100 * ms, "EXISTS a", "0"},
			{0, "SET a 1 IFEQ 2", "null"},
			{0, "SET a 1 IFNE 2 PX 50", `"OK"`},
			{50 * ms, "EXISTS a", "0"},
		},
		"hash fields": {
			{0, "HSET h a 1 b 2 c 3", "3"},
			{0, "HPEXPIRE h 1000 FIELDS 2 a zz", "[1,-2]"},
			{0, "HEXPIRE h 2 FIELDS 1 b", "[1]"},
			{0, "HPTTL h FIELDS 3 a b c", "[1000,2000,-1]"},
			{1000 * ms, "HMGET h a b c", `[null,"2","3"]`},
			{0, "HSET h b 5", "0"},
			{0, "HTTL h FIELDS 1 b", "[-1]"},
			{0, "HSETEX h PX 100 FIELDS 1 d 4", "1"},
			{0, "RENAME h g", `"OK"`},
			{100 * ms, "HKEYS g", `["b","c"]`},
			{0, "HGETEX g PX 50 FIELDS 1 c", `["3"]`},
			{50 * ms, "HLEN g", "1"},
			{0, "HGETDEL g FIELDS 2 b zz", `["5",null]`},
			{0, "EXISTS g", "0"},
		},
		"refused times": {
			{0, "SET a 1 PX 0", `{"error":"ERR invalid expire time in set"}`},
			{0, "SETEX a -1 v", `{"error":"ERR invalid expire time in setex"}`},
			{0, "SET a 1 EX x", `{"error":"ERR value is not an integer or out of range"}`},
			{0, "EXISTS a", "0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, err := newEmbedded(new(counters))
				if err != nil {
					t.Fatal(err)
				}
				defer e.close()
				for _, s := range steps {
					time.Sleep(s.wait) // the bubble's time
					if got := e.testRun(t, s.command); got != s.want {
						t.Errorf("after %v, %s: got %s, want %s", s.wait, s.command, got, s.want)
					}
				}
			})
		})
	}
}

// TestTTLInScripts: scripts see the same time.
func TestTTLInScripts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := newEmbedded(new(counters))
		if err != nil {
			t.Fatal(err)
		}
		defer e.close()
		eval := func(source, want string) {
			t.Helper()
			got, err := e.do(t.Context(), [][]string{{"EVAL", source, "1", "k"}})
			if err != nil || string(appendJSON(nil, got[0], false, true)) != want {
				t.Errorf("%s: got %s, %v, want %s", source, appendJSON(nil, got[0], false, true), err, want)
			}
		}
		eval(`redis.call('SET',KEYS[1],1,'PX',100) return redis.call('PTTL',KEYS[1])`, "100")
		time.Sleep(99 * time.Millisecond)
		eval(`return redis.call('EXISTS',KEYS[1])`, "1")
		time.Sleep(time.Millisecond)
		eval(`return redis.call('EXISTS',KEYS[1])`, "0")
		eval(`redis.call('SET',KEYS[1],1) redis.call('PEXPIRE',KEYS[1],0) return redis.call('EXISTS',KEYS[1])`, "0")
	})
}

// TestHintsStayFew: a key whose TTL is set over and over has one hint.
func TestHintsStayFew(t *testing.T) {
	e, err := newEmbedded(new(counters))
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	for i := range 1000 {
		e.testRun(t, "SET k v PX "+strconv.Itoa(100000+i))
	}
	if n := len(e.clock.heap); n != 1 {
		t.Errorf("%d hints for one key", n)
	}
}

func TestBitField(t *testing.T) {
	e, err := newEmbedded(new(counters))
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	for _, s := range []ttlStep{
		{0, "BITFIELD k SET i64 0 -9223372036854775808 GET i64 0", "[0,-9223372036854775808]"},
		{0, "BITFIELD k OVERFLOW FAIL INCRBY i64 0 -1", "[null]"},
		{0, "BITFIELD k OVERFLOW SAT INCRBY i64 0 -1", "[-9223372036854775808]"},
		{0, "BITFIELD k INCRBY i64 0 -1", "[9223372036854775807]"},
		{0, "BITFIELD k SET u63 0 9223372036854775807 GET u63 0", "[4611686018427387903,9223372036854775807]"},
		{0, "BITFIELD m INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1", "[1,1]"},
		{0, "BITFIELD m INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1 INCRBY u2 102 5", "[2,2,3]"},
		{0, "BITFIELD m SET i8 #1 300 GET i8 #1 GET u8 8", "[0,44,44]"},
		{0, "BITFIELD m GET u64 0", `{"error":"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."}`},
		{0, "BITFIELD m GET u8 -1", `{"error":"ERR bit offset is not an integer or out of range"}`},
		{0, "BITFIELD m GET u8 4294967295", `{"error":"ERR bit offset is not an integer or out of range"}`},
		{0, "BITFIELD_RO m SET u8 0 1", `{"error":"ERR BITFIELD_RO only supports the GET subcommand"}`},
		{0, "BITFIELD m", "[]"},
	} {
		if got := e.testRun(t, s.command); got != s.want {
			t.Errorf("%s: got %s, want %s", s.command, got, s.want)
		}
	}
}

// TestPanicOfMiniredis: one command fails, the server goes on.
func TestPanicOfMiniredis(t *testing.T) {
	e, err := newEmbedded(new(counters))
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	got, err := e.do(t.Context(), [][]string{{"EVAL", "return print", "0"}, {"PING"}, {"EVAL", "return 1", "0"}})
	want := []reply{replyError("ERR the embedded Redis failed on this command"), "PONG", int64(1)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestSlowReaderIsCutOff(t *testing.T) {
	h := newHub()
	s := h.subscribe(false, "ch")
	for i := range maxQueued {
		if n := h.publish("ch", "x"); n != 1 {
			t.Fatalf("message %d reached %d", i, n)
		}
	}
	if n := h.publish("ch", "x"); n != 0 || h.count("ch") != 0 {
		t.Errorf("the slow reader is still there: %d", n)
	}
	var err error
	for err == nil {
		_, _, _, err = s.next(t.Context())
	}
	if !errors.Is(err, errSlowReader) {
		t.Errorf("got %v", err)
	}
	s.close()
}

func TestCommandTable(t *testing.T) {
	if n := len(commandSpecs); n != strings.Count(commandTable, "\n")-1-strings.Count(commandTable, "\n#") {
		t.Errorf("%d specs; a row was dropped", n)
	}
	for line, want := range map[string][]string{
		"GET a":                         {"a"},
		"MSET a 1 b 2":                  {"a", "b"},
		"BITOP AND d a b":               {"d", "a", "b"},
		"EVAL src 2 a b c":              {"a", "b"},
		"EVAL src 9 a":                  nil,
		"EVAL src x a":                  nil,
		"ZUNIONSTORE d 2 a b":           {"d", "a", "b"},
		"XREAD COUNT 1 STREAMS a b 0 0": {"a", "b"},
		"XINFO STREAM a":                {"a"},
		"JSON.MGET a b $":               {"a", "b"},
		"PING":                          nil,
		"COPY a b":                      {"a", "b"},
	} {
		args := strings.Fields(line)
		got := commandSpecs[args[0]].keyArgs(args)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", line, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"a*c", "abbc", true},
		{"a*c", "abbd", false},
		{"**a", "a", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"[a-c]x", "bx", true},
		{"[^a-c]x", "bx", false},
		{"[^a-c]x", "dx", true},
		{"[c-a]", "b", true},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`[\]]`, "]", true},
		{"[a", "a", true},
		{`a\`, `a\`, true},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b*", "xxbxxa", false},
	} {
		if got := globMatch(c.pattern, c.s); got != c.want {
			t.Errorf("%q %q: %v", c.pattern, c.s, got)
		}
	}
}

func TestNormaliseScript(t *testing.T) {
	seven, mini := &features{shebang: true}, &features{embedded: true}
	for _, c := range []struct {
		name, source string
		f            *features
		want         script
	}{
		{"no shebang", "return 1", seven, script{source: "return 1"}},
		{"only the flag", "#!lua flags=allow-key-locking\nreturn 1", seven, script{source: lockingGuard + "\nreturn 1", changed: true}},
		{"with another", "#!lua flags=no-writes,allow-key-locking\nreturn 1", seven, script{source: "#!lua flags=no-writes\n" + lockingGuard + "return 1", changed: true}},
		{"other alone", "#!lua flags=no-writes\nreturn 1", seven, script{source: "#!lua flags=no-writes\nreturn 1"}},
		{"newline before", "\n#!lua flags=no-writes\nreturn 1", seven, script{source: "#!lua flags=no-writes\n\nreturn 1", changed: true}},
		{"no shebang known", "#!lua flags=allow-key-locking,no-writes\nreturn 1", mini, script{source: lockingGuard + "\nreturn 1", noWrites: true, changed: true}},
		{"plain shebang", "#!lua\nreturn 1", mini, script{source: "\nreturn 1", changed: true}},
		{"one line", "#!lua flags=allow-key-locking", mini, script{source: lockingGuard + "\n", changed: true}},
	} {
		if got := normaliseScript(c.source, c.f); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want)
		}
	}
	lib := "redis.register_function{flags={ 'allow-key-locking', \"no-writes\" }}"
	if got := normaliseLibrary(lib); strings.Contains(got, keyLockingFlag) || !strings.Contains(got, `"no-writes"`) {
		t.Errorf("got %s", got)
	}
}

func TestScriptMapIsBounded(t *testing.T) {
	m := newScriptMap()
	for i := range maxScripts + 10 {
		m.put(strconv.Itoa(i), scriptEntry{sha: "x"})
	}
	if len(m.byOld) != maxScripts || m.get("0").sha != "0" || m.get(strconv.Itoa(maxScripts+9)).sha != "x" {
		t.Errorf("%d entries", len(m.byOld))
	}
}
