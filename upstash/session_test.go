package upstash_test

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// tokenStep answers with a sync token of its own.
func tokenStep(token string, status int, body string) step {
	return func(ctx context.Context, x exchange, r *upstash.Response) error {
		r.SyncToken = append(r.SyncToken, token...)
		return answer(status, body)(ctx, x, r)
	}
}

func sentTokens(s *scripted) string {
	var out []string
	for _, x := range s.seen {
		out = append(out, x.header["Upstash-Sync-Token"])
	}
	return strings.Join(out, ",")
}

func TestSyncToken(t *testing.T) {
	t.Parallel()
	ok := `{"result":1}`
	c, s := newScripted(
		t, upstash.Config{},
		tokenStep("T1", 200, ok),
		tokenStep("T2", 400, `{"error":"ERR no"}`), // kept from an error, too
		tokenStep("", 200, ok),                     // absence clears nothing
		tokenStep("T3", 200, `[{"result":1}]`),
		tokenStep("T4", 200, ok),
	)
	for range 3 {
		_, _ = c.Do(t.Context(), incr())
	}
	if _, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{incr()}}); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Do(t.Context(), incr())
	if got := sentTokens(s); got != ",T1,T2,T2,T3" {
		t.Errorf("sent %s", got)
	}
}

func TestEventualSendsNoToken(t *testing.T) {
	t.Parallel()
	c, s := newScripted(t, upstash.Config{Eventual: true}, tokenStep("T1", 200, `{"result":1}`))
	for range 2 {
		_, _ = c.Do(t.Context(), incr())
	}
	if got := sentTokens(s); got != "," || !c.Session().IsZero() {
		t.Errorf("sent %q, session %v", got, c.Session())
	}
}

func TestSessionTravels(t *testing.T) {
	t.Parallel()
	a, _ := newScripted(t, upstash.Config{}, tokenStep("T1", 200, `{"result":1}`))
	_, _ = a.Do(t.Context(), incr())
	data, err := json.Marshal(a.Session())
	if err != nil || string(data) != `"T1"` {
		t.Fatalf("%s %v", data, err)
	}
	var s upstash.Session
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	b, seen := newScripted(t, upstash.Config{}, tokenStep("T2", 200, `{"result":1}`))
	flow := b.WithSession(s)
	_, _ = flow.Do(t.Context(), get())
	_, _ = flow.Do(t.Context(), get())
	_, _ = b.Do(t.Context(), get()) // the client's own token is another one
	if got := sentTokens(seen); got != "T1,T2," {
		t.Errorf("sent %s", got)
	}
	for _, bad := range []string{"a b", "a\r\nX: y", "é", strings.Repeat("x", 2000)} {
		if err := s.UnmarshalText([]byte(bad)); !errors.Is(err, upstash.ErrBadArgument) && err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// TestOldTokenNeverOverwrites: the answer of an attempt that started earlier
// arrives later and must not replace the newer token.
func TestOldTokenNeverOverwrites(t *testing.T) {
	t.Parallel()
	firstIn, release := make(chan struct{}), make(chan struct{})
	c, s := newScripted(
		t, upstash.Config{},
		func(ctx context.Context, x exchange, r *upstash.Response) error {
			close(firstIn)
			<-release
			return tokenStep("OLD", 200, `{"result":1}`)(ctx, x, r)
		},
		tokenStep("NEW", 200, `{"result":1}`),
		tokenStep("", 200, `{"result":1}`),
	)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = c.Do(t.Context(), incr()) })
	<-firstIn
	_, _ = c.Do(t.Context(), incr())
	close(release)
	wg.Wait()
	_, _ = c.Do(t.Context(), incr())
	if got := s.seen[2].header["Upstash-Sync-Token"]; got != "NEW" {
		t.Errorf("sent %q", got)
	}
}

// TestTokenUnderConcurrency: a request that starts after an answer has been read
// carries a token at least as new. The server numbers tokens as it answers.
func TestTokenUnderConcurrency(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	issued := 0
	stale := 0
	c, _ := newScripted(t, upstash.Config{}, func(_ context.Context, x exchange, r *upstash.Response) error {
		mu.Lock()
		defer mu.Unlock()
		issued++
		r.SyncToken = strconv.AppendInt(r.SyncToken, int64(issued), 10)
		r.Status = 200
		r.Body = append(r.Body, `{"result":`+itoaOr0(x.header["Upstash-Sync-Token"])+`}`...)
		return nil
	})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			flow := c.WithSession(c.Session())
			last := int64(-1)
			for range 100 {
				n, err := upstash.As(incr(), upstash.Reply.Int64).Do(t.Context(), flow)
				if err != nil {
					t.Error(err)
					return
				}
				if n <= last { // each of its own answers moved the token
					mu.Lock()
					stale++
					mu.Unlock()
				}
				last = n
			}
		})
	}
	wg.Wait()
	if stale != 0 {
		t.Errorf("%d requests carried a token older than their own last answer", stale)
	}
}

func itoaOr0(s string) string {
	if s == "" {
		return "0"
	}
	return s
}
