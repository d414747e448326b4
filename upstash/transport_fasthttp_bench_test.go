//go:build unix

package upstash_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/yesgoddess/edgeredis/upstash"
)

// The benchmarks' server is this binary in a process of its own, so that what is
// measured is the client's CPU time alone.
const benchServerEnv = "EDGEREDIS_TRANSPORT_BENCH_SERVER"

func init() {
	size := os.Getenv(benchServerEnv)
	if size == "" {
		return
	}
	n, err := strconv.Atoi(size)
	if err != nil {
		panic(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	go serveCanned(ln, n)
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
	os.Exit(0)
}

// serveCanned answers each request with a body of n bytes. It allocates only
// per connection.
func serveCanned(ln net.Listener, n int) {
	body := strings.Repeat("x", n)
	answer := []byte("HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 07:00:00 GMT\r\nContent-Type: application/json; charset=utf-8\r\n" +
		"Content-Length: " + strconv.Itoa(n) + "\r\nUpstash-Sync-Token: AAAAAAAAAAAAAAAA\r\n" +
		"Access-Control-Allow-Credentials: true\r\n\r\n" + body)
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go answerCanned(conn, answer)
	}
}

func answerCanned(conn net.Conn, answer []byte) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 64<<10)
	for {
		length := 0
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) == 2 {
				break
			}
			if len(line) > 16 && strings.EqualFold(string(line[:15]), "content-length:") {
				length, _ = strconv.Atoi(strings.TrimSpace(string(line[15:])))
			}
		}
		if _, err := r.Discard(length); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// startBenchServer runs the server until b ends and returns its address.
func startBenchServer(tb testing.TB, size int) string {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), benchServerEnv+"="+strconv.Itoa(size))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

var benchHeader = []upstash.HeaderField{
	{Name: "Authorization", Value: "Bearer AXXXXASQgYjQwZDMyMGYtMmE0Yy00ZDIxLWFhNjMtM2I1ZjA0YTI4ZWE2YjQ"},
	{Name: "Content-Type", Value: "application/json"},
	{Name: "Upstash-Encoding", Value: "base64"},
}

const benchBody = `["GET","cache:user:0123456789abcdef"]`

// floorExchange returns one exchange of raw fasthttp with everything prebuilt.
func floorExchange(tb testing.TB, addr string) func() {
	hc := &fasthttp.HostClient{
		Addr: addr, NoDefaultUserAgentHeader: true, DisablePathNormalizing: true,
		ReadBufferSize: 16 << 10, WriteBufferSize: 16 << 10,
	}
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	resp.KeepBodyBuffer = true
	req.Header.SetMethod(fasthttp.MethodPost)
	req.SetRequestURI("http://" + addr + "/")
	for _, f := range benchHeader {
		req.Header.Set(f.Name, f.Value)
	}
	req.SetBodyString(benchBody)
	tb.Cleanup(hc.CloseIdleConnections)
	return func() {
		if err := hc.Do(req, resp); err != nil || resp.StatusCode() != 200 {
			tb.Fatal(err, resp.StatusCode())
		}
	}
}

// nativeExchange returns one exchange of the native transport.
func nativeExchange(tb testing.TB, addr string, ctx context.Context) func() {
	tr, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(tr.CloseIdle)
	req := &upstash.Request{
		URL: "http://" + addr + "/", Header: benchHeader, Body: []byte(benchBody), MaxResponse: 16 << 20,
	}
	var resp upstash.Response
	return func() {
		if err := tr.RoundTrip(ctx, req, &resp); err != nil || resp.Status != 200 {
			tb.Fatal(err, resp.Status)
		}
	}
}

// BenchmarkTransport compares the native transport with raw fasthttp in one run:
// blocks of exchanges alternate, so that a busy machine hits all alike. The
// figures are medians over the blocks: x-floor is the CPU time of the client's
// process over that of raw fasthttp.
func BenchmarkTransport(b *testing.B) {
	for _, size := range []int{32, 1 << 10, 88 << 10} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			addr := startBenchServer(b, size)
			cancellable, cancel := context.WithCancel(b.Context())
			defer cancel()
			contestants := []func(){
				floorExchange(b, addr),
				nativeExchange(b, addr, context.Background()),
				nativeExchange(b, addr, cancellable),
			}
			times := make([][]float64, len(contestants))
			const block = 200
			for _, do := range contestants {
				do()
			}
			for b.Loop() {
				for i, do := range contestants {
					start := cpuTime()
					for range block {
						do()
					}
					times[i] = append(times[i], float64(cpuTime()-start)/block)
				}
			}
			for i := range times {
				slices.Sort(times[i])
			}
			floor := times[0][len(times[0])/2]
			b.ReportMetric(floor, "floor-ns")
			b.ReportMetric(times[1][len(times[1])/2]/floor, "x-floor")
			b.ReportMetric(times[2][len(times[2])/2]/floor, "x-floor-cancellable")
		})
	}
}
