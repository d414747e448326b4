package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

func TestSplitByCount(t *testing.T) {
	t.Parallel()
	f := newEcho()
	var progress []string
	p := pipeline.NewWith(f, pipeline.Options{MaxCommands: 2, Progress: func(done, total int) {
		progress = append(progress, strconv.Itoa(done)+"/"+strconv.Itoa(total))
	}})
	var futures []*pipeline.Future[string]
	for i := range 5 {
		futures = append(futures, pipeline.Add(p, cmd("GET "+strconv.Itoa(i))))
	}
	if err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "requests", f.requests(), []string{"batch(GET 0; GET 1)", "batch(GET 2; GET 3)", "batch(GET 4)"})
	equal(t, "progress", progress, []string{"2/5", "4/5", "5/5"})
	for i, x := range futures {
		if v, err := x.Result(); v != "GET "+strconv.Itoa(i) || err != nil {
			t.Errorf("result %d: %q, %v", i, v, err)
		}
	}
}

func TestSplitByBytes(t *testing.T) {
	t.Parallel()
	const one = `["GET","aaaa"]` // 14 bytes
	for _, tc := range []struct {
		name     string
		bytes    int
		requests int
	}{
		{"exactly one request", len("[" + one + "," + one + "," + one + "]"), 1},
		{"a byte less", len("["+one+","+one+","+one+"]") - 1, 2},
		{"one each", len("[" + one + "]"), 3},
		{"each over the limit", 3, 3},
		{"no limit", -1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newEcho()
			p := pipeline.NewWith(f, pipeline.Options{MaxBytes: tc.bytes})
			for range 3 {
				pipeline.Add(p, cmd("GET aaaa"))
			}
			if err := p.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(f.requests()); n != tc.requests {
				t.Errorf("%v", f.requests())
			}
		})
	}
}

func TestSplitFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	fails := map[string]error{
		"lost":     lost(cmd("INCR a").Command),
		"unsent":   unsent(),
		"refused":  refused(429, "ERR slow down"),
		"canceled": &upstash.TransportError{Command: "pipeline of 2", Err: context.Canceled},
	}
	for name, failure := range fails {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{}
			f.handle = func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
				if len(f.requests()) == 2 {
					return nil, failure
				}
				return echo(ctx, r, cmds)
			}
			calls := 0
			p := pipeline.NewWith(f, pipeline.Options{MaxCommands: 2, Progress: func(int, int) { calls++ }})
			var futures []*pipeline.Future[string]
			for i := range 6 {
				futures = append(futures, pipeline.Add(p, cmd("INCR "+strconv.Itoa(i))))
			}
			err := p.Exec(t.Context())
			e, ok := errors.AsType[*pipeline.IncompleteError](err)
			if !ok || e.Answered != 2 || e.Total != 6 || !errors.Is(err, failure) {
				t.Errorf("Exec: %v", err)
			}
			if calls != 1 || len(f.requests()) != 2 {
				t.Errorf("%d calls of Progress, requests %v", calls, f.requests())
			}
			for i, x := range futures {
				switch i / 2 {
				case 0:
					if v, err := x.Result(); v != "INCR "+strconv.Itoa(i) || err != nil {
						t.Errorf("before the failure: %q, %v", v, err)
					}
				case 1:
					if o := x.Outcome(); o != upstash.OutcomeOf(failure) {
						t.Errorf("in the failed request: %v", o)
					}
				case 2:
					want(t, "after the failure", x.Err(), upstash.ErrNotSent, upstash.NotApplied)
					if errors.Is(x.Err(), context.Canceled) != (name == "canceled") {
						t.Errorf("after the failure: %v", x.Err())
					}
				}
			}
		})
	}
}

func TestSplitStopsAfterPartOfARequest(t *testing.T) {
	t.Parallel()
	f := &fake{handle: func(ctx context.Context, r request, cmds []upstash.Command) ([]upstash.Reply, error) {
		replies, _ := echo(ctx, r, cmds)
		return replies, &upstash.PartialError{Items: []int{0}, Err: unsent()}
	}}
	p := pipeline.NewWith(f, pipeline.Options{MaxCommands: 2})
	var futures []*pipeline.Future[string]
	for i := range 4 {
		futures = append(futures, pipeline.Add(p, cmd("INCR "+strconv.Itoa(i))))
	}
	e, ok := errors.AsType[*pipeline.IncompleteError](p.Exec(t.Context()))
	if !ok || e.Answered != 1 {
		t.Errorf("%+v", e)
	}
	for i, o := range []upstash.Outcome{upstash.NotApplied, upstash.Applied, upstash.NotApplied, upstash.NotApplied} {
		if futures[i].Outcome() != o {
			t.Errorf("command %d: %v", i, futures[i].Err())
		}
	}
	if n := len(f.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestTransactionIsNeverSplit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		o    pipeline.Options
		cmds int
		text string
	}{
		{"commands", pipeline.Options{MaxCommands: 2}, 3, "pipeline: a transaction of 3 commands is over the limit of 2 and cannot be split"},
		{"bytes", pipeline.Options{MaxBytes: 30}, 3, "pipeline: a transaction of 46 bytes is over the limit of 30 and cannot be split"},
		{"one command", pipeline.Options{MaxBytes: 10}, 1, "pipeline: a transaction of 16 bytes is over the limit of 10 and cannot be split"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newEcho()
			p := pipeline.NewTxWith(f, tc.o)
			var x *pipeline.Future[string]
			for range tc.cmds {
				x = pipeline.Add(p, cmd("INCR aaa"))
			}
			err := p.Exec(t.Context())
			e, ok := errors.AsType[*pipeline.TooLargeError](err)
			if !ok || e.Error() != tc.text {
				t.Errorf("Exec: %v", err)
			}
			want(t, "future", x.Err(), upstash.ErrNotSent, upstash.NotApplied)
			if _, ok := errors.AsType[*pipeline.TooLargeError](x.Err()); !ok {
				t.Errorf("future: %v", x.Err())
			}
			if n := len(f.requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// bodies is a transport that keeps the request bodies and answers nil to
// everything.
type bodies struct{ seen []string }

func (b *bodies) RoundTrip(_ context.Context, req *upstash.Request, resp *upstash.Response) error {
	b.seen = append(b.seen, string(req.Body))
	var cmds []any
	if err := json.Unmarshal(req.Body, &cmds); err != nil {
		return err
	}
	resp.Status = 200
	resp.Body = append(resp.Body, "["+strings.Repeat(`{"result":null},`, len(cmds)-1)+`{"result":null}]`...)
	return nil
}

// FuzzSizeIsExact compares the size that the limits go by with what the client
// sends.
func FuzzSizeIsExact(f *testing.F) {
	f.Add("key", "value", 3)
	f.Add("\x00\x01\x1f\x7f", "\"\\\b\f\n\r\t/<>&", 1)
	f.Add("äöü \u2028 \u2029 \ufffd", "😀", 2)
	f.Add("", "", 5)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		n = n%5 + 5
		rec := &bodies{}
		client, err := upstash.New(upstash.Config{URL: "https://db.example.com", Token: "t", Transport: rec})
		if err != nil {
			t.Fatal(err)
		}
		run := func(maxBytes int) error {
			p := pipeline.NewTxWith(client, pipeline.Options{MaxBytes: maxBytes})
			for range n {
				pipeline.Add(p, upstash.As(upstash.NewCommand("SET", a, b), upstash.Reply.Raw))
				pipeline.Add(p, upstash.As(upstash.NewCommand("PING"), upstash.Reply.Raw))
			}
			return p.Exec(t.Context())
		}
		err = run(-1)
		if errors.Is(err, upstash.ErrBadArgument) {
			if err := run(1); !errors.Is(err, upstash.ErrBadArgument) {
				t.Fatalf("the client says %v, the limit %v", upstash.ErrBadArgument, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		size := len(rec.seen[0])
		if err := run(size); err != nil {
			t.Fatalf("limit %d: %v", size, err)
		}
		if e, ok := errors.AsType[*pipeline.TooLargeError](run(size - 1)); !ok || e.Bytes != size {
			t.Fatalf("limit %d: %+v", size-1, e)
		}
	})
}
