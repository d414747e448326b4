//go:build !wasm

package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// volatile parts of the output, and what stands for them in golden files.
var volatile = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`edgeredis:demo:[a-z0-9]+:`), "edgeredis:demo:ID:"},
	{regexp.MustCompile(` *\d+\.\d\d ms`), " TIME"},
	{regexp.MustCompile(`\[(5|10) \d+\]`), "[$1 MS]"},
	{regexp.MustCompile(`\[0 0 \d+\]`), "[0 0 MS]"},
	{regexp.MustCompile(`(bytes +).*received`), "${1}N sent, N received"},
}

// golden compares got with testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, v := range volatile {
		got = v.pattern.ReplaceAllString(got, v.mask)
	}
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(string(b), "\r\n", "\n")
	if got != want {
		t.Errorf("%s differs; see it with -update and git diff\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	names := []string{programName}
	for _, c := range commands() {
		names = append(names, c.name)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := [][]string{{name, "--help"}, {name, "-h"}, {"help", name}, {"--help", name}}
			if name == programName {
				calls = [][]string{{}, {"--help"}, {"-h"}, {"help"}}
			}
			for _, args := range calls {
				o := trial{}.run(t, args...)
				o.want(t, exitOK)
				if o.stderr != "" {
					t.Errorf("%q: stderr: %s", args, o.stderr)
				}
				for line := range strings.Lines(o.stdout) {
					if len(line) > 100 {
						t.Errorf("line of %d columns: %s", len(line), line)
					}
				}
				golden(t, "help_"+name, o.stdout)
			}
		})
	}
}
