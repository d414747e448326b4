package upstash_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestStreamCancel ends without an error wherever it happens.
func TestStreamCancel(t *testing.T) {
	t.Parallel()
	connecting := func(ctx context.Context) (*upstash.Stream, error) {
		<-ctx.Done()
		return nil, upstash.NotSent(ctx.Err())
	}
	for _, tc := range []struct {
		name string
		step streamStep
		want []string
	}{
		{"while connecting", connecting, nil},
		{"while waiting for the word", respond(200, "text/event-stream", true, ": hello\n\n"), nil},
		{"while waiting for messages", stream(true, "subscribe,c,1", "message,c,a"), []string{"ready", "c:a"}},
		{"between attempts", stream(false, "subscribe,c,1"), []string{"ready", "gap"}},
		{"while reading a refusal", respond(401, "", true, "{"), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				c, f := streamClient(t, upstash.Config{Timeout: time.Hour}, tc.step)
				done := make(chan struct{})
				var got []string
				var err error
				go func() {
					defer close(done)
					got, err = take(-1, c.Subscribe(ctx, "c", upstash.StreamOptions{}))
				}()
				synctest.Wait()
				began := time.Now()
				cancel()
				<-done
				if took := time.Since(began); took != 0 || err != nil || !slices.Equal(got, tc.want) || f.leaked() != 0 {
					t.Errorf("got %q, %v after %v, %d bodies open", got, err, took, f.leaked())
				}
			})
		})
	}
	t.Run("what was read before is not delivered", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c, _ := streamClient(t, upstash.Config{}, stream(true, "subscribe,c,1", "message,c,a", "message,c,b"))
		var got []string
		for e := range c.Subscribe(ctx, "c", upstash.StreamOptions{}) {
			if got = append(got, short(e)); len(got) == 2 {
				cancel()
			}
		}
		if len(got) != 2 {
			t.Errorf("got %q", got)
		}
	})
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c, f := streamClient(t, upstash.Config{}, noStream)
		if got, err := take(-1, c.Subscribe(ctx, "c", upstash.StreamOptions{})); got != nil || err != nil || f.count() != 0 {
			t.Errorf("got %q, %v, %d attempts", got, err, f.count())
		}
	})
}

func TestStreamClosedClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, f := streamClient(t, upstash.Config{}, stream(false, "subscribe,c,1"))
		var last error
		for e, err := range c.Subscribe(t.Context(), "c", upstash.StreamOptions{}) {
			if last = err; e.Kind == upstash.EventGap {
				_ = c.Close()
			}
		}
		if !errors.Is(last, upstash.ErrClosed) || !errors.Is(last, upstash.ErrNotSent) || f.count() != 1 {
			t.Errorf("error %v after %d attempts", last, f.count())
		}
	})
}

// TestStreamRefusesBefore is about what fails before any I/O.
func TestStreamRefusesBefore(t *testing.T) {
	t.Parallel()
	plain, _ := newScripted(t, upstash.Config{}, answer(200, `{"result":1}`))
	if _, err := take(-1, plain.Subscribe(t.Context(), "c", upstash.StreamOptions{})); !errors.Is(err, upstash.ErrNoStreaming) {
		t.Errorf("error %v, want ErrNoStreaming", err)
	}
	c, f := streamClient(t, upstash.Config{}, noStream)
	for _, name := range []string{"", ".", ".."} {
		for _, seq := range []func(func(upstash.Event, error) bool){
			c.Subscribe(t.Context(), name, upstash.StreamOptions{}), c.PSubscribe(t.Context(), name, upstash.StreamOptions{}),
		} {
			if got, err := take(-1, seq); got != nil || !errors.Is(err, upstash.ErrBadArgument) {
				t.Errorf("name %q: %q, %v", name, got, err)
			}
		}
	}
	for _, o := range []upstash.StreamOptions{{MinBackoff: -1}, {MaxBackoff: -1}, {MaxFailures: -1}, {IdleTimeout: -1}} {
		if got, err := take(-1, c.Subscribe(t.Context(), "c", o)); got != nil || !errors.Is(err, upstash.ErrBadConfig) {
			t.Errorf("%+v: %q, %v", o, got, err)
		}
	}
	if f.count() != 0 {
		t.Errorf("%d attempts", f.count())
	}
}

// TestStreamMaxEvent: the default is Config.MaxResponse, and both can be lifted.
func TestStreamMaxEvent(t *testing.T) {
	t.Parallel()
	frames := stream(true, "subscribe,c,1", "message,c,"+strings.Repeat("a", 2000))
	for _, tc := range []struct {
		name     string
		response int
		event    int
		want     error
	}{
		{"default", 0, 0, nil},
		{"the response's", 1000, 0, upstash.ErrEventTooLarge},
		{"its own", 1000, 3000, nil},
		{"its own, smaller", 0, 1000, upstash.ErrEventTooLarge},
		{"no bound", 1000, -1, nil},
		{"no bound for responses", -1, 0, nil},
	} {
		c, _ := streamClient(t, upstash.Config{MaxResponse: tc.response}, frames)
		if _, err := take(2, c.Subscribe(t.Context(), "c", upstash.StreamOptions{MaxEvent: tc.event})); !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
	}
}

// TestStreamSequenceIsReusable: one sequence, several loops at once.
func TestStreamSequenceIsReusable(t *testing.T) {
	t.Parallel()
	c, f := streamClient(t, upstash.Config{}, stream(true, "subscribe,c,1", "message,c,a"))
	seq := c.Subscribe(t.Context(), "c", upstash.StreamOptions{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := take(2, seq); err != nil || !slices.Equal(got, []string{"ready", "c:a"}) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if f.count() != 8 || f.leaked() != 0 {
		t.Errorf("%d connections, %d left", f.count(), f.leaked())
	}
}
