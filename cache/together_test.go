package cache_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

// count returns how many commands of a name were run.
func (f *fakeRedis) count(name string) (n int) {
	for _, s := range f.names() {
		if s == name {
			n++
		}
	}
	return n
}

// largest returns the size of the largest command of a name.
func (f *fakeRedis) largest(name string) (most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, args := range f.log {
		if args[0] == name {
			most = max(most, len(strings.Join(args, "")))
		}
	}
	return most
}

// TestSetManyTogether: one command for all that have the same TTL and are text.
func TestSetManyTogether(t *testing.T) {
	t.Parallel()
	values := map[string]string{}
	for i := range 100 {
		values[fmt.Sprint(i)] = fmt.Sprint("v", i)
	}
	for _, tc := range []struct {
		name         string
		o            cache.Options
		old          bool
		add          map[string]string
		msetex, sets int
	}{
		{name: "plain", msetex: 1},
		{name: "in envelopes", o: cache.Options{Stale: time.Hour, Namespace: "n"}, msetex: 1},
		{name: "bytes among them", add: map[string]string{"b": "\xff", "c": "\xfe\xff"}, msetex: 1, sets: 2},
		{name: "jitter", o: cache.Options{Jitter: 1, TTL: 1000 * time.Hour}, sets: 100},
		{name: "a MiB each", o: cache.Options{MaxValue: -1}, add: map[string]string{
			"d": strings.Repeat("d", 1<<19), "e": strings.Repeat("e", 1<<19), "f": strings.Repeat("f", 1<<19),
		}, msetex: 3, sets: -1},
		{name: "Redis 7", old: true, msetex: 1, sets: 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				f.Old = tc.old
				c := mustText(t, f, tc.o)
				all := maps.Clone(values)
				maps.Copy(all, tc.add)
				if err := c.SetMany(t.Context(), all); err != nil {
					t.Fatal(err)
				}
				got, err := c.GetMany(t.Context(), slices.Collect(maps.Keys(all))...)
				if err != nil || !maps.Equal(got, all) {
					t.Errorf("%d values, %v", len(got), err)
				}
				if m, s := f.count("MSETEX"), f.count("SET"); m > tc.msetex || m == 0 != (tc.msetex == 0) || tc.sets >= 0 && s != tc.sets {
					t.Errorf("%d MSETEX, %d SET; want at most %d, %d", m, s, tc.msetex, tc.sets)
				}
				if n := f.largest("MSETEX"); n > 1<<20+100 {
					t.Errorf("a command of %d bytes", n)
				}
				if ttl := f.ttl("t:1"); tc.o.Jitter == 0 && ttl != time.Minute+tc.o.Stale {
					t.Errorf("TTL %v", ttl)
				}
				f.reset()
				if err := c.SetMany(t.Context(), map[string]string{"x": "1", "y": "2"}); err != nil {
					t.Fatal(err)
				}
				if tc.old && f.count("MSETEX") > 0 {
					t.Error("what the server does not know is asked for again")
				}
			})
		})
	}
}

// TestSetManySkips: what is too large leaves, the others come, in one request.
func TestSetManySkips(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{MaxValue: 4, SkipTooLarge: true})
		f.put("t:long", "old", time.Hour)
		f.reset()
		if err := c.SetMany(t.Context(), map[string]string{"a": "1", "b": "2", "long": "12345", "long too": "12345"}); err != nil {
			t.Fatal(err)
		}
		if requests, billed := f.cost(); requests != 1 || billed != 3 || f.raw("t:long") != "" || f.raw("t:b") != "2" {
			t.Errorf("%d requests, %d commands; stored %q, %q", requests, billed, f.raw("t:long"), f.raw("t:b"))
		}
	})
}

// TestLeasesTogether: when somebody is quicker with one of many keys, the others
// are leased all the same, and theirs is waited for.
func TestLeasesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		f.setFault(func(cmds [][]string) fault {
			if cmds[0][0] == "MSETEX" {
				f.setLocked([]string{"SET", "t:b", "theirs", "PX", "60000"})
			}
			return fine
		})
		s := &shelf{}
		got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b", "c"}, s.load)
		if err != nil || !maps.Equal(got, map[string]string{"a": "va", "b": "theirs", "c": "vc"}) {
			t.Errorf("%v, %v", got, err)
		}
		if len(s.calls) != 1 || !slices.Equal(s.calls[0], []string{"a", "c"}) || f.raw("t:a") != "va" || f.raw("t:b") != "theirs" {
			t.Errorf("calls %v; stored %q, %q", s.calls, f.raw("t:a"), f.raw("t:b"))
		}
		// The read, the leases together and then one by one, the two values.
		if requests, billed := f.cost(); requests != 4 || billed != 1+1+3+2 {
			t.Errorf("%d requests, %d commands", requests, billed)
		}
	})
}

// TestRepeatedLeasesTogether: a repeated MSETEX finds its own leases.
func TestRepeatedLeasesTogether(t *testing.T) {
	t.Parallel()
	for _, noLease := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			c := mustText(t, again{f}, cache.Options{NoLease: noLease})
			gone := false
			f.setFault(func(cmds [][]string) fault {
				if cmds[0][0] == "MSETEX" && !gone {
					gone = true
					return lost
				}
				return fine
			})
			s := &shelf{}
			began := time.Now()
			got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b"}, s.load)
			if err != nil || len(got) != 2 || len(s.calls) != 1 || time.Since(began) > 0 {
				t.Errorf("no lease %v: %v, %v, calls %v, after %v", noLease, got, err, s.calls, time.Since(began))
			}
			if f.raw("t:a") != "va" || f.raw("t:b") != "vb" || c.Stats().Discarded != 0 {
				t.Errorf("no lease %v: stored %q, %q, %+v", noLease, f.raw("t:a"), f.raw("t:b"), c.Stats())
			}
		})
	}
}

// TestLeasesTogetherFail: a server that takes no writes, and one that fails.
func TestLeasesTogetherFail(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]fault{"denied": denied, "not sent": noSend, "lost": lost} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeRedis()
			var ev events
			c := mustText(t, f, cache.Options{OnError: ev.add})
			f.setFault(func(cmds [][]string) fault {
				if cmds[0][0] == "MSETEX" {
					return kind
				}
				return fine
			})
			s := &shelf{}
			got, err := c.GetOrLoadMany(t.Context(), []string{"a", "b"}, s.load)
			if err != nil || len(got) != 2 || len(s.calls) != 1 || !slices.Contains(ev.ops(), "lease") {
				t.Errorf("%s: %v, %v, calls %v, events %v", name, got, err, s.calls, ev.ops())
			}
			if stored := f.raw("t:a") == "va"; stored != (kind == lost) {
				t.Errorf("%s: stored %q", name, f.raw("t:a"))
			}
		})
	}
}
