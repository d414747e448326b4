package upstash_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// Each test here replays exchanges that are quoted from the vendor's pages, from
// reports of the live service, from the vendor's SDK tests and from a probe; see
// testdata/README.md. They show that the client turns what is known of the live
// service into the right typed result or error.

// quoted opens a recording whose requests carry no Upstash-Encoding.
func quoted(t *testing.T, file string, e upstash.Encoding) *upstashtest.Recording {
	t.Helper()
	return upstashtest.Load(t, file, upstashtest.Options{
		Config: upstash.Config{Encoding: e, Retry: upstash.Retry{MaxAttempts: 1}},
	})
}

// httpDo makes a request that the client never makes, and returns the answer as
// a Transport would.
func httpDo(t *testing.T, r *upstashtest.Recording, method, path string, header ...string) *upstash.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(path, "_token=") {
		req.Header.Set("Authorization", "Bearer "+r.Token())
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := r.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &upstash.Response{Status: resp.StatusCode, Body: body, ContentType: []byte(resp.Header.Get("Content-Type"))}
}

// fixed is a Transport that always gives one answer.
type fixed struct{ resp *upstash.Response }

func (f fixed) RoundTrip(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
	resp.Reset()
	resp.Status = f.resp.Status
	resp.Body = append(resp.Body, f.resp.Body...)
	resp.ContentType = append(resp.ContentType, f.resp.ContentType...)
	return nil
}

// decoded reads an answer with a Client, as the answer to cmd.
func decoded[T any](t *testing.T, resp *upstash.Response, e upstash.Encoding, cmd upstash.Cmd[T]) (T, error) {
	t.Helper()
	c, err := upstash.New(upstash.Config{
		URL: "https://quoted.invalid", Token: canary, Transport: fixed{resp}, Encoding: e, Retry: upstash.Retry{MaxAttempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return cmd.Do(t.Context(), c)
}

func TestQuotedVendorPath(t *testing.T) {
	t.Parallel()
	r := quoted(t, "upstash/vendor_path", upstash.Plain)
	cmd := upstash.As(upstash.NewCommand("SET", "foo", "bar"), upstash.Reply.OK)
	for _, path := range []string{"/set/foo/bar", "/set/foo/bar?_token=whatever"} { // A1, A2
		if _, err := decoded(t, httpDo(t, r, http.MethodGet, path), upstash.Plain, cmd); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	// A3, A4: the client takes the path form for bytes that JSON cannot carry.
	c := r.Client()
	for _, cmd := range []upstash.Command{
		upstash.NewCommand("SET", "foo", "\xff\x00"),
		upstash.NewCommand("SET", "foo", "\xff\x00", "EX", 100),
	} {
		if ok, err := upstash.As(cmd, upstash.Reply.Bool).Do(t.Context(), c); !ok || err != nil {
			t.Errorf("SET = %v, %v", ok, err)
		}
	}
}

func TestQuotedVendorEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, header, value string
		encoding            upstash.Encoding
	}{
		{"upstash/vendor_base64", "Upstash-Encoding", "base64", upstash.Base64},     // A6, A7
		{"upstash/vendor_resp2", "Upstash-Response-Format", "resp2", upstash.RESP2}, // A8, A9
	} {
		t.Run(c.value, func(t *testing.T) {
			t.Parallel()
			r := quoted(t, c.file, c.encoding)
			set := httpDo(t, r, http.MethodGet, "/SET/foo/bar", c.header, c.value)
			if got, err := decoded(t, set, c.encoding, upstash.As(upstash.NewCommand("SET", "foo", "bar"), upstash.Reply.Text)); got != "OK" || err != nil {
				t.Errorf("SET = %q, %v", got, err)
			}
			get := httpDo(t, r, http.MethodGet, "/GET/foo", c.header, c.value)
			if got, err := decoded(t, get, c.encoding, upstash.Get("foo")); got != "bar" || err != nil {
				t.Errorf("GET = %q, %v", got, err)
			}
		})
	}
}

func TestQuotedVendorBatch(t *testing.T) {
	t.Parallel()
	c := quoted(t, "upstash/vendor_batch", upstash.Plain).Client()
	for _, atomic := range []bool{false, true} { // A10, A11
		replies, err := c.DoBatch(t.Context(), upstash.Batch{Atomic: atomic, Commands: []upstash.Command{
			upstash.NewCommand("SET", "key1", "valuex"),
			upstash.NewCommand("SETEX", "key2", 13, "valuez"),
			upstash.NewCommand("INCR", "key1"),
			upstash.NewCommand("ZADD", "myset", 11, "item1", 22, "item2"),
		}})
		if err != nil || len(replies) != 4 {
			t.Fatalf("DoBatch = %d replies, %v", len(replies), err)
		}
		if n, err := replies[3].Int64(); n != 2 || err != nil {
			t.Errorf("ZADD = %d, %v", n, err)
		}
		e, ok := errors.AsType[*upstash.ServerError](replies[2].Err())
		if !ok || e.Code != "ERR" || e.Message != "ERR value is not an int or out of range" {
			t.Errorf("INCR = %v", replies[2].Err())
		}
		for _, i := range []int{0, 1} {
			if _, err := replies[i].OK(); err != nil {
				t.Errorf("reply %d: %v", i, err)
			}
		}
	}
}

// TestQuotedVendorStreams keeps the frames of the two streams.
func TestQuotedVendorStreams(t *testing.T) {
	t.Parallel()
	r := quoted(t, "upstash/vendor_streams", upstash.Plain)
	for _, c := range []struct {
		path string
		want []string
	}{
		{"/monitor", []string{`"OK"`, `1721284005.242090 [0 0.0.0.0:0] "GET" "k"`}},                                // A12
		{"/subscribe/chat", []string{"subscribe,chat,1", "message,chat,hello", "message,chat,how are you today?"}}, // A13
	} {
		resp := httpDo(t, r, http.MethodPost, c.path, "Accept", "text/event-stream")
		var got []string
		for s := bufio.NewScanner(strings.NewReader(string(resp.Body))); s.Scan(); {
			if data, ok := strings.CutPrefix(s.Text(), "data: "); ok {
				got = append(got, data)
			}
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: frames = %q, want %q", c.path, got, c.want)
		}
	}
}

// A refusal is what the server says and the sentinel that it must match; nil
// means that no sentinel does.
type refusal struct {
	id     string
	is     error
	status int // 0 for an error in a slot of a pipeline
}

// TestQuotedRefusals runs the file's exchanges in order: a single command each,
// or a pipeline of one.
func TestQuotedRefusals(t *testing.T) {
	t.Parallel()
	files := map[string][]refusal{
		"upstash/vendor_refused": {
			{"A16", upstash.ErrUnauthorized, 401},
			{"A16", upstash.ErrSyntax, 400},
		},
		"upstash/live_auth": {
			{"B1", upstash.ErrUnauthorized, 401},
			{"B2", upstash.ErrUnauthorized, 401},
			{"B3", upstash.ErrNoPermission, 0},
			{"B4", upstash.ErrNoPermission, 0},
			{"B5", upstash.ErrNoPermission, 400},
			{"B7", upstash.ErrNoPermission, 400},
		},
		"upstash/live_limits": {
			{"B15", upstash.ErrQuota, 400},
			{"B17", upstash.ErrQuota, 400},
			{"B18", upstash.ErrTooLarge, 400},
			{"B19", upstash.ErrTooLarge, 0},
			{"B21", upstash.ErrCapacity, 400},
			{"B22", upstash.ErrCapacity, 400},
			{"B23", upstash.ErrTooLarge, 400},
		},
		"upstash/live_refused": {
			{"B24", upstash.ErrUnsupported, 400},
			{"B25", upstash.ErrUnsupported, 400},
			{"B26", upstash.ErrSyntax, 400},
			{"B27", upstash.ErrSyntax, 400},
			{"B28", upstash.ErrReadOnly, 400},
			{"B29", upstash.ErrDynamicKey, 400},
			{"B30", nil, 400},
		},
	}
	for file, refusals := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			c := quoted(t, file, upstash.Plain).Client()
			for _, want := range refusals {
				checkRefusal(t, c, want)
			}
		})
	}
}

var sentinels = []error{
	upstash.ErrNoScript, upstash.ErrWrongType, upstash.ErrExecAbort, upstash.ErrUnauthorized, upstash.ErrNoPermission,
	upstash.ErrReadOnly, upstash.ErrSyntax, upstash.ErrUnsupported, upstash.ErrQuota, upstash.ErrCapacity,
	upstash.ErrTooLarge, upstash.ErrThrottled, upstash.ErrDynamicKey,
}

// checkRefusal sends a command and checks that the refusal matches its sentinel
// and no other, and says that nothing was applied.
func checkRefusal(t *testing.T, c *upstash.Client, want refusal) {
	t.Helper()
	cmd := upstash.NewCommand("INCRBY", "some-key", 1)
	var err error
	if want.status == 0 {
		var replies []upstash.Reply
		if replies, err = c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{cmd}}); err != nil {
			t.Fatalf("%s: DoBatch: %v", want.id, err)
		}
		err = replies[0].Err()
	} else {
		_, err = c.Do(t.Context(), cmd)
	}
	e, ok := errors.AsType[*upstash.ServerError](err)
	if !ok || e.Status != want.status || e.Message == "" {
		t.Errorf("%s: error = %v (%+v), want a ServerError with status %d", want.id, err, e, want.status)
	}
	for _, s := range sentinels {
		if got := errors.Is(err, s); got != (want.is != nil && errors.Is(s, want.is)) {
			t.Errorf("%s: errors.Is(%q, %q) = %v", want.id, err, s, got)
		}
	}
	if got := upstash.OutcomeOf(err); got != upstash.Rejected {
		t.Errorf("%s: outcome = %v", want.id, got)
	}
	if strings.Contains(err.Error(), "some-key") {
		t.Errorf("%s: the error shows a key: %v", want.id, err)
	}
}
