//go:build !wasm

package devserver

import (
	"container/heap"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"
)

// A clock makes TTLs of the embedded Redis run in real time.
//
// miniredis keeps a TTL as a duration that somebody has to count down, and
// counting down visits every key. So it is never counted down. What is stored
// instead is the deadline, as the distance from the moment start: every command
// that sets a TTL is rewritten to PX (deadline − start), every command that
// shows one translates back. Commands that keep, copy or compare TTLs need no
// change, since all of them are in the same frame.
//
// Keys whose deadline has passed are deleted before each command, found by a
// heap of hints. So expiry is exact to the millisecond, costs nothing while
// nothing is due, and needs no goroutine.
type clock struct {
	start time.Time
	heap  hintHeap
	next  map[hintKey]int64 // the earliest hint of each key that is in the heap

	// hasFields has the keys of hashes that ever had a field with a TTL.
	hasFields map[string]bool
}

func (c *clock) withFields(key string) {
	if c.hasFields == nil {
		c.hasFields = map[string]bool{}
	}
	c.hasFields[key] = true
}

// A hintKey is a key, or a field of a hash.
type hintKey struct {
	key, field string
	isField    bool
}

type hint struct {
	at int64 // Unix milliseconds
	hintKey
}

type hintHeap []hint

func (h hintHeap) Len() int           { return len(h) }
func (h hintHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h hintHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *hintHeap) Push(x any)        { *h = append(*h, x.(hint)) }
func (h *hintHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

func nowMS() int64 { return time.Now().UnixMilli() }

// shift turns a deadline into what miniredis stores. It is never below 1: a
// deadline in the past falls due at once.
func (c *clock) shift(deadline int64) int64 { return max(1, deadline-c.start.UnixMilli()) }

func (c *clock) unshift(stored int64) int64 { return stored + c.start.UnixMilli() }

// remind notes that k may expire at a time.
func (c *clock) remind(k hintKey, at int64) {
	if c.next == nil {
		c.next = map[hintKey]int64{}
	}
	if earlier, ok := c.next[k]; ok && earlier <= at {
		return // that hint will look again
	}
	c.next[k] = at
	heap.Push(&c.heap, hint{at, k})
}

// due takes the next hint whose time has come.
func (c *clock) due(now int64) (hintKey, bool) {
	for len(c.heap) > 0 && c.heap[0].at <= now {
		h := heap.Pop(&c.heap).(hint)
		if c.next[h.hintKey] == h.at {
			delete(c.next, h.hintKey)
			return h.hintKey, true
		}
	}
	return hintKey{}, false
}

// expireDue deletes what has expired. mu is held.
func (e *embedded) expireDue(c *server.Peer) {
	if len(e.clock.heap) == 0 {
		return
	}
	now := nowMS()
	for k, ok := e.clock.due(now); ok; k, ok = e.clock.due(now) {
		deadline, has := e.deadline(c, k)
		switch {
		case !has:
		case deadline > now:
			e.clock.remind(k, deadline)
		case k.isField:
			e.hashForget(c, k.key, []string{k.field})
			e.call(c, "HDEL", k.key, k.field)
		default:
			e.call(c, "DEL", k.key)
			e.counts.expired++
		}
	}
}

// deadline returns when k expires.
func (e *embedded) deadline(c *server.Peer, k hintKey) (at int64, has bool) {
	var v reply
	if k.isField {
		list, _ := e.call(c, "HPTTL", k.key, "FIELDS", "1", k.field).([]any)
		if len(list) == 1 {
			v = list[0]
		}
	} else {
		v = e.call(c, "PTTL", k.key)
	}
	stored, ok := v.(int64)
	if !ok || stored < 0 {
		return 0, false
	}
	return e.clock.unshift(stored), true
}

// remindKey notes the deadline a key has now, if any.
func (e *embedded) remindKey(c *server.Peer, key string) {
	k := hintKey{key: key}
	if at, ok := e.deadline(c, k); ok {
		e.clock.remind(k, at)
	}
}

// remindFields notes the deadlines of a hash's fields.
func (e *embedded) remindFields(c *server.Peer, key string) {
	fields, _ := e.call(c, "HKEYS", key).([]any)
	for _, f := range fields {
		k := hintKey{key, replyText(f), true}
		if at, ok := e.deadline(c, k); ok {
			e.clock.remind(k, at)
			e.clock.withFields(key)
		}
	}
}

// parseDeadline reads the time argument of an expiry option as a deadline. unit
// is EX, PX, EXAT or PXAT. Times Redis would refuse give false.
func parseDeadline(unit, arg string) (at int64, ok bool) {
	n, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return 0, false
	}
	if strings.HasPrefix(unit, "EX") {
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			return 0, false
		}
		n *= 1000
	}
	if !strings.HasSuffix(unit, "AT") {
		now := nowMS()
		if n > math.MaxInt64/2-now {
			return 0, false
		}
		n += now
	}
	// miniredis counts in nanoseconds.
	return n, n < math.MaxInt64/int64(time.Millisecond)
}

// shiftOption rewrites the expiry option among args[from:], if there is a good
// one, and returns the deadline.
func (e *embedded) shiftOption(args []string, from int) (out []string, at int64, ok bool) {
	for i := from; i+1 < len(args); i++ {
		switch unit := strings.ToUpper(args[i]); unit {
		case "EX", "PX", "EXAT", "PXAT":
			n, err := strconv.ParseInt(args[i+1], 10, 64)
			if err != nil || n <= 0 {
				return nil, 0, false
			}
			if at, ok = parseDeadline(unit, args[i+1]); !ok {
				return nil, 0, false
			}
			out = append([]string(nil), args...)
			out[i], out[i+1] = "PX", strconv.FormatInt(e.clock.shift(at), 10)
			return out, at, true
		}
	}
	return nil, 0, false
}
