package pipeline_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A register is a Doer that knows GET, SET with NX and IFEQ, and the script of
// the Updater. before and after run around each command, by its number from 1;
// an error of after stands for an answer that was lost.
type register struct {
	mu     sync.Mutex
	value  *string
	noIFEQ bool
	log    []string
	before func(n int, c string) error
	after  func(n int, c string) error
}

func (r *register) Do(_ context.Context, cmd upstash.Command) (upstash.Reply, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	args := cmd.Args()
	line := text(cmd)
	if args[0] == "EVALSHA" {
		line = "SCRIPT " + strings.Join(args[3:], " ")
	}
	r.log = append(r.log, line)
	n := len(r.log)
	if r.before != nil {
		if err := r.before(n, line); err != nil {
			return upstash.Reply{}, err
		}
	}
	reply, err := r.apply(args)
	if r.after != nil && err == nil {
		if e := r.after(n, line); e != nil {
			return upstash.Reply{}, e
		}
	}
	return reply, err
}

func (r *register) apply(args []string) (upstash.Reply, error) {
	switch {
	case args[0] == "GET" && r.value == nil:
		return upstash.Reply{}, nil
	case args[0] == "GET":
		return upstash.ReplyOf(*r.value), nil
	case args[0] == "EVALSHA":
		if r.value == nil || *r.value != args[4] {
			return upstash.ReplyOf(0), nil
		}
		r.value = &args[5]
		return upstash.ReplyOf(1), nil
	case args[3] == "IFEQ" && r.noIFEQ:
		return upstash.Reply{}, refused(400, "ERR syntax error")
	case args[3] == "IFEQ" && (r.value == nil || *r.value != args[4]):
		return upstash.Reply{}, nil
	case args[3] == "NX" && r.value != nil:
		return upstash.Reply{}, nil
	}
	r.value = &args[2]
	return upstash.ReplyOf("OK"), nil
}

func increment(old string, found bool) (string, error) {
	if !found {
		return "1", nil
	}
	n, err := strconv.Atoi(old)
	return strconv.Itoa(n + 1), err
}

func ptr(s string) *string { return &s }

func TestUpdate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		start *string
		old   bool // the server has no IFEQ
		o     pipeline.UpdateOptions
		log   []string
		want  string
	}{
		{"present", ptr("4"), false, pipeline.UpdateOptions{}, []string{"GET k", "SET k 5 IFEQ 4 KEEPTTL"}, "5"},
		{"missing", nil, false, pipeline.UpdateOptions{}, []string{"GET k", "SET k 1 NX"}, "1"},
		{"with TTL", ptr("4"), false, pipeline.UpdateOptions{TTL: time.Microsecond}, []string{"GET k", "SET k 5 IFEQ 4 PX 1"}, "5"},
		{"missing with TTL", nil, false, pipeline.UpdateOptions{TTL: time.Second}, []string{"GET k", "SET k 1 NX PX 1000"}, "1"},
		{"no IFEQ", ptr("4"), true, pipeline.UpdateOptions{}, []string{"GET k", "SET k 5 IFEQ 4 KEEPTTL", "SCRIPT k 4 5 "}, "5"},
		{"no IFEQ with TTL", ptr("4"), true, pipeline.UpdateOptions{TTL: time.Second}, []string{"GET k", "SET k 5 IFEQ 4 PX 1000", "SCRIPT k 4 5 1000"}, "5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := &register{value: tc.start, noIFEQ: tc.old}
			got, err := pipeline.NewUpdater(r, tc.o).Update(t.Context(), "k", increment)
			if err != nil || got != tc.want || *r.value != tc.want {
				t.Errorf("%q, %v; value %q", got, err, *r.value)
			}
			equal(t, "commands", r.log, tc.log)
		})
	}
}

func TestUpdateRemembersThatIFEQIsMissing(t *testing.T) {
	t.Parallel()
	r := &register{value: ptr("1"), noIFEQ: true}
	u := pipeline.NewUpdater(r, pipeline.UpdateOptions{})
	for range 2 {
		if _, err := u.Update(t.Context(), "k", increment); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "commands", r.log, []string{"GET k", "SET k 2 IFEQ 1 KEEPTTL", "SCRIPT k 1 2 ", "GET k", "SCRIPT k 2 3 "})
}

func TestUpdateWritesNothing(t *testing.T) {
	t.Parallel()
	r := &register{value: ptr("x")}
	_, err := pipeline.Update(t.Context(), r, "k", func(string, bool) (string, error) { return "", errWire })
	if err != errWire { //nolint:errorlint // it must come back as it is
		t.Errorf("failed change: %v", err)
	}
	v, err := pipeline.Update(t.Context(), r, "k", func(old string, _ bool) (string, error) { return old, nil })
	if v != "x" || err != nil {
		t.Errorf("no change: %q, %v", v, err)
	}
	equal(t, "commands", r.log, []string{"GET k", "GET k"})
	r = &register{before: func(int, string) error { return refused(400, "WRONGTYPE x") }}
	_, err = pipeline.Update(t.Context(), r, "k", increment)
	want(t, "wrong type", err, upstash.ErrWrongType, upstash.Rejected)
}

func TestUpdateTriesAgainAfterAConflict(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &register{value: ptr("1")}
		r.before = func(n int, _ string) error {
			if n == 2 || n == 4 {
				r.value = ptr(*r.value + "0") // somebody comes in between
			}
			return nil
		}
		if v, err := pipeline.Update(t.Context(), r, "k", increment); v != "101" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
	})
}

func TestUpdateGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &register{value: ptr("1")}
		r.before = func(_ int, c string) error {
			if strings.HasPrefix(c, "SET") {
				r.value = ptr(*r.value + "0")
			}
			return nil
		}
		_, err := pipeline.NewUpdater(r, pipeline.UpdateOptions{MaxAttempts: 3}).Update(t.Context(), "k", increment)
		want(t, "conflict", err, pipeline.ErrConflict, upstash.NotApplied)
		if e, ok := errors.AsType[*pipeline.ConflictError](err); !ok || e.Attempts != 3 || len(r.log) != 6 {
			t.Errorf("%v, commands %v", err, r.log)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = pipeline.NewUpdater(r, pipeline.UpdateOptions{MinBackoff: time.Hour, MaxBackoff: time.Hour}).Update(ctx, "k", increment)
		want(t, "ended", err, context.DeadlineExceeded, upstash.NotApplied)
	})
}

// TestUpdateWithALostAnswer: what the Updater says must be true in every case.
func TestUpdateWithALostAnswer(t *testing.T) {
	t.Parallel()
	write := upstash.NewCommand("SET", "k", "v")
	for _, tc := range []struct {
		name     string
		start    *string
		distinct bool
		applied  bool    // the write whose answer is lost
		then     *string // what somebody makes of the value afterwards
		ok       bool
		value    string
	}{
		{"applied", ptr("1"), false, true, nil, false, "2"},
		{"not applied", ptr("1"), false, false, nil, false, "1"},
		{"distinct, applied", ptr("1"), true, true, nil, true, "2"},
		{"distinct, not applied", ptr("1"), true, false, nil, true, "2"},
		{"distinct, overwritten", ptr("1"), true, true, ptr("9"), false, "9"},
		{"distinct, created", nil, true, true, nil, true, "1"},
		{"distinct, not created", nil, true, false, nil, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &register{value: tc.start}
				hit := func(n int, _ string) error {
					if n != 2 {
						return nil
					}
					if tc.then != nil {
						r.value = tc.then
					}
					return lost(write)
				}
				if tc.applied {
					r.after = hit
				} else {
					r.before = hit
				}
				v, err := pipeline.NewUpdater(r, pipeline.UpdateOptions{Distinct: tc.distinct}).Update(t.Context(), "k", increment)
				if tc.ok && (err != nil || v != tc.value) {
					t.Errorf("%q, %v", v, err)
				}
				if !tc.ok {
					want(t, "lost", err, upstash.ErrMaybeApplied, upstash.MaybeApplied)
				}
				if got := r.value; got == nil && tc.value != "" || got != nil && *got != tc.value {
					t.Errorf("value %v, want %q", got, tc.value)
				}
			})
		})
	}
}

// TestUpdateStaysUncertain: once an answer was lost no later failure hides it.
func TestUpdateStaysUncertain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		write := upstash.NewCommand("SET", "k", "v")
		r := &register{value: ptr("1"), before: func(n int, _ string) error {
			if n == 2 {
				return lost(write)
			}
			if n == 3 {
				return unsent()
			}
			return nil
		}}
		_, err := pipeline.NewUpdater(r, pipeline.UpdateOptions{Distinct: true}).Update(t.Context(), "k", increment)
		want(t, "read fails afterwards", err, upstash.ErrMaybeApplied, upstash.MaybeApplied)
	})
}

// TestConcurrentUpdatesLoseNothing: every increment of every writer counts.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &register{}
		u := pipeline.NewUpdater(r, pipeline.UpdateOptions{MaxAttempts: 1000})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					if _, err := u.Update(t.Context(), "k", increment); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if *r.value != "80" {
			t.Errorf("value %s after 80 increments", *r.value)
		}
	})
}

// TestConditionalSetIsSentOnce: the client must not repeat it, because the
// second answer would deny the first.
func TestConditionalSetIsSentOnce(t *testing.T) {
	t.Parallel()
	seen := 0
	_, err := pipeline.Update(t.Context(), doerFunc(func(c upstash.Command) (upstash.Reply, error) {
		if c.Name() == "GET" {
			return upstash.ReplyOf("1"), nil
		}
		seen++
		if c.Repeatable() {
			t.Errorf("%s may be repeated", text(c))
		}
		return upstash.ReplyOf("OK"), nil
	}), "k", increment)
	if err != nil || seen != 1 {
		t.Errorf("%v, %d writes", err, seen)
	}
}

type doerFunc func(upstash.Command) (upstash.Reply, error)

func (f doerFunc) Do(_ context.Context, c upstash.Command) (upstash.Reply, error) { return f(c) }
