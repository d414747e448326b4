//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A site is a running service and the base of its URLs.
type site struct {
	*service
	url string
}

// start serves on a free port until the test ends.
func start(t *testing.T, d pipeline.DoerBatcher, perHour int64) *site {
	t.Helper()
	files, err := OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	s, h, err := newService(d, files, perHour, 10*time.Second, t.Logf) // the machine may be busy
	if err != nil {
		t.Fatal(err)
	}
	ln, err := host.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- host.Serve(ctx, ln, h) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error("serve:", err)
		}
	})
	return &site{s, "http://" + ln.Addr().String() + "/uploads"}
}

func embedded(t *testing.T, cfg upstash.Config) *upstash.Client {
	t.Helper()
	client, stop, err := host.Embedded(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return client
}

// patient waits for the server's word before it sends a body.
var patient = &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}

// curl does what curl -X method -H "X-User: user" --data-binary body does. The
// body is sent when the handler asks for it, so that a test which sees its body
// taken knows that the upload is under way.
func (s *site) curl(t *testing.T, user, method, path string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.Header.Set("X-User", user)
	}
	if body != nil {
		req.Header.Set("Expect", "100-continue")
	}
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

// want is curl with an expected status and a part of the answer.
func (s *site) want(t *testing.T, user, method, path, body string, status int, part string) string {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	resp, text := s.curl(t, user, method, path, r)
	if resp.StatusCode != status || !strings.Contains(text, part) {
		t.Errorf("%s %s %s: %s %s, want %d with %q", user, method, path, resp.Status, text, status, part)
	}
	return text
}

// open opens a session and returns its path.
func (s *site) open(t *testing.T, user string, parts string) string {
	t.Helper()
	text := s.want(t, user, "POST", "", `{"name":"greeting.txt","parts":`+parts+`}`, http.StatusCreated, `"expiresInSeconds":900`)
	var out struct{ ID string }
	if err := json.Unmarshal([]byte(text), &out); err != nil || out.ID == "" {
		t.Fatalf("opened: %s", text)
	}
	return "/" + out.ID
}

// whole is the answer to a completed upload of "hello, " and "world".
const whole = `{"bytes":12,"name":"greeting.txt","sha256":"09ca7e4eaa6e8ae9c7d261167129184883644d07dfba7cbfbc4c8a2e08360d5b"}` + "\n"

// upload sends both parts of that.
func (s *site) upload(t *testing.T, user, path string) {
	t.Helper()
	s.want(t, user, "PUT", path+"/parts/2", "world", 200, `"bytes":5`)
	s.want(t, user, "PUT", path+"/parts/1", "hello, ", 200, `"bytes":7`)
}
