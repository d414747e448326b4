package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
)

// TestGuest builds the guest and runs it: against a server, and through what can go
// wrong.
func TestGuest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "guest.wasm")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", file, "../guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	code, err := os.ReadFile(file) //nolint:gosec // written above
	if err != nil {
		t.Fatal(err)
	}
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	large := strings.Repeat("x", 100<<10)
	// Both talk about a request that has arrived.
	broken := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer broken.Close()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = http.MaxBytesReader(nil, r.Body, 1<<20).Read(make([]byte, 1<<16))
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
	}))
	defer slow.Close()

	for _, tc := range []struct {
		name, url, token string
		args             []string
		status           uint32
		want             []string // parts of the output; with "!" what must not be in it
	}{
		{"works", srv.URL, srv.Token, nil, 0, []string{"read: héllo from WASI\nlimiter: allowed\nlimiter: allowed\nlimiter: refused\n"}},
		{"bare", srv.URL, srv.Token, []string{"bare"}, 1, []string{"known: no transport", "set Config.Transport"}},
		{"wrong token", srv.URL, "wrong", []string{"GET", "k"}, 1, []string{"known: unauthorized", "!nothing was sent"}},
		{"too large", srv.URL, srv.Token, []string{"ECHO", large}, 1, []string{"known: too large"}},
		{"server down", "http://" + closedPort, "x", []string{"INCR", "n"}, 1, []string{"known: nothing was sent", "!may have been applied"}},
		{"answer lost", broken.URL, "x", []string{"INCR", "n"}, 1, []string{"known: it may have been applied", "!nothing was sent"}},
		{"answer lost, reading", broken.URL, "x", []string{"GET", "n"}, 1, []string{"!may have been applied", "!nothing was sent"}},
		{"too slow", slow.URL, "x", []string{"INCR", "n"}, 1, []string{"known: the time was over", "known: it may have been applied"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			var out bytes.Buffer
			status, err := run(ctx, code, nethttp.New(nil), []string{"REDIS_REST_URL", tc.url, "REDIS_REST_TOKEN", tc.token}, tc.args, &out)
			if err != nil || status != tc.status {
				t.Errorf("status %d, %v", status, err)
			}
			for _, part := range tc.want {
				unwanted, not := strings.CutPrefix(part, "!")
				if strings.Contains(out.String(), unwanted) == not {
					t.Errorf("want %q in\n%s", part, out.String())
				}
			}
		})
	}
}

// closedPort is an address where nobody listens, tcpmux.
const closedPort = "127.0.0.1:1"
