// Command wasmsize prints how large WebAssembly programs are that use this module:
// as the linker leaves them, and compressed as they travel.
//
//	go run ./upstash/internal/wasmsize            the table of the README
//	go run ./upstash/internal/wasmsize get lock   some of the programs
//
// The programs are in testdata, each the smallest of its kind, built for GOOS=js
// with -trimpath and -ldflags="-s -w", and once more with the flags of
// cmd/examples/worker, which make them smaller. The test of this package fails when
// one of them outgrows its limit.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	brotli "github.com/molecule-man/go-brrr"
)

// A program is one of those in testdata. Its sizes are bytes after gzip -9, 0 for
// none.
type program struct {
	name, does string
	// most is what the test refuses to be exceeded: 2 % above what was measured
	// when it was set. It goes down with the program.
	most int
	// budget is what it may have built small. Of the Go runtime with contexts, time
	// and fetch a program has 659 kB (built as usual) before it does anything.
	budget int
}

var programs = []program{
	{"empty", "nothing: the Go runtime", 0, 0},
	{"get", "one GET", 762_000, 720 << 10},
	{"limiter", "a rate limiter", 794_000, 760 << 10},
	{"lock", "a lock", 809_000, 760 << 10},
	{"cache", "a cache of JSON values", 1_006_000, 1 << 20},
	{"everything", "cache, limiter, lock, pipeline, JSON", 1_095_000, 1 << 20},
}

// The flags for a smaller program that is no slower (see cmd/benchmarks). The garbage
// collector is the one before Go 1.26, without what the newer one has for many
// processors. Atomic operations, which on one thread are loads and stores, are called
// instead of copied into their thousands of callers, and so are the small functions
// of sync and time.
const (
	smallExperiment = "nogreenteagc"
	smallFlags      = "-gcflags=internal/runtime/atomic=-l -gcflags=sync=-l -gcflags=time=-l"
)

// A size is what was measured, in bytes; small is gzip of the program built with
// the flags above, 0 when the Go at hand does not know them any more.
type size struct{ raw, gzip, brotli, small int }

// measure builds a program into dir, twice, and compresses it. brotliLevel is 0 to
// 11; each program takes seconds at 11.
func measure(ctx context.Context, name, dir string, brotliLevel int) (size, error) {
	code, err := build(ctx, name, dir, "")
	if err != nil {
		return size{}, err
	}
	s := size{raw: len(code)}
	if s.gzip, err = gzipSize(ctx, code); err != nil {
		return size{}, err
	}
	brotlied, err := brotli.Compress(code, brotliLevel)
	if err != nil {
		return size{}, err
	}
	s.brotli = len(brotlied)
	switch code, err = build(ctx, name, dir, smallExperiment, strings.Fields(smallFlags)...); {
	case err == nil:
		s.small, err = gzipSize(ctx, code)
	case strings.Contains(err.Error(), "unknown GOEXPERIMENT"):
		err = nil
	}
	return s, err
}

// build returns a program.
func build(ctx context.Context, name, dir, experiment string, flags ...string) ([]byte, error) {
	out := filepath.Join(dir, name+".wasm")
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", out}, flags...)
	args = append(args, "github.com/yesgoddess/edgeredis/upstash/internal/wasmsize/testdata/"+name)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // a name from the table
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOEXPERIMENT="+experiment)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s: %w\n%s", name, err, text)
	}
	return os.ReadFile(out) //nolint:gosec // just written
}

// gzipSize asks the program gzip, which the limits are meant for; where there is
// none Go's serves, which makes about a hundredth more of it.
func gzipSize(ctx context.Context, data []byte) (int, error) {
	var out bytes.Buffer
	if path, err := exec.LookPath("gzip"); err == nil {
		cmd := exec.CommandContext(ctx, path, "-9", "-n", "-c") //nolint:gosec // from PATH
		cmd.Stdin, cmd.Stdout = bytes.NewReader(data), &out
		err := cmd.Run()
		return out.Len(), err
	}
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(data); err != nil {
		return 0, err
	}
	err = w.Close()
	return out.Len(), err
}

const tableHead = "| program | raw | gzip -9 | brotli 11 | gzip -9, small |\n|---|---:|---:|---:|---:|\n"

// row is a line of the table, in kB of 1000 bytes.
func row(p program, s size) string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", p.does, kB(s.raw), kB(s.gzip), kB(s.brotli), kB(s.small))
}

func kB(n int) string { return fmt.Sprintf("%d kB", (n+500)/1000) }

func run(ctx context.Context, names []string, to io.Writer) error {
	dir, err := os.MkdirTemp("", "wasmsize")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_, _ = io.WriteString(to, tableHead)
	for _, p := range programs {
		if len(names) > 0 && !strings.Contains(" "+strings.Join(names, " ")+" ", " "+p.name+" ") {
			continue
		}
		s, err := measure(ctx, p.name, dir, 11)
		if err != nil {
			return err
		}
		_, _ = io.WriteString(to, row(p, s))
	}
	return nil
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
