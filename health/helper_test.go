package health_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A wire is a Transport in memory whose behaviour can be changed under way. It
// works inside synctest bubbles.
type wire struct {
	mu     sync.Mutex
	delay  time.Duration
	status int    // 0 means 200
	fail   error  // instead of an answer
	refuse string // an error text for every command
	only   string // refuse only commands of this name
	names  []string
}

func (w *wire) set(change func(*wire)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// count returns how often a command was sent.
func (w *wire) count(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, s := range w.names {
		if s == name {
			n++
		}
	}
	return n
}

func (w *wire) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(req.Body), `["`), `"`)
	w.mu.Lock()
	w.names = append(w.names, name)
	delay, status, fail, refuse := w.delay, w.status, w.fail, w.refuse
	if w.only != "" && w.only != name {
		refuse = ""
	}
	w.mu.Unlock()
	if delay > 0 { // Go 1.26 with -race can crash in a bubble on a timer that is due at once
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail != nil {
		return fail
	}
	resp.Status, resp.ContentType = http.StatusOK, append(resp.ContentType[:0], "application/json"...)
	body := `{"result":"UE9ORw=="}`
	if refuse != "" {
		resp.Status, body = http.StatusBadRequest, `{"error":"`+refuse+`"}`
	}
	if status != 0 {
		resp.Status = status
	}
	resp.Body = append(resp.Body, body...)
	return nil
}

func newClient(t testing.TB, tr upstash.Transport, m *health.Metrics) *upstash.Client {
	t.Helper()
	cfg := upstash.Config{URL: "https://example.com", Token: "secret-token", Transport: tr, Retry: upstash.Retry{MaxAttempts: 1}}
	if m != nil {
		cfg.Hook = m
	}
	c, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newChecker(t testing.TB, d upstash.Doer, o health.Options) *health.Checker {
	t.Helper()
	c, err := health.New(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// setUp makes a client over a wire with a Checker that sees its traffic.
func setUp(t testing.TB, mo health.MetricsOptions, o health.Options) (*wire, *upstash.Client, *health.Metrics, *health.Checker) {
	t.Helper()
	w, m := &wire{}, health.NewMetrics(mo)
	c := newClient(t, w, m)
	o.Metrics = m
	return w, c, m, newChecker(t, c, o)
}

// gets runs n GETs and forgets their errors.
func gets(ctx context.Context, c *upstash.Client, n int) {
	for range n {
		_, _ = upstash.Get("k").Do(ctx, c)
	}
}

func codes(r health.Report) string {
	var out []string
	for _, reason := range r.Reasons {
		out = append(out, reason.Code)
	}
	return strings.Join(out, ",")
}
