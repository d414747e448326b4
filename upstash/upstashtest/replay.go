package upstashtest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jarcoal/httpmock"
)

const (
	replayURL   = "https://replay.invalid"
	replayToken = "token-of-the-replay"
)

// startReplay serves f in order.
func (r *Recording) startReplay(f *file) {
	r.url, r.token = replayURL, string(r.opts.Config.Token)
	if r.token == "" {
		r.token = replayToken
	}
	p := &replayer{r: r, exchanges: f.Exchanges, bound: bindings{}}
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(p.respond)
	r.http = &http.Client{Transport: mock, CheckRedirect: lastResponse}
	r.t.Cleanup(func() {
		r.t.Helper()
		p.leftovers()
	})
}

// lastResponse hands redirects to the caller, as every Transport does.
func lastResponse(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// A replayer answers requests from a list. After the first difference nothing
// fits any more, so that it is the only one that is reported.
type replayer struct {
	r         *Recording
	exchanges []exchange

	mu     sync.Mutex // guards what follows
	next   int
	failed bool
	bound  bindings
}

// respond answers one request. What does not fit the recording is answered with
// status 400, which no client retries.
func (p *replayer) respond(hr *http.Request) (*http.Response, error) {
	got, err := readRequest(hr)
	if err != nil {
		return nil, err
	}
	e, body, message := p.take(got)
	if message != "" {
		p.r.t.Errorf("upstashtest: %s", message)
	}
	if e == nil {
		text := `{"error":"upstashtest: the request is not as recorded; see the log of the test"}`
		return response(hr, http.StatusBadRequest, map[string]string{"Content-Type": "application/json"}, []byte(text)), nil
	}
	return response(hr, e.Status, e.Header, body), nil
}

// take returns the next exchange with its response filled in, or what is wrong
// with the request; neither after the first failure.
func (p *replayer) take(got *request) (e *exchange, body []byte, message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed {
		return nil, nil, ""
	}
	if p.next == len(p.exchanges) {
		p.failed = true
		return nil, nil, fmt.Sprintf("%s: the recording ends after %d exchanges, but the test sent another request:\n    %s", p.r.name, p.next, got)
	}
	e = &p.exchanges[p.next]
	ds := compareRequest(e, got, p.bound)
	if !p.authenticated(got) {
		ds = append(ds, difference{"header Authorization", "Bearer and the token", "(none, or another token)"})
	}
	p.next++
	if len(ds) > 0 {
		p.failed = true
		return nil, nil, p.describe(ds)
	}
	return e, p.bound.fill(e.responseBody()), ""
}

// authenticated reports whether the request carries the token in one of the two
// ways that the API has.
func (p *replayer) authenticated(got *request) bool {
	if got.header.Get("Authorization") == "Bearer "+p.r.token {
		return true
	}
	_, query, _ := strings.Cut(got.path, "?")
	return strings.Contains("&"+query, "&_token=")
}

func (p *replayer) describe(ds []difference) string {
	var b strings.Builder
	e := p.exchanges[p.next-1]
	fmt.Fprintf(&b, "%s: exchange %d of %d: the request differs from the recorded one", p.r.name, p.next, len(p.exchanges))
	if e.Note != "" {
		fmt.Fprintf(&b, " (%s)", e.Note)
	}
	for _, d := range ds {
		b.WriteString("\n    " + d.String())
	}
	b.WriteString("\n    If the change is meant, record anew with -upstash.record.")
	return b.String()
}

// leftovers fails the test when exchanges were not asked for.
func (p *replayer) leftovers() {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.exchanges[p.next:]
	if p.failed || len(left) == 0 || p.r.t.Skipped() {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "upstashtest: %s: %d of %d exchanges were left over:", p.r.name, len(left), len(p.exchanges))
	for i := range left {
		fmt.Fprintf(&b, "\n    %d: %s %s %s", p.next+i+1, left[i].Method, left[i].Path, shortQuote(left[i].requestBody()))
	}
	p.r.t.Error(b.String())
}

// readRequest takes what is compared out of an HTTP request.
func readRequest(hr *http.Request) (*request, error) {
	got := &request{method: hr.Method, path: hr.URL.EscapedPath(), header: hr.Header}
	if hr.URL.RawQuery != "" {
		got.path += "?" + hr.URL.RawQuery
	}
	if hr.Body == nil {
		return got, nil
	}
	defer hr.Body.Close()
	var err error
	got.body, err = io.ReadAll(hr.Body)
	return got, err
}

func (r *request) String() string {
	return r.method + " " + maskToken(r.path) + " " + shortQuote(r.body)
}

// maskToken hides the value of _token.
func maskToken(path string) string {
	at := strings.Index(path, "_token=")
	if at < 0 {
		return path
	}
	at += len("_token=")
	rest := path[at:]
	if end := strings.IndexByte(rest, '&'); end >= 0 {
		return path[:at] + redacted + rest[end:]
	}
	return path[:at] + redacted
}

func response(hr *http.Request, status int, header map[string]string, body []byte) *http.Response {
	resp := &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       hr,
	}
	for name, value := range header {
		resp.Header.Set(name, value)
	}
	return resp
}

// shortPath is path as a reader of a log knows it: from testdata on.
func shortPath(path string) string {
	path = filepath.ToSlash(path)
	if i := strings.LastIndex(path, "/testdata/"); i >= 0 {
		return path[i+1:]
	}
	return path
}
