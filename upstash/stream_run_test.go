package upstash_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

func TestStreamFrames(t *testing.T) {
	t.Parallel()
	type client = *upstash.Client
	sub := func(name string) func(context.Context, client) func(func(upstash.Event, error) bool) {
		return func(ctx context.Context, c client) func(func(upstash.Event, error) bool) {
			return c.Subscribe(ctx, name, upstash.StreamOptions{})
		}
	}
	psub := func(name string) func(context.Context, client) func(func(upstash.Event, error) bool) {
		return func(ctx context.Context, c client) func(func(upstash.Event, error) bool) {
			return c.PSubscribe(ctx, name, upstash.StreamOptions{})
		}
	}
	monitor := func(ctx context.Context, c client) func(func(upstash.Event, error) bool) {
		return c.Monitor(ctx, upstash.StreamOptions{})
	}
	for _, tc := range []struct {
		name   string
		start  func(context.Context, client) func(func(upstash.Event, error) bool)
		url    string
		frames []string
		want   []string
	}{
		{"subscribe", sub("c"), "/subscribe/c", []string{"subscribe,c,1", "message,c,hi"}, []string{"ready", "c:hi"}},
		{"escaped name", sub("a/b?é ,"), "/subscribe/a%2Fb%3F%C3%A9%20%2C", []string{"subscribe,a/b?é ,,1", "message,a/b?é ,,x,y"}, []string{"ready", "a/b?é ,:x,y"}},
		{"empty payload", sub("c"), "/subscribe/c", []string{"subscribe,c,1", "message,c,"}, []string{"ready", "c:"}},
		{"payload of lines", sub("c"), "/subscribe/c", []string{"subscribe,c,1", "message,c,a\ndata: b\ndata: "}, []string{"ready", "c:a\nb\n"}},
		{"other frames", sub("c"), "/subscribe/c", []string{"subscribe,c,1", "unsubscribe,c,0", "message,cc,no", "message,c", "message,c,yes"}, []string{"ready", "c:yes"}},
		{"no word before", sub("c"), "/subscribe/c", []string{"message,c,hi", "subscribe,c,1"}, []string{"ready", "c:hi", "ready"}},
		{"pattern", psub("c*"), "/psubscribe/c%2A", []string{"psubscribe,c*,1", "pmessage,c*,c1,a,b", "pmessage,c*,c2,"}, []string{"ready", "c1:a,b", "c2:"}},
		{"pattern with comma", psub("c[,]*"), "/psubscribe/c%5B%2C%5D%2A", []string{"psubscribe,c[,]*,1", "pmessage,c[,]*,c;,x"}, []string{"ready", "c;:x"}},
		{"monitor", monitor, "/monitor", []string{`"OK"`, `1.5 [0 0.0.0.0:0] "GET" "k"`}, []string{"ready", `:1.5 [0 0.0.0.0:0] "GET" "k"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, f := streamClient(t, upstash.Config{}, stream(true, tc.frames...))
			got, err := take(len(tc.want), tc.start(t.Context(), c))
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
			if url := f.seen[0].URL; url != "https://db.example.com/base"+tc.url {
				t.Errorf("asked for %s", url)
			}
			if f.leaked() != 0 {
				t.Error("the body was not closed when the loop was left")
			}
		})
	}
}

func TestStreamRequest(t *testing.T) {
	t.Parallel()
	c, f := streamClient(t, upstash.Config{}, stream(true, "subscribe,c,1"))
	if _, err := take(1, c.Subscribe(t.Context(), "c", upstash.StreamOptions{})); err != nil {
		t.Fatal(err)
	}
	want := []upstash.HeaderField{{Name: "Authorization", Value: "Bearer " + canary}, {Name: "Accept", Value: "text/event-stream"}, {Name: "Cache-Control", Value: "no-cache"}}
	if r := f.seen[0]; !slices.Equal(r.Header, want) || len(r.Body) != 0 || time.Until(r.Deadline) > 5*time.Second {
		t.Errorf("sent %+v", r)
	}
}

// TestStreamEnds is about errors that waiting cannot mend: one, and the end.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	big := "message,c," + strings.Repeat("a", 100)
	for _, tc := range []struct {
		name string
		step streamStep
		want error
	}{
		{"wrong token", respond(401, "application/json", false, `{"error":"WRONGPASS invalid or missing auth token"}`), upstash.ErrUnauthorized},
		{"no permission", respond(400, "application/json", false, `{"error":"NOPERM this user has no permissions"}`), upstash.ErrNoPermission},
		{"a web page", respond(200, "text/html", false, "<html>"), upstash.ErrProtocol},
		{"not found", respond(404, "text/plain", false, "404 page not found"), upstash.ErrProtocol},
		{"a redirect", respond(307, "", false, ""), upstash.ErrProtocol},
		{"an answer, but no stream", respond(200, "application/json", false, `{"result":"OK"}`), upstash.ErrProtocol},
		{"a refusal that never ends", respond(401, "application/json", true, `{"error":"WRONGPASS x"}`), upstash.ErrUnauthorized},
		{"too large", stream(false, "subscribe,c,1", big), upstash.ErrEventTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, f := streamClient(t, upstash.Config{}, tc.step)
				got, err := take(-1, c.Subscribe(t.Context(), "c", upstash.StreamOptions{MaxEvent: len(big) - 1}))
				if !errors.Is(err, tc.want) || slices.Contains(got, "gap") || f.count() != 1 {
					t.Errorf("got %q, error %v, %d attempts; want %v", got, err, f.count(), tc.want)
				}
				if strings.Contains(err.Error(), canary) {
					t.Errorf("the token is in %q", err)
				}
				_, isServer := errors.AsType[*upstash.ServerError](err)
				_, isTransport := errors.AsType[*upstash.TransportError](err)
				if isServer == isTransport {
					t.Errorf("error %T", err)
				}
				if f.leaked() != 0 {
					t.Error("a body was not closed")
				}
			})
		})
	}
}

// TestStreamGaps: each connection that is lost or not made gives one gap.
func TestStreamGaps(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		step streamStep
		want error // what Event.Err matches
	}{
		{"not connected", noStream, upstash.ErrNotSent},
		{"overloaded", respond(503, "text/html", false, "<html>"), upstash.ErrProtocol},
		{"gateway", respond(502, "application/json", false, `{"error":"ERR x"}`), nil},
		{"throttled", respond(429, "application/json", false, `{"error":"ERR slow down"}`), upstash.ErrThrottled},
		{"connections used up", respond(400, "application/json", false, `{"error":"ERR max concurrent connections exceeded"}`), upstash.ErrThrottled},
		{"ended before the word", respond(200, "text/event-stream", false, ""), nil},
		{"silent before the word", respond(200, "text/event-stream", true, ": hello\n\n"), nil},
		{"lost", stream(false, "subscribe,c,1", "message,c,a"), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, f := streamClient(t, upstash.Config{}, tc.step, tc.step, stream(true, "subscribe,c,1", "message,c,z"))
				var got []string
				for e, err := range c.Subscribe(t.Context(), "c", upstash.StreamOptions{}) {
					if err != nil {
						t.Fatal(err)
					}
					if e.Kind == upstash.EventGap && (e.Channel != "c" || e.Err == nil || tc.want != nil && !errors.Is(e.Err, tc.want)) {
						t.Errorf("gap %+v, want %v", e, tc.want)
					}
					if got = append(got, short(e)); got[len(got)-1] == "c:z" {
						break
					}
				}
				want := []string{"gap", "gap", "ready", "c:z"}
				if tc.name == "lost" {
					want = []string{"ready", "c:a", "gap", "ready", "c:a", "gap", "ready", "c:z"}
				}
				if !slices.Equal(got, want) || f.count() != 3 || f.leaked() != 0 {
					t.Errorf("got %q from %d attempts, %d bodies open; want %q", got, f.count(), f.leaked(), want)
				}
			})
		})
	}
}

func TestStreamBackoff(t *testing.T) {
	t.Parallel()
	o := upstash.StreamOptions{MinBackoff: time.Second, MaxBackoff: 8 * time.Second}
	// waits are the times between the attempts that steps leads to.
	waits := func(t *testing.T, o upstash.StreamOptions, n int, step streamStep) (d []time.Duration) {
		c, f := streamClient(t, upstash.Config{}, step)
		for range c.Subscribe(t.Context(), "c", o) {
			if f.count() > n {
				break
			}
		}
		for i := 1; i < len(f.at); i++ {
			d = append(d, f.at[i].Sub(f.at[i-1]))
		}
		return d
	}
	bounds := func(t *testing.T, got []time.Duration, most ...time.Duration) {
		t.Helper()
		for i := range most {
			if got[i] > most[i] {
				t.Errorf("wait %d is %v, want at most %v", i+1, got[i], most[i])
			}
		}
		sum := time.Duration(0)
		for _, d := range got {
			sum += d
		}
		if sum < most[0] {
			t.Errorf("%v in all for %d attempts", sum, len(got)+1)
		}
	}
	t.Run("doubles while failing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			bounds(t, waits(t, o, 30, noStream), time.Second, 2*time.Second, 4*time.Second, 8*time.Second, 8*time.Second, 8*time.Second)
		})
	})
	t.Run("doubles while flapping", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			got := waits(t, o, 60, stream(false, "subscribe,c,1"))
			bounds(t, got, time.Second, 2*time.Second, 4*time.Second, 8*time.Second)
			if longest := slices.Max(got); longest < 4*time.Second {
				t.Errorf("a server that cuts every connection at once is asked again after %v at most", longest)
			}
		})
	})
	t.Run("starts over after a good time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			good := func(ctx context.Context) (*upstash.Stream, error) {
				r, w := io.Pipe()
				go func() {
					_, _ = io.WriteString(w, "data: subscribe,c,1\n\n")
					time.AfterFunc(o.MaxBackoff, func() { _ = w.Close() })
				}()
				return &upstash.Stream{Status: 200, ContentType: "Text/Event-Stream; charset=utf-8", Body: r}, nil
			}
			for i, d := range waits(t, o, 30, good) {
				if d > o.MaxBackoff+o.MinBackoff {
					t.Errorf("wait %d is %v", i, d-o.MaxBackoff)
				}
			}
		})
	})
}

func TestStreamMaxFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		good := stream(false, "subscribe,c,1")
		c, f := streamClient(t, upstash.Config{}, noStream, noStream, good, noStream, noStream, noStream, good)
		got, err := take(-1, c.Subscribe(t.Context(), "c", upstash.StreamOptions{MaxFailures: 3}))
		want := []string{"gap", "gap", "ready", "gap", "gap", "gap"}
		if !slices.Equal(got, want) || !errors.Is(err, errWire) || !errors.Is(err, upstash.ErrNotSent) || f.count() != 6 {
			t.Errorf("got %q, %v after %d attempts", got, err, f.count())
		}
	})
}

func TestStreamIdleTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		alive := func(ctx context.Context) (*upstash.Stream, error) {
			r, w := io.Pipe()
			go func() {
				_, _ = io.WriteString(w, "data: subscribe,c,1\n\n")
				for range 10 {
					<-time.After(50 * time.Second)
					_, _ = io.WriteString(w, ": still here\n\n")
				}
			}()
			return &upstash.Stream{Status: 200, ContentType: "text/event-stream", Body: r}, nil
		}
		c, _ := streamClient(t, upstash.Config{}, alive)
		began := time.Now()
		for e, err := range c.Subscribe(t.Context(), "c", upstash.StreamOptions{IdleTimeout: time.Minute}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == upstash.EventGap {
				took, timeout := time.Since(began), false
				if te, ok := errors.AsType[*upstash.TransportError](e.Err); ok {
					timeout = te.Timeout()
				}
				if took != 10*50*time.Second+time.Minute || !timeout {
					t.Errorf("given up after %v: %v", took, e.Err)
				}
				break
			}
		}
	})
}

// TestStreamSlowLoop: time that the caller takes is no silence of the server.
func TestStreamSlowLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, f := streamClient(t, upstash.Config{}, stream(true, "subscribe,c,1", "message,c,a", "message,c,b"))
		var got []string
		for e := range c.Subscribe(t.Context(), "c", upstash.StreamOptions{IdleTimeout: time.Second}) {
			<-time.After(time.Hour)
			if got = append(got, short(e)); len(got) == 3 {
				break
			}
		}
		if f.count() != 1 || !slices.Equal(got, []string{"ready", "c:a", "c:b"}) {
			t.Errorf("got %q from %d connections", got, f.count())
		}
	})
}
