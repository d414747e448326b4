package cache

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Every change of a key by a load is conditional: it takes effect only if the
// key still holds exactly what was read, or what this load has put there. Leases
// and values carry random numbers, so no value comes back by chance. Whoever
// deletes or sets the key in between, in whatever way, therefore wins.
//
// Upstash and Redis from 8.4 have the condition in SET, one command. For other
// servers there is a script, found out once and remembered; it runs two commands
// inside, which Upstash would bill and they do not.

// A swap is one write, conditional unless it says otherwise.
type swap struct {
	key    string
	always bool   // there is no condition ...
	absent bool   // ... or the key must be missing ...
	old    string // ... or hold this
	value  string
	ttl    time.Duration // 0 deletes the key

	// What became of it. known says that the answer tells what the key holds
	// instead, which now is.
	done, known bool
	now         string
	err         error

	_ [0]func() // not compared, so that there is no code for it
}

//go:embed cas.lua
var casSource string

var casScript = upstash.NewScriptWith(casSource, upstash.ScriptOptions{Billed: 2}, upstash.Reply.Int64)

// longCondition is the length from which a digest is sent instead of the value.
const longCondition = 128

// A form is a way to spell a swap.
type form uint8

const (
	formNXGet    form = iota // the answer of a lost race is what won it
	formNX                   // for servers that do not have NX together with GET
	formIf                   // IFEQ, IFDEQ
	formScript               // for servers that do not have conditions in SET
	formAlways               // no condition
	formTogether             // many at once, see together.go
)

// command spells w. Repeating it is harmless: if it was applied, its condition no
// longer holds.
func (s *store) command(w *swap) (upstash.Command, form) {
	ms := strconv.FormatInt(w.ttl.Milliseconds(), 10)
	args := append(make([]any, 0, 6), w.key, w.value)
	f := formAlways
	switch {
	case w.always && w.ttl == 0:
		return upstash.NewCommand("DEL", w.key).Retryable(), formAlways
	case w.always:
	case w.absent && s.plainNX.Load():
		args, f = append(args, "NX"), formNX
	case w.absent:
		args, f = append(args, "NX", "GET"), formNXGet
	case s.scripted.Load():
		return casScript.Cmd([]string{w.key}, w.old, ms, w.value).Command.Retryable(), formScript
	case len(w.old) < longCondition && utf8.ValidString(w.old):
		args, f = append(args, "IFEQ", w.old), formIf
	default:
		args, f = append(args, "IFDEQ", digest(w.old)), formIf
	}
	return upstash.NewCommand("SET", append(args, "PX", ms)...).Retryable(), f
}

// digest is what DIGEST answers: the XXH3 of the value in 16 hex digits.
func digest(s string) string {
	const hex = "0123456789abcdef"
	h := xxh3.HashString(s)
	var b [16]byte
	for i := range b {
		b[i] = hex[h>>(60-4*i)&15]
	}
	return string(b[:])
}

// swapOne makes one write.
func (s *store) swapOne(ctx context.Context, w *swap) {
	s.stats.bytesWritten.Add(int64(len(w.value)))
	for {
		var o outcome
		cmd, f := s.command(w)
		o.reply, o.err = s.do(ctx, cmd)
		if !s.downgrade(f, o.err) {
			w.settle(f, &o)
			return
		}
	}
}

// swapAll makes the writes of jobs, those that need one. Where there can be several
// jobs they know how to make them together: programs that never have several are
// not linked with it.
func (s *store) swapAll(ctx context.Context, jobs []*job) {
	if len(jobs) > 1 {
		jobs[0].several(ctx, s, jobs)
		return
	}
	for _, j := range jobs {
		s.swapOne(ctx, &j.w)
	}
}

// downgrade notes that the server does not understand a form, which has had no
// effect then, and reports whether there is another.
func (s *store) downgrade(f form, err error) bool {
	switch {
	case f == formNXGet && errors.Is(err, upstash.ErrSyntax):
		s.plainNX.Store(true)
	case f == formIf && errors.Is(err, upstash.ErrSyntax):
		s.scripted.Store(true)
	case f == formTogether && errors.Is(err, upstash.ErrUnsupported):
		s.single.Store(true)
	default:
		return false
	}
	return true
}

// settle reads the answer to a swap.
func (w *swap) settle(f form, o *outcome) {
	isNil := o.reply.IsNil()
	if w.err = o.err; errors.Is(o.err, upstash.ErrNil) {
		w.err, isNil = nil, true
	}
	switch {
	case w.err != nil:
	case f == formScript || f == formTogether:
		var n int64
		n, w.err = o.reply.Int64()
		w.done = n == 1
	case f == formAlways:
		w.done = true
	case f != formNXGet:
		w.done = !isNil
	case isNil:
		w.done = true
	default:
		w.now, w.err = o.reply.Text()
		w.done = w.err == nil && w.now == w.value
		w.known = w.err == nil && !w.done
	}
}
