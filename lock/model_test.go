//go:build !wasm

package lock_test

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A model is what this package needs of Redis, in Go: strings with TTLs, sorted
// sets, pub/sub, SET IFEQ and DELEX (unless it lacks them), and the scripts of
// this package. Time is what now says, in whole milliseconds as in Redis.
type model struct {
	now   func() time.Time
	lacks bool // no SET IFEQ and no DELEX

	mu       sync.Mutex // guards what follows
	keys     map[string]*modelKey
	publish  func(channel string) // called without the lock
	commands int                  // executed, those inside scripts included
	changed  func(key, owner string, ends int64)
}

type modelKey struct {
	value string
	set   map[string]float64 // nil for a string
	ends  int64              // ms; 0 means never
}

var errWrongType = errors.New("WRONGTYPE Operation against a key holding the wrong kind of value")

func (m *model) ms() int64 { return m.now().UnixMilli() }

// get returns a key that has not expired.
func (m *model) get(key string) *modelKey {
	k := m.keys[key]
	if k != nil && k.ends != 0 && m.ms() >= k.ends {
		delete(m.keys, key)
		k = nil
	}
	return k
}

// owner returns the string at key, "" when there is none.
func (m *model) owner(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.get(key); k != nil {
		return k.value
	}
	return ""
}

// exec runs one command.
func (m *model) exec(cmd upstash.Command) any {
	args := cmd.Args()
	src, isScript := cmd.ScriptSource()
	if !isScript && args[0] == "EVAL" {
		src, isScript = args[1], true
	}
	m.mu.Lock()
	m.commands++
	var channel string
	var reply any
	if isScript {
		n, _ := strconv.Atoi(args[2])
		reply = m.script(src, args[3:3+n], args[3+n:], &channel)
	} else {
		reply = m.one(args)
	}
	publish := m.publish
	m.mu.Unlock()
	if channel != "" && publish != nil {
		publish(channel)
	}
	return reply
}

// call is a command inside a script.
func (m *model) call(args ...string) any {
	m.commands++
	return m.one(args)
}

func (m *model) one(args []string) any {
	switch args[0] {
	case "SET":
		return m.set(args[1], args[2], args[3:])
	case "GET":
		k := m.get(args[1])
		switch {
		case k == nil:
			return nil
		case k.set != nil:
			return errWrongType
		}
		return k.value
	case "DELEX":
		if m.lacks {
			return errors.New("ERR unknown command 'DELEX', with args beginning with: ")
		}
		if k := m.get(args[1]); k == nil || k.value != args[3] {
			return int64(0)
		}
		return m.one([]string{"DEL", args[1]})
	case "DEL":
		if m.get(args[1]) == nil {
			return int64(0)
		}
		delete(m.keys, args[1])
		return int64(1)
	case "PTTL":
		k := m.get(args[1])
		switch {
		case k == nil:
			return int64(-2)
		case k.ends == 0:
			return int64(-1)
		}
		return k.ends - m.ms()
	case "PEXPIRE":
		return m.pexpire(args[1], args[2])
	case "INCR":
		k := m.get(args[1])
		if k == nil {
			k = &modelKey{value: "0"}
			m.keys[args[1]] = k
		}
		n, err := strconv.ParseInt(k.value, 10, 64)
		if err != nil {
			return errors.New("ERR value is not an integer or out of range")
		}
		k.value = strconv.FormatInt(n+1, 10)
		return n + 1
	case "TIME":
		return m.ms()
	}
	return m.sorted(args)
}

func (m *model) pexpire(key, ms string) any {
	k := m.get(key)
	if k == nil {
		return int64(0)
	}
	d, _ := strconv.ParseInt(ms, 10, 64)
	k.ends = m.ms() + d
	m.note(key, k)
	return int64(1)
}

func (m *model) note(key string, k *modelKey) {
	if m.changed != nil && k.set == nil {
		m.changed(key, k.value, k.ends)
	}
}

// set is SET with NX, GET, IFEQ, EX and PX.
func (m *model) set(key, value string, opts []string) any {
	var nx, get bool
	var ifeq *string
	ends := int64(0)
	for i := 0; i < len(opts); i++ {
		switch opts[i] {
		case "NX":
			nx = true
		case "GET":
			get = true
		case "IFEQ":
			if m.lacks {
				return errors.New("ERR syntax error")
			}
			i++
			ifeq = &opts[i]
		case "EX", "PX":
			d, _ := strconv.ParseInt(opts[i+1], 10, 64)
			if opts[i] == "EX" {
				d *= 1000
			}
			ends = m.ms() + d
			i++
		}
	}
	old := m.get(key)
	refused := nx && old != nil || ifeq != nil && (old == nil || old.value != *ifeq)
	if !refused {
		k := &modelKey{value: value, ends: ends}
		m.keys[key] = k
		m.note(key, k)
	}
	switch {
	case get && old != nil:
		return old.value
	case get || refused:
		return nil
	}
	return "OK"
}

func (m *model) sorted(args []string) any {
	k := m.get(args[1])
	if k == nil {
		k = &modelKey{set: map[string]float64{}}
	}
	switch args[0] {
	case "ZADD":
		at, nx := 2, args[2] == "NX"
		if nx {
			at++
		}
		score, _ := strconv.ParseFloat(args[at], 64)
		_, there := k.set[args[at+1]]
		if !there || !nx {
			k.set[args[at+1]] = score
		}
		m.keys[args[1]] = k
	case "ZREM":
		_, there := k.set[args[2]]
		delete(k.set, args[2])
		if len(k.set) == 0 {
			delete(m.keys, args[1])
		}
		if there {
			return int64(1)
		}
		return int64(0)
	default:
		panic("the model has no " + args[0])
	}
	return int64(1)
}

// first returns the member with the lowest score.
func (k *modelKey) first() string {
	names := make([]string, 0, len(k.set))
	for name := range k.set {
		names = append(names, name)
	}
	return slices.MinFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(k.set[a], k.set[b]), strings.Compare(a, b))
	})
}

// script plays the scripts of this package.
func (m *model) script(src string, ks, args []string, channel *string) any {
	switch src {
	case lock.AcquireSource:
		return m.acquire(ks, args)
	case lock.ExtendSource:
		for _, key := range ks {
			if v := m.call("GET", key); v != args[0] && v != args[1] {
				return int64(0)
			}
		}
		for _, key := range ks {
			m.call("SET", key, args[1], "PX", args[2])
		}
		return int64(1)
	case lock.ReleaseSource:
		n := int64(0)
		for _, key := range ks {
			if m.call("GET", key) == args[0] {
				n += m.call("DEL", key).(int64)
			}
		}
		return n
	case lock.HandoverSource:
		return m.handover(ks, args, channel)
	case lock.SemAcquireSource:
		return m.semAcquire(ks, args)
	case lock.SemExtendSource:
		k := m.get(ks[0])
		m.commands += 2
		if k == nil || k.set[args[0]] <= float64(m.ms()) {
			return int64(0)
		}
		m.place(ks[0], args[0], args[1])
		return int64(1)
	}
	panic("the model does not know this script")
}

func (m *model) acquire(ks, args []string) any {
	n, _ := strconv.Atoi(args[2])
	var taken []string
	for _, key := range ks[:n] {
		if m.call("SET", key, args[0], "NX", "PX", args[1]) != nil {
			taken = append(taken, key)
			continue
		}
		v := m.call("GET", key)
		if err, bad := v.(error); bad {
			return err
		}
		if v == args[0] {
			m.call("PEXPIRE", key, args[1])
			taken = append(taken, key)
			continue
		}
		left := m.call("PTTL", key)
		for _, key := range taken {
			m.call("DEL", key)
		}
		if args[5] != "" {
			m.call("TIME")
			line := ks[len(ks)-1]
			m.call("ZADD", line, "NX", strconv.FormatInt(m.now().UnixMicro(), 10), args[0])
			m.call("PEXPIRE", line, args[5])
		}
		return []any{int64(0), left}
	}
	if args[6] == "1" {
		m.call("ZREM", ks[len(ks)-1], args[0])
	}
	reply := []any{int64(1)}
	for i := range n {
		if args[3] == "1" {
			reply = append(reply, m.fence(ks[n+i], args[4]))
		}
	}
	return reply
}

func (m *model) fence(counter, life string) int64 {
	f := m.call("INCR", counter).(int64)
	if f == 1 {
		m.call("TIME")
		f = m.now().UnixMicro()
		m.call("SET", counter, strconv.FormatInt(f, 10), "PX", life)
	}
	return f
}

func (m *model) handover(ks, args []string, channel *string) any {
	if m.call("GET", ks[0]) != args[0] {
		m.call("ZREM", ks[1], args[0])
		return int64(0)
	}
	m.commands++
	line := m.get(ks[1])
	if line == nil || len(line.set) == 0 {
		m.call("DEL", ks[0])
		return int64(1)
	}
	next := line.first()
	m.one([]string{"ZREM", ks[1], next})
	m.call("SET", ks[0], next, "PX", args[1])
	m.commands++
	*channel = args[2] + next
	return int64(1)
}

// place puts an owner into a semaphore's set.
func (m *model) place(set, owner, ttl string) {
	d, _ := strconv.ParseInt(ttl, 10, 64)
	m.call("ZADD", set, strconv.FormatInt(m.ms()+d, 10), owner)
	if k := m.get(set); k.ends == 0 || k.ends <= m.ms()+d {
		m.call("PEXPIRE", set, ttl)
	}
	m.commands++
}

func (m *model) semAcquire(ks, args []string) any {
	m.commands += 3
	limit, _ := strconv.Atoi(args[2])
	if k := m.get(ks[0]); k != nil {
		for name, ends := range k.set {
			if ends <= float64(m.ms()) {
				delete(k.set, name)
			}
		}
		if _, mine := k.set[args[0]]; !mine && len(k.set) >= limit {
			least := math.Inf(1)
			for _, ends := range k.set {
				least = min(least, ends)
			}
			return []any{int64(0), int64(least) - m.ms()}
		}
	}
	m.place(ks[0], args[0], args[1])
	if args[3] != "1" {
		return []any{int64(1)}
	}
	return []any{int64(1), m.fence(ks[1], args[4])}
}
