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

// What is said about the scripts is said here, so that neither programs nor requests
// carry it.

// Stands in front of every script. Numbers are written by %d, which takes a third
// of the time of %.0f and is most of what a script does besides calling Redis.
// Where C's long has 32 bits it cannot hold them.
//
//go:embed lua/head.lua
var luaHead string

// Fixed window: a counter that starts at the first take and lasts a milliseconds.
// State: start,used.
//
//go:embed lua/fixed_window.lua
var luaFixed string

// Sliding window of two weighted counters: the counter of the window before
// counts as much as it still overlaps the last a milliseconds. Windows start at
// the first take. State: start,cur,prev.
//
// With e = the time since start, n fits when
//
//	prev * (a - e) + (cur + n) * a <= limit * a
//
// which is solved for e in wait. All terms are integers below 2^53. The guard
// makes a window longer and keeps the full weight while the clocks may differ.
//
// until_fits is the smallest e at which count * (a - e) <= free * a. What moves to
// the next window is assigned one by one: gopher-lua evaluates a joint assignment
// too early.
//
//go:embed lua/sliding_window.lua
var luaSlide string

// Sliding log: every take is remembered for a milliseconds; exact. State: a base
// of 15 digits and records of 28: when, 13 digits, and how many were taken up to
// and with this one, 15 digits. Fixed widths and running sums make every search a
// binary one.
//
// first finds the smallest i from lo to hi for which ok(i), or hi + 1. Times never
// go down, or the searches would fail.
//
//go:embed lua/sliding_log.lua
var luaLog string

// Token bucket: limit tokens, b of them come back together every a milliseconds,
// counted from the take that found the bucket full. State: t,used, where t is
// the last refill and used what is missing.
//
// With a guard the decision goes by the refills of guard milliseconds ago, also
// by those that lie before t and are in used already, while what is stored goes
// by now: clocks that differ gain nothing, and no credit piles up.
//
//go:embed lua/token_bucket.lua
var luaBucket string

// GCRA, the generic cell rate algorithm: one instant, the theoretical arrival
// time (TAT), says when everything taken so far has drained. A token is a units,
// b units drain each millisecond, and at most limit * a units may be undrained.
// State: tat,rem, which is the instant tat + rem/b, so that rates that are no
// whole number of milliseconds stay exact.
//
//go:embed lua/gcra.lua
var luaGCRA string

// Decides about all KEYS together: all are taken from or none. In front of it
// stand the algorithms that it needs, as A[letter].
//
// A key holds letter:reserved:state;marks. reserved is the instant of the last
// reservation; until then nothing else is granted. marks are the last takes,
// newest first, each a nonce of 8, an instant of 13 and a result of 15
// characters: a decision that is asked for again, because the answer was lost,
// finds itself there and is not charged twice.
//
// ARGV: op, now (empty: ask the server), nonce, '1' when asked again, n, extra;
// then for each key: letter, limit, a, b, guard. ops: t take n; m take up to n;
// p only look; r reserve n within extra ms; f give n back, taken at extra.
//
// Reply: taken (-1: cannot tell whether the lost decision was applied), the index
// of the key that refuses, then for each key: remaining, ms until n fits, ms until
// it is as new, stamp of the take, ms that the stamp's window still lasts.
//
// In it, finds are plain: a pattern over a long state costs gopher-lua a hundred
// times more. parse returns the end of the reservation, the state, and where the
// marks begin. recall returns the result of a decision that was made before, or
// nil, whether that is certain, and when it was made; was tells an algorithm, so that
// the stamp is that of the take: with all places taken an older mark may have
// been pushed out. save writes a key; result is what recall will find, nil leaves
// no mark. numbers are a key's part of the reply. What comes last is how much fits
// now, how long until n fits everywhere, and who is to blame.
//
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
	made  *upstash.TextScript
}

func (s *script) get() *upstash.TextScript {
	s.once.Do(func() {
		src := luaHead
		for _, p := range s.parts {
			src += "do\n" + *p + "end\n"
		}
		src += luaDecide
		if s.alone != nil {
			src = *s.alone
		}
		s.made = upstash.NewTextScript(src, upstash.ScriptOptions{})
	})
	return s.made
}

// arguments are an algorithm's part of ARGV.
type arguments []string

// perKey is how many arguments and how many numbers of the reply each key has.
const perKey = 5

func (a *Algorithm) arguments(guard int64) arguments {
	out := make(arguments, perKey)
	copy(out, []string{string([]byte{a.kind}), text(a.limit), text(a.a), text(a.b), text(guard)})
	return out
}

// text is a number as an argument. It is not inlined because it is used so often: a
// WebAssembly program gets smaller.
//
//go:noinline
func text(n int64) string { return strconv.FormatInt(n, 10) }

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
	_     [0]func() // nobody compares it, so no code for that need be linked
	op    string
	keys  []string
	args  []arguments
	n     int64
	extra int64 // the longest wait in ms for opReserve, the stamp for opRefund
	nonce string
}

// A oneQuestion is a question about one key, in one piece of memory.
type oneQuestion struct {
	question
	key [1]string
	arg [1]arguments
}

// command builds the run. again marks a repetition after a lost answer.
func (q *question) command(s *script, now string, again bool) upstash.Command {
	const own = 6 // arguments that belong to no key
	asked := "0"
	if again {
		asked = "1"
	}
	args := make([]string, own+perKey*len(q.args))
	copy(args, []string{q.op, now, q.nonce, asked, text(q.n), text(q.extra)})
	for i, a := range q.args {
		copy(args[own+perKey*i:], a)
	}
	c := s.get().Command(q.keys, args...)
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

// read takes the reply of a script that was asked about so many keys.
func (a *answer) read(r *upstash.Reply, keys int) error {
	n := r.Len()
	if n == 2 && keys > 0 {
		return ErrUncertain
	}
	a.reply = *r
	ok := n == 2+perKey*keys
	for i := 0; ok && i < n; i++ {
		_, err := r.Index(i).Int64()
		ok = err == nil
	}
	if ok {
		a.taken, a.which = a.at(0), int(a.at(1))-1
	}
	if !ok || a.which >= keys {
		return errReply
	}
	return nil
}

func (a *answer) at(i int) int64 {
	n, _ := a.reply.Index(i).Int64() // checked by read
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
	var bits uint64
	for i := range b {
		if i%12 == 0 {
			bits = rand.Uint64() //nolint:gosec // uniqueness is enough, nobody gains by guessing
		}
		b[i] = letters[bits&31]
		bits >>= 5
	}
	return string(b)
}
