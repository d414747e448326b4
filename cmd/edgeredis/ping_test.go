//go:build !wasm

package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func TestPing(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary, ReadOnlyToken: "read-only-" + canary})
	client := newClient(t, srv)
	tests := map[string]struct {
		token string
		args  []string
		steps []string
	}{
		"standard token":  {canary, nil, []string{"client", "ping", "set", "get", "del", "info"}},
		"read-only token": {"read-only-" + canary, []string{"--read-only"}, []string{"client", "ping", "get", "info"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env := environment(srv.URL, test.token)
			o := trial{env: env}.run(t, append([]string{"ping", "--json"}, test.args...)...)
			o.want(t, exitOK)
			var r pingReport
			o.decode(t, &r)
			var steps []string
			for _, s := range r.Steps {
				steps = append(steps, s.Name)
				if !s.OK {
					t.Errorf("step %s failed", s.Name)
				}
			}
			if !r.OK || r.Error != nil || !slices.Equal(steps, test.steps) {
				t.Errorf("report %+v, want steps %q", r, test.steps)
			}
			if test.args == nil && (r.Server["redis_version"] == "" || r.Server["edgeredis_devserver"] == "") {
				t.Errorf("server %v", r.Server)
			}
			if n := do(t, client, upstash.DBSize()); n != 0 {
				t.Errorf("%d keys are left", n)
			}
			o = trial{env: env}.run(t, append([]string{"ping"}, test.args...)...)
			o.want(t, exitOK)
			if !strings.HasSuffix(o.stdout, "The connection works.\n") || o.stderr != "" {
				t.Errorf("stdout: %s\nstderr: %s", o.stdout, o.stderr)
			}
		})
	}
}

// closedPort is an address that refuses connections: nobody serves tcpmux.
const closedPort = "127.0.0.1:1"

func answering(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func jsonError(status int, text string) http.HandlerFunc {
	return answering(status, "application/json", `{"error":"`+text+`"}`)
}

// dnsFailure is a transport on whose machine no name is known.
func dnsFailure(t *testing.T) upstash.Transport {
	t.Helper()
	tr, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{
		DialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// pingFailures are the failures that ping must recognise.
func pingFailures(t *testing.T) map[string]struct {
	trial  trial
	kind   string
	advice string // part of it
	args   []string
} {
	t.Helper()
	srv := startServer(t, devserver.Options{Token: "another token", ReadOnlyToken: canary})
	noTLS := serveHTTP(t, answering(200, "application/json", "{}"))
	untrusted := httptest.NewUnstartedServer(answering(200, "application/json", "{}"))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	at := func(h http.HandlerFunc) trial { return trial{env: environment(serveHTTP(t, h), canary)} }
	return map[string]struct {
		trial  trial
		kind   string
		advice string
		args   []string
	}{
		"unset":            {trial{}, "not_configured", "edgeredis serve", nil},
		"only TCP URL":     {trial{env: map[string]string{"REDIS_URL": "redis://x"}}, "not_configured", "REDIS_URL is set", nil},
		"token missing":    {trial{env: environment("https://x.invalid", "")}, "bad_config", "", nil},
		"quoted token":     {trial{env: environment("https://x.invalid", `"`+canary+`"`)}, "bad_config", "", nil},
		"TCP URL":          {trial{env: environment("rediss://x.invalid:6379", canary)}, "bad_config", "", nil},
		"plain http":       {trial{env: environment("http://x.invalid", canary)}, "plain_http", "--allow-plain-http", nil},
		"plain http is ok": {trial{env: environment("http://x.invalid", canary), transport: dnsFailure(t)}, "dns", "REDIS_REST_URL", []string{"--allow-plain-http"}},
		"wrong token":      {trial{env: environment(srv.URL, canary+"-wrong")}, "wrong_token", "REDIS_REST_TOKEN", nil},
		"other variables":  {trial{env: map[string]string{"KV_REST_API_URL": srv.URL, "KV_REST_API_TOKEN": canary + "-wrong"}}, "wrong_token", "KV_REST_API_TOKEN", nil},
		"read-only token":  {trial{env: environment(srv.URL, canary)}, "no_permission", "--read-only", nil},
		"unreachable":      {trial{env: environment("http://"+closedPort, canary)}, "unreachable", "REDIS_REST_URL", nil},
		"no such host":     {trial{env: environment("https://x.invalid", canary), transport: dnsFailure(t)}, "dns", "deleted database", nil},
		"untrusted":        {trial{env: environment(untrusted.URL, canary)}, "tls", "clock", nil},
		"TLS to plain":     {trial{env: environment(strings.Replace(noTLS, "http:", "https:", 1), canary)}, "tls", "port", nil},
		"hangs":            {at(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }), "timeout", "--timeout", []string{"--timeout", "50ms"}},
		"web page":         {at(answering(200, "text/html", "<html>welcome</html>")), "web_page", "not a page of the console", nil},
		"404 page":         {at(answering(404, "text/html; charset=utf-8", "<html>no</html>")), "web_page", "REDIS_REST_URL", nil},
		"redirect":         {at(http.RedirectHandler("https://x.invalid/login", http.StatusFound).ServeHTTP), "redirect", "REDIS_REST_URL", nil},
		"other JSON":       {at(answering(200, "application/json", `{"hello":"world"}`)), "not_the_api", "something else", nil},
		"empty":            {at(answering(200, "application/json", "")), "not_the_api", "something else", nil},
		"daily quota":      {at(jsonError(400, "ERR max daily request limit exceeded. Limit: 10000, Usage: 10001.")), "quota", "plan", nil},
		"monthly quota":    {at(jsonError(400, "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.")), "quota", "plan", nil},
		"throttled":        {at(jsonError(429, "slow down")), "throttled", "later", nil},
		"throttling page":  {at(answering(429, "text/html", "<html>slow down</html>")), "throttled", "later", nil},
		"502":              {at(answering(502, "text/html", "<html>bad gateway</html>")), "server_failing", "Try again", nil},
		"another value":    {at(answering(200, "application/json", `{"result":"b3RoZXI="}`)), "check_failed", "", nil},
	}
}

func TestPingDiagnosis(t *testing.T) {
	t.Parallel()
	for name, test := range pingFailures(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := test.trial.run(t, append([]string{"ping", "--json"}, test.args...)...)
			o.want(t, exitFailed)
			var f failure
			o.decode(t, &f)
			if f.OK == nil || *f.OK || f.Error.Kind != test.kind || f.Error.Message == "" {
				t.Errorf("got %+v, want %s", f.Error, test.kind)
			}
			if !strings.Contains(f.Error.Advice, test.advice) {
				t.Errorf("advice %q does not say %q", f.Error.Advice, test.advice)
			}
			if f.Error.Kind != "bad_config" && f.Error.Advice == "" {
				t.Error("there is no advice")
			}
			human := test.trial.run(t, append([]string{"ping"}, test.args...)...)
			human.want(t, exitFailed)
			if !strings.Contains(human.stdout, "FAIL") || !strings.HasPrefix(human.stderr, "error:  ") {
				t.Errorf("stdout: %s\nstderr: %s", human.stdout, human.stderr)
			}
			for line := range strings.Lines(human.stderr) {
				if len(line) > 81 && !strings.Contains(line, "://") {
					t.Errorf("line of %d columns: %s", len(line), line)
				}
			}
			if all := o.stdout + human.stdout + human.stderr; strings.Contains(all, canary) {
				t.Errorf("the token is shown: %s", all)
			}
		})
	}
}

// A value that is left after a lost answer is deleted, too.
func TestPingCleansUp(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	client := newClient(t, srv)
	lost := false
	url := faultyProxy(t, srv, func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if !strings.HasPrefix(string(body), `["SET"`) {
			return false
		}
		answer, err := http.Post(srv.URL+"/?_token="+canary, "application/json", strings.NewReader(string(body)))
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("the value was not written: %v", err)
		}
		_ = answer.Body.Close()
		lost = true
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	o := trial{env: environment(url, canary)}.run(t, "ping", "--json")
	o.want(t, exitFailed)
	if !lost || do(t, client, upstash.DBSize()) != 0 {
		t.Errorf("the key is left: %q", do(t, client, upstash.Keys("*")))
	}
}

// A failure that comes and goes must be seen, so nothing is tried twice.
func TestPingTriesOnce(t *testing.T) {
	t.Parallel()
	for name, tr := range map[string]trial{
		"refused by a gateway": {env: environment(serveHTTP(t, answering(503, "text/html", "<html>later</html>")), canary)},
		"unreachable":          {env: environment("http://"+closedPort, canary)},
	} {
		o := tr.run(t, "ping", "--json")
		o.want(t, exitFailed)
		var r pingReport
		o.decode(t, &r)
		if r.Traffic.Requests != 1 {
			t.Errorf("%s: %d requests, want 1", name, r.Traffic.Requests)
		}
	}
}

// A URL that is one of a path makes another command of PING, and a wrong answer of
// some of them. The advice is about the URL, not about the command.
func TestPingPath(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{})
	for _, path := range []string{"/rest/v1", "/pipeline", "/get", "/set"} {
		o := trial{env: environment(srv.URL+path, srv.Token)}.run(t, "ping", "--json")
		o.want(t, exitFailed)
		if !strings.Contains(o.stdout, `"kind":"wrong_path"`) {
			t.Errorf("%s: %s", path, o.stdout)
		}
		o = trial{env: environment(srv.URL+path, "wrong")}.run(t, "ping", "--json")
		if !strings.Contains(o.stdout, `"kind":"wrong_token"`) {
			t.Errorf("%s: %s", path, o.stdout)
		}
	}
}
