//go:build !wasm

package devserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{ReadOnlyToken: readOnly})
	auth := func(v string) []string { return []string{"Authorization", v} }
	noperm := func(cmd string) string {
		return `{"error":"NOPERM this user has no permissions to run the '` + cmd + `' command or its subcommand"}`
	}
	ping := `["PING"]`
	pong := `{"result":"PONG"}`
	checkAll(t, srv, []exchange{
		{name: "no token", noAuth: true, body: ping, status: 401, want: wrongPass},
		{name: "wrong token", noAuth: true, headers: auth("Bearer nope"), body: ping, status: 401, want: wrongPass},
		{name: "empty query token", noAuth: true, path: "/?_token=", body: ping, status: 401, want: wrongPass},
		{name: "scheme in any case", noAuth: true, headers: auth("bEaReR " + srv.Token), body: ping, want: pong},
		{name: "no scheme", noAuth: true, headers: auth(srv.Token), body: ping, want: pong},
		{name: "query token", noAuth: true, path: "/?_token=" + srv.Token, body: ping, want: pong},
		{name: "query token wins", path: "/?_token=nope", body: ping, status: 401, want: wrongPass},
		{name: "read-only reads", noAuth: true, headers: auth("Bearer " + readOnly), body: `["GET","k"]`, want: `{"result":null}`},
		{name: "read-only write", noAuth: true, headers: auth("Bearer " + readOnly), body: `["set","k",1]`, status: 400, want: noperm("set")},
		{name: "read-only script", noAuth: true, headers: auth("Bearer " + readOnly), body: `["EVAL_RO","return 1",0]`, status: 400, want: noperm("eval_ro")},
		{name: "read-only keys", noAuth: true, headers: auth("Bearer " + readOnly), body: `["KEYS","*"]`, status: 400, want: noperm("keys")},
		{name: "read-only scan", noAuth: true, headers: auth("Bearer " + readOnly), body: `["SCAN",0]`, status: 400, want: noperm("scan")},
		{name: "read-only config", noAuth: true, headers: auth("Bearer " + readOnly), body: `["CONFIG","SET","notify-keyspace-events",""]`, status: 400, want: noperm("config")},
		{name: "read-only pipeline", noAuth: true, headers: auth("Bearer " + readOnly), path: "/pipeline", body: `[["GET","k"],["DEL","k"]]`, want: `[{"result":null},` + noperm("del") + `]`},
		{name: "read-only transaction", noAuth: true, headers: auth("Bearer " + readOnly), path: "/multi-exec", body: `[["GET","k"],["DEL","k"]]`, status: 400, want: noperm("del")},
		{name: "read-only monitor", noAuth: true, headers: auth("Bearer " + readOnly), path: "/monitor", status: 400, want: noperm("monitor")},
	})
}

// TestNoReadOnlyToken: without one, the empty token must not pass for it.
func TestNoReadOnlyToken(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{})
	for _, path := range []string{"/", "/?_token="} {
		check(t, srv, exchange{noAuth: true, path: path, body: `["PING"]`, status: 401, want: wrongPass})
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{})
	for _, m := range []string{http.MethodDelete, http.MethodPatch, http.MethodTrace} {
		t.Run(m, func(t *testing.T) {
			check(t, srv, exchange{method: m, noAuth: true, status: 405, want: ""})
		})
	}
	t.Run("HEAD runs nothing", func(t *testing.T) {
		check(t, srv, exchange{method: http.MethodHead, path: "/set/head/1", want: ""})
		check(t, srv, exchange{body: `["GET","head"]`, want: `{"result":null}`})
	})
	t.Run("HEAD needs the token", func(t *testing.T) {
		check(t, srv, exchange{method: http.MethodHead, noAuth: true, status: 401, want: ""})
	})
}

func TestCORS(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{})
	want := func(h http.Header, name, value string) {
		t.Helper()
		if got := h.Get(name); got != value {
			t.Errorf("%s: got %q, want %q", name, got, value)
		}
	}
	res := check(t, srv, exchange{method: http.MethodOptions, noAuth: true, headers: []string{
		"Origin", "http://page.test", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "authorization,upstash-encoding",
	}})
	want(res.Header, "Access-Control-Allow-Origin", "http://page.test")
	want(res.Header, "Access-Control-Allow-Credentials", "true")
	want(res.Header, "Access-Control-Allow-Headers", "authorization,upstash-encoding")
	if !strings.Contains(res.Header.Get("Access-Control-Allow-Methods"), "POST") {
		t.Error("POST is not allowed")
	}
	res = check(t, srv, exchange{body: `["PING"]`, headers: []string{"Origin", "http://page.test"}, want: `{"result":"PONG"}`})
	want(res.Header, "Access-Control-Allow-Origin", "http://page.test")
	want(res.Header, "Access-Control-Expose-Headers", "upstash-sync-token")
	want(res.Header, "Content-Type", "application/json; charset=utf-8")
}

func TestSyncToken(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{})
	token := func(path, body string, status int) string {
		t.Helper()
		res, got := send(t, srv, exchange{path: path, body: body, headers: []string{"upstash-sync-token", "stale"}})
		if res.StatusCode != status {
			t.Fatalf("%s: %d %s", body, res.StatusCode, got)
		}
		return res.Header.Get("upstash-sync-token")
	}
	seen := map[string]bool{}
	for _, x := range [][2]string{
		{"/", `["SET","k",1]`},
		{"/", `["SET","k",2]`},
		{"/pipeline", `[["INCR","k"]]`},
		{"/multi-exec", `[["INCR","k"]]`},
		{"/", `["EVAL","return 1",0]`},
	} {
		tok := token(x[0], x[1], 200)
		if tok == "" || seen[tok] {
			t.Errorf("%s: token %q is empty or not new", x[1], tok)
		}
		seen[tok] = true
	}
	if tok := token("/", `["GET","k"]`, 200); !seen[tok] {
		t.Error("a read changed the token")
	}
	if tok := token("/", `["LPUSH","k",1]`, 400); tok != "" {
		t.Error("an error carries a token")
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	srv := start(t, devserver.Options{MaxBody: 1000})
	text := func(actual string) string {
		return `{"error":"ERR max request size exceeded. Limit: 1000 bytes, Actual: ` + actual + ` bytes. See https://upstash.com/docs/redis/troubleshooting/max_request_size_exceeded for details"}`
	}
	checkAll(t, srv, []exchange{
		{name: "just fits", path: "/set/k", body: strings.Repeat("x", 1000), want: `{"result":"OK"}`},
		{name: "one too many", path: "/set/k", body: strings.Repeat("x", 1001), status: 400, want: text("1001")},
		{name: "far too many", path: "/set/k", body: strings.Repeat("x", 3<<20), status: 400, want: text("3145728")},
		{name: "reply too large", path: "/pipeline", body: `[["MGET","k","k"],["STRLEN","k"]]`, want: `[` + text("2000") + `,{"result":1000}]`},
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a"
	for name, o := range map[string]devserver.Options{
		"no token":        {},
		"same tokens":     {Token: canary, ReadOnlyToken: canary},
		"bad body limit":  {Token: canary, MaxBody: -1},
		"bad timeout":     {Token: canary, Timeout: -1},
		"bad connections": {Token: canary, MaxConns: -1},
		"no URL":          {Token: canary, Redis: "://" + canary},
		"wrong scheme":    {Token: canary, Redis: "http://:" + canary + "@127.0.0.1"},
		"no host":         {Token: canary, Redis: "redis://"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := devserver.New(o)
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), canary) || !strings.HasPrefix(err.Error(), "devserver: ") {
				t.Errorf("bad text: %v", err)
			}
		})
	}
}

func TestListenAndServeRefusesPublicAddressWithWeakToken(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "nonsense"} {
		s, err := devserver.New(devserver.Options{Token: "short"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ListenAndServe(t.Context(), addr); err == nil || !strings.HasPrefix(err.Error(), "devserver: ") {
			t.Errorf("%s: %v", addr, err)
		}
	}
}
