//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// start serves the endpoint on a free port until the test ends.
func start(t *testing.T, d upstash.Doer, perHour int64) (url string) {
	t.Helper()
	h, err := newHandler(d, perHour, 10*time.Second) // the machine may be busy
	if err != nil {
		t.Fatal(err)
	}
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, ln, h) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error("serve:", err)
		}
	})
	return "http://" + ln.Addr().String() + "/upload"
}

func embedded(t *testing.T) *upstash.Client {
	t.Helper()
	t.Setenv("REDIS_REST_URL", "")
	client, stop, err := connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return client
}

// patient waits for the server's word before it sends a body.
var patient = &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}

// upload does what curl --data-binary does.
func upload(t *testing.T, url, user string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.Header.Set("X-User", user)
	}
	// The body is sent when the handler asks for it, so that a test which sees its
	// body taken knows that the upload is under way.
	req.Header.Set("Expect", "100-continue")
	resp, err := patient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestUploadIsLimitedPerUser(t *testing.T) {
	url := start(t, embedded(t), 3)
	for i := range 5 {
		resp, body := upload(t, url, "ann", strings.NewReader("hello"))
		if i < 3 {
			if resp.StatusCode != http.StatusOK || !strings.Contains(body, `"bytes":5`) || resp.Header.Get("X-RateLimit-Remaining") == "" {
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
	if resp, body := upload(t, url, "bob", strings.NewReader("")); resp.StatusCode != http.StatusOK {
		t.Errorf("another user: %s %s", resp.Status, body)
	}
	if resp, _ := upload(t, url, "", strings.NewReader("x")); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody: %s", resp.Status)
	}
	if resp, _ := upload(t, url, "bob", io.LimitReader(zeros{}, maxUpload+1)); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %s", resp.Status)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestUploadsAtOnce holds two uploads open; a third is refused, and passes when
// one has ended.
func TestUploadsAtOnce(t *testing.T) {
	url := start(t, embedded(t), 50)
	var wg sync.WaitGroup
	var open []*io.PipeWriter
	for range inFlight {
		r, w := io.Pipe()
		open = append(open, w)
		wg.Go(func() {
			if resp, body := upload(t, url, "ann", r); resp.StatusCode != http.StatusOK {
				t.Errorf("held open: %s %s", resp.Status, body)
			}
		})
		_, _ = w.Write(make([]byte, 1<<20)) // more than buffers take: the handler is reading
	}
	resp, body := upload(t, url, "ann", strings.NewReader("x"))
	if resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, "at once") {
		t.Errorf("a third: %s %s", resp.Status, body)
	}
	for _, w := range open {
		_ = w.Close()
	}
	wg.Wait()
	if resp, body = upload(t, url, "ann", strings.NewReader("x")); resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s %s", resp.Status, body)
	}
}

// TestUploadWithoutRedis: a tenth of the limit passes.
func TestUploadWithoutRedis(t *testing.T) {
	down := upstashtest.NewFake(func(context.Context, []string) (any, error) { return nil, errors.New("connection refused") })
	url := start(t, down, 30)
	passed := 0
	for range 6 {
		resp, body := upload(t, url, "ann", strings.NewReader("x"))
		switch resp.StatusCode {
		case http.StatusOK:
			passed++
		case http.StatusServiceUnavailable:
		default:
			t.Errorf("%s %s", resp.Status, body)
		}
	}
	if passed != 3 {
		t.Errorf("%d passed, want 3", passed)
	}
}
