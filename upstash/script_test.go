package upstash_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// scriptServer answers EVAL and EVALSHA as a server with a script cache does.
type scriptServer struct {
	t      *testing.T
	refuse string // what it says to the key-locking flag; "" means it knows it

	mu     sync.Mutex
	loaded map[string]bool // by source
	log    []string
}

const stockRefusal = "ERR Unexpected flag in script shebang: allow-key-locking"

func (s *scriptServer) RoundTrip(_ context.Context, req *upstash.Request, resp *upstash.Response) error {
	resp.Status = 200
	resp.Body = append(resp.Body, s.body(string(req.Body), strings.HasSuffix(req.URL, "/"))...)
	return nil
}

func (s *scriptServer) body(body string, single bool) string {
	if single {
		return s.run(argsOf(s.t, body))
	}
	var out []string
	for _, b := range splitBatch(s.t, body) {
		out = append(out, s.run(b))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func (s *scriptServer) run(args []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	flagged := "plain"
	known := s.loaded[args[1]]
	switch args[0] {
	case "EVAL", "EVAL_RO":
		known = true
		if strings.Contains(args[1], "allow-key-locking") {
			flagged = "locked"
			if s.refuse != "" {
				s.log = append(s.log, args[0]+" refused")
				return `{"error":"` + s.refuse + `"}`
			}
		}
		if s.loaded == nil {
			s.loaded = map[string]bool{}
		}
		s.loaded[upstash.SHA1ForTest(args[1])] = true
	case "EVALSHA", "EVALSHA_RO":
		flagged = "sha"
	default:
		s.log = append(s.log, args[0])
		return `{"result":"OK"}`
	}
	if !known {
		s.log = append(s.log, args[0]+" missing")
		return `{"error":"NOSCRIPT No matching script. Please use EVAL."}`
	}
	s.log = append(s.log, args[0]+" "+flagged)
	return `{"result":42}`
}

func (s *scriptServer) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.log, ", ")
	s.log = nil
	return out
}

func newScriptServer(t *testing.T, refuse string) (*upstash.Client, *scriptServer) {
	t.Helper()
	s := &scriptServer{t: t, refuse: refuse}
	c, err := upstash.New(upstash.Config{URL: "https://db.example.com", Token: canary, Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func TestScriptFallsBackAndRemembers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, refuse, first, second, other string }{
		{"server with key locking", "", "EVALSHA missing, EVAL locked", "EVALSHA sha", "EVALSHA missing, EVAL locked"},
		{"stock Redis 7", stockRefusal, "EVALSHA missing, EVAL refused, EVALSHA missing, EVAL plain", "EVALSHA sha", "EVALSHA missing, EVAL plain"},
		{"Redis 6", "ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'", "EVALSHA missing, EVAL refused, EVALSHA missing, EVAL plain", "EVALSHA sha", "EVALSHA missing, EVAL plain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, s := newScriptServer(t, tc.refuse)
			script := upstash.NewScript("return 42", upstash.Reply.Int64)
			for i, want := range []string{tc.first, tc.second, tc.second} {
				n, err := script.Run(t.Context(), c, []string{"k"}, "a", 1)
				if n != 42 || err != nil {
					t.Fatalf("run %d: %d %v", i, n, err)
				}
				if got := s.took(); got != want {
					t.Errorf("run %d: %s, want %s", i, got, want)
				}
			}
			other := upstash.NewScript("return 6*7", upstash.Reply.Int64)
			if n, err := other.Run(t.Context(), c, nil); n != 42 || err != nil {
				t.Fatal(n, err)
			}
			if got := s.took(); got != tc.other {
				t.Errorf("another script: %s, want %s", got, tc.other)
			}
		})
	}
}

func TestScriptForms(t *testing.T) {
	t.Parallel()
	c, s := newScriptServer(t, "")
	for _, tc := range []struct {
		name string
		opts upstash.ScriptOptions
		src  string
		want string
	}{
		{"read-only", upstash.ScriptOptions{ReadOnly: true}, "return 1", "EVALSHA_RO missing, EVAL_RO locked"},
		{"dynamic keys", upstash.ScriptOptions{DynamicKeys: true}, "return 2", "EVALSHA missing, EVAL plain"},
		{"shebang of its own", upstash.ScriptOptions{}, "#!lua flags=no-writes\nreturn 3", "EVALSHA missing, EVAL plain"},
	} {
		script := upstash.NewScriptWith(tc.src, tc.opts, upstash.Reply.Int64)
		if _, err := script.Run(t.Context(), c, nil); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if got := s.took(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	if cmd := upstash.NewScriptWith("return 1", upstash.ScriptOptions{ReadOnly: true}, upstash.Reply.Int64).Cmd(nil); !cmd.ReadOnly() {
		t.Error("a read-only script is not read-only")
	}
	if cmd := upstash.NewScript("return 1", upstash.Reply.Int64).Cmd([]string{"k"}, struct{}{}); !errors.Is(cmd.Err(), upstash.ErrBadArgument) {
		t.Errorf("bad argument: %v", cmd.Err())
	}
}

func TestScriptInBatches(t *testing.T) {
	t.Parallel()
	a := upstash.NewScript("return 42", upstash.Reply.Int64)
	b := upstash.NewScript("return 40 + 2", upstash.Reply.Int64)
	cmds := []upstash.Command{a.Cmd(nil).Command, set(), b.Cmd(nil).Command, a.Cmd(nil).Command}
	for _, tc := range []struct {
		name, refuse string
		atomic       bool
		want         string
	}{
		{"pipeline", "", false, "EVALSHA missing, SET, EVALSHA missing, EVALSHA missing, EVAL locked, EVAL locked, EVAL locked"},
		{"pipeline on stock Redis", stockRefusal, false, "EVALSHA missing, SET, EVALSHA missing, EVALSHA missing, EVAL refused, EVAL refused, EVAL refused, EVAL plain, EVAL plain, EVAL plain"},
		{"transaction", "", true, "EVAL plain, SET, EVAL plain, EVAL plain"},
		{"transaction on stock Redis", stockRefusal, true, "EVAL plain, SET, EVAL plain, EVAL plain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, s := newScriptServer(t, tc.refuse)
			rs, err := c.DoBatch(t.Context(), upstash.Batch{Commands: cmds, Atomic: tc.atomic})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range []int{0, 2, 3} {
				if n, err := rs[i].Int64(); n != 42 || err != nil {
					t.Errorf("reply %d: %d %v", i, n, err)
				}
			}
			if got := s.took(); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestNoScriptInAnArgument: only a reply whose text begins with NOSCRIPT means
// that the script is missing. (The official SDK searched the whole text, which
// quotes the arguments, and ran scripts twice.)
func TestNoScriptInAnArgument(t *testing.T) {
	t.Parallel()
	c, s := newScripted(t, upstash.Config{}, answer(400, `{"error":"ERR failed on NOSCRIPT"}`))
	script := upstash.NewScript("return redis.call('INCR', KEYS[1])", upstash.Reply.Int64)
	if _, err := script.Run(t.Context(), c, []string{"k"}, "NOSCRIPT"); err == nil || s.count() != 1 {
		t.Errorf("%v after %d requests", err, s.count())
	}
}

// TestScriptPartialFailure: when the second request of a batch is lost, the
// replies of the first are not.
func TestScriptPartialFailure(t *testing.T) {
	t.Parallel()
	c, _ := newScripted(t, upstash.Config{}, answer(200, `[{"result":"OK"},{"error":"NOSCRIPT x"},{"result":1}]`), lost)
	script := upstash.NewScript("return 1", upstash.Reply.Int64).Cmd(nil).Command
	rs, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{set(), script, incr()}})
	e, ok := errors.AsType[*upstash.PartialError](err)
	if !ok || len(e.Items) != 1 || e.Items[0] != 1 || !errors.Is(err, upstash.ErrMaybeApplied) {
		t.Fatalf("got %v", err)
	}
	if n, err := rs[2].Int64(); n != 1 || err != nil {
		t.Errorf("third reply: %d %v", n, err)
	}
}
