//go:build unix && !wasm

package lock_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// The environment of a worker process; workerEnv holds the file of the store.
const (
	workerEnv   = "EDGEREDIS_LOCK_WORKER"
	unfencedEnv = "EDGEREDIS_LOCK_UNFENCED" // the store does not look at fencing tokens
	durationEnv = "EDGEREDIS_LOCK_SECONDS"  // how long TestProcesses runs
)

const processTTL = 250 * time.Millisecond

// A counterFile is a store outside Redis that knows fencing tokens: a log of
// accesses. Each access is one step (flock), like a request to a service. Its
// lines are "claim fence", "write fence value", "refuse fence".
type counterFile struct {
	path     string
	unfenced bool
}

var errRefused = errors.New("the fencing token is too old")

// access appends what f makes of the last value, unless a higher token was seen.
func (c *counterFile) access(fence int64, f func(value int) string) error {
	file, err := os.OpenFile(c.path, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	log, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	value, seen := lastOf(log)
	line := f(value)
	if fence < seen && !c.unfenced {
		line = fmt.Sprintf("refuse %d\n", fence)
		err = errRefused
	}
	if _, e := file.WriteString(line); e != nil { // one write: a kill leaves all or nothing
		return e
	}
	return err
}

// lastOf finds the last value and the highest token; the last few lines tell.
func lastOf(log []byte) (value int, fence int64) {
	for len(log) > 0 {
		log = bytes.TrimSuffix(log, []byte("\n"))
		i := bytes.LastIndexByte(log, '\n')
		words := strings.Fields(string(log[i+1:]))
		log = log[:i+1]
		n, _ := strconv.ParseInt(words[1], 10, 64)
		fence = max(fence, n)
		if words[0] == "write" {
			value, _ = strconv.Atoi(words[2])
			return value, fence
		}
	}
	return 0, fence
}

func (c *counterFile) claim(fence int64) (value int, err error) {
	err = c.access(fence, func(v int) string {
		value = v
		return fmt.Sprintf("claim %d\n", fence)
	})
	return value, err
}

func (c *counterFile) write(fence int64, value int) error {
	return c.access(fence, func(int) string { return fmt.Sprintf("write %d %d %d\n", fence, value, os.Getpid()) })
}

// runWorker adds one to the counter under the lock, again and again, until its
// standard input ends.
func runWorker() {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	c, err := upstash.New(upstash.Config{URL: os.Getenv("REDIS_REST_URL"), Token: upstash.Secret(os.Getenv("REDIS_REST_TOKEN"))})
	if err != nil {
		panic(err)
	}
	l, err := lock.New(c, lock.Options{TTL: processTTL, Retry: 5 * time.Millisecond, RetryMax: 40 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	store := &counterFile{path: os.Getenv(workerEnv), unfenced: os.Getenv(unfencedEnv) != ""}
	for ctx.Err() == nil {
		_ = l.With(ctx, "lock:counter:1", func(ctx context.Context, lease *lock.Lease) error {
			value, err := store.claim(lease.Fence())
			if err != nil {
				return err
			}
			select { // the work
			case <-time.After(time.Duration(rand.IntN(5)) * time.Millisecond):
			case <-ctx.Done():
				if os.Getenv(unfencedEnv) == "" {
					return context.Cause(ctx)
				}
			}
			return store.write(lease.Fence(), value+1)
		})
	}
}

// TestProcesses: 16 processes add to a counter outside Redis under one lock, over
// real HTTP and a real Redis, while they are stopped for up to several TTLs,
// continued and killed at random. The store refuses old fencing tokens; no update
// is lost, no token comes twice to different processes.
//
// EDGEREDIS_LOCK_SECONDS=60 is the full run.
func TestProcesses(t *testing.T) {
	seconds := 8
	if testing.Short() {
		seconds = 3
	}
	if s := os.Getenv(durationEnv); s != "" {
		seconds, _ = strconv.Atoi(s)
	}
	log := runProcesses(t, 16, time.Duration(seconds)*time.Second, false)
	writes, refused, lost := judge(t, log)
	t.Logf("%d s: %d updates, %d refused as too old, %d lost", seconds, writes, refused, lost)
	if lost != 0 || writes < 10*seconds {
		t.Errorf("%d updates lost of %d", lost, writes)
	}
}

// TestProcessesSee leaves the fencing token out of account, and wants to see what
// that costs: a stopped holder overwrites what others wrote meanwhile.
func TestProcessesSee(t *testing.T) {
	if testing.Short() || os.Getenv(durationEnv) == "" {
		t.Skip("set " + durationEnv + " for the control run without fencing")
	}
	log := runProcesses(t, 16, 20*time.Second, true)
	writes, _, lost := judge(t, log)
	t.Logf("without fencing %d of %d updates are lost", lost, writes)
	if lost == 0 {
		t.Error("no update was lost without fencing: TestProcesses shows nothing")
	}
}

// judge counts the writes, and those whose value is not one more than the last.
func judge(t *testing.T, log []byte) (writes, refused, lost int) {
	t.Helper()
	value, fence := 0, int64(0)
	writer := map[int64]string{}
	for line := range strings.Lines(string(log)) {
		words := strings.Fields(line)
		n, _ := strconv.ParseInt(words[1], 10, 64)
		switch words[0] {
		case "refuse":
			refused++
			continue
		case "write":
			writes++
			v, _ := strconv.Atoi(words[2])
			if v != value+1 {
				lost++
			}
			value = v
			if pid, there := writer[n]; there && pid != words[3] {
				t.Errorf("the token %d was given to two processes", n)
			}
			writer[n] = words[3]
		}
		fence = max(fence, n)
	}
	return writes, refused, lost
}

type worker struct {
	cmd   *exec.Cmd
	stdin io.Closer
}

// runProcesses lets n workers run for d and returns the store's log.
func runProcesses(t *testing.T, n int, d time.Duration, unfenced bool) []byte {
	t.Helper()
	s := serve(t, redistest.StartOwn(t).URL)
	path := filepath.Join(t.TempDir(), "counter")
	ok(t, os.WriteFile(path, nil, 0o600))
	start := func() *worker {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), workerEnv+"="+path, "REDIS_REST_URL="+s.URL, "REDIS_REST_TOKEN="+s.Token)
		if unfenced {
			cmd.Env = append(cmd.Env, unfencedEnv+"=1")
		}
		cmd.Stderr = os.Stderr
		stdin, err := cmd.StdinPipe()
		ok(t, err)
		ok(t, cmd.Start())
		return &worker{cmd, stdin}
	}
	workers := make([]*worker, n)
	for i := range workers {
		workers[i] = start()
	}
	stops, kills := harass(t, workers, start, d)
	for _, w := range workers {
		_ = w.stdin.Close()
	}
	for _, w := range workers {
		if err := w.cmd.Wait(); err != nil {
			t.Errorf("a worker failed: %v", err)
		}
	}
	t.Logf("%d processes, %d stops, %d kills", n, stops, kills)
	log, err := os.ReadFile(path)
	ok(t, err)
	return log
}

// harass stops and kills workers for d. Those it stopped are continued in time, or
// at the end.
func harass(t *testing.T, workers []*worker, start func() *worker, d time.Duration) (stops, kills int) {
	t.Helper()
	stopped := map[int]<-chan time.Time{}
	end, tick := time.After(d), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-end:
			running = false
		case <-tick.C:
		}
		for i, until := range stopped {
			select {
			case <-until:
			default:
				if running {
					continue
				}
			}
			_ = workers[i].cmd.Process.Signal(syscall.SIGCONT)
			delete(stopped, i)
		}
		i := rand.IntN(len(workers))
		if _, is := stopped[i]; is || !running {
			continue
		}
		if rand.IntN(10) > 0 {
			stops++
			_ = workers[i].cmd.Process.Signal(syscall.SIGSTOP)
			stopped[i] = time.After(time.Duration(rand.Int64N(int64(4 * processTTL))))
			continue
		}
		kills++
		_ = workers[i].cmd.Process.Kill()
		_ = workers[i].cmd.Wait()
		workers[i] = start()
	}
	return stops, kills
}
