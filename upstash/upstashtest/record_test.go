package upstashtest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

const canary = "CANARY+token/7f3a=="

// An echo is a tiny server of the REST API: SET, GET, DEL, SCAN, INFO, and ECHO,
// whose answer is in base64 when asked for.
type echo struct {
	*httptest.Server

	mu     sync.Mutex
	values map[string]string
	writes int
	badTok string // a sync token that this server has not made
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	e := &echo{values: map[string]string{}}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *echo) env() map[string]string {
	return map[string]string{"REDIS_REST_URL": e.URL + "/", "REDIS_REST_TOKEN": canary}
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var args []string
	body, _ := io.ReadAll(r.Body)
	if json.Unmarshal(body, &args) != nil {
		args = append(strings.Split(strings.Trim(r.URL.Path, "/"), "/"), string(body))
	}
	if r.Header.Get("Authorization") != "Bearer "+canary {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":"WRONGPASS %s is not it"}`, r.Header.Get("Authorization"))
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if token := r.Header.Get("Upstash-Sync-Token"); token != "" && !strings.HasPrefix(token, "real-") {
		e.badTok = token
	}
	w.Header().Set("Upstash-Sync-Token", fmt.Sprintf("real-%d", e.writes))
	result := e.run(args)
	if s, ok := result.(string); ok && r.Header.Get("Upstash-Response-Format") == "resp2" {
		w.Header().Set("Content-Type", "application/octet-stream")
		fmt.Fprintf(w, "$%d\r\n%s\r\n", len(s), s)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"result": encoded(result, r.Header.Get("Upstash-Encoding"))})
}

func encoded(v any, encoding string) any {
	switch x := v.(type) {
	case string:
		if encoding == "base64" && x != "OK" {
			return base64.StdEncoding.EncodeToString([]byte(x))
		}
	case []any:
		for i := range x {
			x[i] = encoded(x[i], encoding)
		}
	}
	return v
}

func (e *echo) run(args []string) any {
	switch args[0] {
	case "SET":
		e.values[args[1]] = args[2]
		e.writes++
		return "OK"
	case "GET":
		if v, ok := e.values[args[1]]; ok {
			return v
		}
		return nil
	case "DEL":
		delete(e.values, args[1])
		return 1
	case "SCAN":
		keys := []any{}
		for k := range e.values {
			if strings.HasPrefix(k, strings.TrimSuffix(args[3], "*")) {
				keys = append(keys, k)
			}
		}
		return []any{"0", keys}
	case "INFO":
		return "# Server\r\nredis_version:7.0.15\r\nexecutable:/somewhere\r\n"
	}
	return strings.Join(args[1:], " ")
}

// record runs fn as a test that records, and returns the file.
func record(t *testing.T, e *echo, dir string, o upstashtest.Options, fn func(r *upstashtest.Recording)) string {
	t.Helper()
	o.Dir = dir
	tb := runFake(t, func(tb testing.TB) {
		fn(upstashtest.LoadRecording(tb, "made/here", e.env(), o))
	})
	tb.wantPass(t)
	b, err := os.ReadFile(filepath.Join(dir, "made", "here.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func do(t *testing.T, d upstash.Doer, name string, args ...any) upstash.Reply {
	t.Helper()
	r, err := d.Do(t.Context(), upstash.NewCommand(name, args...))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// conversation is a test as a user writes it: it can be recorded and replayed.
func conversation(t *testing.T, r *upstashtest.Recording, owner string) {
	c := r.Client()
	do(t, c, "SET", r.Key("user"), "ann")
	if got, _ := do(t, c, "GET", r.Key("user")).Text(); got != "ann" {
		t.Errorf("GET = %q", got)
	}
	if got, _ := do(t, c, "ECHO", r.Key("user")).Text(); got != r.Key("user") {
		t.Errorf("ECHO = %q, want this run's key", got)
	}
	do(t, c, "SET", r.Key("lock"), owner)
	if got, _ := do(t, c, "GET", r.Key("lock")).Text(); got != owner {
		t.Errorf("GET = %q, want %q", got, owner)
	}
	do(t, c, "ECHO", "a\xff\x00b")
}

var lockOwner = upstashtest.Options{Any: []upstashtest.Arg{{Command: "SET", Position: 9}, {Command: "set", Position: 2}}}

// TestRecordAndReplay records, replays what was recorded, and records again
// without any change in the file.
func TestRecordAndReplay(t *testing.T) {
	t.Parallel()
	e, dir := newEcho(t), t.TempDir()
	first := record(t, e, dir, lockOwner, func(r *upstashtest.Recording) {
		if !r.Live() || r.Key("x") == upstashtest.KeyPrefix+"x" || len(r.Key("x")) != len(upstashtest.KeyPrefix)+1 {
			t.Errorf("Live = %v, Key = %q", r.Live(), r.Key("x"))
		}
		conversation(t, r, "random-1")
	})
	for _, want := range []string{
		`"source": "another server of the REST API (not Upstash), redis_version 7.0.15, recorded `,
		`["SET","test-000000000000:user","<any:1>"]`,
		`"Upstash-Sync-Token":"sync-1"`, `"Upstash-Sync-Token":"sync-2"`,
		`"path": "/ECHO"`, `"request_base64": "Yf8AYg=="`,
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the recording lacks %s:\n%s", want, first)
		}
	}
	if e.badTok != "" || strings.Contains(first, "real-") {
		t.Errorf("sync tokens are mixed up: the server got %q, or the file has the server's:\n%s", e.badTok, first)
	}
	if len(e.values) != 0 {
		t.Errorf("keys of the recording were left: %v", e.values)
	}
	tb := runFake(t, func(tb testing.TB) {
		r := upstashtest.Load(tb, "made/here", upstashtest.Options{Dir: dir})
		if r.Live() {
			t.Error("Live in a replay")
		}
		conversation(t, r, "random-2")
	})
	tb.wantPass(t)
	second := record(t, e, dir, lockOwner, func(r *upstashtest.Recording) { conversation(t, r, "random-3") })
	if first != second {
		t.Errorf("a second recording differs:\n%s\n%s", first, second)
	}
}

// TestRecordScrubs sends the token and the host in every form that a server
// could send them back in.
func TestRecordScrubs(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	host := strings.TrimPrefix(e.URL, "http://")
	secret := "at " + e.URL + " with " + canary + " on " + host + " bare " + strings.Split(host, ":")[0]
	cases := []struct {
		name string
		cfg  upstash.Config
		fn   func(r *upstashtest.Recording)
	}{
		{"base64", upstash.Config{}, func(r *upstashtest.Recording) { do(t, r.Client(), "ECHO", secret) }},
		{"plain", upstash.Config{Encoding: upstash.Plain}, func(r *upstashtest.Recording) { do(t, r.Client(), "ECHO", secret) }},
		{"resp2", upstash.Config{Encoding: upstash.RESP2}, func(r *upstashtest.Recording) { do(t, r.Client(), "ECHO", secret) }},
		{"raw body", upstash.Config{}, func(r *upstashtest.Recording) { do(t, r.Client(), "ECHO", secret+"\xff") }},
		{"path", upstash.Config{}, func(r *upstashtest.Recording) {
			send(t, r, http.MethodGet, "/echo/"+base64.RawURLEncoding.EncodeToString([]byte("x"))+"/"+strings.ReplaceAll(canary, "/", "%2F")+"?_token="+canary+"&x="+host, "Bearer "+canary)
		}},
		{"refusal", upstash.Config{Token: "another-CANARY"}, func(r *upstashtest.Recording) {
			if _, err := r.Client().Do(t.Context(), upstash.NewCommand("GET", "k")); err == nil {
				t.Error("the wrong token was accepted")
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := record(t, e, t.TempDir(), upstashtest.Options{Config: c.cfg}, c.fn)
			for _, bad := range []string{"CANARY", host, "127.0.0.1"} {
				if strings.Contains(got, bad) {
					t.Errorf("the recording contains %q:\n%s", bad, got)
				}
			}
			if form := upstashtest.Leak([]byte(got), e.URL, canary); form != "" {
				t.Errorf("the recording contains a secret in form %s:\n%s", form, got)
			}
			marks := []string{"[redacted]", "****", base64.StdEncoding.EncodeToString([]byte("at [redacted"))}
			if !slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(got, mark) }) {
				t.Errorf("nothing was redacted, so the test shows nothing:\n%s", got)
			}
		})
	}
}

// TestRecordRefusesLeaks: a value that hides the token where the scrubber does
// not look is not written.
func TestRecordRefusesLeaks(t *testing.T) {
	t.Parallel()
	e, dir := newEcho(t), t.TempDir()
	tb := runFake(t, func(tb testing.TB) {
		r := upstashtest.LoadRecording(tb, "leak", e.env(), upstashtest.Options{Dir: dir, Config: upstash.Config{Encoding: upstash.Plain}})
		do(t, r.Client(), "ECHO", base64.StdEncoding.EncodeToString([]byte("xy"+canary))+"!")
	})
	tb.wantFailure(t, "not written", "base64")
	if _, err := os.Stat(filepath.Join(dir, "leak.json")); err == nil {
		t.Error("the file was written")
	}
}

func TestLeak(t *testing.T) {
	t.Parallel()
	const base = "https://usw1-merry-cat-1.upstash.io"
	cases := map[string]string{
		"nothing to see":                  "",
		canary:                            "plain",
		"x usw1-merry-cat-1.upstash.io x": "plain",
		"CANARY%2Btoken%2F7f3a%3D%3D":     "escaped",
		fmt.Sprintf("%x", canary):         "hex",
		base64.StdEncoding.EncodeToString([]byte(canary)):                   "base64",
		base64.StdEncoding.EncodeToString([]byte("a" + canary + "b")):       "base64",
		base64.URLEncoding.EncodeToString([]byte("ab" + canary + "bcdefg")): "base64",
	}
	for text, want := range cases {
		if got := upstashtest.Leak([]byte("{"+text+"}"), base, canary); got != want {
			t.Errorf("Leak(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestRecordRefuses(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	cases := []struct {
		name string
		env  map[string]string
		fn   func(tb testing.TB, r *upstashtest.Recording)
		want string
	}{
		{"no variables", map[string]string{}, nil, "set REDIS_REST_URL and REDIS_REST_TOKEN"},
		{"short token", map[string]string{"REDIS_REST_URL": e.URL, "REDIS_REST_TOKEN": "short"}, nil, "shorter than 8 bytes"},
		{"not a URL", map[string]string{"REDIS_REST_URL": "localhost", "REDIS_REST_TOKEN": canary}, nil, "not a URL"},
		{"no requests", e.env(), func(testing.TB, *upstashtest.Recording) {}, "sent no request"},
		{"failed test", e.env(), func(tb testing.TB, r *upstashtest.Recording) {
			do(t, r.Client(), "ECHO", "x")
			tb.Errorf("the test failed")
		}, "the test failed"},
		{"no answer", map[string]string{"REDIS_REST_URL": "http://127.0.0.1:1", "REDIS_REST_TOKEN": canary}, func(_ testing.TB, r *upstashtest.Recording) {
			_, _ = r.Client().Do(t.Context(), upstash.NewCommand("PING").Once())
		}, "got no response"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tb := runFake(t, func(tb testing.TB) {
				r := upstashtest.LoadRecording(tb, "x", c.env, upstashtest.Options{Dir: dir, Config: upstash.Config{Retry: upstash.Retry{MaxAttempts: 1}}})
				c.fn(tb, r)
			})
			tb.wantFailure(t, c.want)
			if strings.Contains(tb.failures[0], canary) {
				t.Error("the failure shows the token")
			}
			if _, err := os.Stat(filepath.Join(dir, "x.json")); err == nil {
				t.Error("a recording was written")
			}
		})
	}
}

// TestQuotedFilesStay: -upstash.record replays a file that was not recorded.
func TestQuotedFilesStay(t *testing.T) {
	t.Parallel()
	text := strings.Replace(greeting, `"exchanges"`, `"quoted": true, "exchanges"`, 1)
	dir := folder(t, map[string]string{"page": text})
	tb := runFake(t, func(tb testing.TB) {
		r := upstashtest.LoadRecording(tb, "page", nil, upstashtest.Options{Dir: dir})
		if r.Live() {
			t.Error("a quoted file is recorded")
		}
		c := r.Client()
		do(t, c, "SET", "greeting", "hello", "EX", 100)
		do(t, c, "GET", "greeting")
	})
	tb.wantPass(t)
	if b, _ := os.ReadFile(filepath.Join(dir, "page.json")); string(b) != text {
		t.Error("the file was changed")
	}
}

func TestDescribeServer(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
	const upstashInfo = "# Server\r\nupstash_version:1.13.3\r\nredis_version:8.2.0\r\n"
	cases := []struct{ base, software, info, want string }{
		{"https://usw1-merry-cat-1.upstash.io", "", upstashInfo, "Upstash, upstash_version 1.13.3, redis_version 8.2.0, recorded 2026-11-23"},
		{"https://upstash.io.example.com", "", upstashInfo, "another server of the REST API (not Upstash), redis_version 8.2.0, recorded 2026-11-23"},
		{"http://127.0.0.1:8079", "edgeredis-devserver", "redis_version:7.0.15\r\n", "edgeredis dev server over a real Redis (not Upstash), redis_version 7.0.15, recorded 2026-11-23"},
		{"https://x.upstash.io", "edgeredis-devserver", "", "edgeredis dev server over a real Redis (not Upstash), recorded 2026-11-23"},
		{"http://127.0.0.1:8079", "edgeredis-devserver", "edgeredis_devserver:embedded\r\nredis_version:7.0.0\r\n", "edgeredis dev server with its embedded Redis (not Upstash), redis_version 7.0.0, recorded 2026-11-23"},
	}
	for _, c := range cases {
		client, err := upstash.New(upstash.Config{URL: "https://x.invalid", Token: canary, Transport: infoTransport(c.info)})
		if err != nil {
			t.Fatal(err)
		}
		if got := upstashtest.DescribeServer(t.Context(), c.base, c.software, client, day); got != c.want {
			t.Errorf("DescribeServer(%s, %q) =\n%s, want\n%s", c.base, c.software, got, c.want)
		}
	}
}

// infoTransport answers every command with this text.
func infoTransport(text string) upstash.Transport {
	return answer(200, "application/json", `{"result":"`+base64.StdEncoding.EncodeToString([]byte(text))+`"}`)
}
