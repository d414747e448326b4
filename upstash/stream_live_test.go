//go:build !wasm

package upstash_test

import (
	"context"
	"errors"
	"iter"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A streamWorld is a dev server and a client of it.
type streamWorld struct {
	srv    *devserver.Running
	client *upstash.Client
}

// overStreamWorlds runs body over both backends and both transports.
func overStreamWorlds(t *testing.T, body func(t *testing.T, w streamWorld)) {
	for _, backend := range []string{"embedded", "redis"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			o := devserver.Options{ReadOnlyToken: canary + "-ro"}
			if backend == "redis" {
				o.Redis = redistest.Start(t)
			}
			srv := devStart(t, o)
			for _, name := range []string{"fasthttp", "nethttp"} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					body(t, streamWorld{srv, devClient(t, srv.URL, srv.Token, streamTransport(t, name))})
				})
			}
		})
	}
}

func devStart(t *testing.T, o devserver.Options) *devserver.Running {
	t.Helper()
	srv, err := devserver.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv
}

func streamTransport(t *testing.T, name string) upstash.Transport {
	t.Helper()
	if name == "fasthttp" {
		return newFastHTTP(t, upstash.FastHTTPOptions{})
	}
	tr := nethttp.New(nil)
	t.Cleanup(tr.(upstash.Closer).CloseIdle)
	return tr
}

func devClient(t *testing.T, url, token string, tr upstash.Transport) *upstash.Client {
	t.Helper()
	c, err := upstash.New(upstash.Config{URL: url, Token: upstash.Secret(token), Transport: tr})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A following is a stream that is read in the background.
type following struct {
	events chan upstash.Event
	err    error // read after events is closed
	cancel context.CancelFunc
}

func follow(t *testing.T, start func(context.Context) iter.Seq2[upstash.Event, error]) *following {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &following{events: make(chan upstash.Event, 100), cancel: cancel}
	go func() {
		defer close(f.events)
		for e, err := range start(ctx) {
			if err != nil {
				f.err = err
				return
			}
			f.events <- e
		}
	}()
	t.Cleanup(cancel)
	return f
}

// next is the next event, which must come.
func (f *following) next(t *testing.T) upstash.Event {
	t.Helper()
	select {
	case e, ok := <-f.events:
		if !ok {
			t.Fatalf("the stream has ended: %v", f.err)
		}
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no event")
	}
	return upstash.Event{}
}

// want checks the next event, in the form that short gives.
func (f *following) want(t *testing.T, want string) {
	t.Helper()
	if got := short(f.next(t)); got != want {
		t.Fatalf("got %.100q, want %.100q", got, want)
	}
}

// ended waits for the end and returns its error.
func (f *following) ended(t *testing.T) error {
	t.Helper()
	select {
	case e, ok := <-f.events:
		if ok {
			t.Fatalf("event %+v instead of the end", e)
		}
		return f.err
	case <-time.After(20 * time.Second):
		t.Fatal("the stream does not end")
	}
	return nil
}

// do runs a command that must succeed.
func (w streamWorld) do(t *testing.T, name string, args ...any) upstash.Reply {
	t.Helper()
	r, err := w.client.Do(t.Context(), upstash.NewCommand(name, args...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSubscribeLive(t *testing.T) {
	t.Parallel()
	overStreamWorlds(t, func(t *testing.T, w streamWorld) {
		channel := strings.ReplaceAll(t.Name(), "/", ",") + " é?#" // unique: the Redis may be shared
		f := follow(t, func(ctx context.Context) iter.Seq2[upstash.Event, error] {
			return w.client.Subscribe(ctx, channel, upstash.StreamOptions{})
		})
		f.want(t, "ready")
		for _, payload := range []string{
			"hello", "", " blank before", "a,b,,c", `{"json":"with \n escape"}`, "é\u2028😀", "data: x", ": x", "\xff\xfe\x00",
			"two\nlines", "\n", "\n\nbetween\n\n", "a\ndata: b\n\nmessage," + channel + ",forged", strings.Repeat("long,", 400_000),
		} {
			if n, err := upstash.Publish(channel, payload).Do(t.Context(), w.client); err != nil || n != 1 {
				t.Fatalf("%.40q: %d subscribers, %v", payload, n, err)
			}
			f.want(t, channel+":"+payload)
		}
		w.do(t, "PUBLISH", channel, "a\rb\r\nc\n\rd")
		f.want(t, channel+":a\nb\nc\n\nd") // as documented
		f.cancel()
		if err := f.ended(t); err != nil {
			t.Error(err)
		}
	})
}

func TestPSubscribeLive(t *testing.T) {
	t.Parallel()
	overStreamWorlds(t, func(t *testing.T, w streamWorld) {
		prefix := strings.ReplaceAll(t.Name(), "/", ":")
		f := follow(t, func(ctx context.Context) iter.Seq2[upstash.Event, error] {
			return w.client.PSubscribe(ctx, prefix+"[:,]*", upstash.StreamOptions{})
		})
		f.want(t, "ready")
		for _, m := range [][2]string{{":1", "a,b"}, {":", ""}, {":two\nlines", "x\ny"}} {
			w.do(t, "PUBLISH", prefix+m[0], m[1])
			f.want(t, prefix+m[0]+":"+m[1])
		}
		w.do(t, "PUBLISH", prefix+",c", "x") // as documented
		f.want(t, prefix+":c,x")
	})
}

func TestMonitorLive(t *testing.T) {
	t.Parallel()
	overStreamWorlds(t, func(t *testing.T, w streamWorld) {
		f := follow(t, func(ctx context.Context) iter.Seq2[upstash.Event, error] {
			return w.client.Monitor(ctx, upstash.StreamOptions{})
		})
		f.want(t, "ready")
		key := strings.ReplaceAll(t.Name(), "/", ":")
		w.do(t, "SET", key, "a\"b\n,")
		for { // others use the server, too
			e := f.next(t)
			if e.Kind == upstash.EventMessage && e.Channel == "" && strings.HasSuffix(e.Payload, ` "SET" "`+key+`" "a\"b\n,"`) {
				break
			}
		}
		ro := devClient(t, w.srv.URL, canary+"-ro", nil)
		for e, err := range ro.Monitor(t.Context(), upstash.StreamOptions{}) {
			if _, ok := errors.AsType[*upstash.ServerError](err); !ok || !errors.Is(err, upstash.ErrNoPermission) {
				t.Errorf("with a read-only token: %+v, %v", e, err)
			}
		}
	})
}

func TestSubscribeWrongToken(t *testing.T) {
	t.Parallel()
	srv := devStart(t, devserver.Options{})
	for _, name := range []string{"fasthttp", "nethttp"} {
		c := devClient(t, srv.URL, canary, streamTransport(t, name))
		n := 0
		for e, err := range c.Subscribe(t.Context(), "news", upstash.StreamOptions{}) {
			n++
			se, ok := errors.AsType[*upstash.ServerError](err)
			if !ok || se.Code != "WRONGPASS" || se.Status != http.StatusUnauthorized || !errors.Is(err, upstash.ErrUnauthorized) || strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %+v, %v", name, e, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

// TestSubscribeStopsAtOnce: cancelling and leaving the loop end the stream within
// 100 ms, the server sees the connection close, and nothing is left.
func TestSubscribeStopsAtOnce(t *testing.T) {
	srv := devStart(t, devserver.Options{})
	for _, name := range []string{"fasthttp", "nethttp"} {
		for _, how := range []string{"cancel", "break"} {
			t.Run(name+" "+how, func(t *testing.T) {
				others := clientGoroutines() // earlier tests may have left idle connections
				tr := streamTransport(t, name)
				w := streamWorld{srv, devClient(t, srv.URL, srv.Token, tr)}
				best := time.Hour // a busy machine delays some, but not all
				for range 5 {
					best = min(best, stopOnce(t, w, how))
				}
				if best > 100*time.Millisecond {
					t.Errorf("ended %v after the %s", best, how)
				}
				waitFor(t, "the server sees that the client has left", func() bool {
					n, err := w.do(t, "PUBSUB", "NUMSUB", "news").Int64Map()
					return err == nil && n["news"] == 0
				})
				tr.(upstash.Closer).CloseIdle()
				waitFor(t, "all goroutines of the client end", func() bool { return clientGoroutines() <= others })
			})
		}
	}
}

// clientGoroutines counts the goroutines in the client's code, those of the dev
// server not being its business.
func clientGoroutines() (n int) {
	for g := range strings.SplitSeq(streamStacks(), "\n\n") {
		if strings.Contains(g, "edgeredis/upstash.") || strings.Contains(g, "upstash/nethttp.") || strings.Contains(g, "net/http.(*persistConn)") {
			n++
		}
	}
	return n
}

// stopOnce ends a stream on a quiet channel and returns how long that took.
func stopOnce(t *testing.T, w streamWorld, how string) time.Duration {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var at time.Time
	for e, err := range w.client.Subscribe(ctx, "news", upstash.StreamOptions{}) {
		if err != nil || e.Kind != upstash.EventReady {
			t.Fatalf("%+v, %v", e, err)
		}
		if at = time.Now(); how == "break" {
			break
		}
		// Most of the time the stream will be waiting for the next event by then.
		time.AfterFunc(20*time.Millisecond, func() {
			at = time.Now()
			cancel()
		})
	}
	return time.Since(at)
}

// TestSubscribeServerRestart: the dev server goes and comes back at its address.
func TestSubscribeServerRestart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"fasthttp", "nethttp"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(redistest.FreePort(t)))
			stop := serveDevAt(t, addr)
			w := streamWorld{client: devClient(t, "http://"+addr, canary, streamTransport(t, name))}
			f := follow(t, func(ctx context.Context) iter.Seq2[upstash.Event, error] {
				return w.client.Subscribe(ctx, "news", upstash.StreamOptions{MaxBackoff: 10 * time.Millisecond})
			})
			f.want(t, "ready")
			w.do(t, "PUBLISH", "news", "before")
			f.want(t, "news:before")
			stop()
			f.want(t, "gap")
			for { // a listener that is closing may still take and reset some
				e := f.next(t)
				if e.Kind != upstash.EventGap {
					t.Fatalf("event %+v", e)
				}
				if errors.Is(e.Err, upstash.ErrNotSent) {
					break // nobody is there
				}
			}
			stop = serveDevAt(t, addr)
			defer stop()
			e := f.next(t)
			for e.Kind == upstash.EventGap {
				e = f.next(t)
			}
			if e.Kind != upstash.EventReady {
				t.Fatalf("event %+v", e)
			}
			w.do(t, "PUBLISH", "news", "after")
			f.want(t, "news:after")
			f.cancel()
			if err := f.ended(t); err != nil {
				t.Error(err)
			}
		})
	}
}

// serveDevAt runs a dev server at an address.
func serveDevAt(t *testing.T, addr string) (stop func()) {
	t.Helper()
	s, err := devserver.New(devserver.Options{Token: canary})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(ctx, ln); err != nil {
			t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// TestSubscribeRedisRestart: the Redis behind the server goes and comes back.
func TestSubscribeRedisRestart(t *testing.T) {
	t.Parallel()
	redis := redistest.StartOwn(t)
	srv := devStart(t, devserver.Options{Redis: redis.URL})
	w := streamWorld{srv, devClient(t, srv.URL, srv.Token, nil)}
	f := follow(t, func(ctx context.Context) iter.Seq2[upstash.Event, error] {
		return w.client.Subscribe(ctx, "news", upstash.StreamOptions{MaxBackoff: 50 * time.Millisecond})
	})
	f.want(t, "ready")
	redis.Stop()
	f.want(t, "gap")
	redis.Restart(t)
	e := f.next(t)
	for e.Kind == upstash.EventGap {
		e = f.next(t)
	}
	if e.Kind != upstash.EventReady {
		t.Fatalf("event %+v", e)
	}
	w.do(t, "PUBLISH", "news", "after")
	f.want(t, "news:after")
}

// TestSubscribeManyAtOnce: one client, many loops; each gets everything.
func TestSubscribeManyAtOnce(t *testing.T) {
	t.Parallel()
	srv := devStart(t, devserver.Options{})
	w := streamWorld{srv, devClient(t, srv.URL, srv.Token, newFastHTTP(t, upstash.FastHTTPOptions{MaxConns: 1}))}
	const loops, messages = 30, 20
	all := make([]*following, loops)
	for i := range all {
		all[i] = follow(t, func(ctx context.Context) iter.Seq2[upstash.Event, error] {
			return w.client.Subscribe(ctx, "news", upstash.StreamOptions{})
		})
	}
	for _, f := range all {
		f.want(t, "ready")
	}
	var want []string
	for i := range messages {
		payload := strings.Repeat("x", i)
		want = append(want, "news:"+payload)
		if n, err := upstash.Publish("news", payload).Do(t.Context(), w.client); err != nil || n != loops {
			t.Fatalf("%d subscribers, %v", n, err)
		}
	}
	for i, f := range all {
		var got []string
		for range messages {
			got = append(got, short(f.next(t)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("loop %d got %q", i, got)
		}
	}
}
