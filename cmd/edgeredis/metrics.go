//go:build !wasm

package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

var metricsCommand = command{
	name:  "metrics",
	usage: "show latency, and what the server reports about itself",
	about: `Sends 10 PINGs and an INFO, and shows latency as seen from here, memory, hit
rate, keys, clients and operations of the server, and the alerts that this would
raise. What the server does not report is left out.
With --watch the figures are renewed until Ctrl-C; each time costs 2 commands:
at the default pace 34,560 in a day. The exit code is 1 when the database is
unhealthy at the end.`,
	examples: `  edgeredis metrics
  edgeredis metrics --watch
  edgeredis metrics --watch --every 1m --json | jq .server.memory_ratio`,
	flags: func() []cli.Flag {
		return []cli.Flag{
			&cli.BoolFlag{Name: "watch", Usage: "renew the figures until Ctrl-C"},
			&cli.DurationFlag{Name: "every", Value: 5 * time.Second, Usage: "renew after `TIME`"},
			&cli.IntFlag{Name: "count", Usage: "with --watch: end after `N` times; 0 means never"},
		}
	},
	run: runMetrics,
}

// metricsReport is the JSON form: one line, with --watch one each time.
type metricsReport struct {
	OK      bool   `json:"ok"`
	Command string `json:"command"`
	health.Snapshot
}

// firstPings is how many PINGs the first figures are made of.
const firstPings = 10

func runMetrics(ctx context.Context, in *invocation) error {
	every := in.flags.Duration("every")
	if every < 100*time.Millisecond {
		return &usageError{message: "--every must be 100ms or longer", advice: "For example: --every 5s"}
	}
	if in.flags.Int("count") < 0 {
		return &usageError{message: "--count must not be negative", advice: "0 means never to end."}
	}
	if in.flags.IsSet("count") && !in.flags.Bool("watch") {
		return &usageError{message: "--count needs --watch", advice: "For example: edgeredis metrics --watch --count 3"}
	}
	w := &watcher{in: in, metrics: health.NewMetrics(health.MetricsOptions{})}
	cfg := in.config()
	cfg.Retry.MaxAttempts = 1
	cfg.Hook = w.metrics
	client, err := in.connect(cfg)
	if err != nil {
		return err
	}
	defer closeQuietly(client)
	w.client = client
	// The pace is the user's choice here, so the allowance must not bound it.
	w.checker, err = health.New(client, health.Options{
		Metrics: w.metrics, Timeout: in.timeout, InfoEvery: every / 2, Failures: 1,
		ProbesPerDay: int(1000 * (24 * time.Hour / every)),
		Alerts:       health.AlertOptions{MinAttempts: firstPings},
	})
	if err != nil {
		return err
	}
	return w.run(ctx, every)
}

// A watcher shows metrics again and again.
type watcher struct {
	in      *invocation
	metrics *health.Metrics
	client  *upstash.Client
	checker *health.Checker
}

func (w *watcher) run(ctx context.Context, every time.Duration) error {
	watch, count := w.in.flags.Bool("watch"), w.in.flags.Int("count")
	tick := time.NewTicker(every)
	defer tick.Stop()
	for round := 1; ; round++ {
		pings := 1
		if round == 1 {
			pings = firstPings
		}
		for range pings {
			_, _ = upstash.Ping().Do(ctx, w.client) // the hook sees how it went
		}
		s := w.checker.Snapshot(ctx)
		if ctx.Err() != nil {
			return w.end(ctx, watch && round > 1)
		}
		ok := s.Health.Ready
		w.show(s, ok, watch)
		if w.in.out.err() != nil || !watch || round == count {
			if !ok {
				return errReported
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return w.end(ctx, true)
		case <-tick.C:
		}
	}
}

// end is Ctrl-C: the orderly end of a watch that has shown something.
func (w *watcher) end(ctx context.Context, orderly bool) error {
	if orderly {
		return nil
	}
	return interrupted(ctx, ctx.Err())
}

func (w *watcher) show(s health.Snapshot, ok, watch bool) {
	if w.in.json {
		w.in.out.json(metricsReport{ok, w.in.name, s})
		return
	}
	if watch && w.in.terminal {
		w.in.out.line("\x1b[H\x1b[J", time.Now().Format(time.TimeOnly))
	}
	w.in.showMetrics(s, ok)
	if watch && !w.in.terminal {
		w.in.out.line("")
	}
}
