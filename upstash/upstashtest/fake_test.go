package upstashtest_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

var errBroken = errors.New("the connection broke")

// table is a fake with one answer of each kind.
func table(_ context.Context, args []string) (any, error) {
	switch args[1] {
	case "text":
		return "hello", nil
	case "none":
		return nil, nil
	case "refused":
		return nil, upstashtest.Refuse("WRONGTYPE Operation against a key holding the wrong kind of value")
	case "refused by value":
		return errors.New("WRONGTYPE Operation against a key holding the wrong kind of value"), nil
	case "broken":
		return nil, errBroken
	}
	return 1, nil
}

func TestFakeDo(t *testing.T) {
	t.Parallel()
	cases := []struct {
		key, want string
		is        error
	}{
		{"text", "hello", nil},
		{"none", "", upstash.ErrNil},
		{"refused", "", upstash.ErrWrongType},
		{"refused by value", "", upstash.ErrWrongType},
		{"broken", "", errBroken},
		{"number", "1", nil},
	}
	for _, c := range cases {
		t.Run(c.key, func(t *testing.T) {
			t.Parallel()
			got, err := upstash.Get(c.key).Do(t.Context(), upstashtest.NewFake(table))
			if got != c.want || !errors.Is(err, c.is) {
				t.Errorf("Get = %q, %v; want %q, %v", got, err, c.want, c.is)
			}
			if !errors.Is(c.is, upstash.ErrWrongType) {
				return
			}
			e, ok := errors.AsType[*upstash.ServerError](err)
			if !ok || e.Code != "WRONGTYPE" || e.Command != "GET" || e.Status != 400 {
				t.Errorf("error = %#v, want what a Client returns", e)
			}
		})
	}
}

func TestFakeChecksFirst(t *testing.T) {
	t.Parallel()
	f := upstashtest.NewFake(table)
	bad := upstash.NewCommand("SET", "k", nil)
	if _, err := f.Do(t.Context(), bad); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("Do = %v, want ErrBadArgument", err)
	}
	if _, err := f.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{upstash.NewCommand("PING"), bad}}); !errors.Is(err, upstash.ErrBadArgument) {
		t.Errorf("DoBatch = %v, want ErrBadArgument", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Do(ctx, upstash.NewCommand("GET", "k")); !errors.Is(err, context.Canceled) {
		t.Errorf("Do = %v, want context.Canceled", err)
	}
	if calls := f.Calls(); len(calls) != 0 {
		t.Errorf("the function was called for %q", calls)
	}
}

func TestFakeBatch(t *testing.T) {
	t.Parallel()
	f := upstashtest.NewFake(table)
	batch := func(keys ...string) upstash.Batch {
		b := upstash.Batch{Atomic: true}
		for _, k := range keys {
			b.Commands = append(b.Commands, upstash.NewCommand("GET", k))
		}
		return b
	}
	replies, err := f.DoBatch(t.Context(), batch("text", "refused", "refused by value", "none"))
	if err != nil || len(replies) != 4 {
		t.Fatalf("DoBatch = %v, %v", replies, err)
	}
	if got, _ := replies[0].Text(); got != "hello" || !replies[3].IsNil() {
		t.Errorf("replies = %v", replies)
	}
	for _, i := range []int{1, 2} {
		if !errors.Is(replies[i].Err(), upstash.ErrWrongType) {
			t.Errorf("reply %d = %v, want ErrWrongType", i, replies[i].Err())
		}
	}
	if _, err := f.DoBatch(t.Context(), batch("text", "broken", "text")); !errors.Is(err, errBroken) {
		t.Errorf("DoBatch = %v, want the failure", err)
	}
	if replies, err := f.DoBatch(t.Context(), upstash.Batch{}); replies != nil || err != nil {
		t.Errorf("empty DoBatch = %v, %v", replies, err)
	}
	requests := f.Requests()
	if len(requests) != 2 || !requests[0].Batch || !requests[0].Atomic || len(requests[0].Commands) != 4 {
		t.Errorf("requests = %+v", requests)
	}
	if calls := f.Calls(); len(calls) != 7 || calls[6][1] != "text" {
		t.Errorf("calls = %q", calls)
	}
}

func TestFakeScripts(t *testing.T) {
	t.Parallel()
	script := upstash.NewScript("return redis.call('INCRBY', KEYS[1], ARGV[1])", upstash.Reply.Int64)
	other := upstash.NewScript("return 1", upstash.Reply.Int64)
	f := upstashtest.NewFake(func(_ context.Context, args []string) (any, error) {
		if args[0] == "EVALSHA" && args[1] == other.SHA() {
			return 7, nil
		}
		return nil, upstashtest.Refuse("NOSCRIPT No matching script. Please use EVAL.")
	})
	f.OnScript(script, func(_ context.Context, keys, args []string) (any, error) {
		if !reflect.DeepEqual(keys, []string{"a", "b"}) || !reflect.DeepEqual(args, []string{"5"}) {
			t.Errorf("keys %q, args %q", keys, args)
		}
		return 5, nil
	})
	if n, err := script.Run(t.Context(), f, []string{"a", "b"}, 5); n != 5 || err != nil {
		t.Errorf("Run = %d, %v", n, err)
	}
	if n, err := other.Run(t.Context(), f, nil); n != 7 || err != nil {
		t.Errorf("Run = %d, %v; want the answer of the function", n, err)
	}
	if n, err := upstash.As(upstash.NewCommand("EVAL", script.Source(), 2, "a", "b", 5), upstash.Reply.Int64).Do(t.Context(), f); n != 5 || err != nil {
		t.Errorf("EVAL = %d, %v", n, err)
	}
	if _, err := upstash.NewScript("return 2", upstash.Reply.Int64).Run(t.Context(), f, nil); !errors.Is(err, upstash.ErrNoScript) {
		t.Errorf("an unknown script: %v", err)
	}
}

// TestFakeInBubble: a fake that waits takes no real time.
func TestFakeInBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := upstashtest.NewFake(func(ctx context.Context, _ []string) (any, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Hour):
				return "late", nil
			}
		})
		if got, err := upstash.Get("k").Do(t.Context(), f); got != "late" || err != nil {
			t.Errorf("Get = %q, %v", got, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := upstash.Get("k").Do(ctx, f); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Get = %v", err)
		}
	})
}

func TestExpecting(t *testing.T) {
	t.Parallel()
	announce := func(f *upstashtest.Fake) {
		f.Expect("SET", "k", upstashtest.Any, "EX", 60).Return("OK")
		f.Expect("GET", "k").Return("v")
		f.Expect("DEL", "k").Fail(upstashtest.Refuse("NOPERM this user has no permissions to run the 'del' command"))
	}
	cases := []struct {
		name  string
		run   func(t *testing.T, f *upstashtest.Fake)
		fails []string
	}{
		{"as announced", func(t *testing.T, f *upstashtest.Fake) {
			do(t, f, "SET", "k", time.Now().String(), "EX", 60)
			if got, _ := do(t, f, "GET", "k").Text(); got != "v" {
				t.Errorf("GET = %q", got)
			}
			if _, err := f.Do(t.Context(), upstash.NewCommand("DEL", "k")); !errors.Is(err, upstash.ErrNoPermission) {
				t.Errorf("DEL = %v", err)
			}
		}, nil},
		{"another order", func(t *testing.T, f *upstashtest.Fake) {
			if _, err := f.Do(t.Context(), upstash.NewCommand("GET", "k")); err == nil {
				t.Error("an unexpected command was answered")
			}
		}, []string{"not expected: GET k", "did not come: SET k <any> EX 60", "did not come: GET k", "did not come: DEL k"}},
		{"left over", func(t *testing.T, f *upstashtest.Fake) {
			do(t, f, "SET", "k", 1, "EX", 60)
		}, []string{"did not come: GET k", "did not come: DEL k"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tb := runFake(t, func(tb testing.TB) {
				f := upstashtest.Expecting(tb)
				announce(f)
				c.run(t, f)
			})
			if len(tb.failures) != len(c.fails) {
				t.Fatalf("failures = %q, want %q", tb.failures, c.fails)
			}
			for i, want := range c.fails {
				if !strings.Contains(tb.failures[i], want) {
					t.Errorf("failure %d = %q, want %q", i, tb.failures[i], want)
				}
			}
		})
	}
}

func TestMeter(t *testing.T) {
	t.Parallel()
	meter := &upstashtest.Meter{}
	body := `[{"result":1},{"error":"ERR no"},{"result":2}]`
	c := client(t, answer(200, "application/json", body), upstash.Config{Hook: meter})
	incr := upstash.NewCommand("INCR", "k")
	if _, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{incr, incr, upstash.NewCommand("EVAL", "return 1", 0).WithBilled(4)}}); err != nil {
		t.Fatal(err)
	}
	want := upstashtest.Totals{Requests: 1, Commands: 3, Refused: 1, Billed: 7, BytesOut: len(`[["INCR","k"],["INCR","k"],["EVAL","return 1","0"]]`), BytesIn: len(body)}
	if got := meter.Totals(); got != want {
		t.Errorf("totals = %+v, want %+v", got, want)
	}
	if got := meter.Count("INCR"); got != 2 {
		t.Errorf("Count = %d", got)
	}
	tb := runFake(t, func(tb testing.TB) {
		meter.AssertRequests(tb, 1)
		meter.AssertCommands(tb, 3)
		meter.AssertBilled(tb, 7)
	})
	tb.wantPass(t)
	for name, assert := range map[string]func(testing.TB, int){
		"HTTP requests": meter.AssertRequests, "commands": meter.AssertCommands, "billed": meter.AssertBilled,
	} {
		tb := runFake(t, func(tb testing.TB) { assert(tb, 99) })
		tb.wantFailure(t, name, "want 99")
	}
	meter.Reset()
	if got := meter.Totals(); got != (upstashtest.Totals{}) || meter.Count("INCR") != 0 {
		t.Errorf("totals after Reset = %+v", got)
	}
}

// TestMeterNotSent: what was certainly not sent is not billed.
func TestMeterNotSent(t *testing.T) {
	t.Parallel()
	meter := &upstashtest.Meter{}
	faults := upstashtest.NewFaults(&counter{}, upstashtest.FaultOptions{Script: []upstashtest.Fault{upstashtest.NotSent(), upstashtest.NotSent()}})
	c := client(t, faults, upstash.Config{Hook: meter, Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1}})
	if _, err := c.Do(t.Context(), upstash.NewCommand("INCR", "k")); err != nil {
		t.Fatal(err)
	}
	meter.AssertRequests(t, 3)
	meter.AssertBilled(t, 1)
}
