// Command host runs a WASI program with wazero and lends it an HTTP function.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
)

// compiled keeps what was compiled once, for the next run of the same program.
var compiled = wazero.NewCompilationCache()

// run runs the program to its end and returns its exit code. env are pairs of name
// and value.
func run(ctx context.Context, code []byte, t upstash.Transport, env, args []string, stdout io.Writer) (uint32, error) {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compiled))
	defer func() { _ = r.Close(ctx) }()
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	if err := lend(ctx, r, t); err != nil {
		return 0, err
	}
	cfg := wazero.NewModuleConfig().WithStdout(stdout).WithStderr(os.Stderr).WithRandSource(rand.Reader).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep().WithArgs(append([]string{"guest"}, args...)...)
	for i := 0; i+1 < len(env); i += 2 {
		cfg = cfg.WithEnv(env[i], env[i+1])
	}
	_, err := r.InstantiateWithConfig(ctx, code, cfg)
	if exit, ok := errors.AsType[*sys.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: host guest.wasm [command and arguments]")
		os.Exit(2)
	}
	code, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	env := []string{
		"REDIS_REST_URL", os.Getenv("REDIS_REST_URL"),
		"REDIS_REST_TOKEN", os.Getenv("REDIS_REST_TOKEN"),
	}
	status, err := run(context.Background(), code, nethttp.New(nil), env, os.Args[2:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(int(status))
}
