package upstash_test

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A fixedAnswer is a Transport that answers with one body and allocates nothing once its
// caller's buffer is large enough.
type fixedAnswer struct {
	body        string
	contentType string
}

func (f fixedAnswer) RoundTrip(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
	resp.Status = 200
	resp.ContentType = append(resp.ContentType, f.contentType...)
	resp.SyncToken = append(resp.SyncToken, "token"...)
	resp.Body = append(resp.Body, f.body...)
	return nil
}

// quietHook is what metrics would hang on.
type quietHook struct{ n int }

func (*quietHook) Before(ctx context.Context, _ *upstash.Attempt) context.Context { return ctx }
func (h *quietHook) After(_ context.Context, a *upstash.Attempt) {
	h.n += a.Billed()
	for i := range a.Len() {
		if a.Refusal(i) != nil {
			h.n++
		}
	}
}

// TestAllocations are the budgets of the client itself: what the caller keeps
// (the arguments and the result), and nothing else. The transport has a test of
// its own.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	value := strings.Repeat("x", 65536)
	encoded := `{"result":"` + base64.StdEncoding.EncodeToString([]byte(value)) + `"}`
	items := make([]string, 1000)
	cmds := make([]upstash.Command, 1000)
	for i := range items {
		items[i] = `{"result":"` + base64.StdEncoding.EncodeToString([]byte("value-"+strconv.Itoa(i))) + `"}`
		cmds[i] = upstash.Get("k").Command
	}
	batch := "[" + strings.Join(items, ",") + "]"
	ctx := t.Context()
	for _, tc := range []struct {
		name   string
		t      fixedAnswer
		budget float64
		hook   upstash.Hook
		run    func(c *upstash.Client) error
	}{
		{"GET 16 B: arguments and value", fixedAnswer{`{"result":"YWJjZGVmZ2hpamtsbW5vcA=="}`, "application/json"}, 2, nil, func(c *upstash.Client) error {
			_, err := upstash.Get("k").Do(ctx, c)
			return err
		}},
		{"GET 64 KiB: arguments and value", fixedAnswer{encoded, "application/json"}, 2, nil, func(c *upstash.Client) error {
			_, err := upstash.Get("k").Do(ctx, c)
			return err
		}},
		{"GET with a hook", fixedAnswer{`{"result":"YWJjZGVmZ2hpamtsbW5vcA=="}`, "application/json"}, 2, &quietHook{}, func(c *upstash.Client) error {
			_, err := upstash.Get("k").Do(ctx, c)
			return err
		}},
		{"INCR: arguments", fixedAnswer{`{"result":41}`, "application/json"}, 1, nil, func(c *upstash.Client) error {
			_, err := upstash.Incr("k").Do(ctx, c)
			return err
		}},
		{"pipeline of 1000: replies and two blocks of text", fixedAnswer{batch, "application/json"}, 3, nil, func(c *upstash.Client) error {
			_, err := c.DoBatch(ctx, upstash.Batch{Commands: cmds})
			return err
		}},
		{"pipeline of 1000 with a hook that asks for refusals", fixedAnswer{batch, "application/json"}, 3, &quietHook{}, func(c *upstash.Client) error {
			_, err := c.DoBatch(ctx, upstash.Batch{Commands: cmds})
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := upstash.New(upstash.Config{URL: "https://db.example.com", Token: canary, Transport: tc.t, Hook: tc.hook})
			if err != nil {
				t.Fatal(err)
			}
			got := testing.AllocsPerRun(200, func() {
				if err := tc.run(c); err != nil {
					t.Fatal(err)
				}
			})
			if got > tc.budget {
				t.Errorf("%v allocations, budget %v", got, tc.budget)
			}
		})
	}
}
