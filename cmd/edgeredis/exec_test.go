//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func TestExec(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	client := newClient(t, srv)
	do(t, client, upstash.Set("text", "a \"b\"\n\x1b[31mé"))
	do(t, client, upstash.Set("binary", []byte{0, 0xff, 'x'}))
	do(t, client, upstash.Set("big", "9223372036854775807"))
	do(t, client, upstash.Set("html", "<a & b>"))
	do(t, client, upstash.Set("empty", ""))
	tests := map[string]struct {
		args            []string
		human, raw, doc string // doc is the member "reply"
	}{
		"nil":          {[]string{"GET", "missing"}, "(nil)", "", "null"},
		"status":       {[]string{"SET", "x", "1"}, "OK", "OK", `"OK"`},
		"string":       {[]string{"GET", "text"}, `"a \"b\"\n\x1b[31mé"`, "a \"b\"\n\x1b[31mé", `"a \"b\"\n\u001b[31mé"`},
		"empty string": {[]string{"GET", "empty"}, `""`, "", `""`},
		"no escapes":   {[]string{"GET", "html"}, `"<a & b>"`, "<a & b>", `"<a & b>"`},
		"binary":       {[]string{"GET", "binary"}, `"\x00\xffx"`, "\x00\xffx", `{"base64":"AP94"}`},
		"integer":      {[]string{"DECR", "minus"}, "(integer) -1", "-1", "-1"},
		"64 bits":      {[]string{"INCRBY", "big", "0"}, "(integer) 9223372036854775807", "9223372036854775807", "9223372036854775807"},
		"not integer":  {[]string{"GET", "big"}, `"9223372036854775807"`, "9223372036854775807", `"9223372036854775807"`},
		"lower case":   {[]string{"get", "empty"}, `""`, "", `""`},
		"array": {
			[]string{"EVAL", "return {1, {'a', false}, {}, 'b'}", "0"},
			"1) (integer) 1\n2) 1) \"a\"\n   2) (nil)\n3) (empty array)\n4) \"b\"",
			"1\na\n\n\nb", `[1,["a",null],[],"b"]`,
		},
		"flags after the command": {[]string{"ECHO", "--json"}, `"--json"`, "--json", `"--json"`},
		"negative number":         {[]string{"INCRBY", "n", "-5"}, "(integer) -5", "-5", "-5"},
		"a lone minus":            {[]string{"ECHO", "-"}, `"-"`, "-", `"-"`},
		"two minuses":             {[]string{"ECHO", "--"}, `"--"`, "--", `"--"`},
		"two minuses first":       {[]string{"--", "ECHO", "--"}, `"--"`, "--", `"--"`},
		"empty argument":          {[]string{"ECHO", ""}, `""`, "", `""`},
		"word help":               {[]string{"ECHO", "help"}, `"help"`, "help", `"help"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env := environment(srv.URL, canary)
			forms := []struct {
				trial trial
				flags []string
				want  string
			}{
				{trial{env: env, terminal: true}, nil, test.human},
				{trial{env: env, terminal: true}, []string{"--raw"}, test.raw},
				{trial{env: env}, nil, test.raw},
			}
			for _, f := range forms {
				undo(t, client)
				o := f.trial.run(t, append(append([]string{"exec"}, f.flags...), test.args...)...)
				o.want(t, exitOK)
				if o.stdout != f.want+"\n" || o.stderr != "" {
					t.Errorf("terminal %t, flags %q: got %q, want %q; stderr %q", f.trial.terminal, f.flags, o.stdout, f.want, o.stderr)
				}
			}
			undo(t, client)
			o := trial{env: env}.run(t, append([]string{"exec", "--json"}, test.args...)...)
			o.want(t, exitOK)
			var doc struct {
				OK     bool            `json:"ok"`
				Name   string          `json:"name"`
				Type   string          `json:"type"`
				Reply  json.RawMessage `json:"reply"`
				TookMS float64         `json:"took_ms"`
			}
			o.decode(t, &doc)
			if !doc.OK || string(doc.Reply) != test.doc || doc.TookMS <= 0 || doc.Type == "" || doc.Name != strings.ToUpper(doc.Name) {
				t.Errorf("got %s, want reply %s", o.stdout, test.doc)
			}
		})
	}
}

// undo removes what the rows of TestExec count.
func undo(t *testing.T, client *upstash.Client) {
	t.Helper()
	do(t, client, upstash.Del("minus", "n"))
}

func TestExecInfoIsReadable(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	o := trial{env: environment(srv.URL, canary), terminal: true}.run(t, "exec", "INFO", "server")
	o.want(t, exitOK)
	if !strings.HasPrefix(o.stdout, "# Server\n") || strings.ContainsAny(o.stdout, "\r\"") {
		t.Errorf("%q", o.stdout)
	}
}

func TestExecStdin(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	client := newClient(t, srv)
	value := "line\n\x00\xfe\xff"
	for _, flag := range []string{"-x", "--stdin"} {
		do(t, client, upstash.Del("k"))
		trial{env: environment(srv.URL, canary), stdin: value}.run(t, "exec", flag, "SET", "k").want(t, exitOK)
		if got := do(t, client, upstash.Get("k")); got != value {
			t.Errorf("%s: stored %q, want %q", flag, got, value)
		}
	}
}

// A read from standard input that blocks does not hold up Ctrl-C.
func TestExecStdinInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	a := &app{
		stdin: &notifyingReader{r, cancel}, stdout: io.Discard, stderr: io.Discard,
		lookup: func(string) (string, bool) { return "", false },
	}
	if code := a.run(ctx, []string{"exec", "-x", "SET", "k"}); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
}

// A notifyingReader calls started when it is read.
type notifyingReader struct {
	io.Reader
	started func()
}

func (r *notifyingReader) Read(b []byte) (int, error) {
	r.started()
	return r.Reader.Read(b)
}

func TestExecFailures(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	client := newClient(t, srv)
	do(t, client, upstash.Set("text", "x"))
	lost := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	})
	tests := map[string]struct {
		url    string
		args   []string
		code   int
		kind   string
		stderr string
	}{
		"wrong type":      {srv.URL, []string{"LPUSH", "text", "a"}, exitFailed, "server_error", "WRONGTYPE"},
		"unknown command": {srv.URL, []string{"NOSUCH", canary}, exitFailed, "unsupported", "Check the spelling"},
		"too few":         {srv.URL, []string{"GET"}, exitFailed, "server_error", "wrong number of arguments"},
		"blocking":        {srv.URL, []string{"BLPOP", canary, "0"}, exitUsage, "bad_argument", "poll with LPOP"},
		"binary key":      {srv.URL, []string{"LPUSH", "\xff", canary}, exitUsage, "bad_argument", "argument 1"},
		"empty name":      {srv.URL, []string{""}, exitUsage, "bad_argument", "name is empty"},
		"lost answer":     {lost, []string{"INCR", "n"}, exitFailed, "connection_lost", "may have taken effect"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := trial{env: environment(test.url, canary)}
			o := tr.run(t, append([]string{"exec", "--json"}, test.args...)...)
			o.want(t, test.code)
			var f failure
			o.decode(t, &f)
			if f.OK == nil || *f.OK || f.Error.Kind != test.kind {
				t.Errorf("got %+v, want %s", f, test.kind)
			}
			human := tr.run(t, append([]string{"exec"}, test.args...)...)
			human.want(t, test.code)
			if words := strings.Join(strings.Fields(human.stderr), " "); !strings.Contains(words, test.stderr) || human.stdout != "" {
				t.Errorf("stdout: %s\nstderr: %s", human.stdout, human.stderr)
			}
			if strings.Contains(o.stdout+human.stderr, canary) {
				t.Errorf("an argument is shown: %s", human.stderr)
			}
		})
	}
}
