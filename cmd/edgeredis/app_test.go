//go:build !wasm

package main

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string
	}{
		"typo in command":       {[]string{"pign"}, "Did you mean: edgeredis ping"},
		"beginning of command":  {[]string{"ser"}, "Did you mean: edgeredis serve"},
		"command in capitals":   {[]string{"PING"}, "Did you mean: edgeredis ping"},
		"a Redis command":       {[]string{"HGETALL", "k"}, "edgeredis exec HGETALL"},
		"nothing like it":       {[]string{"xyzzy"}, "See: edgeredis --help"},
		"help for a typo":       {[]string{"help", "dmeo"}, "Did you mean: edgeredis demo"},
		"--help for a typo":     {[]string{"--help", "dmeo"}, "Did you mean: edgeredis demo"},
		"typo in flag":          {[]string{"ping", "--jsno"}, "Did you mean --json?"},
		"typo in global flag":   {[]string{"--jsno", "ping"}, "Did you mean --json?"},
		"typo in own flag":      {[]string{"serve", "--toke", "x"}, "Did you mean --token?"},
		"unknown flag":          {[]string{"ping", "--xyzzy=" + canary}, "unknown flag --xyzzy"},
		"value missing":         {[]string{"serve", "--addr"}, "--addr needs a value"},
		"argument too many":     {[]string{"ping", canary}, "ping takes no arguments"},
		"demo has no arguments": {[]string{"demo", "x"}, "demo takes no arguments"},
		"exec without command":  {[]string{"exec"}, "exec needs a Redis command"},
		"exec with minuses":     {[]string{"exec", "--"}, "exec needs a Redis command"},
		"bad timeout":           {[]string{"--timeout", "3", "ping"}, "--timeout 10s"},
		"no timeout":            {[]string{"ping", "--timeout", "0s"}, "longer than 0"},
		"negative timeout":      {[]string{"ping", "--timeout=-1s"}, "longer than 0"},
		"bad boolean":           {[]string{"ping", "--read-only=" + canary}, "--read-only has a value"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := trial{}.run(t, test.args...)
			o.want(t, exitUsage)
			if words := strings.Join(strings.Fields(o.stderr), " "); !strings.Contains(words, test.want) || o.stdout != "" {
				t.Errorf("stdout: %s\nstderr: %s\nwant: %s", o.stdout, o.stderr, test.want)
			}
			if strings.Contains(o.stderr, canary) {
				t.Errorf("a value is shown: %s", o.stderr)
			}
			// Programs get the same as JSON, when --json comes first.
			if !slices.Contains(test.args, "--help") {
				o = trial{}.run(t, append([]string{"--json"}, test.args...)...)
				o.want(t, exitUsage)
				var f failure
				o.decode(t, &f)
				if f.Error.Kind != "usage" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--version"}, {"-v"}} {
		o := trial{}.run(t, args...)
		o.want(t, exitOK)
		if !strings.HasPrefix(o.stdout, "edgeredis ") || strings.Count(o.stdout, "\n") != 1 {
			t.Errorf("%q", o.stdout)
		}
	}
	o := trial{}.run(t, "--version", "--json")
	o.want(t, exitOK)
	var v struct {
		OK      bool   `json:"ok"`
		Version string `json:"version"`
		Go      string `json:"go"`
	}
	o.decode(t, &v)
	if !v.OK || v.Version == "" || v.Go == "" {
		t.Errorf("%+v", v)
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		terminal bool
		env      map[string]string
		want     bool
	}{
		"terminal":         {true, map[string]string{"TERM": "xterm-256color"}, true},
		"pipe":             {false, map[string]string{"TERM": "xterm-256color"}, false},
		"NO_COLOR":         {true, map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, false},
		"NO_COLOR is 0":    {true, map[string]string{"TERM": "xterm", "NO_COLOR": "0"}, false},
		"NO_COLOR empty":   {true, map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true},
		"dumb terminal":    {true, map[string]string{"TERM": "dumb"}, false},
		"unknown terminal": {true, nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := trial{terminal: test.terminal, env: test.env}.run(t, "demo")
			o.want(t, exitOK)
			if got := strings.Contains(o.stdout, "\x1b["); got != test.want {
				t.Errorf("coloured: %t, want %t", got, test.want)
			}
			o = trial{terminal: test.terminal, env: test.env}.run(t, "ping")
			if got := strings.Contains(o.stderr, "\x1b["); got != test.want {
				t.Errorf("error coloured: %t, want %t", got, test.want)
			}
			o = trial{terminal: test.terminal, env: test.env, errFile: true}.run(t, "ping")
			if strings.Contains(o.stderr, "\x1b") {
				t.Error("an error in a file is coloured")
			}
			o = trial{terminal: test.terminal, env: test.env}.run(t, "ping", "--json")
			if strings.Contains(o.stdout, "\x1b") {
				t.Error("JSON is coloured")
			}
		})
	}
}

// The token is in no output of any command, in any form, working or failing.
func TestTokenIsNeverShown(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	for _, env := range []map[string]string{
		environment(srv.URL, canary),
		environment(srv.URL, canary+"-wrong"),
		environment("http://"+closedPort, canary),
		environment(canary, canary),
		environment("https://"+canary+"@x.invalid", canary),
		environment(srv.URL, canary+" "),
	} {
		for _, args := range [][]string{{"demo"}, {"ping"}, {"exec", "PING"}, {"exec", "NOSUCH"}, {"exec", "CONFIG", "GET", "*"}} {
			for _, tr := range []trial{{env: env}, {env: env, terminal: true}} {
				for _, a := range [][]string{args, append([]string{"--json"}, args...)} {
					if o := tr.run(t, a...); strings.Contains(o.stdout+o.stderr, canary) {
						t.Errorf("%q shows the token:\n%s%s", a, o.stdout, o.stderr)
					}
				}
			}
		}
	}
}

// A full disk or a closed pipe is a failure, not silence.
func TestOutputFails(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"demo"}, {"demo", "--json"}, {"--help"}, {"--version"}} {
		var stderr bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: fullDisk{}, stderr: &stderr, lookup: trial{}.lookup}
		if code := a.run(t.Context(), args); code != exitFailed || !strings.Contains(stderr.String(), "could not be written") {
			t.Errorf("%q: exit code %d, stderr %s", args, code, &stderr)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

var _ io.Writer = fullDisk{}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"demo", "ping", "exec", "serve", "help"}
	for in, want := range map[string]string{
		"pign": "ping", "pin": "ping", "pingg": "ping", "exce": "exec", "srve": "serve",
		"server": "serve", "DEMO": "demo", "d": "", "xyzzy": "", "": "", "set": "",
	} {
		if got := nearest(in, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "", 3},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "acb", 1},
		{"abc", "abd", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("12345678 ", 20)
	for i, line := range strings.Split(fold(text, 8), "\n") {
		if i == 0 {
			line = "        " + line
		}
		if len(line) > 80 || !strings.HasPrefix(line, "        1") {
			t.Errorf("line %q", line)
		}
	}
	if got := strings.Fields(fold(text, 8)); !slices.Equal(got, strings.Fields(text)) {
		t.Errorf("words were lost: %q", got)
	}
}
