//go:build !wasm

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/cmd/examples/internal/hosttest"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// start serves the procedures until the test ends.
func start(t *testing.T, d upstash.Doer, add ...func(*Router)) (url string, log *bytes.Buffer) {
	t.Helper()
	log = new(bytes.Buffer)
	r, err := newRouter(d, 10*time.Second, func(format string, args ...any) { fmt.Fprintf(log, format+"\n", args...) })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range add {
		f(r)
	}
	srv := httptest.NewServer(authenticate(r))
	t.Cleanup(srv.Close)
	return srv.URL + "/rpc/", log
}

func embedded(t *testing.T) *upstash.Client {
	t.Helper()
	client, stop, err := host.Embedded(upstash.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return client
}

// curl does what curl -H "X-User: user" -d body does.
func curl(t *testing.T, url, user, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-User", user)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, strings.TrimSpace(string(b))
}

func TestProcedures(t *testing.T) {
	url, _ := start(t, embedded(t))
	for _, tc := range []struct {
		user, call, input string
		status            int
		want              string
	}{
		{"ann", "profile.get", `{"id":"7"}`, 200, `{"result":{"id":"7","name":"Ann"}}`},
		{"ann", "profile.get", `{"id":"8"}`, 404, `{"error":{"code":"NOT_FOUND","message":"there is no such profile"}}`},
		{"", "profile.get", `{"id":"7"}`, 401, `{"error":{"code":"UNAUTHORIZED","message":"log in first"}}`},
		{"ann", "profile.get", `{"ident":"7"}`, 400, `{"error":{"code":"BAD_REQUEST","message":"the input cannot be read: json: unknown field \"ident\""}}`},
		{"ann", "profile.put", `{}`, 404, `{"error":{"code":"NOT_FOUND","message":"there is no such procedure"}}`},
		{"ann", "message.send", `{"to":"bob","text":"hi"}`, 200, `{"result":{"number":1}}`},
		{"ann", "message.send", ``, 400, `{"error":{"code":"BAD_REQUEST","message":"a message needs to and text, up to 10,000 bytes"}}`},
		{"ann", "export.start", `{"format":"csv"}`, 200, `{"result":{"path":"/exports/ann.csv"}}`},
		{"ann", "export.start", `{"format":"` + strings.Repeat("x", maxInput) + `"}`, 400, `{"error":{"code":"BAD_REQUEST","message":"the input is too large or did not arrive"}}`},
	} {
		if resp, got := curl(t, url+tc.call, tc.user, tc.input); resp.StatusCode != tc.status || got != tc.want {
			t.Errorf("%s %.60s: %s %s\nwant %d %s", tc.call, tc.input, resp.Status, got, tc.status, tc.want)
		}
	}
	if resp, err := http.Get(url + "profile.get"); err != nil || resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %v %v", resp, err)
	}
}

// refused reads the error of an answer.
func refused(t *testing.T, resp *http.Response, body string) Error {
	t.Helper()
	var out struct{ Error Error }
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Errorf("%s %s: %v", resp.Status, body, err)
	}
	return out.Error
}

// TestLimits uses up each preset: the limit is the caller's alone.
func TestLimits(t *testing.T) {
	url, _ := start(t, embedded(t))
	for call, tc := range map[string]struct {
		input, policy string
		limit         int
	}{
		"message.send": {`{"to":"bob","text":"hi"}`, "message", 100},
		"export.start": {`{"format":"csv"}`, "export", 10},
	} {
		for i := range tc.limit + 1 {
			resp, body := curl(t, url+call, "ann", tc.input)
			if i < tc.limit {
				if resp.StatusCode != 200 {
					t.Fatalf("%s %d: %s %s", call, i, resp.Status, body)
				}
				continue
			}
			e := refused(t, resp, body)
			if resp.StatusCode != 429 || e.Code != TooManyRequests || e.RetryAfter <= 0 || e.RetryAfter > 7200 ||
				!strings.Contains(e.Message, tc.policy) || resp.Header.Get("Retry-After") == "" {
				t.Errorf("%s: %s %s %v", call, resp.Status, body, resp.Header)
			}
		}
		if resp, body := curl(t, url+call, "bob", tc.input); resp.StatusCode != 200 {
			t.Errorf("%s of somebody else: %s %s", call, resp.Status, body)
		}
	}
}

// TestLogin: five guesses for an address, however it is spelled; a success starts
// anew.
func TestLogin(t *testing.T) {
	url, _ := start(t, embedded(t))
	login := func(email, password string) int {
		resp, _ := curl(t, url+"auth.login", "", `{"email":"`+email+`","password":"`+password+`"}`)
		return resp.StatusCode
	}
	for range 4 {
		if got := login("ann@example.com", "guess"); got != 401 {
			t.Errorf("a guess: %d", got)
		}
	}
	if got := login("ANN@example.com ", "correct horse"); got != 200 {
		t.Errorf("the right password: %d", got)
	}
	for i := range 6 {
		want := 401
		if i == 5 {
			want = 429
		}
		if got := login(" Ann@Example.com", "guess"); got != want {
			t.Errorf("guess %d: %d, want %d", i, got, want)
		}
	}
	if got := login("ann@example.com", "correct horse"); got != 429 {
		t.Errorf("the right password, too late: %d", got)
	}
	if got := login("bob@example.com", "correct horse"); got != 200 {
		t.Errorf("somebody else: %d", got)
	}
}

// TestWithoutRedis: each preset has its own idea of an outage.
func TestWithoutRedis(t *testing.T) {
	down := upstashtest.NewFake(func(context.Context, []string) (any, error) { return nil, errors.New("connection refused") })
	url, log := start(t, down)
	if resp, body := curl(t, url+"message.send", "ann", `{"to":"bob","text":"hi"}`); resp.StatusCode != 200 {
		t.Errorf("messages go on: %s %s", resp.Status, body)
	}
	resp, body := curl(t, url+"export.start", "ann", `{"format":"csv"}`)
	if e := refused(t, resp, body); resp.StatusCode != 503 || e.Code != Unavailable || e.RetryAfter == 0 {
		t.Errorf("exports wait: %s %s", resp.Status, body)
	}
	if !strings.Contains(log.String(), "export.start: limit without Redis: ") {
		t.Errorf("the log: %s", log)
	}
	statuses := map[int]int{}
	for range 3 {
		resp, _ := curl(t, url+"auth.login", "", `{"email":"a@b","password":"guess"}`)
		statuses[resp.StatusCode]++
	}
	if statuses[401] != 1 || statuses[503] != 2 {
		t.Errorf("logins are counted here: %v", statuses)
	}
}

// TestNothingLeaks: what a procedure fails with stays here.
func TestNothingLeaks(t *testing.T) {
	url, log := start(t, embedded(t), func(r *Router) {
		Handle(r, "fails", func(context.Context, struct{}) (int, error) { return 0, errors.New("secret") })
		Handle(r, "panics", func(context.Context, struct{}) (int, error) { panic("secret") })
		Handle(r, "never", func(context.Context, struct{}) (int, error) {
			return 0, &ratelimit.LimitedError{Decision: ratelimit.Decision{Reason: ratelimit.ByCost}}
		})
	})
	for _, call := range []string{"fails", "panics"} {
		resp, body := curl(t, url+call, "ann", "")
		if resp.StatusCode != 500 || strings.Contains(body, "secret") || !strings.Contains(body, string(Internal)) {
			t.Errorf("%s: %s %s", call, resp.Status, body)
		}
	}
	if log.String() != "rpc fails: secret\nrpc panics: panic: secret\n" {
		t.Errorf("the log: %s", log)
	}
	if resp, body := curl(t, url+"never", "ann", ""); resp.StatusCode != 429 || !strings.Contains(body, "ever allows") {
		t.Errorf("never: %s %s", resp.Status, body)
	}
}

func TestInterceptorsRunInOrder(t *testing.T) {
	var seen []string
	note := func(name string) ratelimit.Interceptor[struct{}, int] {
		return func(ctx context.Context, in struct{}, next ratelimit.Next[struct{}, int]) (int, error) {
			seen = append(seen, name)
			return next(ctx, in)
		}
	}
	var r Router
	Handle(&r, "p", func(context.Context, struct{}) (int, error) { seen = append(seen, "p"); return 1, nil }, note("first"), note("second"))
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/rpc/p", nil))
	if got := strings.Join(seen, " "); got != "first second p" {
		t.Error(got)
	}
}

func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out := &hosttest.Output{Seen: stop} // as Ctrl-C does
	if err := run(ctx, out, "127.0.0.1:0"); err != nil || !strings.Contains(out.String(), "/auth.login; done") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := run(t.Context(), out, "nowhere"); err == nil {
		t.Error("a bad address is taken")
	}
}
