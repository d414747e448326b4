package upstash_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
)

// mirror is a Transport that reads requests with the standard library, as the
// documented API defines them, and answers every command with its last argument
// ("SET" with its value), so that what the client sent can be compared with what
// the caller gave.
type mirror struct {
	t       *testing.T
	integer bool // answer with a JSON number
}

func (m mirror) RoundTrip(_ context.Context, req *upstash.Request, resp *upstash.Response) error {
	u, err := url.Parse(req.URL)
	if err != nil {
		m.t.Error(err)
		return err
	}
	value := ""
	if u.Path == "/" {
		args := argsOf(m.t, string(req.Body))
		value = args[len(args)-1]
	} else {
		value = string(req.Body)
		for part := range strings.FieldsFuncSeq(u.RawQuery, func(r rune) bool { return r == '&' || r == '=' }) {
			if value, err = url.PathUnescape(part); err != nil {
				return err
			}
		}
	}
	resp.Status = 200
	if m.integer {
		resp.Body = append(append(append(resp.Body, `{"result":`...), value...), '}')
		return nil
	}
	resp.Body = append(resp.Body, `{"result":`...)
	text, err := json.Marshal(base64.StdEncoding.EncodeToString([]byte(value)))
	if err != nil {
		return err
	}
	resp.Body = append(append(resp.Body, text...), '}')
	return nil
}

// TestByteFidelity: random byte strings come back as they were given, in one of
// the two forms, or are refused before they are sent; never silently changed.
func TestByteFidelity(t *testing.T) {
	t.Parallel()
	n := 1_000_000
	if testing.Short() || raceEnabled {
		n = 50_000
	}
	c, err := upstash.New(upstash.Config{URL: "https://db.example.com", Token: canary, Transport: mirror{t: t}})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 24)
	refused := 0
	for range n {
		key, value := randomText(rng, buf), randomText(rng, buf)
		got, err := upstash.As(upstash.NewCommand("SET", key, value), upstash.Reply.Text).Do(t.Context(), c)
		switch {
		case err == nil && got == value:
		case errors.Is(err, upstash.ErrBadArgument) && errors.Is(err, upstash.ErrNotSent) && mustRefuse(key, value):
			refused++
		default:
			t.Fatalf("SET %q %q gave %q, %v", key, value, got, err)
		}
	}
	if refused < n/1000 || refused > n/2 {
		t.Errorf("%d of %d refused: the generator does not cover both cases", refused, n)
	}
}

// mustRefuse: both have bytes that JSON cannot carry, or one has and the other
// cannot stand in the path or the query.
func mustRefuse(key, value string) bool {
	switch k, v := utf8.ValidString(key), utf8.ValidString(value); {
	case k && v:
		return false
	case k:
		return key == "" || key == "." || key == ".."
	}
	return !utf8.ValidString(value) || value == "" || value == "_token"
}

// randomText draws plain text, any bytes, or troublesome pieces.
func randomText(rng *rand.Rand, buf []byte) string {
	switch rng.IntN(8) {
	case 0:
		for i := range buf {
			buf[i] = byte(rng.Uint32())
		}
		return string(buf[:rng.IntN(len(buf))])
	case 1:
		pieces := []string{"/", "%2F", "?", "#", "..", ".", "\x00", "\n", "\"", "\\", "\u2028", "é", "😀", "OK", "null", "&", "=", "+", " "}
		var b strings.Builder
		for range rng.IntN(5) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return b.String()
	}
	for i := range buf {
		buf[i] = 'a' + byte(rng.IntN(26))
	}
	return string(buf[:1+rng.IntN(len(buf)-1)])
}

func TestIntegerFidelity(t *testing.T) {
	t.Parallel()
	c, err := upstash.New(upstash.Config{URL: "https://db.example.com", Token: canary, Transport: mirror{t: t, integer: true}})
	if err != nil {
		t.Fatal(err)
	}
	edges := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1<<53 - 1, 1 << 53, 1<<53 + 1, -1<<53 - 1}
	for shift := range 63 {
		edges = append(edges, 1<<shift, 1<<shift-1, 1<<shift+1, -1<<shift)
	}
	for _, n := range edges {
		got, err := upstash.As(upstash.NewCommand("ECHO", n), upstash.Reply.Int64).Do(t.Context(), c)
		if got != n || err != nil {
			t.Errorf("%d came back as %d, %v", n, got, err)
		}
	}
	over := strconv.FormatUint(math.MaxInt64+1, 10)
	_, err = upstash.As(upstash.NewCommand("ECHO", over), upstash.Reply.Int64).Do(t.Context(), c)
	if _, ok := errors.AsType[*upstash.DecodeError](err); !ok {
		t.Errorf("%s gave %v", over, err)
	}
	if s, err := upstash.As(upstash.NewCommand("ECHO", over), upstash.Reply.Text).Do(t.Context(), c); s != over || err != nil {
		t.Errorf("as text: %s %v", s, err)
	}
}
