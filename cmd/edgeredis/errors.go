//go:build !wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/yesgoddess/edgeredis/upstash"
)

// errReported ends a command that has shown its failure itself.
var errReported = errors.New("the failure has been shown")

// errInterrupted is the end of a command by Ctrl-C or SIGTERM.
var errInterrupted = errors.New("interrupted")

// A checkError is a reply that is not what the demo or the connection test
// expected. It never contains a value.
type checkError struct{ text string }

func (e *checkError) Error() string { return e.text }

func checkFailed(format string, args ...any) error {
	return &checkError{fmt.Sprintf(format, args...)}
}

// fail shows err and sets the exit code. nil changes nothing.
func (in *invocation) fail(err error) {
	if err == nil {
		return
	}
	usage, isUsage := errors.AsType[*usageError](err)
	in.out.code = exitFailed
	if isUsage || errors.Is(err, upstash.ErrBadArgument) {
		in.out.code = exitUsage
	}
	switch {
	case isUsage:
		in.complain(diagnosis{Kind: "usage", Message: usage.message, Advice: usage.advice})
	case !errors.Is(err, errReported):
		in.complain(in.diagnose(err))
	}
}

// complain shows a failure: as JSON document on standard output, or as text on
// standard error.
func (in *invocation) complain(d diagnosis) {
	if in.json {
		in.out.json(map[string]any{"ok": false, "command": in.name, "error": d})
		return
	}
	in.explain(d)
}

// explain writes a failure as text to standard error.
func (in *invocation) explain(d diagnosis) {
	colour := in.colour(in.errTerm)
	for _, part := range []struct{ style, label, text string }{
		{styleRed, "error:  ", d.Message},
		{styleDim, "detail: ", d.Detail},
		{styleDim, "advice: ", d.Advice},
	} {
		if part.text != "" {
			in.say("%s%s\n", styled(colour, part.style, part.label), fold(part.text, len(part.label)))
		}
	}
}

// say writes to standard error.
func (in *invocation) say(format string, args ...any) {
	_, _ = fmt.Fprintf(in.stderr, format, args...) // there is nowhere left to report a failure to
}

// fold breaks text into lines that fit into 80 columns, indented by indent from
// the second one on.
func fold(text string, indent int) string {
	var b strings.Builder
	column := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > 79:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// interrupted turns the error of a request that the end of ctx cut off into
// errInterrupted.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
