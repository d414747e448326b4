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
	switch {
	case w.always && w.ttl == 0:
		return upstash.Del(w.key).Command.Retryable(), formAlways
	case w.always:
		return upstash.SetWith(w.key, w.value, upstash.SetOptions{TTL: w.ttl}).Command, formAlways
	case w.absent && s.plainNX.Load():
		return upstash.SetWith(w.key, w.value, upstash.SetOptions{NX: true, TTL: w.ttl}).Command.Retryable(), formNX
	case w.absent:
		return upstash.SetGet(w.key, w.value, upstash.SetOptions{NX: true, TTL: w.ttl}).Command.Retryable(), formNXGet
	case s.scripted.Load():
		ms := strconv.FormatInt(w.ttl.Milliseconds(), 10)
		return casScript.Cmd([]string{w.key}, w.old, ms, w.value).Command.Retryable(), formScript
	}
	o := upstash.SetOptions{TTL: w.ttl}
	if len(w.old) < longCondition && utf8.ValidString(w.old) {
		o.IfEqual = w.old
	} else {
		o.IfDigest = digest(w.old)
	}
	return upstash.SetWith(w.key, w.value, o).Command.Retryable(), formIf
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

// A swapResult is what became of a swap.
type swapResult struct {
	done bool
	// now is what the key holds instead, where the answer tells; else known is
	// false.
	now   record
	known bool
	err   error
}

// swapAll makes writes, in one request where possible and with as few commands as
// the server knows how to.
func (s *store) swapAll(ctx context.Context, ws []swap) []swapResult {
	out := make([]swapResult, len(ws))
	todo := make([]int, len(ws))
	for i := range ws {
		todo[i] = i
		s.stats.bytesWritten.Add(int64(len(ws[i].value)))
	}
	groups := s.together(ws)
	for len(todo) > 0 {
		list := s.tries(ws, todo, groups)
		todo, groups = nil, nil
		cmds := make([]upstash.Command, len(list))
		for j := range list {
			cmds[j] = list[j].cmd
		}
		for j, o := range s.doAll(ctx, cmds) {
			t := &list[j]
			if s.downgrade(t.form, o.err) || t.form == formTogether && o.err == nil && refused(o.reply) {
				todo = append(todo, t.which...)
				continue
			}
			for _, i := range t.which {
				out[i] = swapped(&ws[i], t.form, o)
			}
		}
	}
	return out
}

// refused reports whether an answer says that the condition of a group, or of a
// script, did not hold.
func refused(r upstash.Reply) bool {
	n, err := r.Int64()
	return err == nil && n == 0
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

// swapped reads the answer to a swap.
func swapped(w *swap, f form, o outcome) swapResult {
	if o.err != nil && !errors.Is(o.err, upstash.ErrNil) {
		return swapResult{err: o.err}
	}
	switch f {
	case formScript, formTogether:
		n, err := o.reply.Int64()
		return swapResult{done: n == 1, err: err}
	case formAlways:
		return swapResult{done: true}
	case formNX, formIf:
		return swapResult{done: !o.reply.IsNil()}
	}
	if o.reply.IsNil() {
		return swapResult{done: true}
	}
	raw, err := o.reply.Text()
	if err != nil {
		return swapResult{err: err}
	}
	if raw == w.value {
		return swapResult{done: true}
	}
	return swapResult{now: parse(raw), known: true}
}

// swapOne makes one conditional write.
func (s *store) swapOne(ctx context.Context, w swap) swapResult {
	return s.swapAll(ctx, []swap{w})[0]
}
