//go:build !wasm

package lock_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// TestLuaMatchesModel runs random sequences of every command and script of this
// package on the embedded Redis, on a real one, and on the model that the
// simulated world uses: what the histories show of the model holds for Lua.
func TestLuaMatchesModel(t *testing.T) {
	t.Parallel()
	scripts := map[string]*upstash.Script[upstash.Reply]{}
	for _, src := range []string{
		lock.AcquireSource, lock.ExtendSource, lock.ReleaseSource, lock.HandoverSource, lock.SemAcquireSource, lock.SemExtendSource,
	} {
		scripts[src] = upstash.NewScript(src, upstash.Reply.Raw)
	}
	for _, backend := range []string{"embedded", "redis"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			url := ""
			if backend == "redis" {
				url = redistest.StartOwn(t).URL
			}
			s := serve(t, url)
			m := &model{keys: map[string]*modelKey{}, now: time.Now}
			rnd := rand.New(rand.NewPCG(1, 2))
			for i := range 3000 {
				cmd := randomCommand(rnd, scripts)
				want := m.exec(cmd)
				reply, err := s.client.Do(t.Context(), cmd)
				if e, is := want.(error); is || err != nil {
					if !is || err == nil || errors.Is(err, upstash.ErrWrongType) != (e == errWrongType) { //nolint:errorlint // the model's own
						t.Fatalf("step %d: %q: %v, the model says %v", i, cmd.Args(), err, want)
					}
					continue
				}
				if got := plain(reply); !alike(got, want) {
					t.Fatalf("step %d: %q: %v, the model says %v", i, cmd.Args(), got, want)
				}
			}
		})
	}
}

// randomCommand draws from few keys and owners, so that they meet.
func randomCommand(rnd *rand.Rand, scripts map[string]*upstash.Script[upstash.Reply]) upstash.Command {
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	name, owner, next := pick("{a}", "{b}", "{c}"), pick("o1", "o2", "o3"), pick("o1", "o2", "o3")
	ttl := pick("3600000", "7200000")
	switch rnd.IntN(9) {
	case 0, 1:
		names := []string{"{a}", "{b}", "{c}"}[:1+rnd.IntN(3)]
		ks, fenced, line := append([]string(nil), names...), pick("0", "1"), ""
		if fenced == "1" {
			for _, n := range names {
				ks = append(ks, "fence:"+n)
			}
		}
		queued := "0"
		if len(names) == 1 && rnd.IntN(2) == 0 {
			ks, line, queued = append(ks, "line:"+names[0]), "9000000", pick("0", "1")
		}
		return scripts[lock.AcquireSource].Cmd(ks, owner, ttl, strconv.Itoa(len(names)), fenced, "99000000", line, queued).Command
	case 2:
		return scripts[lock.ExtendSource].Cmd([]string{"{a}", "{b}", "{c}"}[:1+rnd.IntN(3)], owner, next, ttl).Command
	case 3:
		return scripts[lock.ReleaseSource].Cmd([]string{"{a}", "{b}", "{c}"}[:1+rnd.IntN(3)], owner).Command
	case 4:
		return scripts[lock.HandoverSource].Cmd([]string{name, "line:" + name}, owner, "3600000", "wake:").Command
	case 5:
		return scripts[lock.SemAcquireSource].Cmd([]string{"sem", "fence:sem"}, owner, ttl, "2", pick("0", "1"), "99000000").Command
	case 6:
		return scripts[lock.SemExtendSource].Cmd([]string{"sem"}, owner, ttl).Command
	case 7:
		return upstash.NewCommand("ZREM", "sem", owner)
	}
	switch rnd.IntN(4) {
	case 0:
		return upstash.SetGet(name, owner, upstash.SetOptions{NX: true, TTL: time.Hour}).Command
	case 1:
		return upstash.SetWith(name, next, upstash.SetOptions{IfEqual: owner, TTL: time.Hour}).Command
	case 2:
		return upstash.DelEx(name, upstash.DelExOptions{IfEqual: owner}).Command
	}
	return upstash.Get(pick(name, "fence:"+name)).Command
}

// plain turns a reply into what the model returns.
func plain(r upstash.Reply) any {
	if r.IsNil() {
		return nil
	}
	if r.IsArray() {
		out := []any{}
		for i := range r.Len() {
			out = append(out, plain(r.Index(i)))
		}
		return out
	}
	if n, err := r.Int64(); err == nil {
		return n
	}
	s, _ := r.Text()
	return s
}

// alike compares replies; numbers that are times may differ by what the run took,
// and fencing tokens by when their counter was made.
func alike(got, want any) bool {
	a, ok1 := got.([]any)
	b, ok2 := want.([]any)
	if ok1 && ok2 {
		if len(a) != len(b) {
			return false
		}
		for i := range a {
			if !alike(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	x, ok1 := number(got)
	y, ok2 := number(want)
	if ok1 && ok2 && min(x, y) > 1000 {
		return x-y < 60_000 && y-x < 60_000
	}
	return ok1 == ok2 && (ok1 && x == y || reflect.DeepEqual(got, want))
}

func number(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}
