package upstash_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A fakeStreamer answers each Stream with the next of its functions; the last
// one answers all further ones.
type fakeStreamer struct {
	upstash.Transport
	steps []streamStep

	mu     sync.Mutex
	seen   []upstash.Request // guarded by mu
	at     []time.Time       // guarded by mu; when
	open   int               // guarded by mu; bodies not yet closed
	closed int               // guarded by mu
}

type streamStep func(ctx context.Context) (*upstash.Stream, error)

func (f *fakeStreamer) Stream(ctx context.Context, req *upstash.Request) (*upstash.Stream, error) {
	f.mu.Lock()
	next := f.steps[min(len(f.seen), len(f.steps)-1)]
	f.seen = append(f.seen, *req)
	f.at = append(f.at, time.Now())
	f.mu.Unlock()
	s, err := next(ctx)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.open++
	f.mu.Unlock()
	s.Body = &fakeBody{ReadCloser: s.Body, f: f}
	return s, nil
}

func (f *fakeStreamer) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

// leaked is the number of bodies that are still open.
func (f *fakeStreamer) leaked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open - f.closed
}

type fakeBody struct {
	io.ReadCloser
	f    *fakeStreamer
	once sync.Once
}

func (b *fakeBody) Close() error {
	b.once.Do(func() {
		b.f.mu.Lock()
		b.f.closed++
		b.f.mu.Unlock()
	})
	return b.ReadCloser.Close()
}

// stream answers with frames, and then ends (or stays silent).
func stream(hold bool, frames ...string) streamStep {
	return respond(200, "text/event-stream", hold, "data: "+strings.Join(frames, "\n\ndata: ")+"\n\n")
}

// respond answers with any response; its body obeys ctx and Close.
func respond(status int, contentType string, hold bool, body string) streamStep {
	return func(ctx context.Context) (*upstash.Stream, error) {
		r, w := io.Pipe()
		stop := context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
		go func() {
			_, _ = io.WriteString(w, body)
			if !hold {
				stop()
				_ = w.Close()
			}
		}()
		return &upstash.Stream{Status: status, ContentType: contentType, Body: r}, nil
	}
}

// noStream fails to connect.
func noStream(context.Context) (*upstash.Stream, error) { return nil, upstash.NotSent(errWire) }

func streamClient(t *testing.T, cfg upstash.Config, steps ...streamStep) (*upstash.Client, *fakeStreamer) {
	t.Helper()
	f := &fakeStreamer{steps: steps}
	cfg.URL, cfg.Token, cfg.Transport = "https://db.example.com/base", canary, f
	c, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, f
}

// short tells an event in a word.
func short(e upstash.Event) string {
	switch e.Kind {
	case upstash.EventReady:
		return "ready"
	case upstash.EventGap:
		return "gap"
	}
	return e.Channel + ":" + e.Payload
}

// take ranges over n events and then leaves the loop.
func take(n int, seq func(func(upstash.Event, error) bool)) (got []string, err error) {
	for e, err := range seq {
		if err != nil {
			return got, err
		}
		if got = append(got, short(e)); len(got) == n {
			break
		}
	}
	return got, nil
}
