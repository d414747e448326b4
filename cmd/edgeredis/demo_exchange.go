//go:build !wasm

package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A demoExchange is one call: what was sent, and what came back.
type demoExchange struct {
	Form     string   `json:"form"` // "command", "script", "pipeline" or "transaction"
	Commands []any    `json:"commands"`
	Replies  []any    `json:"replies"`
	TookMS   float64  `json:"took_ms"`
	Requests []string `json:"requests"` // the operations that went over the wire
	Note     string   `json:"note,omitempty"`

	sent  []upstash.Command
	got   []upstash.Reply
	err   error
	took  time.Duration
	label string // stands for a script's digest
}

// send runs one command and keeps the exchange.
func send[T any](ctx context.Context, d *demo, cmd upstash.Cmd[T]) (T, error) {
	return sendAs(ctx, d, cmd, &demoExchange{Form: "command"})
}

// sendScript is send for a script that is called label.
func sendScript[T any](ctx context.Context, d *demo, label string, cmd upstash.Cmd[T]) (T, error) {
	return sendAs(ctx, d, cmd, &demoExchange{Form: "script", label: label})
}

func sendAs[T any](ctx context.Context, d *demo, cmd upstash.Cmd[T], x *demoExchange) (T, error) {
	x.sent = []upstash.Command{cmd.Command}
	start := time.Now()
	reply, err := d.client.Do(ctx, cmd.Command)
	x.took = time.Since(start)
	if err != nil {
		d.keep(x, err)
		var zero T
		return zero, err
	}
	x.got = []upstash.Reply{reply}
	d.keep(x, nil)
	return cmd.Decode(reply)
}

// sendBatch runs a pipeline or a transaction. Commands that the server refused
// make it fail.
func sendBatch(ctx context.Context, d *demo, form string, cmds ...upstash.Command) ([]upstash.Reply, error) {
	x := &demoExchange{Form: form, sent: cmds}
	start := time.Now()
	replies, err := d.client.DoBatch(ctx, upstash.Batch{Commands: cmds, Atomic: form == "transaction"})
	x.took, x.got = time.Since(start), replies
	for _, r := range replies {
		if err == nil {
			err = r.Err()
		}
	}
	d.keep(x, err)
	return replies, err
}

// keep completes an exchange and shows it.
func (d *demo) keep(x *demoExchange, err error) {
	x.err = err
	x.TookMS = milliseconds(x.took)
	x.Requests = d.meter.take()
	x.Replies = []any{}
	for _, c := range x.sent {
		args := []any{}
		for _, a := range c.Args() {
			args = append(args, jsonText(a))
		}
		x.Commands = append(x.Commands, args)
	}
	for _, r := range x.got {
		x.Replies = append(x.Replies, jsonReply(r))
	}
	x.Note = noteOn(x.Requests)
	d.step.Exchanges = append(d.step.Exchanges, x)
	if d.view != nil {
		d.view.exchange(x)
	}
}

// noteOn says why a call took more than one request.
func noteOn(requests []string) string {
	switch {
	case len(requests) < 2:
		return ""
	case slices.Equal(requests, []string{"EVALSHA", "EVAL"}):
		return "2 requests: the server did not know the script yet, so its source followed"
	}
	return strconv.Itoa(len(requests)) + " requests: " + strings.Join(requests, ", ")
}
