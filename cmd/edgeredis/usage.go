//go:build !wasm

package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v3"
)

// A usageError is a command line that cannot be understood. It ends the program
// with exit code 2.
type usageError struct{ message, advice string }

func (e *usageError) Error() string { return e.message }

// usageErrorFrom rewrites an error of the flag parser.
func (in *invocation) usageErrorFrom(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	in.begin(cmd, cmd.Name)
	help := "See: " + strings.TrimSpace(cmd.FullName()) + " --help"
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		e := &usageError{message: "unknown flag --" + strings.TrimLeft(name, "-"), advice: help}
		if s := nearest(strings.TrimLeft(name, "-"), flagNames(cmd)); s != "" {
			e.advice = "Did you mean --" + s + "? " + help
		}
		return e
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: "); ok {
		return &usageError{message: name + " needs a value", advice: help}
	}
	if flag, ok := badValueOf(text); ok {
		// The text of the library quotes the value, which may be a secret.
		if flag == "timeout" {
			return badTimeout("is not a time")
		}
		return &usageError{message: "--" + flag + " has a value that cannot be used", advice: help}
	}
	return &usageError{message: text, advice: help}
}

func badTimeout(what string) error {
	return &usageError{message: "--timeout " + what, advice: "Write it with a unit, like --timeout 10s or --timeout 500ms."}
}

// badValueOf finds the flag in the library's complaint about a value.
func badValueOf(text string) (flag string, ok bool) {
	if !strings.HasPrefix(text, "invalid value ") {
		return "", false
	}
	_, rest, ok := strings.Cut(text, " for flag -")
	if !ok {
		return "", false
	}
	flag, _, _ = strings.Cut(rest, ":")
	return strings.TrimLeft(flag, "-"), true
}

// flagNames lists the long names that cmd accepts.
func flagNames(cmd *cli.Command) []string {
	names := []string{"help"}
	for _, c := range cmd.Lineage() {
		for _, f := range c.Flags {
			names = append(names, f.Names()[0])
		}
	}
	return names
}

// unknownCommand says what to do about a subcommand that does not exist.
func unknownCommand(name string) error {
	names := []string{"help"}
	for _, c := range commands() {
		names = append(names, c.name)
	}
	e := &usageError{message: "unknown command " + quote(name), advice: "See: edgeredis --help"}
	switch s := nearest(name, names); {
	case s != "":
		e.advice = "Did you mean: edgeredis " + s
	case name == strings.ToUpper(name):
		e.advice = "A Redis command is sent with: edgeredis exec " + name + " ..."
	}
	return e
}

// nearest returns the candidate that name was probably meant to be: the one that
// begins with it, or differs by at most a third of its letters. "" is none.
func nearest(name string, candidates []string) string {
	name = strings.ToLower(name)
	best, least := "", len(name)/3+1
	for _, c := range candidates {
		if len(name) > 1 && strings.HasPrefix(c, name) {
			return c
		}
		if d := editDistance(name, c); d < least || d == least && best == "" {
			best, least = c, d
		}
	}
	return best
}

// editDistance counts insertions, deletions, substitutions and swaps of
// neighbours (optimal string alignment).
func editDistance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
