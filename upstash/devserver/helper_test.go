//go:build !wasm

package devserver_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

const readOnly = "read-only-token"

// start runs a server that ends with t, and fails t if it does not end well.
func start(t testing.TB, o devserver.Options) *devserver.Running {
	t.Helper()
	srv, err := devserver.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return srv
}

// overBoth runs body over the embedded and over a real Redis, each empty.
func overBoth(t *testing.T, body func(t *testing.T, srv *devserver.Running)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		body(t, start(t, devserver.Options{ReadOnlyToken: readOnly}))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		o := devserver.Options{ReadOnlyToken: readOnly, Redis: redistest.StartOwn(t).URL}
		body(t, start(t, o))
	})
}

// An exchange is one request and what must come back.
type exchange struct {
	name    string
	method  string // "" is POST
	path    string // "" is /
	body    string
	headers []string // name, value, …
	noAuth  bool

	status int // 0 is 200
	want   string
}

// send makes the request; the token is in the header unless noAuth.
func send(t testing.TB, srv *devserver.Running, x exchange) (*http.Response, string) {
	t.Helper()
	method, path := x.method, x.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	if !x.noAuth {
		req.Header.Set("Authorization", "Bearer "+srv.Token)
	}
	for i := 0; i+1 < len(x.headers); i += 2 {
		req.Header.Set(x.headers[i], x.headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

// check compares status and body.
func check(t *testing.T, srv *devserver.Running, x exchange) *http.Response {
	t.Helper()
	res, body := send(t, srv, x)
	status := x.status
	if status == 0 {
		status = http.StatusOK
	}
	if res.StatusCode != status || body != x.want {
		t.Errorf("got %d %s\nwant %d %s", res.StatusCode, body, status, x.want)
	}
	return res
}

// checkAll runs exchanges in order.
func checkAll(t *testing.T, srv *devserver.Running, list []exchange) {
	t.Helper()
	for _, x := range list {
		t.Run(x.name, func(t *testing.T) { check(t, srv, x) })
	}
}

// do runs one command and returns the body.
func do(t testing.TB, srv *devserver.Running, body string) string {
	t.Helper()
	_, got := send(t, srv, exchange{body: body})
	return got
}
