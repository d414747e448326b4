//go:build unix

package pipeline_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// The server of the benchmarks is this binary in a process of its own, so that
// the CPU time that is measured is the client's.
const benchServerEnv = "EDGEREDIS_PIPELINE_BENCH_SERVER"

func init() {
	delay, err := time.ParseDuration(os.Getenv(benchServerEnv))
	if err != nil {
		return
	}
	runtime.GOMAXPROCS(1)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	go serveCanned(ln, delay)
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
	os.Exit(0)
}

// cannedReply is the answer to GET of 16 bytes, in base64.
const cannedReply = `{"result":"YWJjZGVmZ2hpamtsbW5vcA=="}`

// serveCanned answers every request after delay, a pipeline with as many replies
// as it has commands.
func serveCanned(ln net.Listener, delay time.Duration) {
	timers := sync.Pool{New: func() any { return time.NewTimer(time.Hour) }}
	s := &fasthttp.Server{
		NoDefaultServerHeader: true,
		NoDefaultDate:         true,
		Concurrency:           1 << 16,
		Handler: func(ctx *fasthttp.RequestCtx) {
			if delay > 0 {
				t := timers.Get().(*time.Timer) //nolint:forcetypeassert // the pool holds nothing else
				t.Reset(delay)
				<-t.C
				timers.Put(t)
			}
			ctx.Response.Header.SetContentType("application/json")
			if !bytes.HasSuffix(ctx.Path(), []byte("/pipeline")) {
				ctx.Response.AppendBodyString(cannedReply)
				return
			}
			sep := "["
			for range bytes.Count(ctx.PostBody(), []byte("],[")) + 1 {
				ctx.Response.AppendBodyString(sep)
				ctx.Response.AppendBodyString(cannedReply)
				sep = ","
			}
			ctx.Response.AppendBodyString("]")
		},
	}
	_ = s.Serve(ln)
}

// startBenchServer runs the server until b ends and returns its address.
func startBenchServer(b *testing.B, delay time.Duration) string {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), benchServerEnv+"="+delay.String())
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

// cpuTime is the CPU time, user and system, that this process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
