package upstash_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

func incr() upstash.Command { return upstash.NewCommand("INCR", "n") }
func get() upstash.Command  { return upstash.NewCommand("GET", "k") }
func set() upstash.Command  { return upstash.NewCommand("SET", "k", "v") }
func del() upstash.Command  { return upstash.NewCommand("DEL", "k") }

func TestDoSendsOneJSONArray(t *testing.T) {
	t.Parallel()
	c, s := newScripted(t, upstash.Config{URL: "https://db.example.com/prefix/"}, answer(200, `{"result":"T0s="}`))
	r, err := c.Do(t.Context(), upstash.NewCommand("set", "k\"\n", []byte("v"), true, 1.5, int64(9007199254740993)))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := r.Text(); text != "OK" {
		t.Errorf("reply %q", text)
	}
	x := s.seen[0]
	if x.url != "https://db.example.com/prefix/" {
		t.Errorf("url %s", x.url)
	}
	got := strings.Join(argsOf(t, x.body), "|")
	if got != "SET|k\"\n|v|1|1.5|9007199254740993" {
		t.Errorf("args %s", got)
	}
	if x.header["Authorization"] != "Bearer "+canary || x.header["Upstash-Encoding"] != "base64" || x.header["Content-Type"] != "application/json" {
		t.Errorf("headers %v", x.header)
	}
}

// TestFailures is the table of design section 6: what each kind of failure gives
// for a read, an idempotent write and a write that must not be repeated.
func TestFailures(t *testing.T) {
	t.Parallel()
	type want struct {
		attempts int
		outcome  upstash.Outcome
	}
	page := answerAs(502, "text/html", "<html>bad gateway</html>")
	for _, tc := range []struct {
		name           string
		step           step
		read, set, inc want
		is             error
	}{
		{"lost answer", lost, want{3, upstash.NotApplied}, want{3, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, errWire},
		{"not sent", unsent, want{3, upstash.NotApplied}, want{3, upstash.NotApplied}, want{3, upstash.NotApplied}, upstash.ErrNotSent},
		{"502 page", page, want{3, upstash.NotApplied}, want{3, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, upstash.ErrProtocol},
		{"500 page", answerAs(500, "text/plain", "oops"), want{1, upstash.NotApplied}, want{1, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, upstash.ErrProtocol},
		{"503 error", answer(503, `{"error":"ERR upstream is down"}`), want{3, upstash.NotApplied}, want{3, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, nil},
		{"429", answer(429, `{"error":"ERR slow down"}`), want{3, upstash.Rejected}, want{3, upstash.Rejected}, want{1, upstash.Rejected}, upstash.ErrThrottled},
		{"upgrade", answer(400, `{"error":"READONLY Writes are temporarily rejected due to server upgrade"}`), want{3, upstash.Rejected}, want{3, upstash.Rejected}, want{1, upstash.Rejected}, upstash.ErrReadOnly},
		{"server error", answer(400, `{"error":"WRONGTYPE Operation against a key"}`), want{1, upstash.Rejected}, want{1, upstash.Rejected}, want{1, upstash.Rejected}, upstash.ErrWrongType},
		{"wrong token", answer(401, `{"error":"WRONGPASS invalid or missing auth token"}`), want{1, upstash.Rejected}, want{1, upstash.Rejected}, want{1, upstash.Rejected}, upstash.ErrUnauthorized},
		{"401 with other text", answer(401, `{"error":"Unauthorized"}`), want{1, upstash.Rejected}, want{1, upstash.Rejected}, want{1, upstash.Rejected}, upstash.ErrUnauthorized},
		{"404 page", answerAs(404, "text/html", "<html>"), want{1, upstash.NotApplied}, want{1, upstash.NotApplied}, want{1, upstash.NotApplied}, upstash.ErrProtocol},
		{"405 empty", answer(405, ""), want{1, upstash.NotApplied}, want{1, upstash.NotApplied}, want{1, upstash.NotApplied}, upstash.ErrProtocol},
		{"redirect", answerAs(302, "text/html", ""), want{1, upstash.NotApplied}, want{1, upstash.NotApplied}, want{1, upstash.NotApplied}, upstash.ErrRedirect},
		{"200 page", answerAs(200, "text/html; charset=utf-8", "<html>login</html>"), want{3, upstash.NotApplied}, want{3, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, upstash.ErrWebPage},
		{"truncated", answer(200, `{"result":"T0`), want{3, upstash.NotApplied}, want{3, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, upstash.ErrProtocol},
		{"not base64", answer(200, `{"result":"plain text!"}`), want{3, upstash.NotApplied}, want{3, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, upstash.ErrProtocol},
		{"no result", answer(200, `{}`), want{3, upstash.NotApplied}, want{3, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, upstash.ErrProtocol},
		{"too deep", answer(200, `{"result":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`}`), want{1, upstash.NotApplied}, want{1, upstash.MaybeApplied}, want{1, upstash.MaybeApplied}, upstash.ErrResponseTooLarge},
	} {
		for i, cmd := range []upstash.Command{get(), set(), incr()} {
			w := []want{tc.read, tc.set, tc.inc}[i]
			t.Run(tc.name+"/"+cmd.Name(), func(t *testing.T) {
				t.Parallel()
				c, s := newScripted(t, upstash.Config{Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1}}, tc.step)
				_, err := c.Do(t.Context(), cmd)
				if err == nil {
					t.Fatal("no error")
				}
				if s.count() != w.attempts {
					t.Errorf("%d attempts, want %d", s.count(), w.attempts)
				}
				if got := upstash.OutcomeOf(err); got != w.outcome {
					t.Errorf("outcome %v, want %v: %v", got, w.outcome, err)
				}
				if tc.is != nil && !errors.Is(err, tc.is) {
					t.Errorf("%v is not %v", err, tc.is)
				}
				if _, ok := errors.AsType[*upstash.MaybeAppliedError](err); ok != (w.outcome == upstash.MaybeApplied) {
					t.Errorf("wrong type for outcome %v: %T", w.outcome, err)
				}
				if !strings.Contains(err.Error(), cmd.Name()) {
					t.Errorf("the error does not name the command: %v", err)
				}
			})
		}
	}
}

// TestOutcomeRemembersEarlierAttempts: a refusal of the second attempt says
// nothing about the first one, whose answer was lost.
func TestOutcomeRemembersEarlierAttempts(t *testing.T) {
	t.Parallel()
	fast := upstash.Config{Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1}}
	c, _ := newScripted(t, fast, lost, answer(400, `{"error":"WRONGTYPE no"}`))
	_, err := c.Do(t.Context(), set())
	if !errors.Is(err, upstash.ErrMaybeApplied) || !errors.Is(err, upstash.ErrWrongType) {
		t.Errorf("got %v", err)
	}
	c, _ = newScripted(t, fast, lost, unsent)
	if _, err = c.Do(t.Context(), set()); !errors.Is(err, upstash.ErrMaybeApplied) || errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("got %v", err)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	ok := answer(200, `{"result":1}`)
	for _, tc := range []struct {
		name     string
		cmd      upstash.Command
		cfg      upstash.Retry
		attempts int
	}{
		{"INCR is not repeated", incr(), upstash.Retry{}, 1},
		{"INCR marked retryable is", incr().Retryable(), upstash.Retry{}, 2},
		{"DEL answers differently", del(), upstash.Retry{}, 1},
		{"DEL with Converging", del(), upstash.Retry{Converging: true}, 2},
		{"GET once", get().Once(), upstash.Retry{}, 1},
		{"later mark wins", incr().Retryable().Once(), upstash.Retry{}, 1},
		{"one attempt", get(), upstash.Retry{MaxAttempts: 1}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.cfg.MinBackoff, tc.cfg.MaxBackoff = 1, 1
			c, s := newScripted(t, upstash.Config{Retry: tc.cfg}, lost, ok)
			_, err := c.Do(t.Context(), tc.cmd)
			if s.count() != tc.attempts || (err == nil) != (tc.attempts == 2) {
				t.Errorf("%d attempts, want %d; %v", s.count(), tc.attempts, err)
			}
		})
	}
}

func TestBadCommandsNeverLeave(t *testing.T) {
	t.Parallel()
	c, s := newScripted(t, upstash.Config{}, answer(200, `{"result":1}`))
	secret := "SECRET-value\xff"
	for name, cmd := range map[string]upstash.Command{
		"zero":             {},
		"empty name":       upstash.NewCommand(""),
		"nil":              upstash.NewCommand("SET", "k", nil),
		"struct":           upstash.NewCommand("SET", "k", struct{ A string }{secret}),
		"blocking":         upstash.NewCommand("BLPOP", "k", 0),
		"lower case":       upstash.NewCommand("multi"),
		"subscribe":        upstash.NewCommand("SUBSCRIBE", "c"),
		"XREAD BLOCK":      upstash.NewCommand("XREAD", "block", 0, "STREAMS", "s", "$"),
		"binary key":       upstash.NewCommand("LPUSH", secret, "v"),
		"binary field":     upstash.NewCommand("HSET", "h", secret, "v"),
		"binary, odd rest": upstash.NewCommand("LPUSH", "l", secret, "a"),
		"binary first":     upstash.NewCommand("LPUSH", "l", secret, "_token", "x"),
		"repeated name":    upstash.NewCommand("LPUSH", "l", secret, "a", "b", "a", "c"),
		"empty behind":     upstash.NewCommand("LPUSH", "l", secret, "a", ""),
		"two binaries":     upstash.NewCommand("SET", secret, secret),
		"binary, no key":   upstash.NewCommand("SET", "", secret),
		"binary, dots":     upstash.NewCommand("SET", "..", secret),
		"bad JSON":         upstash.NewCommand("SET", "k", upstash.JSON(func() {})),
	} {
		_, err := c.Do(t.Context(), cmd)
		if !errors.Is(err, upstash.ErrBadArgument) || !errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: the error shows a value: %v", name, err)
		}
		if _, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{get(), cmd}}); !errors.Is(err, upstash.ErrBadArgument) {
			t.Errorf("%s in a batch: got %v", name, err)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}

func TestBinaryArgumentsUseThePath(t *testing.T) {
	t.Parallel()
	bin := "\xff\x00\xfe"
	for _, tc := range []struct {
		cmd upstash.Command
		url string
	}{
		{upstash.NewCommand("SET", "a/b ?%é", bin), "https://db.example.com/SET/a%2Fb%20%3F%25%C3%A9"},
		{upstash.NewCommand("SET", "k", bin, "EX", 100), "https://db.example.com/SET/k?EX=100"},
		{upstash.NewCommand("SET", "k", bin, "NX", "PX", 5), "https://db.example.com/SET/k?NX=PX&5"},
		{upstash.NewCommand("HSET", "h", "f", bin), "https://db.example.com/HSET/h/f"},
		{upstash.NewCommand("HSET", "h", "f", bin, "g", "w&="), "https://db.example.com/HSET/h/f?g=w%26%3D"},
		{upstash.NewCommand("RESTORE", "k", 0, bin, "REPLACE", "ABSTTL"), "https://db.example.com/RESTORE/k/0?REPLACE=ABSTTL"},
		{upstash.NewCommand("RESTORE", "k", 0, bin, "REPLACE"), "https://db.example.com/RESTORE/k/0?REPLACE"},
		{upstash.NewCommand("ECHO", bin), "https://db.example.com/ECHO"},
	} {
		c, s := newScripted(t, upstash.Config{}, answer(200, `{"result":"OK"}`))
		if _, err := c.Do(t.Context(), tc.cmd); err != nil {
			t.Errorf("%s: %v", tc.url, err)
			continue
		}
		if s.seen[0].url != tc.url || s.seen[0].body != bin {
			t.Errorf("got %s with %q, want %s", s.seen[0].url, s.seen[0].body, tc.url)
		}
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	b := upstash.Batch{Commands: []upstash.Command{set(), incr(), get()}}
	c, s := newScripted(t, upstash.Config{}, answer(200, `[{"result":"OK"},{"error":"ERR value is not an integer"},{"result":null}]`))
	rs, err := c.DoBatch(t.Context(), b)
	if err != nil || len(rs) != 3 {
		t.Fatalf("%v %v", rs, err)
	}
	if ok, err := rs[0].Bool(); !ok || err != nil {
		t.Errorf("first: %v %v", ok, err)
	}
	if e, ok := errors.AsType[*upstash.ServerError](rs[1].Err()); !ok || e.Code != "ERR" {
		t.Errorf("second: %v", rs[1].Err())
	}
	if !rs[2].IsNil() || rs[2].Err() != nil {
		t.Errorf("third: %v", rs[2].Err())
	}
	if s.seen[0].url != "https://db.example.com/pipeline" {
		t.Errorf("url %s", s.seen[0].url)
	}
	b.Atomic = true
	c, s = newScripted(t, upstash.Config{Encoding: upstash.RESP2}, answer(200, `[{"result":"OK"},{"result":1},{"result":null}]`))
	if _, err := c.DoBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if s.seen[0].url != "https://db.example.com/multi-exec" || s.seen[0].header["Upstash-Encoding"] != "base64" {
		t.Errorf("transaction went to %s with %v", s.seen[0].url, s.seen[0].header)
	}
	if rs, err := c.DoBatch(t.Context(), upstash.Batch{}); len(rs) != 0 || err != nil || s.count() != 1 {
		t.Errorf("empty batch: %v %v, %d requests", rs, err, s.count())
	}
}

func TestBatchFailures(t *testing.T) {
	t.Parallel()
	b := upstash.Batch{Commands: []upstash.Command{set(), incr()}}
	reads := upstash.Batch{Commands: []upstash.Command{get(), get()}}
	for _, tc := range []struct {
		name     string
		batch    upstash.Batch
		step     step
		outcome  upstash.Outcome
		attempts int
	}{
		{"too few", b, answer(200, `[{"result":"OK"}]`), upstash.MaybeApplied, 1},
		{"too many", b, answer(200, `[{"result":1},{"result":1},{"result":1}]`), upstash.MaybeApplied, 1},
		{"an object", b, answer(200, `{"result":"OK"}`), upstash.MaybeApplied, 1},
		{"whole refusal", b, answer(400, `{"error":"ERR failed to parse pipeline request"}`), upstash.Rejected, 1},
		{"whole refusal with 200", b, answer(200, `{"error":"EXECABORT Transaction discarded"}`), upstash.Rejected, 1},
		{"lost", b, lost, upstash.MaybeApplied, 1},
		{"lost reads", reads, lost, upstash.NotApplied, 3},
		{"unsent", b, unsent, upstash.NotApplied, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, s := newScripted(t, upstash.Config{Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1}}, tc.step)
			rs, err := c.DoBatch(t.Context(), tc.batch)
			if rs != nil || upstash.OutcomeOf(err) != tc.outcome || s.count() != tc.attempts {
				t.Errorf("%v, %v, outcome %v, %d attempts", rs, err, upstash.OutcomeOf(err), s.count())
			}
		})
	}
	c, _ := newScripted(t, upstash.Config{}, answer(200, `[{"result":"OK"}]`))
	_, err := c.DoBatch(t.Context(), b)
	if e, ok := errors.AsType[*upstash.LengthError](err); !ok || e.Want != 2 || e.Got != 1 || !errors.Is(err, upstash.ErrProtocol) {
		t.Errorf("got %v", err)
	}
}

func TestRESP2(t *testing.T) {
	t.Parallel()
	cfg := upstash.Config{Encoding: upstash.RESP2, Retry: upstash.Retry{MaxAttempts: 1}}
	c, s := newScripted(t, cfg, answerAs(200, "application/octet-stream", "$3\r\n\xff\x00a\r\n"))
	if text, err := upstash.As(get(), upstash.Reply.Text).Do(t.Context(), c); text != "\xff\x00a" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	if s.seen[0].header["Upstash-Response-Format"] != "resp2" || s.seen[0].header["Upstash-Encoding"] != "" {
		t.Errorf("headers %v", s.seen[0].header)
	}
	c, _ = newScripted(t, cfg, answerAs(400, "application/octet-stream", "-WRONGTYPE no\r\n"))
	if _, err := c.Do(t.Context(), get()); !errors.Is(err, upstash.ErrWrongType) {
		t.Errorf("got %v", err)
	}
	c, _ = newScripted(t, cfg, answer(200, `{"result":"plain"}`)) // a server that ignores the wish
	if text, err := upstash.As(get(), upstash.Reply.Text).Do(t.Context(), c); text != "plain" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	c, _ = newScripted(t, cfg, answerAs(200, "application/octet-stream", "+OK\r\n:1\r\n-ERR no\r\n"))
	rs, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{set(), incr(), incr()}})
	if err != nil || len(rs) != 3 || rs[2].Err() == nil {
		t.Errorf("%v %v", rs, err)
	}
}

func TestServerTextsAreRedacted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ERR unknown command 'X', with args beginning with: 'SECRET' ",
		"ERR Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set. Key was: SECRET",
		"ERR something, command was: [\\\"SECRET\\\"]",
	} {
		c, _ := newScripted(t, upstash.Config{}, answer(400, `{"error":"`+text+`"}`))
		if _, err := c.Do(t.Context(), get()); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("got %v", err)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	c, s := newScripted(t, upstash.Config{}, answer(200, `{"result":1}`))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), get()); !errors.Is(err, upstash.ErrClosed) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("got %v", err)
	}
	if s.count() != 0 {
		t.Error("a request was sent")
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	c, s := newScripted(t, upstash.Config{}, answer(200, `{"result":1}`))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("shutting down")
	cancel(why)
	_, err := c.Do(ctx, incr())
	if !errors.Is(err, context.Canceled) || !errors.Is(err, why) || !errors.Is(err, upstash.ErrNotSent) || s.count() != 0 {
		t.Errorf("%v, %d requests", err, s.count())
	}
}
