//go:build !wasm

package examples_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// Profile is what the snippets about moving store.
type Profile struct {
	Name string `json:"name"`
}

// fromUpstashRedis says what migrate.mjs says.
func fromUpstashRedis(ctx context.Context, client *upstash.Client) string {
	incr := upstash.NewScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, upstash.Reply.Int64)

	_, err := upstash.SetWith("user:1", upstash.JSON(Profile{"Ada"}), upstash.SetOptions{TTL: time.Hour}).Do(ctx, client)
	if err != nil {
		log.Fatal(err)
	}
	user, err := upstash.As(upstash.Get("user:1").Command, upstash.DecodeJSON[Profile]).Do(ctx, client)
	if err != nil {
		log.Fatal(err)
	}
	visits, err := upstash.Incr("visits").Do(ctx, client)
	if err != nil { // errors.Is(err, upstash.ErrMaybeApplied): it may have counted
		log.Fatal(err)
	}
	p := pipeline.New(client)
	name := pipeline.Add(p, upstash.Optional(upstash.Get("name")))
	total := pipeline.Add(p, upstash.Incr("visits"))
	if err := p.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	more, err := incr.Run(ctx, client, []string{"visits"}, 3)
	if err != nil {
		log.Fatal(err)
	}

	n, _ := name.Result()
	t, _ := total.Result()
	return fmt.Sprintln(user.Name, visits, text(n), t, more)
}

func text(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func Example_fromUpstashRedis() {
	client, stop := connect()
	defer stop()
	fmt.Print(fromUpstashRedis(context.Background(), client))
	// Output: Ada 1 null 2 5
}

// TestMigrate runs the JavaScript of the README: both programs say the same.
func TestMigrate(t *testing.T) {
	modules, err := filepath.Abs("../../upstash/devserver/interop")
	if err != nil {
		t.Fatal(err)
	}
	node := redistest.Node(t, modules)
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	dir := t.TempDir()
	script, err := os.ReadFile("testdata/migrate.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "migrate.mjs"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "migrate.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "UPSTASH_REDIS_REST_URL="+srv.URL, "UPSTASH_REDIS_REST_TOKEN="+srv.Token, "UPSTASH_DISABLE_TELEMETRY=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	client, stop := connect()
	defer stop()
	if want := fromUpstashRedis(t.Context(), client); string(out) != want {
		t.Errorf("JavaScript says %q, Go %q", out, want)
	}
}

func Example_fromTCP() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	_, err := upstash.SetWith("user:1:name", "Ada", upstash.SetOptions{TTL: time.Hour}).Do(ctx, client)
	if err != nil {
		log.Fatal(err)
	}
	name, err := upstash.Get("user:1:name").Do(ctx, client) // upstash.ErrNil when there is none
	if err != nil {
		log.Fatal(err)
	}
	tx := pipeline.NewTx(client)
	visits := pipeline.Add(tx, upstash.Incr("visits"))
	pipeline.Add(tx, upstash.Expire("visits", time.Hour))
	if err := tx.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	stars, err := pipeline.Update(ctx, client, "stars", func(old string, found bool) (string, error) {
		return old + "*", nil // again, when somebody else has changed it meanwhile
	})
	if err != nil {
		log.Fatal(err)
	}

	n, err := visits.Result()
	fmt.Println(name, n, stars, err)
	// Output: Ada 1 * <nil>
}
