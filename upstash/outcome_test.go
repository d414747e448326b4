//go:build !wasm

package upstash_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// TestNoSilentDouble: with one answer in ten lost after the command was applied,
// what was applied is exactly what was acknowledged plus what was reported as
// maybe applied. (The official SDK applies an INCR twice and reports one.)
func TestNoSilentDouble(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		noSilentDouble(t, "")
	})
	t.Run("real Redis", func(t *testing.T) {
		t.Parallel()
		noSilentDouble(t, redistest.StartOwn(t).URL)
	})
}

// tally counts what callers were told.
type tally struct{ acknowledged, maybe, failed atomic.Int64 }

func (y *tally) count(t *testing.T, err error) {
	switch {
	case err == nil:
		y.acknowledged.Add(1)
	case errors.Is(err, upstash.ErrMaybeApplied):
		y.maybe.Add(1)
	default:
		y.failed.Add(1)
		t.Error(err)
	}
}

func noSilentDouble(t *testing.T, redis string) {
	const workers = 8
	rounds := 100_000 / 3 / workers
	if testing.Short() || raceEnabled {
		rounds /= 10
	}
	srv, err := devserver.Start(devserver.Options{Redis: redis})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	transport, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdle)
	faults := upstashtest.NewFaults(transport, upstashtest.FaultOptions{})
	cfg := upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Transport: faults}
	cfg.Retry = upstash.Retry{MinBackoff: 1, MaxBackoff: 1, Budget: -1, MaxAttempts: 20}
	c, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	script := upstash.NewScript("return redis.call('INCR', KEYS[1])", upstash.Reply.Int64)
	if _, err := script.Run(t.Context(), c, []string{"warm"}); err != nil {
		t.Fatal(err)
	}
	lossy := upstashtest.NewFaults(transport, upstashtest.FaultOptions{Rate: 0.1, Random: []upstashtest.Fault{
		upstashtest.ReplyLost(), upstashtest.Truncated(5), upstashtest.ErrorPage(502).AfterApply(), upstashtest.Garbage().AfterApply(), upstashtest.NotSent(),
	}})
	cfg.Transport = lossy
	if c, err = upstash.New(cfg); err != nil {
		t.Fatal(err)
	}
	var tallies [3]tally
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				_, err := upstash.Incr("n").Do(t.Context(), c)
				tallies[0].count(t, err)
				_, err = c.Do(t.Context(), upstash.NewCommand("LPUSH", "l", "x"))
				tallies[1].count(t, err)
				_, err = script.Run(t.Context(), c, []string{"s"})
				tallies[2].count(t, err)
			}
		})
	}
	wg.Wait()
	if lossy.Counts().Lost < workers*rounds*3/20 {
		t.Errorf("only %d answers were lost", lossy.Counts().Lost)
	}
	compareTallies(t, srv, &tallies)
}

// compareTallies reads what was applied over a connection without faults.
func compareTallies(t *testing.T, srv *devserver.Running, tallies *[3]tally) {
	c, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		t.Fatal(err)
	}
	for i, cmd := range []upstash.Command{upstash.NewCommand("GET", "n"), upstash.NewCommand("LLEN", "l"), upstash.NewCommand("GET", "s")} {
		applied, err := upstash.As(cmd, upstash.Reply.Int64).Do(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		y := &tallies[i]
		if told := y.acknowledged.Load() + y.maybe.Load(); applied != told || y.maybe.Load() == 0 {
			t.Errorf("%s: %d applied, %d acknowledged + %d reported as maybe applied", cmd, applied, y.acknowledged.Load(), y.maybe.Load())
		}
	}
}
