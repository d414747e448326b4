package upstash_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// canary is the token of every client under test; it must never be seen.
const canary = "CANARY-token-7f3a"

// An exchange is what a scripted transport saw.
type exchange struct {
	url    string
	body   string
	header map[string]string
	req    *upstash.Request
}

// scripted is a Transport that answers from functions, one per attempt; the last
// one answers all further attempts.
type scripted struct {
	mu    sync.Mutex
	steps []step
	seen  []exchange
}

type step = func(ctx context.Context, x exchange, resp *upstash.Response) error

func (s *scripted) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	x := exchange{url: req.URL, body: string(req.Body), header: map[string]string{}, req: req}
	for _, h := range req.Header {
		x.header[h.Name] = h.Value
	}
	s.mu.Lock()
	next := s.steps[min(len(s.seen), len(s.steps)-1)]
	s.seen = append(s.seen, x)
	s.mu.Unlock()
	return next(ctx, x, resp)
}

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

// answer is a step that gives a JSON body.
func answer(status int, body string) step {
	return answerAs(status, "application/json", body)
}

// answerAs is answer with another content type.
func answerAs(status int, contentType, body string) step {
	return func(_ context.Context, _ exchange, resp *upstash.Response) error {
		resp.Status = status
		resp.ContentType = append(resp.ContentType, contentType...)
		resp.Body = append(resp.Body, body...)
		return nil
	}
}

var errWire = errors.New("connection reset")

// lost is a step whose answer is lost after the request was sent.
func lost(context.Context, exchange, *upstash.Response) error { return errWire }

// unsent is a step that fails before anything is sent.
func unsent(context.Context, exchange, *upstash.Response) error { return upstash.NotSent(errWire) }

func newScripted(t *testing.T, cfg upstash.Config, steps ...step) (*upstash.Client, *scripted) {
	t.Helper()
	s := &scripted{steps: steps}
	cfg.Transport = s
	if cfg.URL == "" {
		cfg.URL = "https://db.example.com"
	}
	if cfg.Token == "" {
		cfg.Token = canary
	}
	c, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// argsOf decodes a request body.
func argsOf(t *testing.T, body string) []string {
	t.Helper()
	var args []string
	if err := json.Unmarshal([]byte(body), &args); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return args
}

// splitBatch decodes the body of a batch.
func splitBatch(t *testing.T, body string) [][]string {
	t.Helper()
	var cmds [][]string
	if err := json.Unmarshal([]byte(body), &cmds); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return cmds
}
