//go:build !wasm

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/yesgoddess/edgeredis/upstash"
)

var pingCommand = command{
	name:  "ping",
	usage: "test the connection and say what is wrong with it",
	about: `Builds the client from the environment, then sends PING, writes, reads and
deletes one value under a key of its own, and asks for the server's version.
Each request is tried once. When something fails, the last lines say what it
is and what to do.`,
	examples: `  edgeredis ping
  edgeredis ping --read-only           with a read-only token
  edgeredis ping --json --timeout 3s   for a monitor: exit code 1 when it fails`,
	flags: func() []cli.Flag {
		return []cli.Flag{
			&cli.BoolFlag{Name: "read-only", Usage: "do not write: for read-only tokens"},
		}
	},
	run: runPing,
}

// A pingReport is the JSON form of a connection test.
type pingReport struct {
	OK        bool              `json:"ok"`
	Command   string            `json:"command"`
	Variables []string          `json:"variables,omitempty"`
	Steps     []pingStep        `json:"steps"`
	Server    map[string]string `json:"server,omitempty"`
	Traffic   traffic           `json:"traffic"`
	Error     *diagnosis        `json:"error,omitempty"`
}

type pingStep struct {
	Name   string  `json:"name"`
	OK     bool    `json:"ok"`
	TookMS float64 `json:"took_ms"`
	Info   string  `json:"info,omitempty"`
}

// A pinger is one connection test under way.
type pinger struct {
	in     *invocation
	client *upstash.Client
	report pingReport
	key    string
	value  string
}

func runPing(ctx context.Context, in *invocation) error {
	m := &meter{}
	p := &pinger{in: in, report: pingReport{Command: in.name, Steps: []pingStep{}}}
	cfg := in.config()
	cfg.Retry.MaxAttempts = 1 // a test must not hide a failure that comes and goes
	cfg.Hook = m
	err := p.connect(cfg)
	if err == nil {
		defer closeQuietly(p.client)
		err = p.steps(ctx)
	}
	p.report.Traffic = m.traffic()
	return p.finish(interrupted(ctx, err))
}

func (p *pinger) connect(cfg upstash.Config) error {
	client, err := p.in.connect(cfg)
	if err != nil {
		p.done("client", 0, "", err)
		return err
	}
	p.client = client
	url, token := p.in.variables()
	p.report.Variables = []string{url, token}
	p.done("client", 0, "built from "+url+" and "+token, nil)
	return nil
}

// steps runs the test. Cleaning up is part of it, also after a failure.
func (p *pinger) steps(ctx context.Context) error {
	p.key, p.value = "edgeredis:ping:"+uniqueID(), uniqueID()
	if err := p.step(ctx, "ping", "answered; the time includes making the connection", p.ping); err != nil {
		return err
	}
	if p.in.flags.Bool("read-only") {
		if err := p.step(ctx, "get", "a key that does not exist is nil", p.getMissing); err != nil {
			return err
		}
	} else if err := p.writeAndRead(ctx); err != nil {
		return err
	}
	p.version(ctx)
	return nil
}

func (p *pinger) writeAndRead(ctx context.Context) error {
	err := p.step(ctx, "set", "a value was written under a key of its own", p.set)
	if err == nil {
		err = p.step(ctx, "get", "the same value came back", p.get)
	} else if !errors.Is(err, upstash.ErrMaybeApplied) {
		return err // nothing was written
	}
	clean, cancel := cleanUpContext(ctx)
	defer cancel()
	if e := p.step(clean, "del", "the key is gone again", p.del); err == nil {
		err = e
	}
	return err
}

func (p *pinger) ping(ctx context.Context) error {
	pong, err := upstash.Ping().Do(ctx, p.client)
	_, refused := errors.AsType[*upstash.ServerError](err)
	if p.in.hasPath() && (refused || errors.Is(err, upstash.ErrNil) || err == nil && pong != "PONG") {
		return &pathError{err}
	}
	return err
}

// A pathError means that PING became another command, as the path of the URL makes
// of it.
type pathError struct{ err error }

func (e *pathError) Error() string {
	if e.err == nil {
		return "the answer to PING is not PONG"
	}
	return e.err.Error()
}

func (e *pathError) Unwrap() error { return e.err }

func (p *pinger) set(ctx context.Context) error {
	_, err := upstash.SetWith(p.key, p.value, upstash.SetOptions{TTL: keyTTL}).Do(ctx, p.client)
	return err
}

func (p *pinger) get(ctx context.Context) error {
	got, err := upstash.Get(p.key).Do(ctx, p.client)
	if err == nil && got != p.value || errors.Is(err, upstash.ErrNil) {
		return checkFailed("GET did not return what SET had written")
	}
	return err
}

func (p *pinger) getMissing(ctx context.Context) error {
	_, err := upstash.Get(p.key).Do(ctx, p.client)
	if err == nil {
		return checkFailed("GET of a key that nobody has written returned a value")
	}
	if errors.Is(err, upstash.ErrNil) {
		return nil
	}
	return err
}

func (p *pinger) del(ctx context.Context) error {
	_, err := upstash.Del(p.key).Do(ctx, p.client)
	return err
}

// version asks who the server is. Servers that do not say so are fine.
func (p *pinger) version(ctx context.Context) {
	start := time.Now()
	info, err := upstash.Info("server").Do(ctx, p.client)
	took := time.Since(start)
	if err != nil {
		p.done("info", took, "the server does not tell its version to this token", nil)
		return
	}
	p.report.Server = versions(info)
	p.done("info", took, describeServer(p.report.Server), nil)
}

// versions picks out of INFO who the server is.
func versions(info string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(info) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "upstash_version", "redis_version", "edgeredis_devserver":
			if ok {
				found[name] = printable(value)
			}
		}
	}
	return found
}

func describeServer(v map[string]string) string {
	var parts []string
	if s := v["upstash_version"]; s != "" {
		parts = append(parts, "Upstash "+s)
	}
	if s := v["edgeredis_devserver"]; s != "" {
		parts = append(parts, "edgeredis dev server ("+s+")")
	}
	if s := v["redis_version"]; s != "" {
		parts = append(parts, "Redis "+s)
	}
	if len(parts) == 0 {
		return "the server does not tell its version"
	}
	return strings.Join(parts, ", ")
}

// step runs one request and shows how it went.
func (p *pinger) step(ctx context.Context, name, info string, run func(context.Context) error) error {
	start := time.Now()
	err := run(ctx)
	p.done(name, time.Since(start), info, err)
	return err
}

// done keeps and shows the result of a step.
func (p *pinger) done(name string, took time.Duration, info string, err error) {
	if err != nil {
		info = p.in.diagnose(err).Kind
	}
	p.report.Steps = append(p.report.Steps, pingStep{Name: name, OK: err == nil, TookMS: milliseconds(took), Info: info})
	if p.in.json {
		return
	}
	out, duration := p.in.out, pad("", len(shortDuration(0)))
	if took > 0 {
		duration = shortDuration(took)
	}
	out.line(out.mark(err == nil), "  ", pad(name, 6), "  ", out.styled(styleDim, duration), "  ", info)
}

func (p *pinger) finish(err error) error {
	if p.report.OK = err == nil; !p.report.OK {
		d := p.in.diagnose(err)
		if d.Kind == "no_permission" && !p.in.flags.Bool("read-only") {
			d.Advice += " A read-only token is tested with: edgeredis ping --read-only"
		}
		p.report.Error = &d
	}
	switch {
	case p.in.json:
		p.in.out.json(p.report)
	case err == nil:
		p.in.out.line("The connection works.")
	default:
		p.in.explain(*p.report.Error)
	}
	if err != nil {
		return errReported
	}
	return nil
}

// keyTTL lets the keys of ping and demo vanish by themselves, should the program
// be killed before it can delete them.
const keyTTL = time.Minute

// uniqueID returns 80 random bits as text.
func uniqueID() string { return strings.ToLower(rand.Text()[:16]) }
