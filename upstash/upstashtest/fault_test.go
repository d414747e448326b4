package upstashtest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// transportFunc is a Transport made of a function.
type transportFunc func(ctx context.Context, req *upstash.Request, resp *upstash.Response) error

func (f transportFunc) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	return f(ctx, req, resp)
}

// answer always answers the same.
func answer(status int, contentType, body string) transportFunc {
	return func(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
		resp.Reset()
		resp.Status = status
		resp.ContentType = append(resp.ContentType, contentType...)
		resp.Body = append(resp.Body, body...)
		return nil
	}
}

// counter is a server whose every request is an INCR.
type counter struct{ n atomic.Int64 }

func (c *counter) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	body := upstash.ReplyOf(c.n.Add(1))
	text, _ := body.Text()
	return answer(200, "application/json", `{"result":`+text+`}`)(ctx, req, resp)
}

func client(t *testing.T, transport upstash.Transport, cfg upstash.Config) *upstash.Client {
	t.Helper()
	cfg.URL, cfg.Token, cfg.Transport = "https://faults.invalid", canary, transport
	c, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFaultKinds runs one INCR into each fault, without retries.
func TestFaultKinds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		fault   upstashtest.Fault
		outcome upstash.Outcome
		applied int64
		is      error
		takes   time.Duration
	}{
		{"none", upstashtest.Fault{}, upstash.Applied, 1, nil, 0},
		{"not sent", upstashtest.NotSent(), upstash.NotApplied, 0, upstash.ErrNotSent, 0},
		{"reply lost", upstashtest.ReplyLost(), upstash.MaybeApplied, 1, upstash.ErrMaybeApplied, 0},
		{"truncated", upstashtest.Truncated(5), upstash.MaybeApplied, 1, upstash.ErrProtocol, 0},
		{"truncated to nothing", upstashtest.Truncated(-1), upstash.MaybeApplied, 1, upstash.ErrProtocol, 0},
		{"duplicated", upstashtest.Duplicated(), upstash.Applied, 2, nil, 0},
		{"delayed", upstashtest.Delayed(3 * time.Second), upstash.Applied, 1, nil, 3 * time.Second},
		{"delayed too long", upstashtest.Delayed(9 * time.Second), upstash.MaybeApplied, 1, context.DeadlineExceeded, 5 * time.Second},
		{"error page", upstashtest.ErrorPage(502), upstash.MaybeApplied, 0, upstash.ErrProtocol, 0},
		{"error page after", upstashtest.ErrorPage(502).AfterApply(), upstash.MaybeApplied, 1, upstash.ErrProtocol, 0},
		{"throttled", upstashtest.Throttled(2 * time.Second), upstash.Rejected, 0, upstash.ErrThrottled, 0},
		{"garbage", upstashtest.Garbage(), upstash.MaybeApplied, 0, upstash.ErrProtocol, 0},
		{"hang", upstashtest.Hang(), upstash.MaybeApplied, 0, context.DeadlineExceeded, 5 * time.Second},
		{"hang after", upstashtest.Hang().AfterApply(), upstash.MaybeApplied, 1, context.DeadlineExceeded, 5 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &counter{}
				faults := upstashtest.NewFaults(server, upstashtest.FaultOptions{Script: []upstashtest.Fault{c.fault}})
				began := time.Now()
				_, err := client(t, faults, upstash.Config{Retry: upstash.Retry{MaxAttempts: 1}}).Do(t.Context(), upstash.NewCommand("INCR", "k"))
				if got := upstash.OutcomeOf(err); got != c.outcome {
					t.Errorf("outcome = %v (%v), want %v", got, err, c.outcome)
				}
				if c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("error = %v, want %v", err, c.is)
				}
				if got := server.n.Load(); got != c.applied {
					t.Errorf("applied %d times, want %d", got, c.applied)
				}
				if got := time.Since(began); got != c.takes {
					t.Errorf("took %v, want %v", got, c.takes)
				}
				counts := faults.Counts()
				if counts.Requests != 1 || int64(counts.Delivered) != c.applied {
					t.Errorf("counts = %+v", counts)
				}
				if k := c.fault.Kind(); k != upstashtest.KindNone && counts.Kinds[k] != 1 {
					t.Errorf("counts of %v = %v", k, counts.Kinds)
				}
			})
		})
	}
}

// TestFaultsObeyContext: a hang and a delay end with the context, at once.
func TestFaultsObeyContext(t *testing.T) {
	t.Parallel()
	for _, fault := range []upstashtest.Fault{upstashtest.Hang(), upstashtest.Hang().AfterApply(), upstashtest.Delayed(time.Hour)} {
		t.Run(fault.Kind().String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				faults := upstashtest.NewFaults(&counter{}, upstashtest.FaultOptions{Script: []upstashtest.Fault{fault}})
				c := client(t, faults, upstash.Config{Timeout: -1, Retry: upstash.Retry{MaxElapsed: -1}})
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Minute, cancel)
				began := time.Now()
				_, err := c.Do(ctx, upstash.NewCommand("INCR", "k"))
				if !errors.Is(err, context.Canceled) || !errors.Is(err, upstash.ErrMaybeApplied) {
					t.Errorf("error = %v", err)
				}
				if got := time.Since(began); got != time.Minute {
					t.Errorf("took %v, want a minute", got)
				}
			})
		})
	}
}

// TestFaultsAddUp is the sum that the random faults are made for: what was
// applied is what was acknowledged, and of what may have been applied a part.
func TestFaultsAddUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 2000
		server := &counter{}
		faults := upstashtest.NewFaults(server, upstashtest.FaultOptions{
			Rate:   0.3,
			Random: []upstashtest.Fault{upstashtest.NotSent(), upstashtest.ReplyLost(), upstashtest.Throttled(0), upstashtest.ErrorPage(503).AfterApply()},
			Seed:   1,
		})
		c := client(t, faults, upstash.Config{Retry: upstash.Retry{Budget: -1}})
		var acknowledged, maybe int
		for range calls {
			_, err := c.Do(t.Context(), upstash.NewCommand("INCR", "k"))
			switch upstash.OutcomeOf(err) {
			case upstash.Applied:
				acknowledged++
			case upstash.MaybeApplied:
				maybe++
			}
		}
		counts := faults.Counts()
		if int(server.n.Load()) != acknowledged+maybe || maybe != counts.Lost || counts.Delivered != acknowledged+maybe {
			t.Errorf("applied %d, acknowledged %d, maybe %d, counts %+v", server.n.Load(), acknowledged, maybe, counts)
		}
		for _, k := range []upstashtest.FaultKind{upstashtest.KindNotSent, upstashtest.KindReplyLost, upstashtest.KindThrottled, upstashtest.KindErrorPage} {
			if counts.Kinds[k] == 0 {
				t.Errorf("no fault of kind %v in %d requests", k, counts.Requests)
			}
		}
		if share := float64(sum(counts.Kinds)) / float64(counts.Requests); share < 0.25 || share > 0.35 {
			t.Errorf("share of faults = %.2f, want about 0.3", share)
		}
	})
}

func sum(m map[upstashtest.FaultKind]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

// TestFaultsRepeat: the seed repeats a sequence, and another seed makes another.
func TestFaultsRepeat(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (kinds string) {
		faults := upstashtest.NewFaults(&counter{}, upstashtest.FaultOptions{
			Rate: 0.5, Seed: seed, Random: []upstashtest.Fault{upstashtest.NotSent(), upstashtest.ReplyLost()},
		})
		for range 100 {
			err := faults.RoundTrip(t.Context(), &upstash.Request{}, &upstash.Response{})
			kinds += map[bool]string{true: ".", false: "x"}[err == nil]
		}
		return kinds
	}
	if first, second := run(7), run(7); first != second {
		t.Error("the same seed gave two sequences")
	}
	if run(7) == run(8) {
		t.Error("two seeds gave the same sequence")
	}
}

// TestFaultsThenRetry: Retry-After is waited for, and Add extends the script.
func TestFaultsThenRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faults := upstashtest.NewFaults(&counter{}, upstashtest.FaultOptions{})
		faults.Add(upstashtest.Throttled(2*time.Second), upstashtest.NotSent())
		meter := &upstashtest.Meter{}
		c := client(t, faults, upstash.Config{Hook: meter})
		began := time.Now()
		if _, err := upstash.Get("k").Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 2*time.Second {
			t.Errorf("took %v, want the two seconds of Retry-After", took)
		}
		meter.AssertRequests(t, 3)
		if got := meter.Totals(); got.Retries != 2 || got.Refused != 1 || got.Failed != 1 {
			t.Errorf("totals = %+v", got)
		}
	})
}

func TestFaultsWithoutTransport(t *testing.T) {
	t.Parallel()
	faults := upstashtest.NewFaults(nil, upstashtest.FaultOptions{Script: []upstashtest.Fault{upstashtest.ErrorPage(500)}})
	resp := &upstash.Response{}
	if err := faults.RoundTrip(t.Context(), &upstash.Request{}, resp); err != nil || resp.Status != 500 {
		t.Errorf("status %d, %v", resp.Status, err)
	}
	if err := faults.RoundTrip(t.Context(), &upstash.Request{}, resp); err == nil {
		t.Error("a request without a transport succeeded")
	}
}
