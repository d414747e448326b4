//go:build !wasm

package upstash_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func noProxy(*url.URL) (*url.URL, error) { return nil, nil }

func silentLog() *log.Logger { return log.New(io.Discard, "", 0) }

// viaProxy is a Proxy function for raw.
func viaProxy(t *testing.T, raw string) func(*url.URL) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return func(*url.URL) (*url.URL, error) { return u, nil }
}

// connectProxy serves CONNECT to target for user:pass, and notes what it was
// asked for.
func connectProxy(t *testing.T, target string, tlsProxy bool) (s *httptest.Server, asked <-chan string) {
	ask := make(chan string, 100)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpjYW5hcnk=" { // user:canary
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		ask <- r.Method + " " + r.RequestURI + " " + r.Host
		there, err := new(net.Dialer).DialContext(r.Context(), "tcp", target)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer there.Close()
		here, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() {
			defer there.Close()
			_, _ = io.Copy(there, buf)
		}()
		_, _ = io.Copy(here, there)
	}))
	if tlsProxy {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, ask
}

func TestFastHTTPProxyConnect(t *testing.T) {
	server := httptest.NewTLSServer(upstashtest.TransportHandler())
	defer server.Close()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			proxy, asked := connectProxy(t, server.Listener.Addr().String(), scheme == "https")
			tr := newFastHTTP(t, upstash.FastHTTPOptions{
				TLS:   trusting(server), // both have httptest's certificate
				Proxy: viaProxy(t, scheme+"://user:canary@"+proxy.Listener.Addr().String()),
			})
			for range 2 {
				resp := new(upstash.Response)
				err := tr.RoundTrip(t.Context(), &upstash.Request{URL: "https://example.com/echo", Body: []byte("[]")}, resp)
				if err != nil || string(resp.Body) != "[]" {
					t.Fatalf("error %v, body %q", err, resp.Body)
				}
			}
			if got := <-asked; got != "CONNECT example.com:443 example.com:443" || len(asked) != 0 {
				t.Errorf("asked for %q, and %d times more", got, len(asked))
			}
		})
	}
}

func TestFastHTTPProxyErrors(t *testing.T) {
	proxy, _ := connectProxy(t, "127.0.0.1:1", false)
	addr := proxy.Listener.Addr().String()
	odd := fhServe(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err == nil {
			_, _ = io.WriteString(c, "SSH-2.0\r\n\r\n")
		}
	})
	eager := fhServe(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nmore")
		}
	})
	for _, c := range []struct{ name, proxy, text string }{
		{"no access", "http://user:canary-wrong@" + addr, "status 407"},
		{"no way on", "http://user:canary@" + addr, "status 502"},
		{"no HTTP", "http://user:canary@" + odd.addr, "bad HTTP response"},
		{"data before TLS", "http://user:canary@" + eager.addr, "before the server"},
		{"other scheme", "socks5://user:canary@" + addr, "scheme"},
		{"nobody there", "http://user:canary@127.0.0.1:1", "connecting to 127.0.0.1:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newFastHTTP(t, upstash.FastHTTPOptions{Proxy: viaProxy(t, c.proxy)})
			_, err := fhPost(t.Context(), tr, "https://example.com", "")
			if !errors.Is(err, upstash.ErrNotSent) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v, want one with %q", err, c.text)
			}
		})
	}
	bad := newFastHTTP(t, upstash.FastHTTPOptions{Proxy: func(*url.URL) (*url.URL, error) {
		return nil, errors.New("canary")
	}})
	if _, err := fhPost(t.Context(), bad, "https://example.com", ""); !errors.Is(err, upstash.ErrNotSent) || strings.Contains(err.Error(), "canary") {
		t.Errorf("error %v", err)
	}
}

func TestFastHTTPProxyCancel(t *testing.T) {
	begun := make(chan struct{})
	s := fhServe(t, func(_ net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err == nil {
			begun <- struct{}{}
		}
		_, _ = r.ReadByte()
	})
	tr := newFastHTTP(t, upstash.FastHTTPOptions{Proxy: viaProxy(t, s.url)})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	if _, err := fhPost(ctx, tr, "https://example.com", ""); !errors.Is(err, context.Canceled) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want context.Canceled and NotSent", err)
	}
}

// TestFastHTTPProxyForward sends plain HTTP through a proxy.
func TestFastHTTPProxyForward(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.RequestURI, r.Host, r.Header.Get("Proxy-Authorization"))
	}))
	defer s.Close()
	tr := newFastHTTP(t, upstash.FastHTTPOptions{Proxy: viaProxy(t, "http://user:canary@"+s.Listener.Addr().String())})
	resp, err := fhPost(t.Context(), tr, "http://example.com:8080", "")
	want := "http://example.com:8080/ example.com:8080 Basic dXNlcjpjYW5hcnk="
	if err != nil || string(resp.Body) != want {
		t.Errorf("error %v, body %q, want %q", err, resp.Body, want)
	}
}

const proxyEnv = "EDGEREDIS_PROXY_TEST"

// TestFastHTTPProxyEnvironment runs this binary again for each environment,
// since the variables are read once per process.
func TestFastHTTPProxyEnvironment(t *testing.T) {
	if target := os.Getenv(proxyEnv); target != "" {
		printDialed(t, target)
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, target string
		env          []string
		want         string
	}{
		{"none", "https://db.example.com", nil, "db.example.com:443"},
		{"HTTPS_PROXY", "https://db.example.com", []string{"HTTPS_PROXY=http://proxy.example.com:3128"}, "proxy.example.com:3128"},
		{"lower case", "https://db.example.com", []string{"https_proxy=http://proxy.example.com:3128"}, "proxy.example.com:3128"},
		{"HTTP_PROXY", "http://db.example.com", []string{"HTTP_PROXY=http://proxy.example.com"}, "proxy.example.com:80"},
		{"HTTP_PROXY is not for https", "https://db.example.com", []string{"HTTP_PROXY=http://proxy.example.com"}, "db.example.com:443"},
		{"NO_PROXY", "https://db.example.com", []string{"HTTPS_PROXY=http://proxy.example.com", "NO_PROXY=.example.com"}, "db.example.com:443"},
		{"loopback", "https://127.0.0.1:8443", []string{"HTTPS_PROXY=http://proxy.example.com"}, "127.0.0.1:8443"},
		{"localhost", "http://localhost:8079", []string{"HTTP_PROXY=http://proxy.example.com"}, "localhost:8079"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestFastHTTPProxyEnvironment$")
			for _, v := range os.Environ() {
				if name, _, _ := strings.Cut(v, "="); !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
					cmd.Env = append(cmd.Env, v)
				}
			}
			cmd.Env = append(append(cmd.Env, c.env...), proxyEnv+"="+c.target)
			out, err := cmd.CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("dials "+c.want+"\n")) {
				t.Errorf("%v, want %q in\n%s", err, c.want, out)
			}
		})
	}
}

// printDialed shows where a request for target leads, without going there.
func printDialed(t *testing.T, target string) {
	tr := newFastHTTP(t, upstash.FastHTTPOptions{DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		fmt.Println("dials " + addr)
		return nil, errors.New("not here")
	}})
	if _, err := fhPost(t.Context(), tr, target, ""); !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v", err)
	}
}
