//go:build !wasm

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// A site is a running service with a database of its own.
type site struct {
	*service
	url    string
	srv    *devserver.Running
	client *upstash.Client
	store  *Store
	log    *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) logf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.b, format+"\n", args...)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func start(t *testing.T, cfg upstash.Config) *site {
	t.Helper()
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL, cfg.Token = srv.URL, upstash.Secret(srv.Token)
	client, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{srv: srv, client: client, store: new(Store), log: new(safeBuffer)}
	s.service, err = newService(client, s.store, new(Ledger), s.log.logf)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.handler())
	s.url = web.URL
	t.Cleanup(func() {
		web.Close()
		if err := s.flags.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		_ = client.Close()
		_ = srv.Close()
	})
	return s
}

// curl does what curl -X method -d body does; headers are "Name: value".
func (s *site) curl(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, strings.TrimSpace(string(b))
}

// want is curl with an expected answer.
func (s *site) want(t *testing.T, method, path, body string, status int, answer string, headers ...string) {
	t.Helper()
	if resp, got := s.curl(t, method, path, body, headers...); resp.StatusCode != status || got != answer {
		t.Errorf("%s %s %s: %s %s\nwant %d %s", method, path, body, resp.Status, got, status, answer)
	}
}
