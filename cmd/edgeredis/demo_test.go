//go:build !wasm

package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func TestDemoEmbedded(t *testing.T) {
	t.Parallel()
	o := trial{}.run(t, "demo")
	o.want(t, exitOK)
	if o.stderr != "" {
		t.Errorf("stderr: %s", o.stderr)
	}
	for _, line := range strings.Split(o.stdout, "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("line of %d columns: %s", n, line)
		}
	}
	golden(t, "demo", o.stdout)
}

func TestDemoJSON(t *testing.T) {
	t.Parallel()
	o := trial{}.run(t, "demo", "--json")
	o.want(t, exitOK)
	var r demoReport
	o.decode(t, &r)
	if !r.OK || !r.Server.Embedded || r.Error != nil || !r.CleanUp.OK {
		t.Errorf("report: %+v", r)
	}
	if len(r.Steps) != len(demoSteps) || r.Summary.StepsOK != len(demoSteps) {
		t.Errorf("%d steps, %d ok, want %d", len(r.Steps), r.Summary.StepsOK, len(demoSteps))
	}
	var requests int
	for _, s := range r.Steps {
		if !s.OK || s.Verified == "" || len(s.Exchanges) == 0 {
			t.Errorf("step %+v", s)
		}
		for _, x := range s.Exchanges {
			requests += len(x.Requests)
			if len(x.Replies) != len(x.Commands) || x.TookMS <= 0 {
				t.Errorf("step %s: exchange %+v", s.Name, x)
			}
		}
	}
	// Deleting the keys is one more.
	if sum := r.Summary; sum.Requests != requests+1 || sum.Commands <= sum.Requests || sum.BytesSent == 0 || sum.BytesReceived == 0 {
		t.Errorf("summary %+v, want %d requests", sum, requests+1)
	}
}

func TestDemoAgainstDatabase(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	client := newClient(t, srv)
	do(t, client, upstash.Set("edgeredis:demo:other", "mine"))
	do(t, client, upstash.Set("lock", "mine"))
	for name, env := range map[string]map[string]string{
		"REDIS_REST":         environment(srv.URL, canary),
		"UPSTASH_REDIS_REST": {"UPSTASH_REDIS_REST_URL": srv.URL, "UPSTASH_REDIS_REST_TOKEN": canary},
		"KV_REST_API":        {"KV_REST_API_URL": srv.URL, "KV_REST_API_TOKEN": canary},
	} {
		t.Run(name, func(t *testing.T) {
			before := do(t, client, upstash.Info("stats"))
			o := trial{env: env}.run(t, "demo")
			o.want(t, exitOK)
			if !strings.Contains(o.stdout, "Running against the database of "+name+"_URL.") {
				t.Errorf("the variables are not named: %s", o.stdout)
			}
			if strings.Contains(o.stdout+o.stderr, canary) || strings.Contains(o.stdout, srv.URL) {
				t.Error("the output shows the configuration")
			}
			if before == do(t, client, upstash.Info("stats")) {
				t.Error("the demo did not reach the database")
			}
			wantUntouched(t, client)
		})
	}
}

// wantUntouched fails unless the database holds the two keys of others alone.
func wantUntouched(t *testing.T, client *upstash.Client) {
	t.Helper()
	if n := do(t, client, upstash.DBSize()); n != 2 {
		t.Errorf("%d keys are left: %q", n, do(t, client, upstash.Keys("*")))
	}
	for _, key := range []string{"edgeredis:demo:other", "lock"} {
		if v := do(t, client, upstash.Get(key)); v != "mine" {
			t.Errorf("%s was changed", key)
		}
	}
}

// Each row makes one step fail; the demo must say so, exit 1 and clean up.
func TestDemoFailureCleansUp(t *testing.T) {
	t.Parallel()
	page := func(w http.ResponseWriter) bool {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>bad gateway</html>")
		return true
	}
	answer := func(json string) func(w http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, json)
			return true
		}
	}
	tests := map[string]struct {
		when    string // in the path or the body of the request
		answer  func(w http.ResponseWriter) bool
		kind    string
		stepsOK int
	}{
		"first request":   {"PING", answer(`{"result":"Tk9QRQ=="}`), "check_failed", 0},
		"pipeline is 502": {"/pipeline", page, "server_failing", 2},
		"wrong amount":    {"/multi-exec", answer(`[{"result":"OK"},{"result":"OK"},{"result":71},{"result":30}]`), "check_failed", 3},
		"script refused":  {"EVALSHA", answer(`{"error":"ERR no scripts today"}`), "server_error", 4},
		"value damaged":   {`:binary"`, answer(`{"result":"AAEC"}`), "check_failed", 5},
		"lock not given":  {`"NX"`, answer(`{"result":null}`), "check_failed", 6},
		"never refused":   {`:window"`, answer(`{"result":[1,4,0]}`), "check_failed", 7},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := startServer(t, devserver.Options{Token: canary})
			client := newClient(t, srv)
			do(t, client, upstash.Set("edgeredis:demo:other", "mine"))
			do(t, client, upstash.Set("lock", "mine"))
			url := faultyProxy(t, srv, func(w http.ResponseWriter, r *http.Request) bool {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				hit := strings.Contains(r.URL.Path+string(body), test.when) && !strings.Contains(string(body), `"DEL"`)
				return hit && test.answer(w)
			})
			o := trial{env: environment(url, canary)}.run(t, "demo", "--json", "--timeout", "5s")
			o.want(t, exitFailed)
			var r demoReport
			o.decode(t, &r)
			if r.OK || r.Error == nil || r.Error.Kind != test.kind || r.Summary.StepsOK != test.stepsOK || !r.CleanUp.OK {
				t.Errorf("ok %t, error %+v, %d steps ok, clean-up %+v; want %s after %d steps",
					r.OK, r.Error, r.Summary.StepsOK, r.CleanUp, test.kind, test.stepsOK)
			}
			wantUntouched(t, client)
		})
	}
}

func TestDemoInterruptedCleansUp(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	client := newClient(t, srv)
	do(t, client, upstash.Set("edgeredis:demo:other", "mine"))
	do(t, client, upstash.Set("lock", "mine"))
	ctx, ctrlC := context.WithCancel(t.Context())
	url := faultyProxy(t, srv, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/multi-exec" {
			return false
		}
		if n := do(t, client, upstash.DBSize()); n <= 2 {
			t.Error("the demo had written nothing yet; the test shows nothing")
		}
		_, _ = io.Copy(io.Discard, r.Body) // or the server would not notice the end
		ctrlC()
		<-r.Context().Done() // the client has hung up
		return true
	})
	o := trial{env: environment(url, canary), ctx: ctx}.run(t, "demo")
	o.want(t, exitFailed)
	if !strings.Contains(o.stderr, "interrupted") || !strings.Contains(o.stdout, "have been deleted") {
		t.Errorf("stdout: %s\nstderr: %s", o.stdout, o.stderr)
	}
	wantUntouched(t, client)
}

// When not even deleting works, the demo says so, and every key has a TTL.
func TestDemoCannotCleanUp(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	client := newClient(t, srv)
	url := faultyProxy(t, srv, func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if !strings.HasPrefix(string(body), `["DEL"`) {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error":"NOPERM this user has no permissions to run the 'del' command"}`)
		return true
	})
	o := trial{env: environment(url, canary)}.run(t, "demo")
	o.want(t, exitFailed)
	if !strings.Contains(o.stdout, "could NOT be deleted") {
		t.Errorf("stdout: %s", o.stdout)
	}
	left := do(t, client, upstash.Keys("*"))
	if len(left) == 0 {
		t.Fatal("no key is left; the test shows nothing")
	}
	for _, key := range left {
		ttl := do(t, client, upstash.As(upstash.NewCommand("PTTL", key), upstash.Reply.Int64))
		if ttl <= 0 || time.Duration(ttl)*time.Millisecond > keyTTL {
			t.Errorf("%s stays for %d ms", key, ttl)
		}
	}
}

// A half-set environment is a mistake of the user, not a wish for the embedded
// server.
func TestDemoHalfConfigured(t *testing.T) {
	t.Parallel()
	o := trial{env: map[string]string{"UPSTASH_REDIS_REST_TOKEN": canary}}.run(t, "demo")
	o.want(t, exitFailed)
	if !strings.Contains(o.stderr, "UPSTASH_REDIS_REST_URL is empty") || o.stdout != "" {
		t.Errorf("stdout: %s\nstderr: %s", o.stdout, o.stderr)
	}
}
