package cache_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A fakeRedis is a small Redis in memory: a Doer and a Batcher that works inside
// synctest bubbles. Time is the bubble's.
type fakeRedis struct {
	// Trip is how long each request takes, half of it before and half after it
	// takes effect. Set it before use.
	Trip time.Duration
	// Old makes it behave like Redis 7 (no conditions in SET) or, with OldNX, 6.
	Old, OldNX bool

	mu       sync.Mutex // guards what follows
	data     map[string]fakeValue
	requests int
	log      [][]string
	// fault is asked before each request; see there.
	fault func(cmds [][]string) fault
}

type fakeValue struct {
	s   string
	end time.Time // zero means never
}

// A fault is what goes wrong with a request.
type fault uint8

const (
	fine   fault = iota
	noSend       // fails before it takes effect
	lost         // takes effect, the answer is lost
	hang         // neither, until ctx ends
	denied       // the server refuses
)

var errFault = errors.New("fake: connection broken")

func newFakeRedis() *fakeRedis { return &fakeRedis{data: map[string]fakeValue{}} }

func (f *fakeRedis) setFault(fn func(cmds [][]string) fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fn
}

// cost returns requests and billed commands so far, commands inside scripts
// included.
func (f *fakeRedis) cost() (requests, billed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	billed = len(f.log)
	for _, args := range f.log {
		if strings.HasPrefix(args[0], "EVAL") {
			billed += 2
		}
	}
	return f.requests, billed
}

func (f *fakeRedis) names() (names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, args := range f.log {
		names = append(names, args[0])
	}
	return names
}

func (f *fakeRedis) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests, f.log = 0, nil
}

// raw returns what is stored, "" when nothing is.
func (f *fakeRedis) raw(key string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, _ := f.getLocked(key)
	return v.s
}

func (f *fakeRedis) put(key, value string, ttl time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.data[key] = fakeValue{value, time.Now().Add(ttl)}
}

func (f *fakeRedis) ttl(key string) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.getLocked(key)
	if !ok {
		return -1
	}
	return time.Until(v.end)
}

func (f *fakeRedis) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	replies, err := f.exchange(ctx, []upstash.Command{cmd}, cmd.ReadOnly())
	if err != nil {
		return upstash.Reply{}, err
	}
	if err := replies[0].Err(); err != nil {
		return upstash.Reply{}, err
	}
	return replies[0], nil
}

func (f *fakeRedis) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	return f.exchange(ctx, b.Commands, false)
}

func (f *fakeRedis) exchange(ctx context.Context, cmds []upstash.Command, readOnly bool) ([]upstash.Reply, error) {
	var all [][]string
	for _, c := range cmds {
		if err := c.Err(); err != nil {
			return nil, err
		}
		all = append(all, c.Args())
	}
	if !f.travel(ctx) {
		return nil, &upstash.TransportError{Command: "fake", Err: context.Cause(ctx)}
	}
	f.mu.Lock()
	f.requests++
	f.log = append(f.log, all...)
	what := fine
	if f.fault != nil {
		what = f.fault(all)
	}
	var replies []upstash.Reply
	if what == fine || what == lost {
		for _, args := range all {
			replies = append(replies, upstash.ReplyOf(f.runLocked(args)))
		}
	}
	f.mu.Unlock()
	return replies, f.after(ctx, what, readOnly)
}

// after is the way back.
func (f *fakeRedis) after(ctx context.Context, what fault, readOnly bool) error {
	broken := &upstash.TransportError{Command: "fake", Attempts: 1, Sent: what != noSend, Err: errFault}
	switch what {
	case denied:
		return upstash.ReplyOf(errors.New("NOPERM this user has no permissions")).Err()
	case noSend:
		return broken
	case hang:
		<-ctx.Done()
		broken.Err = context.Cause(ctx)
		return broken
	}
	if !f.travel(ctx) {
		broken.Err = context.Cause(ctx)
		what = lost
	}
	if what == lost {
		if readOnly {
			return broken
		}
		return &upstash.MaybeAppliedError{Err: broken}
	}
	return nil
}

func (f *fakeRedis) travel(ctx context.Context) bool {
	if f.Trip == 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(f.Trip / 2)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *fakeRedis) getLocked(key string) (fakeValue, bool) {
	v, ok := f.data[key]
	if ok && !v.end.IsZero() && !time.Now().Before(v.end) {
		delete(f.data, key)
		return fakeValue{}, false
	}
	return v, ok
}

func (f *fakeRedis) runLocked(args []string) any {
	switch args[0] {
	case "GET":
		if v, ok := f.getLocked(args[1]); ok {
			return v.s
		}
		return nil
	case "MGET":
		var out []any
		for _, key := range args[1:] {
			out = append(out, f.runLocked([]string{"GET", key}))
		}
		return out
	case "SET":
		return f.setLocked(args)
	case "MSETEX":
		return f.msetexLocked(args)
	case "DEL", "UNLINK":
		n := 0
		for _, key := range args[1:] {
			if _, ok := f.getLocked(key); ok {
				delete(f.data, key)
				n++
			}
		}
		return n
	case "INCR":
		v, _ := f.getLocked(args[1])
		n, _ := strconv.Atoi(v.s)
		f.data[args[1]] = fakeValue{s: strconv.Itoa(n + 1)}
		return n + 1
	case "PTTL":
		v, ok := f.getLocked(args[1])
		if !ok {
			return -2
		}
		return time.Until(v.end).Milliseconds()
	case "SCAN":
		return f.scanLocked(args)
	case "EVALSHA": // the script of conditional writes
		if v, ok := f.getLocked(args[3]); !ok || v.s != args[4] {
			return 0
		}
		f.setLocked([]string{"SET", args[3], args[6], "PX", args[5]})
		return 1
	}
	return errors.New("ERR unknown command")
}

// msetexLocked knows what the cache sends: NX or nothing, then PX.
func (f *fakeRedis) msetexLocked(args []string) any {
	n, err := strconv.Atoi(args[1])
	if f.Old || err != nil || len(args) < 4+2*n {
		return errors.New("ERR unknown command 'MSETEX'")
	}
	rest := args[2+2*n:]
	if rest[0] == "NX" {
		for i := range n {
			if _, exists := f.getLocked(args[2+2*i]); exists {
				return 0
			}
		}
		rest = rest[1:]
	}
	for i := range n {
		f.setLocked(append([]string{"SET", args[2+2*i], args[3+2*i]}, rest...))
	}
	return 1
}

func (f *fakeRedis) setLocked(args []string) any {
	old, exists := f.getLocked(args[1])
	next := fakeValue{s: args[2]}
	get, ok, nx := false, true, false
	for i := 3; i < len(args); i++ {
		switch args[i] {
		case "GET":
			get = true
		case "NX":
			nx = true
			ok = !exists
		case "IFEQ", "IFDEQ":
			if f.Old {
				return errors.New("ERR syntax error")
			}
			want := args[i+1]
			have := old.s
			if args[i] == "IFDEQ" {
				h := strconv.FormatUint(xxh3.HashString(old.s), 16)
				have = strings.Repeat("0", 16-len(h)) + h
			}
			ok = exists && have == want
			i++
		case "PX", "EX":
			n, err := strconv.ParseInt(args[i+1], 10, 64)
			if err != nil || n <= 0 {
				return errors.New("ERR invalid expire time in 'set' command")
			}
			unit := time.Millisecond
			if args[i] == "EX" {
				unit = time.Second
			}
			next.end = time.Now().Add(time.Duration(n) * unit)
			i++
		default:
			return errors.New("ERR syntax error")
		}
	}
	if f.OldNX && nx && get {
		return errors.New("ERR syntax error")
	}
	if ok {
		f.data[args[1]] = next
	}
	switch {
	case get && exists:
		return old.s
	case get || !ok:
		return nil
	}
	return "OK"
}

// scanLocked returns a page of sorted keys; the cursor is an offset.
func (f *fakeRedis) scanLocked(args []string) any {
	all := slices.Sorted(maps.Keys(f.data))
	from, _ := strconv.Atoi(args[1])
	count, _ := strconv.Atoi(args[5])
	prefix := strings.TrimSuffix(args[3], "*")
	var out []any
	to := min(from+count, len(all))
	for _, key := range all[min(from, to):to] {
		if strings.HasPrefix(key, prefix) {
			out = append(out, key)
		}
	}
	next := "0"
	if to < len(all) {
		// What is deleted moves the rest forward; a real cursor copes with that.
		next = strconv.Itoa(to - len(out))
	}
	return []any{next, out}
}
