//go:build unix

package pipeline_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A getter runs one GET; all contestants of a benchmark are getters.
type getter func(ctx context.Context) error

// counted counts the requests of a client.
type counted struct {
	*upstash.Client
	requests atomic.Int64
}

func (c *counted) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	c.requests.Add(1)
	return c.Client.Do(ctx, cmd)
}

func (c *counted) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	c.requests.Add(1)
	return c.Client.DoBatch(ctx, b)
}

// newFloor returns raw fasthttp: one request per command, nothing decoded.
func newFloor(addr string, conns int) getter {
	host := &fasthttp.HostClient{Addr: addr, MaxConns: conns, MaxConnWaitTimeout: time.Minute, NoDefaultUserAgentHeader: true}
	type pair struct {
		req  fasthttp.Request
		resp fasthttp.Response
	}
	pool := sync.Pool{New: func() any {
		p := &pair{}
		p.req.Header.SetMethod("POST")
		p.req.SetRequestURI("http://" + addr + "/")
		p.req.Header.Set("Authorization", "Bearer token")
		p.req.Header.SetContentType("application/json")
		p.req.Header.Set("Upstash-Encoding", "base64")
		p.req.SetBodyRaw([]byte(`["GET","bench:16"]`))
		return p
	}}
	return func(context.Context) error {
		p := pool.Get().(*pair) //nolint:forcetypeassert // the pool holds nothing else
		defer pool.Put(p)
		return host.Do(&p.req, &p.resp)
	}
}

// newBenchClient returns the native client with at most conns connections.
func newBenchClient(b *testing.B, addr string, conns int) *counted {
	b.Helper()
	transport, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{MaxConns: conns})
	if err != nil {
		b.Fatal(err)
	}
	c, err := upstash.New(upstash.Config{URL: "http://" + addr, Token: "token", Transport: transport})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return &counted{Client: c}
}

func getOn(d upstash.Doer) getter {
	return func(ctx context.Context) error {
		_, err := upstash.Get("bench:16").Do(ctx, d)
		return err
	}
}

// A cost is what one round of one contestant took.
type cost struct{ wall, cpu time.Duration }

// compare runs rounds of both contestants in turn, so that whatever else the
// machine does hits both, and reports the ratio of medians.
func compare(b *testing.B, floor, ours func() cost) {
	b.Helper()
	floor()
	ours()
	var f, o []cost
	for b.Loop() {
		f = append(f, floor())
		o = append(o, ours())
	}
	wall := func(c cost) float64 { return float64(c.wall.Nanoseconds()) }
	cpu := func(c cost) float64 { return float64(c.cpu.Nanoseconds()) }
	b.ReportMetric(median(o, cpu)/median(f, cpu), "cpu-ratio")
	b.ReportMetric(median(o, wall)/median(f, wall), "wall-ratio")
}

func median(cs []cost, of func(cost) float64) float64 {
	v := make([]float64, len(cs))
	for i, c := range cs {
		v[i] = of(c)
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// measure runs round and returns its cost for each of n commands.
func measure(b *testing.B, n int, round func()) cost {
	start, cpu := time.Now(), cpuTime(b)
	round()
	return cost{time.Since(start) / time.Duration(n), (cpuTime(b) - cpu) / time.Duration(n)}
}

// A load is what callers do at the same time: each runs rounds GETs one after the
// other and thinks for 0 to think before each.
type load struct {
	callers, rounds int
	think           time.Duration
	cancel          bool             // each caller has a ctx that can be cancelled
	latency         *[]time.Duration // nil, or where to add the time of each GET
}

// run returns the cost of each GET.
func (l load) run(b *testing.B, get getter) cost {
	var mu sync.Mutex
	return measure(b, l.callers*l.rounds, func() {
		var wg sync.WaitGroup
		for range l.callers {
			wg.Go(func() {
				own := l.caller(b, get)
				if l.latency != nil {
					mu.Lock()
					*l.latency = append(*l.latency, own...)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	})
}

func (l load) caller(b *testing.B, get getter) []time.Duration {
	ctx := context.Background()
	if l.cancel {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
	}
	own := make([]time.Duration, 0, l.rounds)
	for range l.rounds {
		if l.think > 0 {
			<-time.After(rand.N(l.think))
		}
		start := time.Now()
		if err := get(ctx); err != nil {
			b.Error(err)
			return own
		}
		own = append(own, time.Since(start))
	}
	return own
}

var delays = map[string]time.Duration{"0ms": 0, "5ms": 5 * time.Millisecond}

// BenchmarkAuto64: 64 callers, each with one GET after the other. raw fasthttp
// knows no ctx; with "cancel" the callers of Auto have one that can end.
func BenchmarkAuto64(b *testing.B) {
	for _, bc := range []struct {
		name   string
		delay  time.Duration
		cancel bool
		rounds int
	}{
		{"0ms", 0, false, 300},
		{"0ms-cancel", 0, true, 300},
		{"5ms", 5 * time.Millisecond, false, 30},
	} {
		b.Run(bc.name, func(b *testing.B) {
			addr := startBenchServer(b, bc.delay)
			floor, client := newFloor(addr, 512), newBenchClient(b, addr, 512)
			auto := getOn(pipeline.NewAuto(client, pipeline.AutoOptions{}))
			l := load{callers: 64, rounds: bc.rounds, cancel: bc.cancel}
			n := 0
			compare(
				b,
				func() cost { return l.run(b, floor) },
				func() cost { n += 64 * bc.rounds; return l.run(b, auto) },
			)
			b.ReportMetric(float64(client.requests.Load())/float64(n), "requests/cmd")
		})
	}
}

// BenchmarkAutoBurst: 64 callers at once, then none.
func BenchmarkAutoBurst(b *testing.B) {
	for name, delay := range delays {
		b.Run(name, func(b *testing.B) {
			addr := startBenchServer(b, delay)
			floor, client := newFloor(addr, 512), newBenchClient(b, addr, 512)
			auto := getOn(pipeline.NewAuto(client, pipeline.AutoOptions{}))
			n := 0
			compare(
				b,
				func() cost { return load{callers: 64, rounds: 1}.run(b, floor) },
				func() cost { n++; return load{callers: 64, rounds: 1}.run(b, auto) },
			)
			b.ReportMetric(float64(client.requests.Load())/float64(n), "requests/burst")
		})
	}
}

// BenchmarkAutoSpread: 256 callers that think for 0 to 20 ms between GETs.
func BenchmarkAutoSpread(b *testing.B) {
	addr := startBenchServer(b, 5*time.Millisecond)
	floor, client := newFloor(addr, 512), newBenchClient(b, addr, 512)
	auto := getOn(pipeline.NewAuto(client, pipeline.AutoOptions{}))
	n := 0
	var f, o []time.Duration
	compare(
		b,
		func() cost {
			return load{callers: 256, rounds: 10, think: 20 * time.Millisecond, latency: &f}.run(b, floor)
		},
		func() cost {
			n += 2560
			return load{callers: 256, rounds: 10, think: 20 * time.Millisecond, latency: &o}.run(b, auto)
		},
	)
	slices.Sort(f)
	slices.Sort(o)
	at := func(v []time.Duration, q float64) float64 { return float64(v[int(q*float64(len(v)))]) }
	b.ReportMetric(at(o, 0.5)/at(f, 0.5), "p50-ratio")
	b.ReportMetric(at(o, 0.99)/at(f, 0.99), "p99-ratio")
	b.ReportMetric(at(f, 0.5)/1e3, "floor-p50-us")
	b.ReportMetric(at(f, 0.99)/1e3, "floor-p99-us")
	b.ReportMetric(float64(client.requests.Load())/float64(n), "requests/cmd")
}

// BenchmarkAutoSixConnections: a Worker has no more.
func BenchmarkAutoSixConnections(b *testing.B) {
	addr := startBenchServer(b, 5*time.Millisecond)
	floor, client := newFloor(addr, 6), newBenchClient(b, addr, 6)
	auto := getOn(pipeline.NewAuto(client, pipeline.AutoOptions{MaxInFlight: 6}))
	compare(
		b,
		func() cost { return load{callers: 64, rounds: 10}.run(b, floor) },
		func() cost { return load{callers: 64, rounds: 10}.run(b, auto) },
	)
}

// BenchmarkAutoLone: one caller alone, compared with the client itself.
func BenchmarkAutoLone(b *testing.B) {
	for name, delay := range delays {
		b.Run(name, func(b *testing.B) {
			addr := startBenchServer(b, delay)
			client := newBenchClient(b, addr, 512)
			direct, auto := getOn(client), getOn(pipeline.NewAuto(client, pipeline.AutoOptions{}))
			rounds := 200
			if delay > 0 {
				rounds = 20
			}
			compare(
				b,
				func() cost { return load{callers: 1, rounds: rounds}.run(b, direct) },
				func() cost { return load{callers: 1, rounds: rounds}.run(b, auto) },
			)
		})
	}
}

// BenchmarkPipeline: 1,000 commands in one request, in microseconds of CPU for
// each command.
func BenchmarkPipeline(b *testing.B) {
	addr := startBenchServer(b, 0)
	client := newBenchClient(b, addr, 1)
	const n = 1000
	futures := make([]*pipeline.Future[string], n)
	b.ReportAllocs()
	cpu := cpuTime(b)
	for b.Loop() {
		p := pipeline.NewWith(client, pipeline.Options{Capacity: n})
		for i := range futures {
			futures[i] = pipeline.Add(p, upstash.Get("bench:16"))
		}
		if err := p.Exec(b.Context()); err != nil {
			b.Fatal(err)
		}
		for _, x := range futures {
			if v, err := x.Result(); err != nil || len(v) != 16 {
				b.Fatal(v, err)
			}
		}
	}
	b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/1e3/n/float64(b.N), "cpu-us/cmd")
}
