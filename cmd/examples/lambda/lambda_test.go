package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// A fakeAPI is the runtime API: the test invokes, the function answers.
type fakeAPI struct {
	addr    string
	events  chan invocation
	answers chan reported
}

type invocation struct {
	event string
	limit time.Duration
}

type reported struct {
	path, errorType, body string
}

func startAPI(t *testing.T) *fakeAPI {
	t.Helper()
	api := &fakeAPI{events: make(chan invocation), answers: make(chan reported, 1)}
	mux := http.NewServeMux()
	n := 0
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case i := <-api.events:
			n++
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "id-"+strconv.Itoa(n))
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(i.limit).UnixMilli(), 10))
			_, _ = io.WriteString(w, i.event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		path := strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/")
		api.answers <- reported{path, r.Header.Get("Lambda-Runtime-Function-Error-Type"), string(body)}
		w.WriteHeader(http.StatusAccepted)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	api.addr = strings.TrimPrefix(srv.URL, "http://")
	return api
}

// invoke hands out an event and waits for what the function reports.
func (api *fakeAPI) invoke(t *testing.T, event string, limit time.Duration) reported {
	t.Helper()
	select {
	case api.events <- invocation{event, limit}:
	case <-time.After(time.Minute):
		t.Fatal("the function does not ask for work")
	}
	select {
	case r := <-api.answers:
		return r
	case <-time.After(time.Minute):
		t.Fatal("the function does not answer")
	}
	return reported{}
}

// A link stands between the function and the database and can be cut.
type link struct {
	net.Listener
	target string
	mu     sync.Mutex
	conns  []net.Conn // guarded by mu
	opened int        // guarded by mu
	stuck  bool       // guarded by mu; what arrives goes nowhere
}

func startLink(t *testing.T, target string) *link {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{Listener: ln, target: strings.TrimPrefix(target, "http://")}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", l.target)
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, in, out)
			l.opened++
			stuck := l.stuck
			l.mu.Unlock()
			if !stuck {
				wg.Go(func() { _, _ = io.Copy(out, in) })
				wg.Go(func() { _, _ = io.Copy(in, out) })
			}
		}
	})
	t.Cleanup(func() { _ = ln.Close(); l.cut(false); wg.Wait() })
	return l
}

// cut closes all connections, as a server does with those that were idle for too
// long; stuck says what becomes of new ones.
func (l *link) cut(stuck bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns, l.stuck = nil, stuck
	return l.opened
}

// failures is a hook that counts attempts without an answer.
type failures struct{ n atomic.Int64 }

func (*failures) Before(ctx context.Context, _ *upstash.Attempt) context.Context { return ctx }
func (f *failures) After(_ context.Context, a *upstash.Attempt) {
	if a.Err != nil && a.Status == 0 {
		f.n.Add(1)
	}
}

// start runs the function until the test ends.
func start(t *testing.T, api *fakeAPI, cfg upstash.Config) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	made := 0
	go func() {
		done <- run(ctx, api.addr, func() (*upstash.Client, error) {
			made++
			return upstash.New(cfg)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
		if made != 1 {
			t.Errorf("%d clients were made", made)
		}
	})
}

func TestInvocations(t *testing.T) {
	db, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	between := startLink(t, db.URL)
	api := startAPI(t)
	var failed failures
	start(t, api, upstash.Config{URL: "http://" + between.Addr().String(), Token: upstash.Secret(db.Token), Hook: &failed})

	for i, want := range []string{`{"allowed":true,"visits":1}`, `{"allowed":true,"visits":2}`, `{"allowed":true,"visits":3}`} {
		got := api.invoke(t, `{"user":"ann"}`, time.Minute)
		if got.path != "invocation/id-"+strconv.Itoa(i+1)+"/response" || got.body != want {
			t.Errorf("event %d: %+v, want %s", i, got, want)
		}
		// The process is frozen now, and the server gives up on its connections.
		// The next event must neither fail nor count twice.
		opened := between.cut(false)
		if opened != i+1 {
			t.Errorf("%d connections were opened by event %d: one each is needed after a freeze, and no more", opened, i)
		}
	}
	if n := failed.n.Load(); n != 0 {
		t.Errorf("%d requests were sent over dead connections", n)
	}
	var refused answer
	if got := api.invoke(t, `{"user":"ann"}`, time.Minute); json.Unmarshal([]byte(got.body), &refused) != nil || refused.Allowed || refused.RetryAfter < 1 {
		t.Errorf("over the limit: %+v", got)
	}
	if got := api.invoke(t, `{}`, time.Minute); got.path != "invocation/id-5/error" || got.errorType == "" || !strings.Contains(got.body, errNoUser.Error()) {
		t.Errorf("bad event: %+v", got)
	}
}

// TestDeadline: what cannot be answered in time is reported as an error before
// Lambda ends the process.
func TestDeadline(t *testing.T) {
	db, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	between := startLink(t, db.URL)
	between.cut(true)
	api := startAPI(t)
	start(t, api, upstash.Config{URL: "http://" + between.Addr().String(), Token: upstash.Secret(db.Token), Timeout: time.Hour, Retry: upstash.Retry{MaxElapsed: -1}})
	got := api.invoke(t, `{"user":"ann"}`, margin+150*time.Millisecond)
	if got.path != "invocation/id-1/error" || !strings.Contains(got.body, context.DeadlineExceeded.Error()) {
		t.Errorf("%+v", got)
	}
	between.cut(false)
	if got := api.invoke(t, `{"user":"bob"}`, time.Minute); got.body != `{"allowed":true,"visits":1}` {
		t.Errorf("after it: %+v", got)
	}
}

// TestStartFails: a bad configuration is reported once, without its values.
func TestStartFails(t *testing.T) {
	api := startAPI(t)
	err := run(t.Context(), api.addr, func() (*upstash.Client, error) {
		return upstash.New(upstash.Config{URL: "redis://secret-host", Token: "secret-token"})
	})
	if !errors.Is(err, upstash.ErrBadConfig) {
		t.Errorf("run: %v", err)
	}
	var got reported
	select {
	case got = <-api.answers:
	default:
		t.Fatal("nothing was reported")
	}
	if got.path != "init/error" || !strings.Contains(got.body, "URL") || strings.Contains(got.body, "secret") {
		t.Errorf("%+v", got)
	}
}
