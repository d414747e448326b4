//go:build unix

package benchmarks_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// Servers run in processes of their own, since the CPU time that is measured is
// the clients'. The HTTP servers are this test binary, started again with this
// set: to "canned", or to the URL of the Redis for the dev server to use.
const serverEnv = "EDGEREDIS_BENCHMARKS_SERVER"

func TestMain(m *testing.M) {
	if backend := os.Getenv(serverEnv); backend != "" {
		serve(backend)
		return
	}
	os.Exit(m.Run())
}

// serve prints the address and serves until stdin ends, which the parent holds.
func serve(backend string) {
	runtime.GOMAXPROCS(1)
	if backend == "canned" {
		serveCanned()
	} else {
		srv, err := devserver.Start(devserver.Options{Redis: backend, Token: "token"})
		if err != nil {
			panic(err)
		}
		fmt.Println(srv.URL)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// start runs the server and returns its URL.
func start(b *testing.B, backend string) string {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), serverEnv+"="+backend)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// startRedis runs an empty redis-server and returns its host:port. Without one in
// PATH the benchmark is skipped.
func startRedis(b *testing.B) string {
	b.Helper()
	return strings.TrimSuffix(strings.TrimPrefix(redistest.StartOwn(b).URL, "redis://"), "/0")
}

// newClient returns our client of the server at url.
func newClient(b *testing.B, url string, enc upstash.Encoding) *upstash.Client {
	b.Helper()
	c, err := upstash.New(upstash.Config{URL: url, Token: "token", Encoding: enc})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return c
}

// newGoRedis returns a client with default options.
func newGoRedis(b *testing.B, addr string) *redis.Client {
	b.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr})
	b.Cleanup(func() { _ = c.Close() })
	return c
}

// newRueidis returns a client with default options.
func newRueidis(b *testing.B, addr string) rueidis.Client {
	b.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}
