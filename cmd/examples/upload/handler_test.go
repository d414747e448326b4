//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/hosttest"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func TestUploadsAreLimitedPerUser(t *testing.T) {
	s := start(t, embedded(t, upstash.Config{}), 3)
	for i := range 5 {
		resp, body := s.curl(t, "ann", "POST", "", strings.NewReader(`{"name":"a","parts":1}`))
		if i < 3 {
			if resp.StatusCode != http.StatusCreated || resp.Header.Get("X-RateLimit-Remaining") == "" || resp.Header.Get("Location") == "" {
				t.Errorf("upload %d: %s %s %v", i, resp.Status, body, resp.Header)
			}
			continue
		}
		var problem struct{ Status int }
		if err := json.Unmarshal([]byte(body), &problem); err != nil || resp.StatusCode != http.StatusTooManyRequests || problem.Status != 429 {
			t.Errorf("upload %d: %s %s", i, resp.Status, body)
		}
		if resp.Header.Get("Retry-After") == "" || resp.Header.Get("RateLimit-Policy") != `"upload";q=3;w=3600` {
			t.Errorf("upload %d: %v", i, resp.Header)
		}
	}
	path := s.open(t, "bob", "1")
	s.want(t, "", "POST", "", `{}`, http.StatusUnauthorized, "X-User")
	resp, _ := s.curl(t, "bob", "PUT", path+"/parts/1", io.LimitReader(zeros{}, maxPart+1))
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %s", resp.Status)
	}
	for _, bad := range []string{`{}`, `{"name":"a","parts":1001}`, `[`, `{"name":"","parts":1}`} {
		s.want(t, "carl", "POST", "", bad, 400, "parts")
		s.resetLimit(t, "carl")
	}
}

// resetLimit forgets what was counted, as an operator would.
func (s *site) resetLimit(t *testing.T, user string) {
	t.Helper()
	if _, err := upstash.Del("ratelimit:upload:"+user).Do(t.Context(), s.sessions.d); err != nil {
		t.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestPartsAtOnce holds two parts open; a third is refused, and passes when one
// has ended.
func TestPartsAtOnce(t *testing.T) {
	s := start(t, embedded(t, upstash.Config{}), 50)
	path := s.open(t, "ann", "3")
	var wg sync.WaitGroup
	var open []*io.PipeWriter
	for _, number := range []string{"1", "2"} {
		r, w := io.Pipe()
		open = append(open, w)
		wg.Go(func() {
			if resp, body := s.curl(t, "ann", "PUT", path+"/parts/"+number, r); resp.StatusCode != http.StatusOK {
				t.Errorf("held open: %s %s", resp.Status, body)
			}
		})
		_, _ = w.Write(make([]byte, 1<<20)) // more than buffers take: the handler is reading
	}
	s.want(t, "ann", "PUT", path+"/parts/3", "x", http.StatusTooManyRequests, "at once")
	for _, w := range open {
		_ = w.Close()
	}
	wg.Wait()
	s.want(t, "ann", "PUT", path+"/parts/3", "x", http.StatusOK, "")
}

// TestWithoutRedis: a tenth of the limit passes the limiter, and then every step
// says what to do.
func TestWithoutRedis(t *testing.T) {
	down := upstashtest.NewFake(func(context.Context, []string) (any, error) { return nil, errors.New("connection refused") })
	s := start(t, down, 30)
	refused := 0
	for range 6 {
		resp, body := s.curl(t, "ann", "POST", "", strings.NewReader(`{"name":"a","parts":1}`))
		if resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s %s", resp.Status, body)
		}
		if strings.Contains(body, "limit cannot be checked") {
			refused++
		} else if !strings.Contains(body, "repeat the request") || resp.Header.Get("Retry-After") != "1" {
			t.Errorf("%s %v", body, resp.Header)
		}
	}
	if refused != 3 {
		t.Errorf("%d were refused by the limit, want 3", refused)
	}
	for _, step := range [][2]string{{"GET", "/x"}, {"DELETE", "/x"}, {"POST", "/x/complete"}} {
		s.want(t, "ann", step[0], step[1], "", http.StatusServiceUnavailable, "repeat the request")
	}
}

// TestTroubles shows what a user is told about each kind of failure.
func TestTroubles(t *testing.T) {
	for _, tc := range []struct {
		refusal, wait string
	}{
		{"WRONGPASS invalid or missing auth token", "60"},
		{"ERR max requests limit exceeded. Limit: 500000, Usage: 500000", "60"},
		{"NOPERM this user has no permissions to run the 'evalsha' command", "60"},
		{"READONLY You can't write against a read only replica.", "1"},
	} {
		db := upstashtest.NewFake(func(context.Context, []string) (any, error) { return nil, upstashtest.Refuse(tc.refusal) })
		s := start(t, db, 30)
		resp, body := s.curl(t, "ann", "DELETE", "/x", nil)
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != tc.wait {
			t.Errorf("%s: %s %s %v", tc.refusal, resp.Status, body, resp.Header)
		}
		if strings.Contains(body, "WRONGPASS") || strings.Contains(body, "NOPERM") {
			t.Errorf("the user is told the database's words: %s", body)
		}
	}
}

// TestRun is the program as its user sees it.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var out hosttest.Output
	out.Seen = stop // as Ctrl-C does
	if err := run(ctx, &out, "127.0.0.1:0", 3); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"listening on http://127.0.0.1:", "/complete", "more than 3 uploads"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the guide lacks %q:\n%s", part, out.String())
		}
	}
	if err := run(t.Context(), &out, "nowhere", 3); err == nil {
		t.Error("a bad address is taken")
	}
	t.Setenv("KV_REST_API_URL", "https://db.example.com")
	if err := run(t.Context(), &out, "127.0.0.1:0", 3); err == nil || !strings.Contains(err.Error(), "KV_REST_API_TOKEN") {
		t.Errorf("half a configuration: %v", err)
	}
}
