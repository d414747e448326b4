//go:build !wasm

package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/yesgoddess/edgeredis/upstash"
)

var execCommand = command{
	name:  "exec",
	usage: "run one Redis command",
	args:  "CMD [ARG ...]",
	about: `Sends CMD with its arguments and shows the reply: on a terminal as redis-cli
does, into a pipe as plain bytes, one element per line (a nil reply is an
empty line). With --json the member "reply" holds it: nil is null, integers
are exact, bytes that are not UTF-8 become {"base64": "..."}.

Flags go before CMD; all that follows CMD is sent as it is, also "-1" or
"--json". A lone "-" is an argument like any other, because streams use it; an
argument is read from standard input with -x.`,
	examples: `  edgeredis exec SET greeting "Hello, edge!" EX 60
  edgeredis exec GET greeting
  edgeredis exec --json HGETALL user:1 | jq .reply
  edgeredis exec INCRBY counter -5
  edgeredis exec -x SET logo < logo.png
  edgeredis exec --raw GET logo > copy.png     (one line end is added)
  edgeredis exec EVAL "return {KEYS[1], ARGV[1]}" 1 key arg`,
	flags: func() []cli.Flag {
		return []cli.Flag{
			&cli.BoolFlag{Name: "stdin", Aliases: []string{"x"}, Usage: "read the last argument from standard input"},
			&cli.BoolFlag{Name: "raw", Usage: "show plain bytes on a terminal, too"},
		}
	},
	passArgs: true,
	run:      runExec,
}

func runExec(ctx context.Context, in *invocation) error {
	if len(in.args) == 0 {
		return &usageError{message: "exec needs a Redis command", advice: "For example: edgeredis exec GET greeting"}
	}
	args := make([]any, 0, len(in.args))
	for _, a := range in.args[1:] {
		args = append(args, a)
	}
	if in.flags.Bool("stdin") {
		last, err := readArgument(ctx, in.stdin)
		if err != nil {
			return err
		}
		args = append(args, last)
	}
	cmd := upstash.NewCommand(in.args[0], args...)
	if err := cmd.Err(); err != nil {
		return err
	}
	m := &meter{}
	cfg := in.config()
	cfg.Hook = m
	client, err := in.connect(cfg)
	if err != nil {
		return err
	}
	defer closeQuietly(client)
	start := time.Now()
	reply, err := client.Do(ctx, cmd)
	if err != nil {
		return interrupted(ctx, err)
	}
	in.showReply(cmd.Name(), reply, time.Since(start), m.traffic())
	return nil
}

func (in *invocation) showReply(name string, r upstash.Reply, took time.Duration, t traffic) {
	switch {
	case in.json:
		in.out.json(struct {
			OK      bool    `json:"ok"`
			Command string  `json:"command"`
			Name    string  `json:"name"`
			Type    string  `json:"type"`
			Reply   any     `json:"reply"`
			TookMS  float64 `json:"took_ms"`
			traffic
		}{true, in.name, name, kindOf(r), jsonReply(r), milliseconds(took), t})
	case in.terminal && !in.flags.Bool("raw"):
		in.out.line(terminalReply(name, r))
	default:
		_, _ = io.WriteString(in.out, rawReply(r)+"\n")
	}
}

// terminalReply shows the text of INFO as it is, as redis-cli does; everything
// else in the form for people.
func terminalReply(name string, r upstash.Reply) string {
	if name != "INFO" || kindOf(r) != "string" {
		return humanReply(r, "")
	}
	lines := strings.Split(strings.TrimSpace(text(r)), "\n")
	for i, l := range lines {
		lines[i] = printable(strings.TrimRight(l, "\r"))
	}
	return strings.Join(lines, "\n")
}

// maxArgument is the largest string that Redis itself can hold (512 MiB).
const maxArgument = 512 << 20

var errArgumentTooLarge = errors.New("standard input is larger than 512 MiB, which no Redis value can be")

// readArgument reads all of r. The reading goroutine is left behind when ctx
// ends first: nothing else can be done about a read that blocks, and the
// program ends then.
func readArgument(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		b, err := io.ReadAll(io.LimitReader(r, maxArgument+1))
		done <- result{b, err}
	}()
	select {
	case res := <-done:
		if len(res.b) > maxArgument {
			return nil, errArgumentTooLarge
		}
		return res.b, res.err
	case <-ctx.Done():
		return nil, errInterrupted
	}
}
