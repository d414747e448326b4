//go:build !wasm

package ratelimit_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func prefixes(t testing.TB, list ...string) []netip.Prefix {
	t.Helper()
	p, err := ratelimit.ParsePrefixes(list...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// serveHTTP sends a request through the net/http middleware. The server's side
// sees the peer's address.
func serveHTTP(l *ratelimit.Limiter, o ratelimit.HTTPOptions[*http.Request], peer string, header http.Header) *http.Response {
	h := ratelimit.Middleware(l, o)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	for k, v := range header {
		r.Header[k] = v
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l, err := ratelimit.New(db, ratelimit.NewPolicy("api", ratelimit.SlidingWindow(2, time.Hour)), patient(db, ratelimit.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	o := ratelimit.HTTPOptions[*http.Request]{LegacyHeaders: true}
	for i, want := range []struct {
		status    int
		remaining string
	}{{200, "1"}, {200, "0"}, {429, "0"}, {429, "0"}} {
		resp := serveHTTP(l, o, "192.0.2.1:1234", nil)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != want.status || resp.Header.Get("X-RateLimit-Remaining") != want.remaining {
			t.Errorf("request %d: %d with %v", i, resp.StatusCode, resp.Header)
		}
		if resp.Header.Get("RateLimit-Policy") != `"api";q=2;w=3600` || !strings.HasPrefix(resp.Header.Get("RateLimit"), `"api";r=`+want.remaining+";t=") {
			t.Errorf("request %d: %v", i, resp.Header)
		}
		if want.status != 429 {
			continue
		}
		var problem struct {
			Title, Type string
			Policies    []string `json:"violated-policies"`
			Status      int
			RetryAfter  int `json:"retry_after"`
		}
		if err := json.Unmarshal(body, &problem); err != nil || problem.Status != 429 || !slices.Equal(problem.Policies, []string{"api"}) ||
			!strings.HasSuffix(problem.Type, "http-problem-types#quota-exceeded") || problem.RetryAfter != 3600+1800 {
			t.Errorf("request %d: %s: %+v, %v", i, body, problem, err)
		}
		if resp.Header.Get("Retry-After") != "5400" || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("request %d: %v", i, resp.Header)
		}
	}
	if resp := serveHTTP(l, o, "192.0.2.2:1234", nil); resp.StatusCode != 200 {
		t.Errorf("another client: %d", resp.StatusCode)
	}
}

// TestMiddlewareRules: keys, costs, skips and lists.
func TestMiddlewareRules(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l := db.on(ratelimit.FixedWindow(3, time.Hour), ratelimit.Options{})
	o := ratelimit.HTTPOptions[*http.Request]{
		Key:   ratelimit.HeaderKey("X-API-Key"),
		Skip:  func(r *http.Request) bool { return r.Header.Get("X-Health") != "" },
		Cost:  func(r *http.Request) int64 { return int64(len(r.Header.Get("X-Cost"))) },
		Allow: prefixes(t, "10.0.0.0/8"),
		Deny:  prefixes(t, "10.6.6.0/24", "203.0.113.7", "::ffff:198.51.100.0/120"),
	}
	h := func(kv ...string) http.Header {
		out := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			out[kv[i]] = []string{kv[i+1]}
		}
		return out
	}
	for _, tc := range []struct {
		name   string
		peer   string
		header http.Header
		want   int
	}{
		{"first", "192.0.2.1:1", h("X-Api-Key", "k1", "X-Cost", "xx"), 200},
		{"too much for the rest", "192.0.2.9:1", h("X-Api-Key", "k1", "X-Cost", "xx"), 429},
		{"another key", "192.0.2.1:1", h("X-Api-Key", "k2", "X-Cost", "xxx"), 200},
		{"never", "192.0.2.1:1", h("X-Api-Key", "k3", "X-Cost", "xxxx"), 429},
		{"free", "192.0.2.1:1", h("X-Api-Key", "k2"), 200},
		{"skipped", "192.0.2.1:1", h("X-Api-Key", "k2", "X-Cost", "x", "X-Health", "1"), 200},
		{"no key", "192.0.2.1:1", h("X-Cost", "x"), 200},
		{"allowed network", "10.1.2.3:1", h("X-Api-Key", "k2", "X-Cost", "x"), 200},
		{"denied network", "10.6.6.6:1", h("X-Api-Key", "k9", "X-Cost", "x"), 403},
		{"denied address", "203.0.113.7:1", h("X-Api-Key", "k9", "X-Cost", "x"), 403},
		{"denied network as IPv6", "198.51.100.9:1", h("X-Api-Key", "k9", "X-Cost", "x"), 403},
		{"denied address as IPv6", "[::ffff:203.0.113.7]:1", h("X-Api-Key", "k9", "X-Cost", "x"), 403},
	} {
		resp := serveHTTP(l, o, tc.peer, tc.header)
		if resp.StatusCode != tc.want {
			t.Errorf("%s: status %d, want %d", tc.name, resp.StatusCode, tc.want)
		}
		if tc.name == "never" && resp.Header.Get("Retry-After") != "" {
			t.Error("what can never succeed is told to try again")
		}
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	for key := range db.data {
		if strings.Contains(key, "k1") {
			t.Errorf("the API key is in %s", key)
		}
	}
}

// TestMiddlewareDegraded: the limiter's policy decides, with 503 for a refusal.
func TestMiddlewareDegraded(t *testing.T) {
	t.Parallel()
	fake := upstashtest.NewFake(brokenRedis["error"])
	for policy, want := range map[ratelimit.FailurePolicy]int{ratelimit.FailAllow: 200, ratelimit.FailDeny: 503} {
		told := 0
		o := ratelimit.HTTPOptions[*http.Request]{OnDegraded: func(_ *http.Request, d ratelimit.Decision) {
			told++
			if d.Err == nil {
				t.Error("no cause")
			}
		}}
		l := newLimiter(t, fake, ratelimit.FixedWindow(3, time.Hour), ratelimit.Options{OnFailure: policy})
		resp := serveHTTP(l, o, "192.0.2.1:1", nil)
		if resp.StatusCode != want || told != 1 || resp.Header.Get("RateLimit") != "" {
			t.Errorf("%s: %d, told %d times, %v", policy, resp.StatusCode, told, resp.Header)
		}
	}
}

func TestClientIP(t *testing.T) {
	t.Parallel()
	trusted := prefixes(t, "10.0.0.0/8", "2001:db8:ffff::/48")
	for _, tc := range []struct {
		name, peer string
		headers    []string
		c          ratelimit.ClientIP
		want       string
	}{
		{"nobody is trusted", "192.0.2.1:5", []string{"198.51.100.1"}, ratelimit.ClientIP{}, "192.0.2.1"},
		{"a proxy is", "10.0.0.1:5", []string{"198.51.100.1"}, ratelimit.ClientIP{Trusted: trusted}, "198.51.100.1"},
		{"a stranger lies", "192.0.2.1:5", []string{"198.51.100.1"}, ratelimit.ClientIP{Trusted: trusted}, "192.0.2.1"},
		{"a client lies to the proxy", "10.0.0.1:5", []string{"1.1.1.1, 198.51.100.1"}, ratelimit.ClientIP{Trusted: trusted}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:5", []string{"1.1.1.1, 198.51.100.1, 10.9.9.9"}, ratelimit.ClientIP{Trusted: trusted}, "198.51.100.1"},
		{"two lines", "10.0.0.1:5", []string{"198.51.100.1", "10.9.9.9"}, ratelimit.ClientIP{Trusted: trusted}, "198.51.100.1"},
		{"only proxies", "10.0.0.1:5", []string{"10.9.9.9"}, ratelimit.ClientIP{Trusted: trusted}, "10.9.9.9"},
		{"no header", "10.0.0.1:5", nil, ratelimit.ClientIP{Trusted: trusted}, "10.0.0.1"},
		{"garbage", "10.0.0.1:5", []string{"198.51.100.1, unknown, 10.9.9.9"}, ratelimit.ClientIP{Trusted: trusted}, "10.9.9.9"},
		{"with ports", "10.0.0.1:5", []string{"198.51.100.1:80, [2001:db8:ffff::1]:443"}, ratelimit.ClientIP{Trusted: trusted}, "198.51.100.1"},
		{"mapped", "[::ffff:192.0.2.1]:5", nil, ratelimit.ClientIP{}, "192.0.2.1"},
		{"network of IPv6", "[2001:db8:1:2:3:4:5:6]:5", nil, ratelimit.ClientIP{}, "2001:db8:1:2::/64"},
		{"larger network", "[2001:db8:1:2:3:4:5:6%eth0]:5", nil, ratelimit.ClientIP{IPv6Bits: 48}, "2001:db8:1::/48"},
		{"a socket", "@", nil, ratelimit.ClientIP{}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{"X-Forwarded-For": tc.headers}}
			if got := tc.c.ID(tc.c.HTTP(r)); got != tc.want {
				t.Errorf("net/http: %q, want %q", got, tc.want)
			}
			peer, err := netip.ParseAddrPort(tc.peer)
			if err != nil {
				return
			}
			var ctx fasthttp.RequestCtx
			ctx.Init(&fasthttp.Request{}, net.TCPAddrFromAddrPort(peer), nil)
			for _, v := range tc.headers {
				ctx.Request.Header.Add("X-Forwarded-For", v)
			}
			if got := tc.c.ID(tc.c.FastHTTP(&ctx)); got != tc.want {
				t.Errorf("fasthttp: %q, want %q", got, tc.want)
			}
		})
	}
	own := ratelimit.ClientIP{Trusted: trusted, Header: "CF-Connecting-IP"}
	r := &http.Request{RemoteAddr: "10.0.0.1:5", Header: http.Header{"Cf-Connecting-Ip": {"198.51.100.1"}, "X-Forwarded-For": {"1.1.1.1"}}}
	if got := own.ID(own.HTTP(r)); got != "198.51.100.1" {
		t.Errorf("another header: %q", got)
	}
	if _, err := ratelimit.ParsePrefixes("10.0.0.0/8", "secret"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("ParsePrefixes: %v", err)
	}
}

// TestFastHTTPMiddleware over a real fasthttp server.
func TestFastHTTPMiddleware(t *testing.T) {
	t.Parallel()
	db := newLuaDB(t)
	l, err := ratelimit.New(db, ratelimit.NewPolicy("api", ratelimit.FixedWindow(1, time.Hour)), patient(db, ratelimit.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	mw := ratelimit.FastHTTPMiddleware(l, ratelimit.HTTPOptions[*fasthttp.RequestCtx]{Key: ratelimit.FastHTTPHeaderKey("X-API-Key")})
	srv := &fasthttp.Server{Handler: mw(func(ctx *fasthttp.RequestCtx) { ctx.SetBodyString("ok") })}
	ln := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		<-served
	})
	get := func() *http.Response {
		conn, err := ln.Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-API-Key: k\r\nConnection: close\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(strings.NewReader(string(b)))
		return resp
	}
	if resp := get(); resp.StatusCode != 200 || resp.Header.Get("RateLimit") != `"api";r=0;t=3600` {
		t.Errorf("first: %d %v", resp.StatusCode, resp.Header)
	}
	resp := get()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "3600" || resp.Header.Get("Content-Type") != "application/problem+json" || !json.Valid(body) {
		t.Errorf("second: %d %v %s", resp.StatusCode, resp.Header, body)
	}
}
