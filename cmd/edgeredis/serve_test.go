//go:build !wasm

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A served program runs in the background until stop.
type served struct {
	lines  *bufio.Scanner // of stdout
	stderr *bytes.Buffer  // to be read after stop
	stop   func() int
}

func serve(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	s := &served{lines: bufio.NewScanner(r), stderr: &bytes.Buffer{}}
	a := &app{stdin: strings.NewReader(""), stdout: w, stderr: s.stderr, lookup: trial{}.lookup}
	code := make(chan int, 1)
	go func() {
		c := a.run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...))
		_ = w.Close()
		code <- c
	}()
	s.stop = func() int {
		cancel()
		for s.lines.Scan() { // lets the program write its last lines
		}
		return <-code
	}
	t.Cleanup(cancel)
	return s
}

func (s *served) line(t *testing.T, prefix string) string {
	t.Helper()
	if !s.lines.Scan() {
		t.Fatalf("the program ended with %d: %s", s.stop(), s.stderr)
	}
	rest, ok := strings.CutPrefix(s.lines.Text(), prefix)
	if !ok {
		t.Fatalf("line %q does not begin with %q", s.lines.Text(), prefix)
	}
	return rest
}

func TestServe(t *testing.T) {
	t.Parallel()
	s := serve(t, "--read-only-token", "dev-ro")
	env := environment(s.line(t, "export REDIS_REST_URL="), s.line(t, "export REDIS_REST_TOKEN="))
	if token := env["REDIS_REST_TOKEN"]; len(token) < 16 {
		t.Errorf("random token of %d bytes", len(token))
	}
	trial{env: env}.run(t, "ping").want(t, exitOK)
	trial{env: env}.run(t, "exec", "SET", "k", "v").want(t, exitOK)
	readOnly := trial{env: environment(env["REDIS_REST_URL"], "dev-ro")}
	if o := readOnly.run(t, "exec", "GET", "k"); o.stdout != "v\n" {
		t.Errorf("got %q", o.stdout)
	}
	readOnly.run(t, "exec", "SET", "k", "w").want(t, exitFailed)
	if code := s.stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, s.stderr)
	}
	if text := s.stderr.String(); !strings.Contains(text, "embedded Redis") || !strings.Contains(text, "Stopped.") || strings.Contains(text, "dev-ro") {
		t.Errorf("stderr: %s", text)
	}
	host := strings.TrimPrefix(env["REDIS_REST_URL"], "http://")
	if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", host); err == nil {
		_ = c.Close()
		t.Error("the server still listens")
	}
}

func TestServeJSON(t *testing.T) {
	t.Parallel()
	s := serve(t, "--json", "--token", "dev")
	var ready struct {
		OK    bool   `json:"ok"`
		Event string `json:"event"`
		URL   string `json:"url"`
		Token string `json:"token"`
		Redis bool   `json:"redis_ready"`
	}
	if err := json.Unmarshal([]byte(s.line(t, "")), &ready); err != nil {
		t.Fatal(err)
	}
	if !ready.OK || ready.Event != "listening" || ready.Token != "dev" || !ready.Redis {
		t.Errorf("%+v", ready)
	}
	trial{env: environment(ready.URL, "dev")}.run(t, "ping").want(t, exitOK)
	if code := s.stop(); code != exitOK || s.stderr.Len() != 0 {
		t.Errorf("exit code %d: %s", code, s.stderr)
	}
}

// A real Redis that is down is announced, and the server waits for it.
func TestServeRedisDown(t *testing.T) {
	t.Parallel()
	s := serve(t, "--redis", "redis://user:"+canary+"@"+closedPort, "--token", "dev")
	url := s.line(t, "export REDIS_REST_URL=")
	s.line(t, "export REDIS_REST_TOKEN=dev")
	o := trial{env: environment(url, "dev")}.run(t, "exec", "GET", "k")
	o.want(t, exitFailed)
	if !strings.Contains(o.stderr, "is failing") || !strings.Contains(o.stderr, "503") {
		t.Errorf("stderr: %s", o.stderr)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if text := s.stderr.String(); !strings.Contains(text, "WARNING") || strings.Contains(text, canary) {
		t.Errorf("stderr: %s", text)
	}
}

func TestServePortInUse(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	o := trial{}.run(t, "serve", "--addr", ln.Addr().String())
	o.want(t, exitFailed)
	if !strings.Contains(o.stderr, "--addr 127.0.0.1:0") {
		t.Errorf("stderr: %s", o.stderr)
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string
	}{
		"all addresses":        {[]string{"--addr", "0.0.0.0:0"}, "--token"},
		"no host":              {[]string{"--addr", ":0"}, "--token"},
		"short token, public":  {[]string{"--addr", "[::]:0", "--token", "short"}, "16 characters"},
		"no port":              {[]string{"--addr", "127.0.0.1"}, "HOST:PORT"},
		"token with space":     {[]string{"--token", canary + " x"}, "--token contains white space"},
		"quoted read-only":     {[]string{"--token", "dev", "--read-only-token", "'" + canary}, "--read-only-token begins with a quote"},
		"both tokens the same": {[]string{"--token", canary, "--read-only-token", canary}, "--read-only-token must differ from --token"},
		"redis over http":      {[]string{"--redis", "http://" + canary + "@x"}, "--redis must look like"},
		"redis without host":   {[]string{"--redis", "redis://"}, "--redis must look like"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Nothing listens when the arguments are refused; a test that fails
			// must not serve for ever.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			o := trial{ctx: ctx}.run(t, append([]string{"serve"}, test.args...)...)
			o.want(t, exitUsage)
			if words := strings.Join(strings.Fields(o.stderr), " "); !strings.Contains(words, test.want) || strings.Contains(words, canary) {
				t.Errorf("stderr: %s", o.stderr)
			}
		})
	}
}

func TestShellWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"abc-_.=+/:@%,1": "abc-_.=+/:@%,1",
		"a$b":            "'a$b'",
		"a'b":            `'a'\''b'`,
		"a;rm":           "'a;rm'",
	} {
		if got := shellWord(in); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestClientURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"127.0.0.1:80":    "http://127.0.0.1:80",
		"0.0.0.0:80":      "http://127.0.0.1:80",
		"[::]:80":         "http://127.0.0.1:80",
		"[::1]:80":        "http://[::1]:80",
		"192.0.2.1:65535": "http://192.0.2.1:65535",
	} {
		addr, err := net.ResolveTCPAddr("tcp", in)
		if err != nil {
			t.Fatal(err)
		}
		if got := clientURL(addr); got != want {
			t.Errorf("clientURL(%s) = %s, want %s", in, got, want)
		}
		_, err = upstash.New(upstash.Config{URL: want, Token: "t", AllowPlainHTTP: true, Transport: noTransport{}})
		if errors.Is(err, upstash.ErrBadConfig) {
			t.Errorf("the client refuses %s: %v", want, err)
		}
	}
}
