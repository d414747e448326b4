package upstash_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// logHook writes down what it sees.
type logHook struct {
	name string
	log  *[]string
}

type hookKey struct{}

func (h logHook) Before(ctx context.Context, a *upstash.Attempt) context.Context {
	*h.log = append(*h.log, fmt.Sprintf("%s before %s #%d out=%d", h.name, a.Operation(), a.Number, a.BytesOut))
	return context.WithValue(ctx, hookKey{}, h.name)
}

func (h logHook) After(ctx context.Context, a *upstash.Attempt) {
	*h.log = append(*h.log, fmt.Sprintf("%s after %s #%d in=%d status=%d %v billed=%d errors=%d retry=%v took=%v ctx=%v",
		h.name, a.Operation(), a.Number, a.BytesIn, a.Status, a.Outcome, a.Billed(), a.Errors, a.Retry, a.Duration, ctx.Value(hookKey{})))
}

func TestHookSeesEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log []string
		wait := func(next step) step {
			return func(ctx context.Context, x exchange, r *upstash.Response) error {
				time.Sleep(time.Second)
				return next(ctx, x, r)
			}
		}
		cfg := upstash.Config{Hook: upstash.Hooks(nil, logHook{"h", &log}), Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1}}
		c, _ := newScripted(t, cfg, wait(lost), wait(answer(200, `{"result":1}`)))
		if _, err := c.Do(t.Context(), get()); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"h before GET #1 out=11",
			"h after GET #1 in=0 status=0 not applied billed=1 errors=0 retry=true took=1s ctx=h",
			"h before GET #2 out=11",
			"h after GET #2 in=12 status=200 applied billed=1 errors=0 retry=false took=1s ctx=h",
		}
		if got := strings.Join(log, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}

func TestHookOfBatchesAndOrder(t *testing.T) {
	t.Parallel()
	var log []string
	cfg := upstash.Config{Hook: upstash.Hooks(logHook{"a", &log}, logHook{"b", &log})}
	c, _ := newScripted(t, cfg, answer(200, `[{"result":1},{"error":"ERR x"}]`))
	if _, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{incr(), get().WithBilled(3)}}); err != nil {
		t.Fatal(err)
	}
	order := ""
	for _, l := range log {
		order += strings.Join(strings.Fields(l)[:3], " ") + "; "
	}
	if order != "a before pipeline; b before pipeline; b after pipeline; a after pipeline; " {
		t.Errorf("order %s", order)
	}
	if !strings.Contains(log[2], "billed=5 errors=1") {
		t.Errorf("got %s", log[2])
	}
}

// TestHookSeesWhyCommandsOfABatchWereRefused: each refusal with its kind, also
// after an attempt that failed, and none of a batch that was refused whole.
func TestHookSeesWhyCommandsOfABatchWereRefused(t *testing.T) {
	t.Parallel()
	var attempts []string
	h := hookFunc(func(a *upstash.Attempt) {
		var said []string
		for i := -1; i <= a.Len(); i++ {
			if err := a.Refusal(i); err != nil {
				said = append(said, fmt.Sprint(i, " ", err, " ", errors.Is(err, upstash.ErrQuota), errors.Is(err, upstash.ErrNoPermission)))
			}
		}
		attempts = append(attempts, fmt.Sprint(a.Errors, " ", strings.Join(said, "; ")))
	})
	c, _ := newScripted(t, upstash.Config{Hook: h, Retry: upstash.Retry{MinBackoff: 1, MaxBackoff: 1}},
		answer(503, `busy`),
		answer(200, `[{"result":1},{"error":"ERR max requests limit exceeded. Limit: 5, Usage: 5."},{"error":"NOPERM this user has no permissions"}]`),
		answer(400, `{"error":"ERR max requests limit exceeded. Limit: 5, Usage: 5."}`),
		answer(400, `{"error":"NOPERM this user has no permissions"}`))
	batch := upstash.Batch{Commands: []upstash.Command{get(), get(), get()}}
	_, _ = c.DoBatch(t.Context(), batch)
	_, _ = c.DoBatch(t.Context(), batch)
	_, _ = c.Do(t.Context(), get())
	want := []string{
		"0 ",
		"2 1 upstash: GET: server: ERR max requests limit exceeded. Limit: 5, Usage: 5. true false; 2 upstash: GET: server: NOPERM this user has no permissions false true",
		"0 ", "0 ",
	}
	if got := strings.Join(attempts, "\n"); !strings.HasPrefix(got, want[0]+"\n") || strings.Count(got, "\n") != 3 {
		t.Fatalf("got\n%s", got)
	}
	for i := range want {
		// The error may go on with a hint for people.
		if got := regexp.MustCompile(` \([^)]*\)`).ReplaceAllString(attempts[i], ""); got != want[i] {
			t.Errorf("attempt %d: got  %s\nwant %s", i+1, got, want[i])
		}
	}
}

// TestHookCannotSeeValues: the names of commands are all that a hook gets.
func TestHookCannotSeeValues(t *testing.T) {
	t.Parallel()
	var seen string
	h := hookFunc(func(a *upstash.Attempt) { seen += a.Name(0) + a.Operation() })
	c, _ := newScripted(t, upstash.Config{Hook: h}, answer(200, `{"result":1}`))
	_, _ = c.Do(t.Context(), upstash.NewCommand("set", "k", "SECRET"))
	if seen != "SETSET" {
		t.Errorf("saw %s", seen)
	}
}

type hookFunc func(*upstash.Attempt)

func (hookFunc) Before(ctx context.Context, _ *upstash.Attempt) context.Context { return ctx }
func (f hookFunc) After(_ context.Context, a *upstash.Attempt)                  { f(a) }
