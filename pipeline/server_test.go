//go:build !wasm

package pipeline_test

import (
	"context"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// onServers runs test against the dev server over its embedded Redis, and over
// a real one. key is of this run's own.
func onServers(t *testing.T, test func(t *testing.T, client *upstash.Client, key string)) {
	t.Helper()
	for name, redis := range map[string]func(testing.TB) string{
		"embedded": func(testing.TB) string { return "" },
		"redis":    redistest.Start,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, err := devserver.Start(devserver.Options{Redis: redis(t)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = srv.Close() })
			client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = client.Close() })
			test(t, client, "pipeline-test:"+time.Now().Format("150405.000000000"))
		})
	}
}

// withoutIFEQ is a client of a server that does not know IFEQ.
type withoutIFEQ struct{ *upstash.Client }

func (w withoutIFEQ) Do(ctx context.Context, c upstash.Command) (upstash.Reply, error) {
	for _, a := range c.Args() {
		if a == "IFEQ" {
			return upstash.Reply{}, &upstash.ServerError{Command: "SET", Code: "ERR", Message: "ERR syntax error", Status: 400}
		}
	}
	return w.Client.Do(ctx, c)
}

// TestUpdateOnAServer: SET IFEQ and the script that stands in for it do the same.
func TestUpdateOnAServer(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, client *upstash.Client, key string) {
		for name, d := range map[string]upstash.Doer{"IFEQ": client, "script": withoutIFEQ{client}} {
			ctx, key := t.Context(), key+name
			ttl := func() int64 {
				n, err := upstash.As(upstash.NewCommand("PTTL", key), upstash.Reply.Int64).Do(ctx, client)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			if _, err := client.Do(ctx, upstash.NewCommand("SET", key, "1", "PX", 60_000)); err != nil {
				t.Fatal(err)
			}
			if v, err := pipeline.Update(ctx, d, key, increment); v != "2" || err != nil {
				t.Errorf("%s: %q, %v", name, v, err)
			}
			if n := ttl(); n <= 0 || n > 60_000 {
				t.Errorf("%s: TTL %d after an update that keeps it", name, n)
			}
			u := pipeline.NewUpdater(d, pipeline.UpdateOptions{TTL: time.Hour})
			if v, err := u.Update(ctx, key, increment); v != "3" || err != nil {
				t.Errorf("%s: %q, %v", name, v, err)
			}
			if n := ttl(); n <= 60_000 {
				t.Errorf("%s: TTL %d after an update that sets it", name, n)
			}
			calls := 0
			v, err := pipeline.Update(ctx, d, key, func(old string, found bool) (string, error) {
				if calls++; calls == 1 { // somebody comes in between
					if _, err := client.Do(ctx, upstash.NewCommand("SET", key, "10")); err != nil {
						return "", err
					}
				}
				return increment(old, found)
			})
			if v != "11" || err != nil || calls != 2 {
				t.Errorf("%s: %q, %v after %d calls", name, v, err, calls)
			}
		}
	})
}

// TestOrderOfUnknownScripts: in a pipeline the effect of a script that the
// server does not know comes last; on a Scope it keeps its place.
func TestOrderOfUnknownScripts(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, client *upstash.Client, key string) {
		ctx := t.Context()
		value := func() string {
			v, err := upstash.As(upstash.NewCommand("GET", key), upstash.Reply.Text).Do(ctx, client)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		script := func(unique string) upstash.Cmd[string] {
			return upstash.NewScript("redis.call('SET', KEYS[1], 'script') return '"+unique+"'", upstash.Reply.Text).Cmd([]string{key})
		}
		set := upstash.As(upstash.NewCommand("SET", key, "set"), upstash.Reply.Text)
		for i, want := range []string{"script", "set"} { // unknown, then known
			p := pipeline.New(client)
			x := pipeline.Add(p, script(key+"1"))
			y := pipeline.Add(p, set)
			if err := p.Exec(ctx); err != nil || x.Err() != nil || y.Err() != nil {
				t.Fatal(err, x.Err(), y.Err())
			}
			if got := value(); got != want {
				t.Errorf("pipeline, run %d: %q, want %q", i, got, want)
			}
		}
		s := pipeline.NewAuto(client, pipeline.AutoOptions{}).Scope()
		x := pipeline.Go(ctx, s, script(key+"2"))
		y := pipeline.Go(ctx, s, set)
		if err := s.Flush(ctx); err != nil || x.Err() != nil || y.Err() != nil {
			t.Fatal(err, x.Err(), y.Err())
		}
		if got := value(); got != "set" {
			t.Errorf("scope: %q, want set", got)
		}
	})
}
