package health_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

// pageAndSite serves a checker whose metrics have something of everything.
func pageAndSite(t *testing.T) (site, *wire, *upstash.Client) {
	t.Helper()
	e, w, c := pageEndpoints(t)
	return netSite(t, e), w, c
}

func pageEndpoints(t *testing.T) (*health.Endpoints, *wire, *upstash.Client) {
	t.Helper()
	w, c, m, check := setUp(t, health.MetricsOptions{}, health.Options{})
	gets(t.Context(), c, 3)
	m.RegisterCache(&fakeCache{"users", 200, 150})
	m.RegisterLimiter(fakeLimiter{{"api", 20, 7}})
	m.RegisterLocks(&fakeLocks{"<b>payout</b>", 4, 2})
	o := authorized(t)
	o.Name = "eu-1"
	return endpoints(t, check, o), w, c
}

func TestPageForBrowsers(t *testing.T) {
	t.Parallel()
	e, _, _ := pageEndpoints(t)
	bothSites(t, e, checkPage)
}

func checkPage(t *testing.T, s site) {
	const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	if resp, body := s.do(t, "GET", health.MetricsPath, "Accept", accept); resp.StatusCode != 401 || strings.Contains(body, "<html") {
		t.Errorf("without a token: %d", resp.StatusCode)
	}
	resp, body := s.do(t, "GET", health.MetricsPath, "Accept", accept, "Authorization", "Bearer "+adminToken)
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	csp := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'sha256-", "style-src 'sha256-", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the policy lacks %q: %s", want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("policy %s", csp)
	}
	// What the policy would block, or load from elsewhere, must not be there.
	for _, bad := range []string{`\sstyle=`, `\son[a-z]+=`, `\ssrc=`, `innerHTML`, `eval\(`, `@import`, `url\(`, `javascript:`} {
		if regexp.MustCompile(bad).MatchString(body) {
			t.Errorf("the page has %s", bad)
		}
	}
	if links := regexp.MustCompile(`https?://[^"]+`).FindAllString(body, -1); len(links) != 1 || links[0] != "http://www.w3.org/2000/svg" {
		t.Errorf("links %q", links)
	}
}

// rendered is what the page says.
type rendered struct {
	Asked       struct{ Path, Accept string }
	Says        map[string]string
	Points      []string
	Title, Tone string
	Hidden      bool
}

func render(t *testing.T, s site) rendered {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if strings.Contains(os.Getenv("EDGEREDIS_REQUIRE"), "node") {
			t.Fatal("node is required")
		}
		t.Skip("needs node")
	}
	token := []string{"Authorization", "Bearer " + adminToken}
	_, page := s.do(t, "GET", health.MetricsPath, append(token, "Accept", "text/html")...)
	resp, answer := s.do(t, "GET", health.MetricsPath, token...)
	cmd := exec.CommandContext(t.Context(), "node", "testdata/page.mjs")
	cmd.Stdin = strings.NewReader(asJSON(t, map[string]any{"page": page, "answer": answer, "status": resp.StatusCode}))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var r rendered
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return r
}

// The script runs over a stand-in for a document, not in a browser: this shows
// what it says, not what it looks like.
func TestPageShowsTheMetrics(t *testing.T) {
	t.Parallel()
	s, w, c := pageAndSite(t)
	r := render(t, s)
	if r.Asked.Path != "http://service"+health.MetricsPath || r.Asked.Accept != "application/json" {
		t.Errorf("asked %+v", r.Asked)
	}
	if r.Tone != "good" || !r.Hidden || r.Title != "healthy · Redis" || len(r.Points) != 3 || r.Points[0] == "" {
		t.Errorf("%+v", r)
	}
	for id, want := range map[string]string{
		"name": "eu-1", "status": "healthy", "caches": "cache lookups found users 200 75 %", "limiters": "policy allowed refused api 20 7",
		"locks": "class acquired contended lost <b>payout</b> 4 2 0", "billed": "4", "memory": "not reported", "errors": "0 %",
		"refusedtext": "refused since this page was opened", "server": "the server tells nothing about itself",
	} {
		if got := r.Says[id]; got != want {
			t.Errorf("%s says %q, want %q", id, got, want)
		}
	}
	w.set(func(w *wire) { w.status, w.refuse = 401, "WRONGPASS x" })
	gets(t.Context(), c, 1)
	r = render(t, s)
	if r.Tone != "bad" || r.Hidden || r.Says["status"] != "unhealthy" || !strings.Contains(r.Says["reasons"], "Copy the REST token") {
		t.Errorf("with a wrong token: %+v", r)
	}
}
