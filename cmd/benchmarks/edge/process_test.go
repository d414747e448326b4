//go:build linux

package edge_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// A process is a workerd that runs one Worker.
type process struct {
	*contestant
	pid    int
	host   string
	client *fasthttp.HostClient
	log    *bytes.Buffer // of workerd; written until it has ended
	kill   func()
}

// A cold says what the way to the first answer took.
type cold struct {
	listen, first, cpu time.Duration // from the start of the process
}

// start runs workerd and asks once, as soon as it listens.
func start(t *testing.T, bin string, c *contestant, env []string) (p *process, took cold) {
	t.Helper()
	ready, report, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	p = &process{contestant: c, log: new(bytes.Buffer)}
	cmd := exec.Command(bin, "serve", "--control-fd=3", "config.capnp")
	if *pin >= 0 {
		cmd = exec.Command("taskset", append([]string{"-c", strconv.Itoa(*pin)}, cmd.Args...)...)
	}
	cmd.Dir, cmd.Env = c.dir, env
	cmd.ExtraFiles = []*os.File{report}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = report.Close()
	p.kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		p.kill = func() {}
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("workerd with %s says:\n%s", c.name, p.log)
		}
	})
	p.pid = cmd.Process.Pid
	p.listening(t, ready)
	took.listen = time.Since(began)
	p.client = &fasthttp.HostClient{Addr: p.host, MaxConns: callers, ReadTimeout: time.Minute, WriteTimeout: time.Minute}
	if err := p.get(); err != nil {
		t.Fatalf("%s: the first answer: %v", c.name, err)
	}
	took.first = time.Since(began)
	took.cpu = p.cpu(t)
	return p, took
}

// listening waits for workerd to say where it listens.
func (p *process) listening(t *testing.T, control io.Reader) {
	t.Helper()
	for e := json.NewDecoder(control); ; {
		var event struct {
			Event string
			Port  int
		}
		if err := e.Decode(&event); err != nil {
			t.Fatalf("workerd with %s has not begun to listen: %v", p.name, err)
		}
		if event.Event == "listen" {
			p.host = "127.0.0.1:" + strconv.Itoa(event.Port)
			return
		}
	}
}

// get reads the value.
func (p *process) get() error { return p.ask(fasthttp.MethodGet, "/"+key, "", value) }

// set writes it.
func (p *process) set() error { return p.ask(fasthttp.MethodPost, "/"+key, value, "OK") }

// ask sends one request through the Worker and checks what comes back.
func (p *process) ask(method, path, body, want string) error {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI("http://" + p.host + path)
	req.Header.SetMethod(method)
	req.SetBodyString(body)
	if err := p.client.Do(req, resp); err != nil {
		return err
	}
	if resp.StatusCode() != fasthttp.StatusOK || string(resp.Body()) != want {
		return fmt.Errorf("%s %s: status %d, %q", method, path, resp.StatusCode(), resp.Body())
	}
	return nil
}

// stats are what the runtime of the Go Workers tells.
type stats struct {
	Memory int // bytes of Go's linear memory
	Values int // references that Go has to objects of JavaScript
}

func (p *process) stats(t *testing.T) (s stats) {
	t.Helper()
	code, body, err := p.client.Get(nil, "http://"+p.host+"/stats")
	if err == nil {
		err = json.Unmarshal(body, &s)
	}
	if err != nil || code != fasthttp.StatusOK {
		t.Fatalf("%s: stats: status %d, %v", p.name, code, err)
	}
	return s
}

// resident is the physical memory of the process in MiB, and the part of it that
// is no file's: files are the program itself.
func (p *process) resident(t *testing.T) (all, anonymous float64) {
	t.Helper()
	for line := range strings.Lines(p.proc(t, "status")) {
		f := strings.Fields(line)
		if len(f) == 3 && (f[0] == "VmRSS:" || f[0] == "RssAnon:") {
			kib, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			if f[0] == "VmRSS:" {
				all = kib / 1024
			} else {
				anonymous = kib / 1024
			}
		}
	}
	if all == 0 || anonymous == 0 {
		t.Fatal("/proc tells nothing of the memory")
	}
	return all, anonymous
}

// cpu is the time, user and system, that the process has used, to 10 ms.
func (p *process) cpu(t *testing.T) time.Duration {
	t.Helper()
	stat := p.proc(t, "stat")
	f := strings.Fields(stat[strings.LastIndex(stat, ")")+1:]) // from the third field on
	user, err := strconv.Atoi(f[11])
	if err != nil {
		t.Fatal(err)
	}
	system, err := strconv.Atoi(f[12])
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * time.Second / 100 // USER_HZ is 100 on every Linux
}

func (p *process) proc(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
