package ratelimit

import (
	_ "embed"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

//go:embed lua/head.lua
var luaHead string

//go:embed lua/fixed_window.lua
var luaFixed string

//go:embed lua/sliding_window.lua
var luaSlide string

//go:embed lua/sliding_log.lua
var luaLog string

//go:embed lua/token_bucket.lua
var luaBucket string

//go:embed lua/gcra.lua
var luaGCRA string

//go:embed lua/decide.lua
var luaDecide string

// A script is the algorithms it needs, then the part that they share. One that
// knows all algorithms serves several limits at once. Each is reached through the
// constructor of its algorithm, and is put together when it is first run, so that a
// program has only those that it uses and none of that to do when it starts.
var (
	scriptFixed  = script{parts: []*string{&luaFixed}}
	scriptSlide  = script{parts: []*string{&luaSlide}}
	scriptLog    = script{parts: []*string{&luaLog}}
	scriptBucket = script{parts: []*string{&luaBucket}}
	scriptGCRA   = script{parts: []*string{&luaGCRA}}
	scriptAll    = script{parts: []*string{&luaFixed, &luaSlide, &luaLog, &luaBucket, &luaGCRA}}
)

type script struct {
	parts []*string // the algorithms
	alone *string   // or the whole source
	once  sync.Once
	made  *upstash.Script[upstash.Reply]
}

func (s *script) get() *upstash.Script[upstash.Reply] {
	s.once.Do(func() {
		src := luaHead
		for _, p := range s.parts {
			src += "do\n" + *p + "end\n"
		}
		src += luaDecide
		if s.alone != nil {
			src = *s.alone
		}
		s.made = upstash.NewScriptWith(src, upstash.ScriptOptions{}, upstash.Reply.Raw)
	})
	return s.made
}

// arguments are an algorithm's part of ARGV.
type arguments [5]any

func (a Algorithm) arguments(guard int64) arguments {
	return arguments{
		string(rune(a.kind)), strconv.FormatInt(a.limit, 10), strconv.FormatInt(a.a, 10),
		strconv.FormatInt(a.b, 10), strconv.FormatInt(guard, 10),
	}
}

// The operations of the scripts.
const (
	opTake    = "t"
	opAtMost  = "m"
	opPeek    = "p"
	opReserve = "r"
	opRefund  = "f"
)

// A question is one run of a script.
type question struct {
	op    string
	keys  []string
	args  []arguments
	n     int64
	extra int64 // the longest wait in ms for opReserve, the stamp for opRefund
	nonce string
}

// command builds the run. again marks a repetition after a lost answer.
func (q *question) command(s *script, now string, again bool) upstash.Command {
	args := make([]any, 0, 6+5*len(q.args))
	args = append(args, q.op, now, q.nonce, again, q.n, q.extra)
	for i := range q.args {
		args = append(args, q.args[i][:]...)
	}
	c := s.get().Cmd(q.keys, args...).Command
	if q.op == opPeek {
		return c.Retryable().WithBilled(q.billed(now) - len(q.keys))
	}
	return c.WithBilled(q.billed(now))
}

// billed counts the commands inside the script when everything is taken: one
// that reads all keys, one for each key that is written, and TIME.
func (q *question) billed(now string) int {
	if now == "" {
		return 2 + len(q.keys)
	}
	return 1 + len(q.keys)
}

// An answer is what a script replied.
type answer struct {
	taken int64
	which int // index of the key that refuses, -1 for none
	reply upstash.Reply
	sent  time.Time // just before the question was asked
}

func newAnswer(r upstash.Reply, keys int, sent time.Time) (answer, error) {
	if r.Len() == 2 && keys > 0 {
		return answer{}, ErrUncertain
	}
	if r.Len() != 2+5*keys {
		return answer{}, errReply
	}
	for i := range r.Len() {
		if _, err := r.Index(i).Int64(); err != nil {
			return answer{}, errReply
		}
	}
	a := answer{reply: r, sent: sent}
	a.taken = a.at(0)
	a.which = int(a.at(1)) - 1
	if a.which >= keys {
		return answer{}, errReply
	}
	return a, nil
}

func (a *answer) at(i int) int64 {
	n, _ := a.reply.Index(i).Int64() // checked by newAnswer
	return n
}

func (a *answer) ms(i int) time.Duration { return time.Duration(a.at(i)) * time.Millisecond }

// The five numbers of each key.
func (a *answer) remaining(key int) int64         { return a.at(2 + 5*key) }
func (a *answer) wait(key int) time.Duration      { return a.ms(3 + 5*key) }
func (a *answer) reset(key int) time.Duration     { return a.ms(4 + 5*key) }
func (a *answer) stamp(key int) int64             { return a.at(5 + 5*key) }
func (a *answer) remainder(key int) time.Duration { return a.ms(6 + 5*key) }

var errReply = errors.New("ratelimit: the reply of the script has an unknown shape")

const letters = "0123456789abcdefghijklmnopqrstuv"

// newNonce returns 8 letters, 40 random bits: it has to differ only from the few
// other decisions about the same key within seconds.
func newNonce() string { return randomID(8) }

func randomID(n int) string {
	b := make([]byte, n)
	bits := rand.Uint64() //nolint:gosec // uniqueness is enough, nobody gains by guessing
	for i := range b {
		if i%12 == 11 {
			bits = rand.Uint64() //nolint:gosec // as above
		}
		b[i] = letters[bits&31]
		bits >>= 5
	}
	return string(b)
}
