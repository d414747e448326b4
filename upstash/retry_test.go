package upstash_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// hang is a step that waits for the context or the attempt's deadline, as every
// Transport must.
func hang(ctx context.Context, x exchange, _ *upstash.Response) error {
	d := x.req.Deadline
	ctx, cancel := context.WithDeadline(ctx, d)
	defer cancel()
	<-ctx.Done()
	return ctx.Err()
}

func TestTimeoutPerAttemptAndInAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := newScripted(t, upstash.Config{Timeout: 2 * time.Second, Retry: upstash.Retry{MaxAttempts: 10, MaxElapsed: 7 * time.Second}}, hang)
		began := time.Now()
		_, err := c.Do(t.Context(), get())
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(began); d > 7*time.Second || d < 4*time.Second {
			t.Errorf("took %v", d)
		}
		if s.count() < 3 || s.count() > 4 {
			t.Errorf("%d attempts", s.count())
		}
		if e, ok := errors.AsType[*upstash.TransportError](err); !ok || !e.Timeout() || e.Attempts != s.count() {
			t.Errorf("got %#v", err)
		}
	})
}

func TestContextEndsSleepAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := upstash.Retry{MinBackoff: time.Hour, MaxBackoff: time.Hour, MaxElapsed: -1, MaxAttempts: 2}
		c, s := newScripted(t, upstash.Config{Retry: slow}, lost)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		_, err := c.Do(ctx, get())
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errWire) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(began); d != time.Second || s.count() != 1 {
			t.Errorf("took %v, %d attempts", d, s.count())
		}
	})
}

// TestNeverSleepsPastTheDeadline: when the wait would outlive the context, the
// error comes at once.
func TestNeverSleepsPastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := func(_ context.Context, _ exchange, r *upstash.Response) error {
			r.Status = 429
			r.RetryAfter = append(r.RetryAfter, "30"...)
			r.Body = append(r.Body, `{"error":"ERR busy"}`...)
			return nil
		}
		c, s := newScripted(t, upstash.Config{Retry: upstash.Retry{MaxElapsed: time.Minute}}, busy, busy, answer(200, `{"result":1}`))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		if _, err := c.Do(ctx, get()); !errors.Is(err, upstash.ErrThrottled) || time.Since(began) != 0 || s.count() != 1 {
			t.Errorf("%v after %v, %d attempts", err, time.Since(began), s.count())
		}
		began = time.Now()
		if _, err := c.Do(t.Context(), get()); err != nil || time.Since(began) != 30*time.Second {
			t.Errorf("%v after %v: Retry-After is not waited for", err, time.Since(began))
		}
	})
}

func TestBackoffGrowsWithJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		retry := upstash.Retry{MaxAttempts: 6, MinBackoff: 100 * time.Millisecond, MaxBackoff: 400 * time.Millisecond, Budget: -1}
		bounds := []time.Duration{100, 200, 400, 400, 400}
		longest := make([]time.Duration, len(bounds))
		different := false
		for range 200 {
			var at []time.Time
			c, _ := newScripted(t, upstash.Config{Retry: retry}, func(context.Context, exchange, *upstash.Response) error {
				at = append(at, time.Now())
				return errWire
			})
			_, _ = c.Do(t.Context(), get())
			if len(at) != 6 {
				t.Fatalf("%d attempts", len(at))
			}
			for i := range bounds {
				d := at[i+1].Sub(at[i])
				if d > bounds[i]*time.Millisecond {
					t.Fatalf("wait %d took %v", i, d)
				}
				different = different || longest[i] != 0 && d != longest[i]
				longest[i] = max(longest[i], d)
			}
		}
		for i, d := range longest {
			if d < bounds[i]*time.Millisecond*8/10 {
				t.Errorf("longest wait %d of 200 was %v: the range is not used", i, d)
			}
		}
		if !different {
			t.Error("no jitter")
		}
	})
}

// TestRetryBudget: 100 failing calls may not become 300 requests.
func TestRetryBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := true
		c, s := newScripted(t, upstash.Config{Retry: upstash.Retry{Budget: 5}}, func(_ context.Context, x exchange, r *upstash.Response) error {
			if down {
				return errWire
			}
			return answer(200, `{"result":1}`)(t.Context(), x, r)
		})
		for range 100 {
			_, _ = c.Do(t.Context(), get())
		}
		if s.count() != 105 {
			t.Errorf("%d requests for 100 calls with a budget of 5", s.count())
		}
		down = false
		for range 20 { // gives back 2 retries
			if _, err := c.Do(t.Context(), get()); err != nil {
				t.Fatal(err)
			}
		}
		down = true
		before := s.count()
		for range 10 {
			_, _ = c.Do(t.Context(), get())
		}
		if got := s.count() - before; got != 12 {
			t.Errorf("%d requests for 10 calls with 2 retries left", got)
		}
	})
}
