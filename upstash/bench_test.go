//go:build unix

package upstash_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A workload is one request of the benchmarks: what the floor sends, and what
// the client does.
type workload struct {
	name string
	path string
	body string
	run  func(ctx context.Context, c *upstash.Client) error
}

func workloads() []workload {
	w := []workload{
		getLoad("get16", 16), getLoad("get1k", 1024), getLoad("get64k", 65536),
		setLoad(), evalLoad(),
	}
	for _, n := range []int{10, 100, 1000} {
		w = append(w, pipeLoad(n))
	}
	return w
}

func getLoad(name string, size int) workload {
	key := "bench:" + strconv.Itoa(size)
	return workload{name, "/", `["GET","` + key + `"]`, func(ctx context.Context, c *upstash.Client) error {
		s, err := upstash.Get(key).Do(ctx, c)
		if err == nil && len(s) != size {
			panic("wrong length")
		}
		return err
	}}
}

func setLoad() workload {
	value := strings.Repeat("x", 1024)
	return workload{"set1k", "/", `["SET","k","` + value + `"]`, func(ctx context.Context, c *upstash.Client) error {
		_, err := upstash.Set("k", value).Do(ctx, c)
		return err
	}}
}

func evalLoad() workload {
	const lua = "return {1,99,60000}"
	return workload{"eval3", "/", `["EVAL","` + lua + `","1","k","a","b"]`, func(ctx context.Context, c *upstash.Client) error {
		r, err := c.Do(ctx, upstash.NewCommand("EVAL", lua, 1, "k", "a", "b"))
		if err == nil && r.Len() != 3 {
			panic("wrong length")
		}
		return err
	}}
}

func pipeLoad(n int) workload {
	cmds := make([]upstash.Command, n)
	parts := make([]string, n)
	for i := range cmds {
		cmds[i] = upstash.Get("bench:16").Command
		parts[i] = `["GET","bench:16"]`
	}
	body := "[" + strings.Join(parts, ",") + "]"
	return workload{"pipe" + strconv.Itoa(n), "/pipeline", body, func(ctx context.Context, c *upstash.Client) error {
		rs, err := c.DoBatch(ctx, upstash.Batch{Commands: cmds})
		if err == nil && len(rs) != n {
			panic("wrong length")
		}
		return err
	}}
}

// BenchmarkFloor is what nobody can be faster than with HTTP/1.1: fasthttp's
// connection pool, bytes made in advance, and nothing decoded.
func BenchmarkFloor(b *testing.B) {
	addr := startReplies(b)
	hc := &fasthttp.HostClient{Addr: addr, NoDefaultUserAgentHeader: true}
	for _, w := range workloads() {
		b.Run(w.name, func(b *testing.B) {
			req, resp := floorRequest(addr, w)
			measure(b, func() error { return hc.Do(req, resp) })
		})
	}
}

// BenchmarkClient is the same through a Client, typed results included.
func BenchmarkClient(b *testing.B) {
	addr := startReplies(b)
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, v := range []struct {
		suffix string
		ctx    context.Context
		enc    upstash.Encoding
	}{
		{"", context.Background(), upstash.Base64},
		{"-cancellable", cancellable, upstash.Base64},
		{"-resp2", context.Background(), upstash.RESP2},
	} {
		c, err := upstash.New(upstash.Config{URL: "http://" + addr, Token: "token", Encoding: v.enc})
		if err != nil {
			b.Fatal(err)
		}
		for _, w := range workloads() {
			b.Run(w.name+v.suffix, func(b *testing.B) {
				measure(b, func() error { return w.run(v.ctx, c) })
			})
		}
	}
}

// BenchmarkBeside runs floor and client in turn, a short block each, so that what
// else the machine does hits both, and reports the median over the rounds of the
// client's CPU time divided by the floor's ("x-floor") and above it ("us-over").
// One iteration is one round: use -benchtime 31x.
func BenchmarkBeside(b *testing.B) {
	addr := startReplies(b)
	hc := &fasthttp.HostClient{Addr: addr, NoDefaultUserAgentHeader: true}
	for _, w := range workloads() {
		for _, enc := range []upstash.Encoding{upstash.Base64, upstash.RESP2} {
			b.Run(w.name+"-"+enc.String(), func(b *testing.B) {
				c, err := upstash.New(upstash.Config{URL: "http://" + addr, Token: "token", Encoding: enc})
				if err != nil {
					b.Fatal(err)
				}
				req, resp := floorRequest(addr, w)
				floor := func() error { return hc.Do(req, resp) }
				client := func() error { return w.run(context.Background(), c) }
				block(b, floor)
				block(b, client)
				var ratio, over []float64
				for b.Loop() {
					f, k := block(b, floor), block(b, client)
					ratio, over = append(ratio, k/f), append(over, k-f)
				}
				slices.Sort(ratio)
				slices.Sort(over)
				b.ReportMetric(ratio[len(ratio)/2], "x-floor")
				b.ReportMetric(over[len(over)/2], "us-over")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// block runs op for 20 ms and returns the CPU time of one run in microseconds.
func block(b *testing.B, op func() error) float64 {
	n, began, before := 0, time.Now(), cpuMicros(b)
	for time.Since(began) < 20*time.Millisecond {
		for range 10 {
			if err := op(); err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	return (cpuMicros(b) - before) / float64(n)
}

func floorRequest(addr string, w workload) (*fasthttp.Request, *fasthttp.Response) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	req.Header.SetMethod("POST")
	req.SetRequestURI("http://" + addr + w.path)
	req.Header.Set("Authorization", "Bearer token")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Upstash-Encoding", "base64")
	req.SetBodyRaw([]byte(w.body))
	return req, resp
}

// measure runs op and reports this process's own CPU time beside the wall time.
func measure(b *testing.B, op func() error) {
	b.Helper()
	for range 10 { // warm the pools
		if err := op(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	var n int
	before := cpuMicros(b)
	for b.Loop() {
		if err := op(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric((cpuMicros(b)-before)/float64(n), "cpu-us/op")
}

func cpuMicros(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	us := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	return us(u.Utime) + us(u.Stime)
}
