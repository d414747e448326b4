package upstashtest

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestTransportURL checks the transports that mk makes against a running
// [TransportHandler] at baseURL ("http://127.0.0.1:1234"). mk is called for each
// check; it registers its own clean-up. TestTransport does this and more with
// servers of its own; use TestTransportURL where a process cannot listen.
func TestTransportURL(t *testing.T, mk func(testing.TB) upstash.Transport, baseURL string) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, *transportTest)
	}{
		{"echo", testEcho},
		{"headers", testHeaders},
		{"target", testTarget},
		{"status", testStatus},
		{"framing", testFraming},
		{"body limit", testLimit},
		{"response memory", testMemory},
		{"request buffers", testBuffers},
		{"ctx already ended", testCtxEnded},
		{"cancel", testCancel},
		{"deadline", testDeadline},
		{"no retry", testNoRetry},
		{"redirect", testRedirect},
		{"concurrent", testConcurrent},
		{"stream", testStream},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run(t, &transportTest{mk(t), strings.TrimRight(baseURL, "/")})
		})
	}
}

// A transportTest is a transport and the server it is tested against.
type transportTest struct {
	upstash.Transport
	url string
}

// request returns a POST with what every exchange has.
func (tt *transportTest) request(path string, body []byte) *upstash.Request {
	return &upstash.Request{
		URL: tt.url + path,
		Header: []upstash.HeaderField{
			{Name: "Authorization", Value: "Bearer secret"},
			{Name: "Content-Type", Value: "application/json"},
		},
		Body: body,
	}
}

// post runs an exchange that must succeed.
func (tt *transportTest) post(t testing.TB, path string, body []byte) *upstash.Response {
	t.Helper()
	resp := new(upstash.Response)
	if err := tt.RoundTrip(t.Context(), tt.request(path, body), resp); err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
	return resp
}

// transportIDs makes ids that no other test of this process uses.
var transportIDs struct {
	sync.Mutex
	n int
}

func newTransportID() string {
	transportIDs.Lock()
	defer transportIDs.Unlock()
	transportIDs.n++
	return strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.Itoa(transportIDs.n)
}

func testEcho(t *testing.T, tt *transportTest) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"empty", nil},
		{"JSON", []byte(`["SET","key","value"]`)},
		{"every byte", all},
		{"around the buffers", transportBytes(16<<10 + 1)},
		{"1 MiB", transportBytes(1 << 20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := tt.post(t, "/echo", c.body)
			if resp.Status != 200 || !bytes.Equal(resp.Body, c.body) {
				t.Errorf("status %d and %d bytes, want 200 and the %d that were sent", resp.Status, len(resp.Body), len(c.body))
			}
		})
	}
}

func testHeaders(t *testing.T, tt *transportTest) {
	req := tt.request("/headers", []byte("12345"))
	req.Header = append(
		req.Header,
		upstash.HeaderField{Name: "Upstash-Encoding", Value: "base64"},
		upstash.HeaderField{Name: "X-Odd", Value: `a "quoted", value; with=signs  and blanks`},
	)
	given := slices.Clone(req.Header)
	var resp upstash.Response
	if err := tt.RoundTrip(t.Context(), req, &resp); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(resp.Body), "\n")
	for _, f := range given {
		if !slices.Contains(got, f.Name+": "+f.Value) {
			t.Errorf("header %s did not arrive as it was; got\n%s", f.Name, resp.Body)
		}
	}
	host := tt.url[strings.Index(tt.url, "://")+3:]
	for _, line := range []string{"Host: " + host, "Content-Length: 5"} {
		if !slices.Contains(got, line) {
			t.Errorf("no %q; got\n%s", line, resp.Body)
		}
	}
	if !slices.Equal(req.Header, given) {
		t.Error("the transport changed Request.Header")
	}
}

func testTarget(t *testing.T, tt *transportTest) {
	for _, c := range []string{"/target", "/target?EX=100&NX", "/target?a=%2F%25%3F%20+&b=%00%ff"} {
		if got := string(tt.post(t, c, nil).Body); got != c {
			t.Errorf("target %q arrived as %q", c, got)
		}
	}
}

func testStatus(t *testing.T, tt *transportTest) {
	for _, code := range []int{200, 201, 204, 400, 401, 404, 429, 500, 502, 503, 504} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			resp := tt.post(t, "/status?code="+strconv.Itoa(code), []byte("[]"))
			body := `{"error":"status ` + strconv.Itoa(code) + `"}`
			if code == 204 {
				body = ""
			}
			if resp.Status != code || string(resp.Body) != body {
				t.Errorf("status %d, body %q; want %d, %q", resp.Status, resp.Body, code, body)
			}
			if string(resp.SyncToken) != "token-"+strconv.Itoa(code) || string(resp.RetryAfter) != "7" ||
				string(resp.ContentType) != "application/json; charset=utf-8" {
				t.Errorf("headers %q, %q, %q", resp.SyncToken, resp.RetryAfter, resp.ContentType)
			}
		})
	}
	t.Run("absent", func(t *testing.T) {
		resp := tt.post(t, "/echo", nil)
		if len(resp.SyncToken)+len(resp.RetryAfter) > 0 {
			t.Errorf("headers %q, %q where none were sent", resp.SyncToken, resp.RetryAfter)
		}
	})
}

func testNoRetry(t *testing.T, tt *transportTest) {
	for _, body := range []string{"[]", ""} {
		for range 5 {
			id := newTransportID()
			tt.post(t, "/echo", nil) // so that a pooled connection is used
			var resp upstash.Response
			err := tt.RoundTrip(t.Context(), tt.request("/drop?id="+id, []byte(body)), &resp)
			if err == nil || errors.Is(err, upstash.ErrNotSent) {
				t.Errorf("error %v for a request that was read and not answered", err)
			}
			if n := string(tt.post(t, "/count?id="+id, nil).Body); n != "1" {
				t.Errorf("the request arrived %s times, want once", n)
			}
		}
	}
}

func testRedirect(t *testing.T, tt *transportTest) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		id := newTransportID()
		var resp upstash.Response
		req := tt.request("/redirect?code="+strconv.Itoa(code)+"&id="+id, []byte("[]"))
		err := tt.RoundTrip(t.Context(), req, &resp)
		// fetch shows a script neither the status nor the target: an error will do.
		if err == nil && resp.Status != code {
			t.Errorf("status %d, want %d", resp.Status, code)
		}
		if n := string(tt.post(t, "/count?id="+id, nil).Body); n != "0" {
			t.Errorf("redirect %d was followed %s times", code, n)
		}
	}
}

func testConcurrent(t *testing.T, tt *transportTest) {
	const goroutines, rounds = 100, 10
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			var resp upstash.Response
			for i := range rounds {
				body := strconv.Itoa(g) + ":" + strings.Repeat(strconv.Itoa(i), g*i)
				if err := tt.RoundTrip(t.Context(), tt.request("/echo", []byte(body)), &resp); err != nil {
					t.Error(err)
					return
				}
				if string(resp.Body) != body {
					t.Errorf("goroutine %d got an answer that is not its own", g)
					return
				}
			}
		})
	}
	wg.Wait()
}
