package cache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
)

type user struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// mustText is a cache of strings with the prefix "t:".
func mustText(t testing.TB, d upstash.Doer, o cache.Options) *cache.Cache[string] {
	t.Helper()
	if o.Kind.IsZero() && o.Prefix == "" {
		o.Prefix = "t:"
	}
	if o.TTL == 0 {
		o.TTL = time.Minute
	}
	return must(t, d, cache.Text(), o)
}

func must[T any](t testing.TB, d upstash.Doer, codec cache.Codec[T], o cache.Options) *cache.Cache[T] {
	t.Helper()
	c, err := cache.New(d, codec, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

// constant is a loader that counts its calls.
type constant struct {
	mu    sync.Mutex
	value string
	err   error
	took  time.Duration
	calls int
}

func (l *constant) load(ctx context.Context) (string, error) {
	l.mu.Lock()
	l.calls++
	v, err, took := l.value, l.err, l.took
	l.mu.Unlock()
	if took > 0 {
		t := time.NewTimer(took)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return v, err
}

func (l *constant) set(value string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.value, l.err = value, err
}

func (l *constant) n() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

// events collects what OnError receives.
type events struct {
	mu   sync.Mutex
	list []cache.ErrorEvent
}

func (e *events) add(_ context.Context, ev cache.ErrorEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, ev)
}

func (e *events) ops() (ops []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.list {
		ops = append(ops, ev.Op)
	}
	return ops
}

func want(t testing.TB, what string, got, want string, err error) {
	t.Helper()
	if err != nil || got != want {
		t.Errorf("%s: got %q, %v; want %q", what, got, err, want)
	}
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// contextT is context.Context, for loaders in one line.
type contextT = context.Context

var (
	contextWithTimeout = context.WithTimeout
	contextDeadline    = context.DeadlineExceeded
)
