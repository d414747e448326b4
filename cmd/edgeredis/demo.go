//go:build !wasm

package main

import (
	"context"
	"slices"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

var demoCommand = command{
	name:  "demo",
	usage: "a tour of the API, with checks; needs no database",
	about: `Sends real Redis commands and Lua scripts over HTTP, shows each with its reply
and its time, and checks the replies. Without a database in the environment
it starts an embedded one for itself. With one, it works under keys of its own
there, deletes them at the end, also after a failure or Ctrl-C, and touches no
other key; it sends some 30 commands.`,
	examples: `  edgeredis demo
  edgeredis demo --json | jq .summary
  REDIS_REST_URL=https://... REDIS_REST_TOKEN=... edgeredis demo`,
	run: runDemo,
}

// A demo is one tour under way.
type demo struct {
	in     *invocation
	client *upstash.Client
	meter  *meter
	view   *demoView // nil when JSON is asked for
	prefix string
	keys   []string // every key that a step has used
	step   *demoStep
	report demoReport
}

// A demoReport is the JSON form of a demo.
type demoReport struct {
	OK        bool        `json:"ok"`
	Command   string      `json:"command"`
	Server    demoServer  `json:"server"`
	KeyPrefix string      `json:"key_prefix"`
	Steps     []*demoStep `json:"steps"`
	CleanUp   demoCleanUp `json:"clean_up"`
	Summary   demoSummary `json:"summary"`
	Error     *diagnosis  `json:"error,omitempty"`
}

// demoServer says what the demo ran against. The URL is shown only when it is
// the demo's own.
type demoServer struct {
	Embedded  bool     `json:"embedded"`
	URL       string   `json:"url,omitempty"`
	Variables []string `json:"variables,omitempty"`
}

type demoStep struct {
	Name      string          `json:"name"`
	Title     string          `json:"title"`
	OK        bool            `json:"ok"`
	TookMS    float64         `json:"took_ms"`
	Exchanges []*demoExchange `json:"exchanges"`
	Verified  string          `json:"verified,omitempty"`
}

type demoCleanUp struct {
	OK          bool  `json:"ok"`
	KeysUsed    int   `json:"keys_used"`
	KeysDeleted int64 `json:"keys_deleted"`

	Error *diagnosis `json:"error,omitempty"`
}

type demoSummary struct {
	StepsOK    int     `json:"steps_ok"`
	StepsTotal int     `json:"steps_total"`
	TookMS     float64 `json:"took_ms"`
	traffic
}

func runDemo(ctx context.Context, in *invocation) error {
	d := &demo{in: in, meter: &meter{}, prefix: "edgeredis:demo:" + uniqueID() + ":"}
	d.report = demoReport{Command: in.name, KeyPrefix: d.prefix, Steps: []*demoStep{}}
	if !in.json {
		d.view = &demoView{out: in.out, prefix: d.prefix}
	}
	stop, err := d.connect()
	if err != nil {
		return err
	}
	defer stop()
	start := time.Now()
	if d.view != nil {
		d.view.intro(&d.report)
	}
	err = interrupted(ctx, d.tour(ctx))
	if e := d.cleanUp(ctx); err == nil {
		err = e
	}
	d.report.Summary.TookMS = milliseconds(time.Since(start))
	return d.finish(err)
}

// connect makes the client, and the embedded server if there is no database. The
// function it returns ends both.
func (d *demo) connect() (stop func(), err error) {
	cfg := d.in.config()
	cfg.Hook = d.meter
	url, token, configured := d.in.family()
	if configured {
		d.report.Server.Variables = []string{url, token}
		d.client, err = d.in.connect(cfg)
		return func() { closeQuietly(d.client) }, err
	}
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		return nil, err
	}
	d.report.Server = demoServer{Embedded: true, URL: srv.URL}
	cfg.URL, cfg.Token = srv.URL, upstash.Secret(srv.Token)
	d.client, err = upstash.New(cfg)
	return func() {
		closeQuietly(d.client)
		_ = srv.Close()
	}, err
}

// tour runs the steps until one fails.
func (d *demo) tour(ctx context.Context) error {
	for i, s := range demoSteps {
		d.step = &demoStep{Name: s.name, Title: s.title, Exchanges: []*demoExchange{}}
		d.report.Steps = append(d.report.Steps, d.step)
		if d.view != nil {
			d.view.begin(i+1, d.step)
		}
		start := time.Now()
		verified, err := s.run(ctx, d)
		d.step.TookMS = milliseconds(time.Since(start))
		d.step.OK = err == nil
		if err == nil {
			d.step.Verified = verified
			d.report.Summary.StepsOK++
		}
		if d.view != nil {
			d.view.end(d.step)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// key returns the full name of one of the demo's keys, and notes that it has to
// be deleted.
func (d *demo) key(name string) string {
	key := d.prefix + name
	if !slices.Contains(d.keys, key) {
		d.keys = append(d.keys, key)
	}
	return key
}

// cleanUp deletes the keys by name, so that no other key can be hit, also when
// ctx has ended. What cannot be deleted expires within keyTTL: every step gives
// its keys a TTL of at most that.
func (d *demo) cleanUp(ctx context.Context) error {
	c := &d.report.CleanUp
	c.KeysUsed = len(d.keys)
	if len(d.keys) == 0 {
		c.OK = true
		return nil
	}
	ctx, cancel := cleanUpContext(ctx)
	defer cancel()
	// Deleting twice leaves the same: a lost answer is no reason to give up.
	n, err := upstash.Del(d.keys...).Retryable().Do(ctx, d.client)
	c.OK, c.KeysDeleted = err == nil, n
	if err != nil {
		diagnosis := d.in.diagnose(err)
		c.Error = &diagnosis
	}
	return err
}

// finish shows the summary and turns a failure into the exit code.
func (d *demo) finish(err error) error {
	r := &d.report
	r.OK = err == nil
	r.Summary.StepsTotal = len(demoSteps)
	r.Summary.traffic = d.meter.traffic()
	if err != nil {
		diagnosis := d.in.diagnose(err)
		r.Error = &diagnosis
	}
	if d.view == nil {
		d.in.out.json(r)
	} else {
		d.view.summary(r)
	}
	if err == nil {
		return nil
	}
	if d.view != nil {
		d.in.explain(*r.Error)
	}
	return errReported
}
