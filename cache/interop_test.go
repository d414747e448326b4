//go:build !wasm

package cache_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// interopDir is where the npm packages are, installed for package devserver.
const interopDir = "../upstash/devserver/interop"

// TestInteropWithUpstashRedis: plain entries are written and read on both sides,
// and a TypeScript service sees null where this cache keeps a lease or remembers
// that there is nothing.
func TestInteropWithUpstashRedis(t *testing.T) {
	t.Parallel()
	node := redistest.Node(t, interopDir)
	onServers(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		users := must(t, r, cache.JSON[user](), cache.Options{Prefix: r.prefix, TTL: time.Minute, NegativeTTL: time.Minute})
		if err := users.Set(ctx, "go", user{7, "Zoë 日本 😀"}); err != nil {
			t.Fatal(err)
		}
		_, err := users.GetOrLoad(ctx, "gone", func(contextT) (user, error) { return user{}, cache.ErrNotFound })
		wantErr(t, "negative", err, cache.ErrNotFound)
		dated := must(t, r, cache.JSON[user](), cache.Options{Prefix: r.prefix, TTL: time.Minute, Envelope: true})
		if err := dated.Set(ctx, "dated", user{1, "x"}); err != nil {
			t.Fatal(err)
		}

		// What node does happens while this process loads "loading".
		var seen struct {
			Go, Gone, Loading, Missing json.RawMessage
			Dated                      string
		}
		_, err = users.GetOrLoad(ctx, "loading", func(contextT) (user, error) {
			out := runNode(t, node, r.srv, r.prefix)
			return user{}, errors.Join(json.Unmarshal(out, &seen), errors.New("not found out"))
		})
		if err == nil || string(seen.Go) != `{"id":7,"name":"Zoë 日本 😀"}` {
			t.Errorf("node read %s (%v)", seen.Go, err)
		}
		for name, got := range map[string]json.RawMessage{"negative entry": seen.Gone, "lease": seen.Loading, "missing": seen.Missing} {
			if string(got) != "null" {
				t.Errorf("node sees a %s as %s", name, got)
			}
		}
		if len(seen.Dated) < 5 || seen.Dated[:5] != "~er1;" {
			t.Errorf("node sees an envelope as %q", seen.Dated)
		}
		got, err := users.Get(ctx, "ts")
		if err != nil || got != (user{8, "Łódź"}) {
			t.Errorf("from node: %+v, %v", got, err)
		}
		if ttl, err := users.TTL(ctx, "ts"); err != nil || ttl <= 90*time.Second || ttl > 100*time.Second {
			t.Errorf("from node: TTL %v, %v", ttl, err)
		}
		texts := must(t, r, cache.Text(), cache.Options{Prefix: r.prefix, TTL: time.Minute})
		text, err := texts.Get(ctx, "text")
		want(t, "text from node", text, "plain text", err)
	})
}

func runNode(t *testing.T, node string, srv *devserver.Running, prefix string) []byte {
	t.Helper()
	const script = `
import { Redis } from "@upstash/redis";
const redis = new Redis({ url: process.env.URL, token: process.env.TOKEN, enableTelemetry: false });
const p = process.env.PREFIX;
await redis.set(p + "ts", { id: 8, name: "Łódź" }, { ex: 100 });
await redis.set(p + "text", "plain text", { ex: 100 });
const [Go, Gone, Loading, Missing, Dated] = await Promise.all(
  ["go", "gone", "loading", "missing", "dated"].map((id) => redis.get(p + id)));
console.log(JSON.stringify({ Go, Gone, Loading, Missing, Dated }));
`
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", script)
	cmd.Dir = interopDir
	cmd.Env = append(os.Environ(), "URL="+srv.URL, "TOKEN="+srv.Token, "PREFIX="+prefix)
	out, err := cmd.Output()
	if err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Errorf("node: %v\n%s", err, e.Stderr)
		}
	}
	return out
}
