//go:build !wasm

package ratelimit_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// TestRefusalFromMemoryDoesNotAllocate, and neither does a token that is held.
func TestRefusalFromMemoryDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	db := newLuaDB(t)
	l := db.on(ratelimit.SlidingWindow(1, time.Hour), ratelimit.Options{})
	l.SetNow(time.Now)
	ctx := context.Background()
	allow(t, l, "x", 1, true)
	allow(t, l, "x", 1, false)
	if n := testing.AllocsPerRun(100, func() { _, _ = l.Allow(ctx, "x") }); n != 0 {
		t.Errorf("a refusal from memory allocates %v times", n)
	}
	db2 := newTickingDB(t)
	s := newLeased(t, db2, ratelimit.FixedWindow(1_000_000, time.Hour), ratelimit.Options{}, ratelimit.LeaseOptions{Size: 1_000_000})
	if d, err := s.Allow(ctx, "x"); err != nil || !d.Allowed {
		t.Fatal(d, err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = s.Allow(ctx, "x") }); n != 0 {
		t.Errorf("a token that is held allocates %v times", n)
	}
}

func BenchmarkRefusalFromMemory(b *testing.B) {
	db := newTickingDB(b)
	l := newLimiter(b, db, ratelimit.SlidingWindow(1, time.Hour), ratelimit.Options{})
	ctx := context.Background()
	_, _ = l.Allow(ctx, "x")
	_, _ = l.Allow(ctx, "x")
	b.ReportAllocs()
	for b.Loop() {
		if d, _ := l.Allow(ctx, "x"); d.Reason != ratelimit.ByMemory {
			b.Fatal(d)
		}
	}
}

func BenchmarkLeaseAllow(b *testing.B) {
	db := newTickingDB(b)
	s := newLeased(b, db, ratelimit.FixedWindow(1<<30, time.Hour), ratelimit.Options{}, ratelimit.LeaseOptions{Size: 1 << 30})
	ctx := context.Background()
	_, _ = s.Allow(ctx, "x")
	b.ReportAllocs()
	for b.Loop() {
		if d, _ := s.Allow(ctx, "x"); !d.Allowed {
			b.Fatal(d)
		}
	}
}

// A bare is a script that does nothing.
var bare = upstash.NewScript("return 1", upstash.Reply.Int64)

// least is what any limiter has to do that decides in one script by the server's
// time: TIME, GET and SET, with arguments and a reply of the same size.
var least = upstash.NewScript(`
local t = redis.call('TIME')
local v = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], v or string.rep('x', 320), 'PX', '3600000')
return {1, 0, 5, 0, t[1] * 1000 + math.floor(t[2] / 1000), 7, 8}`, upstash.Reply.Raw)

// A far transport adds a round-trip time to another one.
type far struct {
	upstash.Transport
	rtt time.Duration
}

func (f far) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	<-time.After(f.rtt)
	return f.Transport.RoundTrip(ctx, req, resp)
}

// BenchmarkAllow compares a decision over the dev server with an EVALSHA that does
// nothing, and with one that does the least, in turn in the same loop, so that
// noise hits all: over a real Redis on loopback, over one that is a millisecond
// away, and over the embedded Redis. The metrics are of the medians: "ratio" is a
// decision by nothing, "least" the least by nothing.
func BenchmarkAllow(b *testing.B) {
	for _, tc := range []struct {
		name     string
		embedded bool
		rtt      time.Duration
	}{{name: "redis"}, {name: "redis-1ms-away", rtt: time.Millisecond}, {name: "embedded", embedded: true}} {
		b.Run(tc.name, func(b *testing.B) {
			url := ""
			if !tc.embedded {
				url = redistest.Start(b)
			}
			var s upstash.Doer = newStack(b, url)
			if tc.rtt > 0 {
				s = farFrom(b, s.(*stack), tc.rtt)
			}
			l := newLimiter(b, s, ratelimit.SlidingWindow(1<<30, time.Hour), ratelimit.Options{})
			benchmarkBeside(b, func(ctx context.Context) error {
				_, err := bare.Run(ctx, s, []string{"x"})
				return err
			}, func(ctx context.Context) error {
				_, err := least.Run(ctx, s, []string{"ratelimit:test:y"}, "t", "", "abcdefgh", "0", "1", "0", "s", "1073741824", "3600000", "0", "0")
				return err
			}, func(ctx context.Context) error {
				d, err := l.Allow(ctx, "x")
				return cmp.Or(err, d.Err)
			})
		})
	}
}

func farFrom(b *testing.B, s *stack, rtt time.Duration) upstash.Doer {
	b.Helper()
	near, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		b.Fatal(err)
	}
	c, err := upstash.New(upstash.Config{URL: s.srv.URL, Token: upstash.Secret(s.srv.Token), Transport: far{near, rtt}})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func benchmarkBeside(b *testing.B, nothing, least, allow func(context.Context) error) {
	b.Helper()
	var took [3][]time.Duration
	for b.Loop() {
		for i, op := range []func(context.Context) error{nothing, least, allow} {
			began := time.Now()
			if err := op(b.Context()); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	var median [3]float64
	for i := range took {
		slices.Sort(took[i])
		median[i] = float64(took[i][len(took[i])/2].Nanoseconds())
	}
	b.ReportMetric(0, "ns/op") // of all three: it means nothing
	b.ReportMetric(median[0], "nothing-ns")
	b.ReportMetric(median[1]/median[0], "least")
	b.ReportMetric(median[2]/median[0], "ratio")
}

// BenchmarkScript runs the scripts on the Lua engine of the embedded server.
func BenchmarkScript(b *testing.B) {
	for _, alg := range []ratelimit.Algorithm{
		ratelimit.FixedWindow(1<<30, time.Hour), ratelimit.SlidingWindow(1<<30, time.Hour), ratelimit.SlidingLog(10_000, time.Second),
		ratelimit.TokenBucket(1<<20, time.Second, 1<<30), ratelimit.GCRA(1<<20, time.Second, 1<<30),
	} {
		b.Run(alg.String(), func(b *testing.B) {
			db := newTickingDB(b)
			l := newLimiter(b, db, alg, ratelimit.Options{Timeout: -1})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Allow(context.Background(), "x"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
