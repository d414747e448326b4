package upstashtest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// cancelBound is how long a transport may take to return after its ctx has
// ended. On a busy machine one try says little, so the best of cancelTries counts.
const (
	cancelBound = 10 * time.Millisecond
	cancelTries = 5
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

func testFraming(t *testing.T, tt *transportTest) {
	for _, path := range []string{"/sized", "/chunked", "/close"} {
		for _, n := range []int{0, 1, 100, 16 << 10, 300_000} {
			t.Run(path[1:]+" "+strconv.Itoa(n), func(t *testing.T) {
				resp := tt.post(t, path+"?n="+strconv.Itoa(n), []byte("[]"))
				if !bytes.Equal(resp.Body, transportBytes(n)) {
					t.Errorf("got %d bytes that are not the %d sent", len(resp.Body), n)
				}
			})
		}
	}
}

func testLimit(t *testing.T, tt *transportTest) {
	const limit = 10_000
	for _, c := range []struct {
		path string
		want error
	}{
		{"/sized?n=10000", nil},
		{"/chunked?n=10000", nil},
		{"/close?n=10000", nil},
		{"/sized?n=10001", upstash.ErrResponseTooLarge},
		{"/chunked?n=10001", upstash.ErrResponseTooLarge},
		{"/close?n=10001", upstash.ErrResponseTooLarge},
		{"/endless", upstash.ErrResponseTooLarge},
	} {
		t.Run(c.path[1:], func(t *testing.T) {
			req := tt.request(c.path, []byte("[]"))
			req.MaxResponse = limit
			var resp upstash.Response
			err := tt.RoundTrip(t.Context(), req, &resp)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if c.want == nil && len(resp.Body) != limit {
				t.Errorf("%d bytes, want %d", len(resp.Body), limit)
			}
			if c.want != nil && errors.Is(err, upstash.ErrNotSent) {
				t.Error("the error says that nothing was sent")
			}
			if cap(resp.Body) > 8*limit {
				t.Errorf("%d bytes of memory for a limit of %d", cap(resp.Body), limit)
			}
			// The rest of the body must not turn up in the next answer.
			if got := tt.post(t, "/echo", []byte("next")).Body; string(got) != "next" {
				t.Errorf("the next exchange got %q", got)
			}
		})
	}
}

func testMemory(t *testing.T, tt *transportTest) {
	var resp upstash.Response
	do := func(path, body string) {
		t.Helper()
		if err := tt.RoundTrip(t.Context(), tt.request(path, []byte(body)), &resp); err != nil {
			t.Fatal(err)
		}
	}
	do("/sized?n=5000", "")
	do("/status?code=429", "")
	memory := &resp.Body[0]
	do("/echo", "short")
	if string(resp.Body) != "short" || resp.Status != 200 {
		t.Errorf("status %d, body %q after a longer response", resp.Status, resp.Body)
	}
	if len(resp.SyncToken)+len(resp.RetryAfter) > 0 {
		t.Errorf("headers of the previous response: %q, %q", resp.SyncToken, resp.RetryAfter)
	}
	if &resp.Body[0] != memory {
		t.Error("the memory of Response.Body was not used again")
	}
}

// testBuffers scribbles over the request as soon as RoundTrip has returned.
func testBuffers(t *testing.T, tt *transportTest) {
	body := make([]byte, 100_000)
	var first, second upstash.Response
	for i := range 20 {
		want := bytes.Repeat([]byte{byte('a' + i)}, len(body))
		copy(body, want)
		req := tt.request("/echo", body)
		if err := tt.RoundTrip(t.Context(), req, &first); err != nil {
			t.Fatal(err)
		}
		clear(body)
		clear(req.Header)
		if err := tt.RoundTrip(t.Context(), tt.request("/echo", []byte("other")), &second); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Body, want) {
			t.Fatal("a response changed during the next exchange")
		}
	}
	// An abandoned exchange, too, must have let go of the body: the race
	// detector sees it if not.
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_ = tt.RoundTrip(ctx, tt.request("/echo", body), &first)
		for i := range body {
			body[i] = 'x'
		}
	}
}

func testCtxEnded(t *testing.T, tt *transportTest) {
	cause := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	id := newTransportID()
	var resp upstash.Response
	err := tt.RoundTrip(ctx, tt.request("/count?id="+id, nil), &resp)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want one that is context.Canceled and NotSent", err)
	}
	if n := string(tt.post(t, "/count?id="+id, nil).Body); n != "0" {
		t.Errorf("%s requests arrived", n)
	}
	past, cancel2 := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel2()
	if err = tt.RoundTrip(past, tt.request("/echo", nil), &resp); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
}

// testCancel abandons exchanges in the two states that every transport has
// after the request has left.
func testCancel(t *testing.T, tt *transportTest) {
	for _, path := range []string{"/hang", "/stall"} {
		t.Run(path[1:], func(t *testing.T) {
			best := time.Hour
			for range cancelTries {
				best = min(best, cancelOnce(t, tt, path))
				if best <= cancelBound {
					return
				}
			}
			t.Errorf("returned %v after the cancellation at best, want %v", best, cancelBound)
		})
	}
}

// cancelOnce returns how long RoundTrip ran on after its ctx had ended.
func cancelOnce(t *testing.T, tt *transportTest, path string) time.Duration {
	t.Helper()
	id := newTransportID()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cancelled := make(chan time.Time, 1)
	go func() {
		var r upstash.Response
		_ = tt.RoundTrip(ctx, tt.request("/begun?id="+id, nil), &r)
		cancelled <- time.Now()
		cancel()
	}()
	var resp upstash.Response
	err := tt.RoundTrip(ctx, tt.request(path+"?id="+id, []byte("[]")), &resp)
	took := time.Since(<-cancelled)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if errors.Is(err, upstash.ErrNotSent) {
		t.Fatal("the error says that nothing was sent")
	}
	// The connection must not serve again: the server sees it close.
	if got := tt.post(t, "/gone?id="+id, nil).Body; string(got) != "yes" {
		t.Fatalf("body %q", got)
	}
	if got := tt.post(t, "/echo", []byte("next")).Body; string(got) != "next" {
		t.Fatalf("the next exchange got %q", got)
	}
	return took
}

func testDeadline(t *testing.T, tt *transportTest) {
	for _, path := range []string{"/hang", "/stall"} {
		id := newTransportID()
		req := tt.request(path+"?id="+id, []byte("[]"))
		req.Deadline = time.Now().Add(100 * time.Millisecond)
		var resp upstash.Response
		err := tt.RoundTrip(t.Context(), req, &resp)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v, want context.DeadlineExceeded", path, err)
		}
		if early := time.Until(req.Deadline); early > 0 {
			t.Errorf("%s: returned %v before the deadline", path, early)
		}
		tt.post(t, "/gone?id="+id, nil)
	}
	// The deadline belongs to one request; the next one has none.
	req := tt.request("/echo", []byte("a"))
	req.Deadline = time.Now().Add(time.Minute)
	var resp upstash.Response
	if err := tt.RoundTrip(t.Context(), req, &resp); err != nil {
		t.Error(err)
	}
	tt.post(t, "/echo", nil)
	// One that has passed lets nothing out.
	id := newTransportID()
	req = tt.request("/count?id="+id, nil)
	req.Deadline = time.Unix(1, 0)
	err := tt.RoundTrip(t.Context(), req, &resp)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline in the past: error %v", err)
	}
	if n := string(tt.post(t, "/count?id="+id, nil).Body); n != "0" {
		t.Errorf("deadline in the past: %s requests arrived", n)
	}
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
	id := newTransportID()
	var resp upstash.Response
	err := tt.RoundTrip(t.Context(), tt.request("/redirect?id="+id, []byte("[]")), &resp)
	// fetch shows a script neither the status nor the target: an error will do.
	if err == nil && resp.Status != 307 {
		t.Errorf("status %d, want 307", resp.Status)
	}
	if n := string(tt.post(t, "/count?id="+id, nil).Body); n != "0" {
		t.Errorf("the redirect was followed %s times", n)
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
