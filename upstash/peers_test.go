//go:build !wasm

package upstash_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// The faults of other clients, each as a test that this one does not have it:
// @upstash/redis (1.*), upstash-redis for Python (2.*), mna/upstashdis (3) and
// ClayWarren/upstash-go (4.*). Those with a test of their own elsewhere:
//
//	1.2   TestOldTokenNeverOverwrites, TestTokenUnderConcurrency
//	1.6   pipeline: TestQueuedCommandsShareARequestInOrder
//	1.7   TestNoScriptInAnArgument
//	1.8   TestServerTextsAreRedacted
//	1.12  pipeline: TestResultsStayAligned
//	1.13  TestStreamLosses, TestSSELimit, TestStreamEnds
//	2.4   pipeline: TestExecutedOnce, TestRequestFails
//	4.7   TestStreamLosses

// faulty returns a client of a new embedded server, behind the faults given.
func faulty(t *testing.T, cfg upstash.Config, faults ...upstashtest.Fault) (*upstash.Client, *upstashtest.Faults) {
	t.Helper()
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	transport, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdle)
	f := upstashtest.NewFaults(transport, upstashtest.FaultOptions{})
	f.Add(faults...)
	cfg.URL, cfg.Token, cfg.Transport = srv.URL, upstash.Secret(srv.Token), f
	c, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, f
}

// 1.1 The sync token lags by one request.
func TestPeer_SyncTokenIsTheNewest(t *testing.T) {
	t.Parallel()
	ok := `{"result":1}`
	c, s := newScripted(t, upstash.Config{}, tokenStep("T1", 200, ok), tokenStep("T2", 200, ok), tokenStep("T3", 200, ok))
	for range 3 {
		_, _ = c.Do(t.Context(), get())
	}
	if got := sentTokens(s); got != ",T1,T2" {
		t.Errorf("sent %s", got)
	}
}

// 1.3 One INCR counts twice when the first answer is lost; 2.2 likewise behind a
// 502 page.
func TestPeer_OneIncrementCountsOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]upstashtest.Fault{
		"answer lost": upstashtest.ReplyLost(),
		"502 page":    upstashtest.ErrorPage(502).AfterApply(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := faulty(t, upstash.Config{}, fault)
			if _, err := upstash.Incr("n").Do(t.Context(), c); !errors.Is(err, upstash.ErrMaybeApplied) {
				t.Errorf("error %v, want MaybeApplied", err)
			}
			if n, err := upstash.As(upstash.NewCommand("GET", "n"), upstash.Reply.Text).Do(t.Context(), c); n != "1" || err != nil {
				t.Errorf("counted %s, %v", n, err)
			}
		})
	}
}

// 1.4 Retries that are off happen nevertheless; 4.9 zero means five; 1.9 a 429 or
// 503 is never repeated.
func TestPeer_RetriesAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		attempts int
		first    step
		want     int
	}{
		{"off", 1, lost, 1},
		{"two", 2, lost, 2},
		{"default", 0, lost, 3},
		{"429", 0, answer(429, `{"error":"ERR too many"}`), 3},
		{"503", 0, answer(503, `{"error":"ERR away"}`), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, s := newScripted(t, upstash.Config{Retry: upstash.Retry{MaxAttempts: c.attempts}}, c.first)
				if _, err := client.Do(t.Context(), get()); err == nil {
					t.Error("no error")
				}
				if s.count() != c.want {
					t.Errorf("%d attempts, want %d", s.count(), c.want)
				}
			})
		})
	}
}

// 1.5 An aborted call resolves with null; 2.1 a silent server blocks for ever.
func TestPeer_SilentServer(t *testing.T) {
	t.Parallel()
	silent := func(ctx context.Context, x exchange, _ *upstash.Response) error {
		ctx, cancel := context.WithDeadline(ctx, x.req.Deadline)
		defer cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		c, _ := newScripted(t, upstash.Config{}, silent)
		if _, err := c.Do(ctx, get()); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		began := time.Now()
		if _, err := c.Do(t.Context(), get()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 10*time.Second {
			t.Errorf("error %v after %v", err, time.Since(began))
		}
	})
}

// 1.10 Strings that look like JSON come back as something else; 1.11, 2.5 and 3
// bytes that are not text are changed or refused; 4.3 integers beyond 2^53 are
// rounded; 4.5 a missing key looks like an empty string.
func TestPeer_ValuesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	c, _ := faulty(t, upstash.Config{})
	for _, v := range []string{
		"123", "true", "null", `{"a":1}`, `"x"`, "[]", "", " ", "\xff\xfe\x00\x80", "9007199254740993", "ERR no", `{"error":"no"}`, "OK",
	} {
		if _, err := upstash.Set("k", v).Do(t.Context(), c); err != nil {
			t.Fatalf("SET %q: %v", v, err)
		}
		if got, err := upstash.Get("k").Do(t.Context(), c); got != v || err != nil {
			t.Errorf("SET %q, GET %q, %v", v, got, err)
		}
	}
	if n, err := upstash.IncrBy("big", 9007199254740993).Do(t.Context(), c); n != 9007199254740993 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if v, err := upstash.Get("missing").Do(t.Context(), c); v != "" || !errors.Is(err, upstash.ErrNil) {
		t.Errorf("missing key: %q, %v", v, err)
	}
}

// 1.15 An object in an answer becomes null in base64 mode.
func TestPeer_ObjectsAreRead(t *testing.T) {
	t.Parallel()
	c, _ := newScripted(t, upstash.Config{}, answer(200, `{"result":{"a":"MQ==","b":2}}`))
	m, err := upstash.As(upstash.NewCommand("X.OBJECT"), upstash.Reply.Map).Do(t.Context(), c)
	if err != nil || len(m) != 2 || m["a"] != "1" || m["b"] != "2" {
		t.Errorf("%v, %v", m, err)
	}
}

// 2.3 A pipeline with a wrong token fails with the error of something else.
func TestPeer_PipelineWithAWrongToken(t *testing.T) {
	t.Parallel()
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	c, err := upstash.New(upstash.Config{URL: srv.URL, Token: canary})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{get(), incr()}})
	if !errors.Is(err, upstash.ErrUnauthorized) || strings.Contains(err.Error(), canary) {
		t.Errorf("error %v, want ErrUnauthorized", err)
	}
}

// 3 A time.Duration is sent as "1s".
func TestPeer_DurationIsNoArgument(t *testing.T) {
	t.Parallel()
	c, s := newScripted(t, upstash.Config{}, answer(200, `{"result":"OK"}`))
	_, err := c.Do(t.Context(), upstash.NewCommand("SET", "k", "v", "PX", time.Second))
	if !errors.Is(err, upstash.ErrBadArgument) || s.count() != 0 {
		t.Errorf("error %v, %d requests; want ErrBadArgument and none", err, s.count())
	}
}

// 4.1 A retry is sent without its body.
func TestPeer_RetrySendsTheWholeBody(t *testing.T) {
	t.Parallel()
	c, f := faulty(t, upstash.Config{Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1}}, upstashtest.ReplyLost(), upstashtest.ErrorPage(502))
	if _, err := upstash.Set("k", "v").Do(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if v, err := upstash.Get("k").Do(t.Context(), c); v != "v" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if n := f.Counts().Requests; n != 4 {
		t.Errorf("%d requests, want 3 for SET and 1 for GET", n)
	}
}

// 4.2 A key becomes a part of the path, and with it another command.
func TestPeer_KeysStayKeys(t *testing.T) {
	t.Parallel()
	c, _ := faulty(t, upstash.Config{})
	for i, key := range []string{"a/b", "a?x=1", "../set/k/v", "a%2Fb", "a#b", "?_token=x", "\xff/../flushall"} {
		if _, err := upstash.Set(key, i).Do(t.Context(), c); err != nil {
			t.Fatalf("%q: %v", key, err)
		}
		if v, err := upstash.Get(key).Do(t.Context(), c); v != strconv.Itoa(i) || err != nil {
			t.Errorf("key %q has %q, %v", key, v, err)
		}
	}
	if n, err := upstash.DBSize().Do(t.Context(), c); n != 7 || err != nil {
		t.Errorf("%d keys, %v", n, err)
	}
}

// 4.4 A nil where an integer was expected panics, as does any failed call.
func TestPeer_WrongShapesAreErrors(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{
		`{"result":null}`:           upstash.ErrNil,
		`{"result":[1]}`:            nil,
		`{"result":{"a":1}}`:        nil,
		`{"error":"ERR no"}`:        nil,
		`null`:                      nil,
		`{}`:                        nil,
		`[{"result":1}]`:            nil,
		`<html>1</html>`:            nil,
		`{"result":99999999999e99}`: nil,
	} {
		c, _ := newScripted(t, upstash.Config{}, answer(200, body))
		if n, err := upstash.Incr("n").Do(t.Context(), c); err == nil || n != 0 || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %d, %v", body, n, err)
		}
	}
}
