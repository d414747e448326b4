package upstashtest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// greeting is a recording of SET and GET in base64.
const greeting = `{
  "source": "made up for the tests of upstashtest",
  "exchanges": [
    {
      "note": "the first",
      "method": "POST",
      "path": "/",
      "request_header": {"Upstash-Encoding": "base64"},
      "request": ["SET", "greeting", "hello", "EX", 100],
      "status": 200,
      "header": {"Content-Type": "application/json", "Upstash-Sync-Token": "sync-1"},
      "response": {"result": "OK"}
    },
    {
      "method": "POST",
      "path": "/",
      "request_header": {"Upstash-Encoding": "base64", "Upstash-Sync-Token": "sync-1"},
      "request": ["GET", "greeting"],
      "status": 200,
      "header": {"Content-Type": "application/json"},
      "response": {"result": "aGVsbG8="}
    }
  ]
}`

func set(ttl any) upstash.Command {
	return upstash.NewCommand("SET", "greeting", "hello", "EX", ttl)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"greeting": greeting})
	get := upstash.NewCommand("GET", "greeting")
	cases := []struct {
		name  string
		cmds  []upstash.Command
		fails []string // parts of the one failure; nil means the test passes
	}{
		{"as recorded", []upstash.Command{set(100), get}, nil},
		{"another value", []upstash.Command{set(101), get}, []string{
			"greeting.json", "exchange 1 of 2", "the first", "request[4]", "recorded: 100", `got:      "101"`,
		}},
		{"an argument too many", []upstash.Command{upstash.NewCommand("SET", "greeting", "hello", "EX", 100, "NX")}, []string{
			"request[5]", "recorded: (none)", `got:      "NX"`,
		}},
		{"an argument too few", []upstash.Command{upstash.NewCommand("SET", "greeting", "hello")}, []string{
			"request[3]", `recorded: "EX"`, "got:      (none)",
		}},
		{"another order", []upstash.Command{get, set(100)}, []string{"exchange 1 of 2", `recorded: "SET"`, `got:      "GET"`}},
		{"left over", []upstash.Command{set(100)}, []string{"1 of 2 exchanges were left over", `2: POST /`, `GET`}},
		{"nothing sent", nil, []string{"2 of 2 exchanges were left over"}},
		{"one too many", []upstash.Command{set(100), get, get}, []string{"ends after 2 exchanges", "another request", "GET"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tb := runFake(t, func(tb testing.TB) {
				client := upstashtest.Open(tb, "greeting", upstashtest.Options{Dir: dir})
				for i, cmd := range c.cmds {
					if _, err := client.Do(t.Context(), cmd); err != nil {
						if _, ok := errors.AsType[*upstash.ServerError](err); !ok {
							t.Errorf("command %d: %v, want a refusal by the kit", i, err)
						}
					}
				}
			})
			if c.fails == nil {
				tb.wantPass(t)
				return
			}
			tb.wantFailure(t, c.fails...)
		})
	}
}

// TestReplayDifferences checks what else of a request is compared.
func TestReplayDifferences(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"greeting": greeting})
	cases := []struct {
		name  string
		cfg   upstash.Config
		send  func(t *testing.T, r *upstashtest.Recording)
		fails []string
	}{
		{"encoding", upstash.Config{Encoding: upstash.Plain}, nil, []string{"header Upstash-Encoding", "recorded: base64", "got:      (none)"}},
		{"sync token", upstash.Config{Eventual: true}, nil, []string{"exchange 2", "header Upstash-Sync-Token", "recorded: sync-1"}},
		{"method and path", upstash.Config{}, func(t *testing.T, r *upstashtest.Recording) {
			send(t, r, http.MethodGet, "/get/greeting", "Bearer "+r.Token())
		}, []string{"method", "path", "/get/greeting", "body", "(empty)"}},
		{"token", upstash.Config{}, func(t *testing.T, r *upstashtest.Recording) {
			send(t, r, http.MethodPost, "/", "Bearer other")
		}, []string{"header Authorization"}},
		{"token in the path", upstash.Config{}, func(t *testing.T, r *upstashtest.Recording) {
			send(t, r, http.MethodPost, "/get?_token=CANARY", "")
		}, []string{"/get?_token=[redacted]"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tb := runFake(t, func(tb testing.TB) {
				r := upstashtest.Load(tb, "greeting", upstashtest.Options{Dir: dir, Config: c.cfg})
				if c.send != nil {
					c.send(t, r)
					return
				}
				client := r.Client()
				_, _ = client.Do(t.Context(), set(100))
				_, _ = client.Do(t.Context(), upstash.NewCommand("GET", "greeting"))
			})
			tb.wantFailure(t, c.fails...)
			if strings.Contains(tb.failures[0], "CANARY") {
				t.Error("the failure shows the token")
			}
		})
	}
}

// send makes a request that a Client would not make.
func send(t *testing.T, r *upstashtest.Recording, method, path, auth string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	resp, err := r.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// TestReplayInBubble shows that a replay needs no real time.
func TestReplayInBubble(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"greeting": greeting})
	synctest.Test(t, func(t *testing.T) {
		client := upstashtest.Open(t, "greeting", upstashtest.Options{Dir: dir})
		if _, err := client.Do(t.Context(), set(100)); err != nil {
			t.Fatal(err)
		}
		got, err := upstash.Get("greeting").Do(t.Context(), client)
		if got != "hello" || err != nil {
			t.Errorf("Get = %q, %v", got, err)
		}
	})
}

func TestReplayBadFiles(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"nojson":   `hello`,
		"nosource": `{"exchanges":[]}`,
		"unknown":  `{"source":"x","exchanges":[{"methd":"POST"}]}`,
		"two":      `{"source":"x","exchanges":[{"method":"POST","path":"/","status":200,"response":1,"body_text":"x"}]}`,
		"nopath":   `{"source":"x","exchanges":[{"method":"POST","path":"get","status":200}]}`,
		"header":   `{"source":"x","exchanges":[{"method":"POST","path":"/","status":200,"request_header":{"Authorization":"Bearer x"}}]}`,
		"trailing": `{"source":"x","exchanges":[]} {}`,
	})
	cases := map[string]string{
		"missing":    "no such recording",
		"nojson":     "not a recording",
		"nosource":   `"source" is empty`,
		"unknown":    "methd",
		"two":        "more than one",
		"nopath":     "slash",
		"header":     "may have only",
		"trailing":   "something follows",
		"../outside": "below testdata",
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := runFake(t, func(tb testing.TB) {
				upstashtest.Open(tb, name, upstashtest.Options{Dir: dir})
				t.Error("Open returned")
			})
			tb.wantFailure(t, want)
		})
	}
}

// TestWildcards: a lock's owner is random, and comes back in the response.
func TestWildcards(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"lock": `{
  "source": "made up",
  "exchanges": [
    {"method": "POST", "path": "/", "request_header": {"Upstash-Encoding": "base64"}, "request": ["SET", "<any>", "<any:1>", "NX"],
     "status": 200, "header": {"Content-Type": "application/json"}, "response": {"result": "OK"}},
    {"method": "POST", "path": "/", "request_header": {"Upstash-Encoding": "base64"}, "request": ["GET", "lock"],
     "status": 200, "header": {"Content-Type": "application/json"}, "response": {"result": "PGFueToxPg=="}},
    {"method": "POST", "path": "/", "request_header": {"Upstash-Encoding": "base64"}, "request": ["DELEX", "lock", "IFEQ", "<any:1>"],
     "status": 200, "header": {"Content-Type": "application/json"}, "response": {"result": 1}}
  ]
}`})
	for _, c := range []struct{ name, releases, fails string }{
		{"the same value", "owner-7", ""},
		{"another value", "owner-8", "request[3]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tb := runFake(t, func(tb testing.TB) {
				client := upstashtest.Open(tb, "lock", upstashtest.Options{Dir: dir})
				if _, err := client.Do(t.Context(), upstash.NewCommand("SET", "lock:9", "owner-7", "NX")); err != nil {
					t.Fatal(err)
				}
				if got, err := upstash.Get("lock").Do(t.Context(), client); got != "owner-7" || err != nil {
					t.Errorf("Get = %q, %v; want the value that was set", got, err)
				}
				_, _ = client.Do(t.Context(), upstash.NewCommand("DELEX", "lock", "IFEQ", c.releases))
			})
			if c.fails == "" {
				tb.wantPass(t)
				return
			}
			tb.wantFailure(t, "exchange 3", c.fails)
		})
	}
}
