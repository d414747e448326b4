//go:build !wasm

package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

var healthCommand = command{
	name:  "health",
	usage: "check the database: what it can do, how fast, and its clock",
	about: `Compares the clocks, writes a value under a key of its own, reads it back and
deletes it: 4 commands. Then it says whether the database is healthy, degraded
(usable, but something needs attention) or unhealthy, why, and what to do.
The exit code is 1 when it is unhealthy; with --strict also when it is degraded.`,
	examples: `  edgeredis health
  edgeredis health --read-only          with a read-only token
  edgeredis health --quick              one PING
  edgeredis health --json --strict      for a monitor`,
	flags: func() []cli.Flag {
		return []cli.Flag{
			&cli.BoolFlag{Name: "quick", Usage: "send one PING only"},
			&cli.BoolFlag{Name: "read-only", Usage: "do not write: for read-only tokens"},
			&cli.BoolFlag{Name: "strict", Usage: "fail when degraded, too"},
		}
	},
	run: runHealth,
}

// healthReport is the JSON form of the check.
type healthReport struct {
	OK      bool   `json:"ok"`
	Command string `json:"command"`
	health.ReportJSON
}

func runHealth(ctx context.Context, in *invocation) error {
	cfg := in.config()
	cfg.Retry.MaxAttempts = 1 // a test must not hide a failure that comes and goes
	client, err := in.connect(cfg)
	if err != nil {
		return err
	}
	defer closeQuietly(client)
	report, err := in.checkHealth(ctx, client)
	if err != nil {
		return err
	}
	ok := report.Status == health.Healthy || report.Status == health.Degraded && !in.flags.Bool("strict")
	if in.json {
		in.out.json(healthReport{ok, in.name, report.JSON()})
	} else {
		in.showHealth(report.JSON(), ok)
	}
	if !ok {
		return errReported
	}
	return nil
}

func (in *invocation) checkHealth(ctx context.Context, client *upstash.Client) (health.Report, error) {
	checker, err := health.New(client, health.Options{Timeout: in.timeout, ReadOnly: in.flags.Bool("read-only")})
	if err != nil {
		return health.Report{}, err
	}
	check := checker.Deep
	if in.flags.Bool("quick") {
		check = checker.Ready
	}
	report := check(ctx)
	return report, interrupted(ctx, ctx.Err())
}

func (in *invocation) showHealth(h health.ReportJSON, ok bool) {
	out := in.out
	for _, s := range h.Steps {
		out.line(out.mark(s.OK), "  ", pad(s.Name, 6), "  ", out.styled(styleDim, shortDuration(durationOf(s.TookMS))))
	}
	if h.ClockSkewMS != nil {
		out.line("The server's clock differs by ", signed(*h.ClockSkewMS), " ms.")
	}
	for _, r := range h.Reasons {
		out.line(pad(r.Status.String(), 10), " ", fold(r.Code+": "+r.Message, 11))
		out.line(pad("", 11), out.styled(styleDim, fold(r.Advice, 11)))
	}
	style := styleGreen
	if !ok {
		style = styleRed
	}
	out.line("The database is ", out.styled(style, h.Status.String()), ".")
}
