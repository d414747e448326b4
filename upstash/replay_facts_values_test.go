package upstash_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

func TestQuotedLiveCommands(t *testing.T) {
	t.Parallel()
	c := quoted(t, "upstash/live_commands", upstash.Plain).Client()
	ctx := t.Context()
	// B8: the client sends this as a path with a raw body, because of the bytes.
	if _, err := c.Do(ctx, upstash.NewCommand("XADD", "stream", "[\"*\",\"\xff\"]")); !errors.Is(err, upstash.ErrSyntax) {
		t.Errorf("XADD = %v, want ErrSyntax", err)
	}
	if got, err := upstash.As(upstash.NewCommand("PING"), upstash.Reply.Text).Do(ctx, c); got != "PONG" || err != nil {
		t.Errorf("PING = %q, %v", got, err)
	}
	if _, err := c.Do(ctx, upstash.NewCommand("SCAN", "0", "WITHTYPE", "x")); !errors.Is(err, upstash.ErrSyntax) {
		t.Errorf("SCAN = %v, want ErrSyntax", err)
	}
	type value struct {
		Value string `json:"value"`
	}
	if got, err := upstash.As(upstash.NewCommand("GET", "k"), upstash.DecodeJSON[value]).Do(ctx, c); got.Value != "test-value" || err != nil {
		t.Errorf("GET = %+v, %v", got, err)
	}
	if n, err := upstash.As(upstash.NewCommand("DBSIZE"), upstash.Reply.Int64).Do(ctx, c); n != 15 || err != nil {
		t.Errorf("DBSIZE = %d, %v", n, err)
	}
	if n, err := upstash.As(upstash.NewCommand("PUBLISH", "ch", "m"), upstash.Reply.Int64).Do(ctx, c); n != 1 || err != nil {
		t.Errorf("PUBLISH = %d, %v", n, err)
	}
}

func TestQuotedSDKReplies(t *testing.T) {
	t.Parallel()
	c := quoted(t, "upstash/sdk_replies", upstash.Base64).Client()
	ctx := t.Context()
	do := func(name string, args ...any) (upstash.Reply, error) {
		return c.Do(ctx, upstash.NewCommand(name, args...))
	}

	if got, err := upstash.As(upstash.NewCommand("PING"), upstash.Reply.Text).Do(ctx, c); got != "PONG" || err != nil { // C1
		t.Errorf("PING = %q, %v", got, err)
	}
	quotedPipeline(t, c)
	_, err := do("FCALL_RO", "writer", 1, "k") // C3
	if e, ok := errors.AsType[*upstash.ServerError](err); !ok || !strings.Contains(e.Message, "READONLY Write commands are not allowed from read-only scripts") {
		t.Errorf("FCALL_RO = %v", err)
	}
	r, err := do("XAUTOCLAIM", "s", "g", "c", 10, "0-0") // C4
	if cursor, _ := r.Index(0).Text(); err != nil || r.Len() != 3 || cursor != "0-0" || r.Index(1).Len() != 0 || !r.Index(2).IsArray() {
		t.Errorf("XAUTOCLAIM = %v, %v", r, err)
	}
	if r, err := do("XINFO", "CONSUMERS", "s", "no-group"); err != nil || !r.IsArray() || r.Len() != 0 { // C5
		t.Errorf("XINFO CONSUMERS = %v, %v", r, err)
	}
	if copied, err := upstash.As(upstash.NewCommand("COPY", "k", "k"), upstash.Reply.Bool).Do(ctx, c); copied || err != nil { // C6
		t.Errorf("COPY = %v, %v", copied, err)
	}
	for _, want := range []float64{166274.1516, 545518.8700} { // C7
		if got, err := upstash.As(upstash.NewCommand("GEODIST", "g", "a", "b"), upstash.Reply.Float64).Do(ctx, c); got != want || err != nil {
			t.Errorf("GEODIST = %v, %v; want %v", got, err, want)
		}
	}
	if got, err := upstash.As(upstash.NewCommand("GEOHASH", "g", "a"), upstash.Reply.Strings).Do(ctx, c); err != nil || len(got) != 1 || got[0] != "sqc8b49rny0" {
		t.Errorf("GEOHASH = %q, %v", got, err)
	}
}

// quotedPipeline is C2: an unknown script spoils its own slot only.
func quotedPipeline(t *testing.T, c *upstash.Client) {
	t.Helper()
	replies, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{
		upstash.NewCommand("SET", "a", 1),
		upstash.NewCommand("SET", "b", 2),
		upstash.NewCommand("EVALSHA", "wrong-sha1", 0),
		upstash.NewCommand("GETEX", "a"),
		upstash.NewCommand("GET", "b"),
	}})
	if err != nil || len(replies) != 5 {
		t.Fatalf("DoBatch = %d replies, %v", len(replies), err)
	}
	if !errors.Is(replies[2].Err(), upstash.ErrNoScript) {
		t.Errorf("EVALSHA = %v, want ErrNoScript", replies[2].Err())
	}
	for i, want := range map[int]int64{3: 1, 4: 2} {
		if n, err := replies[i].Int64(); n != want || err != nil {
			t.Errorf("reply %d = %d, %v; want %d", i, n, err, want)
		}
	}
}

// TestQuotedProbe: what the live service says to requests that the client never
// makes, and what the client makes of it.
func TestQuotedProbe(t *testing.T) {
	t.Parallel()
	r := quoted(t, "upstash/probe_requests", upstash.Plain)
	c, ctx := r.Client(), t.Context()

	resp := &upstash.Response{} // D2: an empty body
	req := &upstash.Request{URL: r.URL() + "/", Header: []upstash.HeaderField{{Name: "Authorization", Value: "Bearer " + r.Token()}}}
	if err := r.Transport().RoundTrip(ctx, req, resp); err != nil {
		t.Fatal(err)
	}
	_, err := decoded(t, resp, upstash.Plain, upstash.Get("k"))
	wantRefusal(t, "D2", err, "EOF", nil)

	for _, want := range []struct {
		id, text string
		is       error
	}{
		{"D3", "expected JSON array", upstash.ErrSyntax},
		{"D4", "ERR null args are not supported", upstash.ErrSyntax},
		{"D5", `ERR unsupported arg type: "[": json.Delim`, upstash.ErrSyntax},
		{"D5", `ERR unsupported arg type: "{": json.Delim`, upstash.ErrSyntax},
		{"D6", "ERR Command is not available: 'X'. See https://upstash.com/docs/redis/overall/rediscompatibility for details", upstash.ErrUnsupported},
		{"D7", `ERR Command "MULTI" is not allowed in REST or it has a special context path`, upstash.ErrUnsupported},
	} {
		_, err := c.Do(ctx, upstash.NewCommand("INCR", "k"))
		wantRefusal(t, want.id, err, want.text, want.is)
	}
	// D8: a status without a body; no sentinel of the server's, but a typed error.
	_, err = c.Do(ctx, upstash.NewCommand("INCR", "k"))
	e, ok := errors.AsType[*upstash.TransportError](err)
	if !ok || e.Status != 405 || !errors.Is(err, upstash.ErrProtocol) || upstash.OutcomeOf(err) != upstash.NotApplied {
		t.Errorf("D8: %v (%v)", err, upstash.OutcomeOf(err))
	}
}

func wantRefusal(t *testing.T, id string, err error, text string, is error) {
	t.Helper()
	e, ok := errors.AsType[*upstash.ServerError](err)
	if !ok || e.Message != text || e.Status != 400 || is != nil && !errors.Is(err, is) {
		t.Errorf("%s: %v, want a ServerError with %q", id, err, text)
	}
}

// TestQuotedReplyOK is D10 and D12: a stored OK is told from the status reply,
// and the sync token is taken.
func TestQuotedReplyOK(t *testing.T) {
	t.Parallel()
	c := quoted(t, "upstash/probe_reply", upstash.Base64).Client()
	if got, err := upstash.Get("k").Do(t.Context(), c); got != "OK" || err != nil {
		t.Errorf("GET = %q, %v", got, err)
	}
	if token, _ := c.Session().MarshalText(); string(token) != "sync-1" {
		t.Errorf("session = %q", token)
	}
}
