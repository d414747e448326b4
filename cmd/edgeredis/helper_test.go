//go:build !wasm

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// A trial is one in-process run of the program.
type trial struct {
	env       map[string]string
	stdin     string
	terminal  bool
	transport upstash.Transport
	errFile   bool            // standard error goes to a file, although standard output does not
	ctx       context.Context // nil means t.Context()
}

type outcome struct {
	code           int
	stdout, stderr string
}

func (tr trial) run(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{
		stdin:     strings.NewReader(tr.stdin),
		stdout:    &stdout,
		stderr:    &stderr,
		lookup:    tr.lookup,
		terminal:  tr.terminal,
		errTerm:   tr.terminal && !tr.errFile,
		transport: tr.transport,
	}
	ctx := tr.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	code := a.run(ctx, args)
	return outcome{code, stdout.String(), stderr.String()}
}

func (tr trial) lookup(name string) (string, bool) {
	v, ok := tr.env[name]
	return v, ok
}

// want fails the test unless the exit code is code.
func (o outcome) want(t *testing.T, code int) {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", o.code, code, o.stdout, o.stderr)
	}
}

// decode reads standard output as one JSON document.
func (o outcome) decode(t *testing.T, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(o.stdout))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatalf("stdout is not JSON: %v\n%s", err, o.stdout)
	}
	if d.More() {
		t.Errorf("stdout has more than one JSON document: %s", o.stdout)
	}
	if o.stderr != "" {
		t.Errorf("stderr is not empty beside JSON: %s", o.stderr)
	}
}

// failure is the JSON form of a failed command.
type failure struct {
	OK    *bool     `json:"ok"`
	Error diagnosis `json:"error"`
}

// canary is a token that must never be shown.
const canary = "canary-0123456789abcdef"

func startServer(t *testing.T, o devserver.Options) *devserver.Running {
	t.Helper()
	srv, err := devserver.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv
}

func environment(url, token string) map[string]string {
	return map[string]string{"REDIS_REST_URL": url, "REDIS_REST_TOKEN": token}
}

func newClient(t *testing.T, srv *devserver.Running) *upstash.Client {
	t.Helper()
	c, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// do runs a command that must succeed.
func do[T any](t *testing.T, c *upstash.Client, cmd upstash.Cmd[T]) T {
	t.Helper()
	v, err := cmd.Do(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// faultyProxy stands before srv; fault may answer a request in its place by
// returning true.
func faultyProxy(t *testing.T, srv *devserver.Running, fault func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	target, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if !fault(w, r) {
			forward.ServeHTTP(w, r)
		}
	})
}

func serveHTTP(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
