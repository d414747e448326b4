package upstashtest

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

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
