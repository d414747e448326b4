package upstashtest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// exampleT stands for the *testing.T of a test.
type exampleT struct{ testing.TB }

func (exampleT) Helper()                   {}
func (exampleT) Cleanup(func())            {}
func (exampleT) Errorf(f string, a ...any) { fmt.Printf(f+"\n", a...) }
func (exampleT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func ExampleOpen() {
	var t exampleT // in a test: func TestAnswer(t *testing.T)
	db := upstashtest.Open(t, "upstash/probe_reply")
	v, err := upstash.Get("answer").Do(context.Background(), db)
	fmt.Println(v, err)

	// The recording ends here. A real test would fail now.
	_, err = upstash.Get("answer").Do(context.Background(), db)
	fmt.Println(errors.As(err, new(*upstash.ServerError)))
	// Output:
	// OK <nil>
	// upstashtest: testdata/upstash/probe_reply.json: the recording ends after 1 exchanges, but the test sent another request:
	//     POST / "[\"GET\",\"answer\"]"
	// true
}

func ExampleFake() {
	values := map[string]string{"greeting": "hello"}
	db := upstashtest.NewFake(func(_ context.Context, args []string) (any, error) {
		if args[0] != "GET" {
			return nil, upstashtest.Refuse("NOPERM this user has no permissions to run the '" + args[0] + "' command")
		}
		if v, ok := values[args[1]]; ok {
			return v, nil
		}
		return nil, nil
	})
	ctx := context.Background()
	fmt.Println(upstash.Get("greeting").Do(ctx, db))
	_, err := upstash.Get("missing").Do(ctx, db)
	fmt.Println(errors.Is(err, upstash.ErrNil))
	_, err = upstash.Incr("n").Do(ctx, db)
	fmt.Println(errors.Is(err, upstash.ErrNoPermission))
	fmt.Println(db.Calls())
	// Output:
	// hello <nil>
	// true
	// true
	// [[GET greeting] [GET missing] [INCR n]]
}

func ExampleFake_OnScript() {
	add := upstash.NewScript("return redis.call('INCRBY', KEYS[1], ARGV[1])", upstash.Reply.Int64)
	db := upstashtest.NewFake(nil)
	db.OnScript(add, func(_ context.Context, keys, args []string) (any, error) {
		fmt.Println("add", args[0], "to", keys[0])
		return 42, nil
	})
	fmt.Println(add.Run(context.Background(), db, []string{"n"}, 2))
	// Output:
	// add 2 to n
	// 42 <nil>
}

func ExampleExpecting() {
	var t exampleT
	db := upstashtest.Expecting(t)
	db.Expect("SET", "session", upstashtest.Any, "EX", 900).Return("OK")
	_, err := db.Do(context.Background(), upstash.NewCommand("SET", "session", "random", "EX", 60))
	fmt.Println(err != nil)
	// Output:
	// upstashtest: the command was not expected: SET session random EX 60
	// true
}

// The answer to an INCR is lost. The client cannot know whether it took effect,
// says so, and does not send it again.
func ExampleFaults() {
	var served int
	server := transportFunc(func(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
		served++
		resp.Status = 200
		resp.Body = fmt.Appendf(resp.Body, `{"result":%d}`, served)
		return nil
	})
	faults := upstashtest.NewFaults(server, upstashtest.FaultOptions{Script: []upstashtest.Fault{
		upstashtest.ReplyLost(),
		upstashtest.Throttled(time.Second).AfterApply(), // not reached: INCR is not repeated
	}})
	db, err := upstash.New(upstash.Config{URL: "https://example.invalid", Token: "token", Transport: faults})
	if err != nil {
		panic(err)
	}
	_, err = upstash.Incr("n").Do(context.Background(), db)
	fmt.Println(errors.Is(err, upstash.ErrMaybeApplied), served)
	// Output: true 1
}

func ExampleMeter() {
	var meter upstashtest.Meter
	server := answer(200, "application/json", `[{"result":1},{"result":2}]`)
	db, err := upstash.New(upstash.Config{URL: "https://example.invalid", Token: "token", Transport: server, Hook: &meter})
	if err != nil {
		panic(err)
	}
	incr := upstash.NewCommand("INCR", "n")
	if _, err := db.DoBatch(context.Background(), upstash.Batch{Commands: []upstash.Command{incr, incr}}); err != nil {
		panic(err)
	}
	fmt.Printf("%d request, %d billed\n", meter.Totals().Requests, meter.Totals().Billed)
	// Output: 1 request, 2 billed
}
