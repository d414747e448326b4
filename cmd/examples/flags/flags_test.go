//go:build !wasm

package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/hosttest"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// TestRollout: about as many users as the percentage says, always the same ones,
// more when it rises, and others for another flag.
func TestRollout(t *testing.T) {
	t.Parallel()
	const users = 20_000
	for _, percent := range []float64{0, 0.5, 10, 50, 99.5, 100} {
		f := Flag{Name: "a", On: true, Percent: percent}
		more := Flag{Name: "a", On: true, Percent: min(percent+5, 100)}
		n := 0
		for i := range users {
			user := "user-" + strconv.Itoa(i)
			if f.For(user) {
				n++
				if !more.For(user) {
					t.Fatalf("%s loses the feature when %v %% become more", user, percent)
				}
			}
		}
		// Five standard deviations of a fair draw are 1.8 % of all at most.
		if got := 100 * float64(n) / users; got < percent-1.8 || got > percent+1.8 || percent == 0 && n > 0 || percent == 100 && n < users {
			t.Errorf("%v %%: %v %% have it", percent, got)
		}
	}
	both := 0
	for i := range users {
		user := "user-" + strconv.Itoa(i)
		if (Flag{Name: "a", On: true, Percent: 50}).For(user) && (Flag{Name: "b", On: true, Percent: 50}).For(user) {
			both++
		}
	}
	if both < users/4-users/50 || both > users/4+users/50 {
		t.Errorf("two flags at 50 %% share %d of %d users", both, users)
	}
	off := Flag{Name: "a", Percent: 100, Users: []string{"ann"}}
	listed := Flag{Name: "a", On: true, Users: []string{"ann"}}
	if off.For("ann") || !listed.For("ann") || listed.For("bob") {
		t.Error("the switch or the list is not obeyed")
	}
}

// TestFlagsAreCachedAndChange: one billed command to read, two to change, and a
// change is seen by the next read.
func TestFlagsAreCachedAndChange(t *testing.T) {
	s := start(t, upstash.Config{})
	s.want(t, "PUT", "/flags/editor", `{"on":true,"percent":0,"users":["ann"]}`, 204, "")
	s.want(t, "PUT", "/flags/search", `{"on":true,"percent":100}`, 204, "")
	s.want(t, "GET", "/flags/ann", "", 200, `{"editor":true,"search":true}`)
	s.want(t, "GET", "/flags/bob", "", 200, `{"editor":false,"search":true}`)
	if s.store.queries != 1 {
		t.Errorf("%d queries for the definitions, want 1", s.store.queries)
	}
	before := s.srv.Stats().Billed()
	s.want(t, "GET", "/flags/ann", "", 200, `{"editor":true,"search":true}`)
	read := s.srv.Stats().Billed()
	s.want(t, "PUT", "/flags/search", `{"on":false,"percent":100}`, 204, "")
	changed := s.srv.Stats().Billed()
	if read-before != 1 || changed-read != 2 {
		t.Errorf("billed: %d to read, %d to change", read-before, changed-read)
	}
	s.want(t, "GET", "/flags/ann", "", 200, `{"editor":true,"search":false}`)
	s.want(t, "GET", "/flags/bob", "", 200, `{"editor":false,"search":false}`)
	if s.store.queries != 2 {
		t.Errorf("%d queries after a change, want 2", s.store.queries)
	}
	ttl, err := upstash.PTTL(keys.KindRollout.Key("ann")).Do(t.Context(), s.client)
	if err != nil || ttl < ofTTL-ofTTL/10 {
		t.Errorf("an evaluation lives for %v, %v", ttl, err)
	}
	for _, bad := range []string{"/flags/Editor", "/flags/a.b", "/flags/" + strings.Repeat("a", 65)} {
		if resp, _ := s.curl(t, "PUT", bad, `{"on":true}`); resp.StatusCode != 400 {
			t.Errorf("%s: %s", bad, resp.Status)
		}
	}
	for _, bad := range []string{`{"percent":101}`, `{"percent":-1}`, `[`} {
		if resp, _ := s.curl(t, "PUT", "/flags/editor", bad); resp.StatusCode != 400 {
			t.Errorf("%s: %s", bad, resp.Status)
		}
	}
}

// TestFlagsWithoutRedis: the store is asked, and a change says that it is not
// everywhere.
func TestFlagsWithoutRedis(t *testing.T) {
	s := start(t, upstash.Config{Retry: upstash.Retry{MaxAttempts: 1}})
	s.want(t, "PUT", "/flags/search", `{"on":true,"percent":100}`, 204, "")
	_ = s.srv.Close()
	s.want(t, "GET", "/flags/ann", "", 200, `{"search":true}`)
	s.want(t, "PUT", "/flags/search", `{"on":false}`, 503, "the flag may be changed for some users only; repeat the request")
	s.store.mu.Lock()
	s.store.fail = errors.New("the store is away too")
	s.store.mu.Unlock()
	if resp, body := s.curl(t, "GET", "/flags/bob", ""); resp.StatusCode != 503 || !strings.Contains(body, "treat them as off") {
		t.Errorf("nothing is known: %s %s", resp.Status, body)
	}
	if log := s.log.String(); !strings.Contains(log, "flag search: ") || !strings.Contains(log, "flags: ") {
		t.Errorf("the log: %s", log)
	}
}

func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out := &hosttest.Output{Seen: stop} // as Ctrl-C does
	if err := run(ctx, out, "127.0.0.1:0"); err != nil || !strings.Contains(out.String(), "Idempotency-Key: 1") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := run(t.Context(), out, "nowhere"); err == nil {
		t.Error("a bad address is taken")
	}
}
