package health_test

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A showcase is a database in memory that has something to show: it answers in 1 to
// 30 ms, refuses one command in two hundred, and is 90 % full.
type showcase struct{ revoked atomic.Bool }

func (s *showcase) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	took := time.Millisecond + time.Duration(rand.ExpFloat64()*3*float64(time.Millisecond))
	select {
	case <-time.After(min(took, 30*time.Millisecond)):
	case <-ctx.Done():
		return ctx.Err()
	}
	resp.Status, resp.ContentType = 200, append(resp.ContentType[:0], "application/json"...)
	body := `{"result":"dg=="}`
	switch {
	case s.revoked.Load():
		resp.Status, body = 401, `{"error":"WRONGPASS invalid or missing auth token"}`
	case strings.HasPrefix(string(req.Body), `["INFO"`):
		body = `{"result":"` + base64.StdEncoding.EncodeToString([]byte(upstashInfo)) + `"}`
	case rand.IntN(200) == 0:
		resp.Status, body = 400, `{"error":"WRONGTYPE Operation against a key holding the wrong kind of value"}`
	}
	resp.Body = append(resp.Body, body...)
	return nil
}

// busy stands for caches, limiters and locks that are used while they are looked at.
type busy struct{ n atomic.Int64 }

type (
	busyCache   struct{ busy }
	busyLimiter struct{ busy }
	busyLocks   struct{ busy }
)

func (b *busyCache) Report(report func(string, int64, int64)) {
	n := b.n.Add(100)
	report("users", n, n*9/10)
	report("licenses", n/3, n/4)
}

func (b *busyLimiter) Report(report func(string, int64, int64, int64)) {
	n := b.n.Add(40)
	report("api", n, n/50+rand.Int64N(4), 0)
	report("upload", n/9, n/100, 2)
}

func (b *busyLocks) Report(report func(string, int64, int64, int64, int64)) {
	n := b.n.Add(6)
	report("lock:payout", n, 1, n/5, 0)
	report("lock:royalty-run", n/7, 0, n/6, 1)
}

// showcaseSite serves a showcase under traffic until the test ends.
func showcaseSite(t *testing.T) (site, *showcase) {
	t.Helper()
	db, m := &showcase{}, health.NewMetrics(health.MetricsOptions{Window: 12 * time.Second})
	c := newClient(t, db, m)
	check := newChecker(t, c, health.Options{Metrics: m, Alerts: health.AlertOptions{P99: 5 * time.Second}})
	m.RegisterCache(&busyCache{})
	m.RegisterLimiter(&busyLimiter{})
	m.RegisterLocks(&busyLocks{})
	o := authorized(t)
	o.Name = "eu-1"
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			labelled := health.WithLabel(ctx, []string{"feed", "profile", "checkout"}[i%3])
			for ctx.Err() == nil {
				gets(labelled, c, 1)
			}
		})
	}
	t.Cleanup(func() { cancel(); wg.Wait() })
	return netSite(t, endpoints(t, check, o)), db
}

// slack is for what the browser does on a loaded machine; the drill is about speed.
const slack = time.Minute

// TestDashboardInABrowser loads the page as a person does, with a password, in a
// real browser: on a desktop and a phone, dark and light. It must show everything,
// go on by itself, complain of nothing, load nothing from elsewhere, and let
// nothing foreign run. EDGEREDIS_SCREENSHOTS names a folder for pictures.
func TestDashboardInABrowser(t *testing.T) {
	b := startBrowser(t)
	s, db := showcaseSite(t)
	backgrounds := map[string]string{}
	for name, l := range map[string]look{
		"desktop-light": {1200, 900, false, "light"}, "desktop-dark": {1200, 900, false, "dark"},
		"phone-light": {390, 844, true, "light"}, "phone-dark": {390, 844, true, "dark"},
	} {
		b.show(l)
		b.open(s.base, health.MetricsPath, adminToken)
		until(t, slack, "the page is loaded", func() bool { return b.says("status") == "healthy" })
		billed := b.says("billed")
		until(t, slack, "the figures go on", func() bool {
			return b.says("billed") != billed && b.says("refused") != "0" && b.says("contended") != "0" &&
				strings.Contains(b.says("refusedtext"), "in the last") && strings.Contains(b.says("contendedtext"), "in the last")
		})
		checkShown(t, b, name)
		backgrounds[l.scheme] = b.eval(`getComputedStyle(document.body).backgroundColor`)
		b.picture(name)
	}
	if backgrounds["light"] == backgrounds["dark"] {
		t.Errorf("dark and light look the same: %v", backgrounds)
	}
	db.revoked.Store(true)
	until(t, slack, "the fault is shown", func() bool { return b.says("status") == "unhealthy" })
	if got := b.says("reasons"); !strings.Contains(got, "Copy the REST token") {
		t.Errorf("what to do: %s", got)
	}
	b.picture("revoked")
	db.revoked.Store(false)
	until(t, slack, "the recovery is shown", func() bool { return b.says("status") == "healthy" })

	problems, requests := b.seenSoFar()
	if len(problems) > 0 {
		t.Errorf("the browser complains: %q", problems)
	}
	for _, r := range requests {
		if !strings.HasSuffix(r, strings.TrimPrefix(s.base, "http://")+health.MetricsPath) && r != "data:," {
			t.Errorf("the page asked for %s", r)
		}
	}
	if len(requests) < 8 {
		t.Errorf("%d requests", len(requests))
	}
	checkPolicy(t, b)

	offline := func(on bool) {
		b.call("Network.emulateNetworkConditions", map[string]any{"offline": on, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}, nil)
	}
	offline(true)
	until(t, slack, "the page says that it is out of date", func() bool { return b.says("status") == "no answer from the service" })
	offline(false)
	until(t, slack, "the page goes on", func() bool { return b.says("status") == "healthy" })
}

// checkShown looks at what is on the page, and at how it can be read.
func checkShown(t *testing.T, b *browser, name string) {
	t.Helper()
	for id, want := range map[string]string{
		"name": "eu-1", "p50": "ms", "p95": "ms", "p99": "ms", "limit": "5,000 ms", "ops": "", "flight": "under way", "errors": "%", "errortext": "alert above 1 %",
		"memory": "90 %", "memorytext": "241.6 MB of 268.4 MB data; alert above 85 %", "hits": "60 %", "hittext": "alert below 70 %", "caches": "licenses",
		"billed": "", "labels": "checkout", "limiters": "upload", "refusedtext": "in the last", "locks": "lock:royalty-run", "contendedtext": "in the last",
		"server": "1.13.3", "probes": "of 1,000 a day", "reasons": "Alert memory",
	} {
		if got := b.says(id); got == "" || got == "–" || !strings.Contains(got, want) {
			t.Errorf("%s: %s says %q, want %q", name, id, got, want)
		}
	}
	if n := b.eval(`new Set([...document.querySelectorAll("#latency polyline")].map((l) => l.getAttribute("class"))).size`); n != "3" {
		t.Errorf("%s: the chart has %s lines, want 3", name, n)
	}
	if over := b.eval(`document.documentElement.scrollWidth - innerWidth`); !strings.HasPrefix(over, "-") && over != "0" {
		t.Errorf("%s: the page is %s pixels too wide", name, over)
	}
	// WCAG 2.2, 1.4.3: text needs a contrast of 4.5 to what is behind it.
	const contrast = `(() => {
		const light = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map((v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
		const back = light(getComputedStyle(document.querySelector("section")).backgroundColor);
		return Math.min(...["", "dim", "good", "warn", "bad", "a", "b", "c"].map((tone) => {
			const e = document.createElement("p"); e.className = tone; document.querySelector("section").append(e);
			const text = light(getComputedStyle(e).color); e.remove();
			return (Math.max(text, back) + .05) / (Math.min(text, back) + .05);
		}));
	})()`
	if v, err := strconv.ParseFloat(b.eval(contrast), 64); err != nil || v < 4.5 {
		t.Errorf("%s: the least contrast is %v (%v), want 4.5", name, v, err)
	}
}

// checkPolicy tries what the policy of the page must not let happen.
func checkPolicy(t *testing.T, b *browser) {
	t.Helper()
	for what, try := range map[string]string{
		"a foreign script":      `new Promise((done) => { const e = document.createElement("script"); e.textContent = "window.ran = true"; document.body.append(e); setTimeout(() => done(!!window.ran), 100); })`,
		"a handler in markup":   `new Promise((done) => { const e = document.createElement("div"); e.setAttribute("onclick", "window.ran = true"); document.body.append(e); e.click(); done(!!window.ran); })`,
		"a style in markup":     `(() => { const e = document.createElement("p"); e.setAttribute("style", "color: rgb(1, 2, 3)"); document.body.append(e); return getComputedStyle(e).color === "rgb(1, 2, 3)"; })()`,
		"a request elsewhere":   `fetch("http://localhost:1/", {mode: "no-cors"}).then(() => true, () => new Promise((done) => setTimeout(() => done(window.blocked !== "connect-src"), 100)))`,
		"a picture from abroad": `new Promise((done) => { const e = new Image(); e.onload = () => done(true); e.onerror = () => setTimeout(() => done(window.blocked !== "img-src"), 100); e.src = "http://localhost:1/x.png"; })`,
	} {
		b.eval(`addEventListener("securitypolicyviolation", (e) => { window.blocked = e.effectiveDirective; }); 0`)
		if got := b.eval(try); got != "false" {
			t.Errorf("%s was let through: %s", what, got)
		}
	}
}
