//go:build !wasm

package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A demoView shows a demo to a person, within 80 columns.
type demoView struct {
	out    *printer
	prefix string
}

const (
	sentColumn  = 42 // width of what was sent
	replyColumn = 18 // width of what came back
)

func (v *demoView) intro(r *demoReport) {
	o := v.out
	if r.Server.Embedded {
		o.line("REDIS_REST_URL is not set, so this demo brings a Redis of its own: embedded,")
		o.line("behind a local REST server at ", r.Server.URL)
	} else {
		o.line("Running against the database of ", r.Server.Variables[0], ".")
	}
	o.line("All keys begin with ", v.prefix, " (shown as ~) and are")
	o.line("deleted at the end.")
}

func (v *demoView) begin(number int, s *demoStep) {
	v.out.line()
	v.out.line(v.out.styled(styleBold, fmt.Sprintf("%d  %s", number, s.Title)))
}

func (v *demoView) end(s *demoStep) {
	verified := s.Verified
	if !s.OK {
		verified = "see the error below"
	}
	v.out.line("   ", v.out.mark(s.OK), " ", verified)
}

// exchange shows each command beside its reply; the time of the request stands
// in its last line.
func (v *demoView) exchange(x *demoExchange) {
	if len(x.sent) > 1 {
		v.out.line("   ", v.out.styled(styleDim, "POST /"+map[string]string{"pipeline": "pipeline", "transaction": "multi-exec"}[x.Form]))
	}
	for i, c := range x.sent {
		duration := ""
		if i == len(x.sent)-1 {
			duration = v.out.styled(styleDim, shortDuration(x.took))
		}
		v.pair(v.commandLine(c, x.label), v.replyLine(x, i), duration)
	}
	if x.Note != "" {
		v.out.line("   ", v.out.styled(styleDim, "("+x.Note+")"))
	}
}

func (v *demoView) replyLine(x *demoExchange, i int) string {
	switch {
	case i < len(x.got):
		return compactReply(x.got[i])
	case x.err != nil:
		return "failed"
	}
	return ""
}

// pair writes sent and reply side by side, or below each other when there is not
// enough room.
func (v *demoView) pair(sent, reply, duration string) {
	if utf8.RuneCountInString(sent) > sentColumn {
		v.out.line("   ", sent)
		sent = ""
	}
	v.out.line("   ", pad(sent, sentColumn), " -> ", pad(reply, replyColumn), " ", duration)
}

// commandLine is a command with its arguments, on one line.
func (v *demoView) commandLine(c upstash.Command, label string) string {
	args := c.Args()
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = v.word(a)
	}
	if label != "" {
		words[1] = "{" + label + "}"
	}
	return strings.Join(words, " ")
}

// word shows one argument.
func (v *demoView) word(s string) string {
	if name, ok := strings.CutPrefix(s, v.prefix); ok {
		return "~" + name
	}
	if !utf8.ValidString(s) {
		return bytesWord(s)
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == '\\' || r > '~' }) {
		return quote(s)
	}
	return s
}

// bytesWord shows a value that is not text by its length and its ends.
func bytesWord(s string) string {
	if len(s) <= 2 {
		return fmt.Sprintf("<% x>", s)
	}
	return fmt.Sprintf("<%d bytes %x..%x>", len(s), s[:1], s[len(s)-1:])
}

// compactReply is a reply on one line.
func compactReply(r upstash.Reply) string {
	switch kindOf(r) {
	case "array":
		elems := make([]string, r.Len())
		for i := range elems {
			elems[i] = compactReply(r.Index(i))
		}
		return "[" + strings.Join(elems, " ") + "]"
	case "integer":
		return text(r)
	case "string":
		if s := text(r); !utf8.ValidString(s) {
			return bytesWord(s)
		}
	}
	return humanReply(r, "")
}

// summary is the last screen.
func (v *demoView) summary(r *demoReport) {
	o, s := v.out, r.Summary
	o.line()
	o.line(o.styled(styleBold, "Summary"))
	for i, step := range demoSteps {
		switch {
		case i < len(r.Steps):
			o.line("   ", o.mark(r.Steps[i].OK), " ", pad(step.name, 15), " ", r.Steps[i].Verified)
		default:
			o.line("   ", "-    ", pad(step.name, 15), " not run")
		}
	}
	o.line()
	row := func(name string, parts ...string) { o.line("   ", pad(name, 10), strings.Join(parts, "")) }
	row("steps", fmt.Sprintf("%d of %d verified", s.StepsOK, s.StepsTotal))
	row("requests", fmt.Sprintf("%d, with %d commands; %d retries", s.Requests, s.Commands, s.Retries))
	row("bytes", byteCount(s.BytesSent), " sent, ", byteCount(s.BytesReceived), " received (bodies)")
	row("time", strings.TrimSpace(shortDuration(durationOf(s.TookMS))))
	row("keys", v.keysLine(&r.CleanUp))
	if r.OK && r.Server.Embedded {
		o.line()
		o.line("Next: \"edgeredis serve\" keeps such a server running for your own programs.")
	}
}

func (v *demoView) keysLine(c *demoCleanUp) string {
	if !c.OK {
		return "could NOT be deleted (" + c.Error.Message + ");\n             what exists expires by itself within a minute"
	}
	return strconv.FormatInt(c.KeysDeleted, 10) + " existed at the end and have been deleted"
}
