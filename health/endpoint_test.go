package health_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/yesgoddess/edgeredis/health"
)

const adminToken = "an-admin-token-of-32-characters!"

// A site serves the endpoints of a checker; client reaches it.
type site struct {
	client *http.Client
	base   string
}

func (s site) do(t testing.TB, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func endpoints(t testing.TB, c *health.Checker, o health.EndpointOptions) *health.Endpoints {
	t.Helper()
	e, err := health.NewEndpoints(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func authorized(t testing.TB) health.EndpointOptions {
	t.Helper()
	a, err := health.BearerToken(adminToken)
	if err != nil {
		t.Fatal(err)
	}
	return health.EndpointOptions{Authorize: a}
}

func netSite(t testing.TB, e *health.Endpoints) site {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(health.HealthPath, e.Health())
	mux.Handle(health.MetricsPath, e.Metrics())
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return site{srv.Client(), srv.URL}
}

func fastSite(t testing.TB, e *health.Endpoints) site {
	t.Helper()
	ln := fasthttputil.NewInmemoryListener()
	healthHandler, metricsHandler := e.FastHealth(), e.FastMetrics()
	srv := &fasthttp.Server{Handler: func(rc *fasthttp.RequestCtx) {
		if string(rc.Path()) == health.HealthPath {
			healthHandler(rc)
			return
		}
		metricsHandler(rc)
	}}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	dial := func(context.Context, string, string) (net.Conn, error) { return ln.Dial() }
	return site{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}, "http://in.memory"}
}

// bothSites runs a test over both kinds of server.
func bothSites(t *testing.T, e *health.Endpoints, run func(t *testing.T, s site)) {
	t.Run("net/http", func(t *testing.T) { run(t, netSite(t, e)) })
	t.Run("fasthttp", func(t *testing.T) { run(t, fastSite(t, e)) })
}

func TestEndpointStatuses(t *testing.T) {
	t.Parallel()
	_, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
	open, closed := endpoints(t, check, authorized(t)), endpoints(t, check, health.EndpointOptions{})
	bearer := "Bearer " + adminToken
	for name, tc := range map[string]struct {
		e            *health.Endpoints
		method, path string
		header       []string
		status       int
		challenge    string
	}{
		"health":              {closed, "GET", health.HealthPath, nil, 200, ""},
		"health, HEAD":        {closed, "HEAD", health.HealthPath, nil, 200, ""},
		"health, POST":        {closed, "POST", health.HealthPath, nil, 405, ""},
		"live":                {closed, "GET", health.HealthPath + "?check=live", nil, 200, ""},
		"health, deep":        {closed, "GET", health.HealthPath + "?check=deep", nil, 400, ""},
		"no authorizer":       {closed, "GET", health.MetricsPath, []string{"Authorization", bearer}, 403, ""},
		"no token":            {open, "GET", health.MetricsPath, nil, 401, "Bearer"},
		"empty token":         {open, "GET", health.MetricsPath, []string{"Authorization", "Bearer "}, 401, "Bearer"},
		"wrong token":         {open, "GET", health.MetricsPath, []string{"Authorization", bearer + "x"}, 401, "Bearer"},
		"beginning of token":  {open, "GET", health.MetricsPath, []string{"Authorization", bearer[:len(bearer)-1]}, 401, "Bearer"},
		"other scheme":        {open, "GET", health.MetricsPath, []string{"Authorization", "Token " + adminToken}, 401, "Bearer"},
		"a browser is asked":  {open, "GET", health.MetricsPath, []string{"Accept", "text/html"}, 401, "Basic"},
		"right token":         {open, "GET", health.MetricsPath, []string{"Authorization", bearer}, 200, ""},
		"lower case scheme":   {open, "GET", health.MetricsPath, []string{"Authorization", "bearer " + adminToken}, 200, ""},
		"right token, HEAD":   {open, "HEAD", health.MetricsPath, []string{"Authorization", bearer}, 200, ""},
		"right token, DELETE": {open, "DELETE", health.MetricsPath, []string{"Authorization", bearer}, 405, ""},
		"right token, deep":   {open, "GET", health.MetricsPath + "?check=deep", []string{"Authorization", bearer}, 200, ""},
		"right token, what":   {open, "GET", health.MetricsPath + "?check=what", []string{"Authorization", bearer}, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bothSites(t, tc.e, func(t *testing.T, s site) {
				resp, body := s.do(t, tc.method, tc.path, tc.header...)
				if resp.StatusCode != tc.status {
					t.Errorf("status %d, want %d: %s", resp.StatusCode, tc.status, body)
				}
				if got := resp.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, tc.challenge) || (got == "") != (tc.challenge == "") {
					t.Errorf("WWW-Authenticate %q, want %q", got, tc.challenge)
				}
				if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("headers %v", resp.Header)
				}
				if (tc.method == "HEAD") != (body == "") {
					t.Errorf("%s has a body of %d bytes", tc.method, len(body))
				}
				if tc.method == "HEAD" && resp.ContentLength <= 0 {
					t.Errorf("Content-Length is %d", resp.ContentLength)
				}
				if resp.StatusCode == 405 && resp.Header.Get("Allow") != "GET, HEAD" {
					t.Errorf("Allow %q", resp.Header.Get("Allow"))
				}
			})
		})
	}
}

func TestBasicPasswordIsTheToken(t *testing.T) {
	t.Parallel()
	_, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
	s := netSite(t, endpoints(t, check, authorized(t)))
	for password, want := range map[string]int{adminToken: 200, "": 401, "x": 401} {
		req := httptest.NewRequest("GET", health.MetricsPath, nil)
		req.SetBasicAuth("anybody", password)
		if resp, _ := s.do(t, "GET", health.MetricsPath, "Authorization", req.Header.Get("Authorization")); resp.StatusCode != want {
			t.Errorf("password %q: %d, want %d", password, resp.StatusCode, want)
		}
	}
	if _, err := health.BearerToken("short"); err == nil {
		t.Error("a short token was accepted")
	}
}

func TestUnhealthyIs503(t *testing.T) {
	t.Parallel()
	w, _, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
	w.set(func(w *wire) { w.status, w.refuse = 401, "WRONGPASS secret-token is wrong" })
	bothSites(t, endpoints(t, check, health.EndpointOptions{Name: "eu-1"}), func(t *testing.T, s site) {
		resp, body := s.do(t, "GET", health.HealthPath)
		var got struct {
			Name, Status string
			Ready        *bool
			Reasons      []health.Reason
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 503 || got.Status != "unhealthy" || *got.Ready || got.Name != "eu-1" || got.Reasons[0].Code != "wrong_token" {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		if resp, _ := s.do(t, "GET", health.HealthPath+"?check=live"); resp.StatusCode != 200 {
			t.Errorf("live is %d", resp.StatusCode)
		}
	})
}

// sample is a line of the text format (Prometheus exposition formats, 0.0.4).
var sample = regexp.MustCompile(`^[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? -?[0-9.e+-]+$`)

func TestPrometheusByNegotiation(t *testing.T) {
	t.Parallel()
	_, c, m, check := setUp(t, health.MetricsOptions{}, health.Options{})
	gets(t.Context(), c, 3)
	m.RegisterCache(&fakeCache{`od"d` + "\n\\", 10, 7})
	for range 2 { // the same policy twice is one sample
		m.RegisterLimiter(fakeLimiter{{"api", 2, 1}})
		m.RegisterLocks(&fakeLocks{"lock:payout", 1, 0})
	}
	s := netSite(t, endpoints(t, check, authorized(t)))
	for accept, want := range map[string]string{
		"":                 "application/json",
		"*/*":              "application/json",
		"application/json": "application/json",
		"text/plain":       "text/plain",
		"application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1": "text/plain",
		"text/plain;q=0.1, application/json": "application/json",
		"text/plain;q=0":                     "application/json",
		"image/png":                          "application/json",
	} {
		resp, body := s.do(t, "GET", health.MetricsPath, "Authorization", "Bearer "+adminToken, "Accept", accept)
		if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("Accept %q: %q, want %q", accept, got, want)
		}
		if want == "text/plain" {
			checkPrometheus(t, body)
		}
	}
}

func checkPrometheus(t *testing.T, body string) {
	t.Helper()
	seen := map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(body))
	for lines.Scan() {
		line := lines.Text()
		series, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(line, "# ") {
			series = line
		} else if !sample.MatchString(line) {
			t.Errorf("not a sample: %q", line)
		}
		if seen[series] {
			t.Errorf("twice: %q", series)
		}
		seen[series] = true
	}
	for _, want := range []string{
		`edgeredis_status{status="healthy"} 1`, `edgeredis_limiter_decisions_total{policy="api",decision="refused"} 2`,
		`edgeredis_cache_lookups_total{cache="od\"d\n\\",outcome="hit"} 7`, `edgeredis_lock_acquired_total{class="lock:payout"} 2`,
		`edgeredis_latency_seconds{quantile="0.99"} `, `edgeredis_billed_commands_total{label="unlabelled"} 3`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing %q in\n%s", want, body)
		}
	}
}

func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	w, c, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
	s := netSite(t, endpoints(t, check, authorized(t)))
	for _, change := range []func(*wire){
		func(*wire) {},
		func(w *wire) {
			w.status, w.refuse = 401, "WRONGPASS secret-token at example.com, command was: GET hidden-key"
		},
	} {
		w.set(change)
		gets(t.Context(), c, 1)
		for _, accept := range []string{"application/json", "text/plain"} {
			_, body := s.do(t, "GET", health.MetricsPath+"?check=deep", "Authorization", "Bearer "+adminToken, "Accept", accept)
			_, public := s.do(t, "GET", health.HealthPath)
			for _, secret := range []string{"secret-token", "example.com", "hidden-key", adminToken, "127.0.0.1"} {
				if strings.Contains(body+public, secret) {
					t.Errorf("%s is shown", secret)
				}
			}
		}
	}
}

func scrapeNet(t *testing.T, e *health.Endpoints, accept string) (status, length int) {
	req := httptest.NewRequestWithContext(t.Context(), "GET", health.MetricsPath, nil)
	req.Header.Set("Authorization", "Bearer "+adminToken)
	req.Header.Set("Accept", accept)
	rec := httptest.NewRecorder()
	e.Metrics().ServeHTTP(rec, req)
	return rec.Code, rec.Body.Len()
}

func scrapeFast(_ *testing.T, e *health.Endpoints, accept string) (status, length int) {
	var rc fasthttp.RequestCtx
	rc.Request.Header.Set("Authorization", "Bearer "+adminToken)
	rc.Request.Header.Set("Accept", accept)
	e.FastMetrics()(&rc)
	return rc.Response.StatusCode(), len(rc.Response.Body())
}

func TestThousandParallelScrapes(t *testing.T) {
	t.Parallel()
	w, c, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
	w.set(func(w *wire) { w.delay = 20 * time.Millisecond })
	e := endpoints(t, check, authorized(t))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 1000 {
		accept := []string{"application/json", "text/plain"}[i%2]
		scrape := scrapeNet
		if i%4 > 1 {
			scrape = scrapeFast
		}
		wg.Go(func() {
			<-start
			if status, length := scrape(t, e, accept); status != 200 || length < 100 {
				t.Errorf("status %d, %d bytes", status, length)
			}
		})
	}
	wg.Go(func() { <-start; gets(t.Context(), c, 10) })
	close(start)
	wg.Wait()
	if p, i := w.count("PING"), w.count("INFO"); p > 1 || i != 1 {
		t.Errorf("1,000 scrapes sent %d PING and %d INFO", p, i)
	}
}
