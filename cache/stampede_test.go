//go:build !wasm

package cache_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A stampede is what the processes of the test are told, through the environment.
type stampede struct {
	URL, Token, Prefix string
	Goroutines         int
	Load               time.Duration
	Fail               bool          // the loader fails ...
	For                time.Duration // ... and callers go on for so long
}

// A trampling is what one process tells when it is done.
type trampling struct {
	Returned []int64 // when each goroutine returned, Unix nanoseconds
	Trips    []int64 // how long requests took, nanoseconds
	Loaded   int64   // when the load ended, 0 in processes that did not load
	Bad      string
	Commands int64
}

const stampedeEnv = "EDGEREDIS_TEST_STAMPEDE"

func TestMain(m *testing.M) {
	if text := os.Getenv(stampedeEnv); text != "" {
		var s stampede
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			panic(err)
		}
		out, _ := json.Marshal(s.child())
		fmt.Println(string(out))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// timed notes how long requests take.
type timed struct {
	upstash.Doer
	mu    sync.Mutex
	trips []int64
}

func (d *timed) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	began := time.Now()
	r, err := d.Doer.Do(ctx, cmd)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trips = append(d.trips, int64(time.Since(began)))
	return r, err
}

// child is one process: it says that it is ready, waits for the word, and runs.
func (s *stampede) child() (out trampling) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	db, err := upstash.New(upstash.Config{URL: s.URL, Token: upstash.Secret(s.Token), Timeout: 20 * time.Second})
	if err != nil {
		return trampling{Bad: err.Error()}
	}
	d := &timed{Doer: db}
	c, err := cache.New(d, cache.Text(), cache.Options{Prefix: s.Prefix, TTL: time.Minute, Timeout: 20 * time.Second})
	if err != nil {
		return trampling{Bad: err.Error()}
	}
	if _, err := upstash.Ping().Do(ctx, db); err != nil { // the connection is warm
		return trampling{Bad: err.Error()}
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return trampling{Bad: err.Error()}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	end := time.Now().Add(s.For)
	for range s.Goroutines {
		wg.Go(func() {
			for again := true; again; again = s.Fail && time.Now().Before(end) {
				v, err := c.GetOrLoad(ctx, "cold", func(ctx context.Context) (string, error) { return s.load(ctx, db, &mu, &out) })
				at := time.Now().UnixNano()
				mu.Lock()
				switch {
				case !s.Fail && (err != nil || v != "loaded"):
					out.Bad = fmt.Sprint(v, err)
				case s.Fail && !errors.Is(err, cache.ErrBackoff) && !errors.Is(err, errStampede):
					out.Bad = fmt.Sprint("want a failure, got ", v, err)
				}
				out.Returned = append(out.Returned, at)
				mu.Unlock()
				if s.Fail {
					<-time.After(100 * time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	out.Trips, out.Commands = d.trips, c.Stats().Commands
	return out
}

var errStampede = errors.New("the origin is down")

func (s *stampede) load(ctx context.Context, db upstash.Doer, mu *sync.Mutex, out *trampling) (string, error) {
	if _, err := upstash.Incr(s.Prefix+"loads").Do(ctx, db); err != nil {
		return "", err
	}
	<-time.After(s.Load)
	mu.Lock()
	defer mu.Unlock()
	out.Loaded = time.Now().UnixNano()
	if s.Fail {
		return "", errStampede
	}
	return "loaded", nil
}

// run starts processes, lets them go at once, and collects what they tell.
func (s *stampede) run(t *testing.T, processes int) (all []trampling) {
	t.Helper()
	text, _ := json.Marshal(s)
	type proc struct {
		cmd *exec.Cmd
		in  interface{ Write([]byte) (int, error) }
		out *bufio.Reader
	}
	var procs []proc
	for range processes {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), stampedeEnv+"="+string(text), "GOMAXPROCS=1")
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		procs = append(procs, proc{cmd, in, bufio.NewReader(out)})
	}
	for _, p := range procs {
		if line, err := p.out.ReadString('\n'); line != "ready\n" {
			t.Fatalf("a process says %q, %v", line, err)
		}
	}
	for _, p := range procs {
		if _, err := p.in.Write([]byte("go\n")); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range procs {
		var told trampling
		if err := json.NewDecoder(p.out).Decode(&told); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if told.Bad != "" {
			t.Errorf("a process failed: %s", told.Bad)
		}
		all = append(all, told)
	}
	return all
}

// p99 sorts and picks.
func p99(ns []int64) time.Duration {
	slices.Sort(ns)
	return time.Duration(ns[len(ns)*99/100])
}

func processCount() int {
	if testing.Short() || raceEnabled {
		return 8
	}
	return 50
}

// TestProcesses: 50 processes with 100 goroutines each ask for one cold key, over
// a real Redis. One of them loads, once.
func TestProcesses(t *testing.T) {
	r := newRig(t, devserver.Options{Redis: redistest.Start(t)})
	s := stampede{URL: r.srv.URL, Token: r.srv.Token, Prefix: r.prefix, Goroutines: 100, Load: 500 * time.Millisecond}
	all := s.run(t, processCount())
	loads, err := upstash.Get(r.prefix+"loads").Do(t.Context(), r)
	if loads != "1" || err != nil {
		t.Errorf("%s loads, %v; want 1", loads, err)
	}
	var returned, trips []int64
	var loaded, commands int64
	for _, p := range all {
		returned, trips = append(returned, p.Returned...), append(trips, p.Trips...)
		loaded = max(loaded, p.Loaded)
		commands += p.Commands
	}
	for i := range returned {
		returned[i] -= loaded
	}
	late, trip := p99(returned), p99(trips)
	t.Logf("%d callers: p99 %v after the load ended (slowest %v), p99 of a round trip %v (%.2f of them), %d commands",
		len(returned), late, time.Duration(returned[len(returned)-1]), trip, float64(late)/float64(trip), commands)
	// Two round trips (TestWaitIsTwoTrips), and what two processors need to give
	// each of so many processes its turn.
	if limit := 2*trip + 100*time.Millisecond; late > limit {
		t.Errorf("p99 is %v after the load, limit %v", late, limit)
	}
}

// TestProcessesFail: the loader fails; all processes together call it once per
// ErrorTTL.
func TestProcessesFail(t *testing.T) {
	r := newRig(t, devserver.Options{Redis: redistest.Start(t)})
	const seconds = 4
	s := stampede{
		URL: r.srv.URL, Token: r.srv.Token, Prefix: r.prefix, Goroutines: 20,
		Load: 50 * time.Millisecond, Fail: true, For: seconds * time.Second,
	}
	s.run(t, processCount())
	loads, err := upstash.Get(r.prefix+"loads").Do(t.Context(), upstash.Doer(r))
	n := 0
	if _, scanErr := fmt.Sscan(loads, &n); err != nil || scanErr != nil || n < 2 || n > seconds+1 {
		t.Errorf("%s loads in %d intervals, %v", loads, seconds, err)
	}
	t.Logf("%s loads in %d s", loads, seconds)
}
