//go:build !wasm

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// A printer writes the output of a command and remembers the first failure.
type printer struct {
	w      io.Writer
	colour bool
	code   int // exit code so far
	failed error
}

func newPrinter(w io.Writer, colour bool) *printer { return &printer{w: w, colour: colour} }

// colour reports whether output to a terminal, or to something else, may be
// coloured: only where it can be shown, and not against NO_COLOR
// (https://no-color.org).
func (a *app) colour(terminal bool) bool {
	if no, _ := a.lookup("NO_COLOR"); no != "" {
		return false
	}
	term, _ := a.lookup("TERM")
	return terminal && term != "" && term != "dumb"
}

// Write passes p on until a write has failed.
func (p *printer) Write(b []byte) (int, error) {
	if p.failed != nil {
		return 0, p.failed
	}
	n, err := p.w.Write(b)
	p.failed = err
	return n, err
}

func (p *printer) err() error { return p.failed }

// line writes one line; text may be coloured already.
func (p *printer) line(parts ...string) {
	_, _ = io.WriteString(p, strings.TrimRight(strings.Join(parts, ""), " ")+"\n")
}

// json writes v as one line.
func (p *printer) json(v any) {
	e := json.NewEncoder(p)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil && p.failed == nil {
		p.failed = err
	}
}

const (
	styleBold  = "1"
	styleDim   = "2"
	styleRed   = "31"
	styleGreen = "32"
)

func (p *printer) styled(style, text string) string { return styled(p.colour, style, text) }

func styled(on bool, style, text string) string {
	if !on || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// mark is the verdict at the beginning of a line.
func (p *printer) mark(ok bool) string {
	if ok {
		return p.styled(styleGreen, "ok  ")
	}
	return p.styled(styleRed, "FAIL")
}

// pad fills text with spaces to width columns. Wide characters do not occur.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// milliseconds is d with microseconds as decimals, for JSON.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

// shortDuration is d for people, right-aligned so that columns line up.
func shortDuration(d time.Duration) string {
	if d >= 10*time.Second {
		return fmt.Sprintf("%8.1f s ", d.Seconds())
	}
	return fmt.Sprintf("%8.2f ms", milliseconds(d))
}

// byteCount is n for people, in units of 1000.
func byteCount(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

func durationOf(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
