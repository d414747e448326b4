//go:build !wasm

package upstash_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// TestNPMInterop has typed commands and the official JavaScript client, from npm
// and unmodified, read what the other has written: exactly, type by type. Each
// case runs with both of the SDK's ways to read (values parsed as JSON, and not)
// and with both binary-safe encodings of ours.
func TestNPMInterop(t *testing.T) {
	t.Parallel()
	node := redistest.Node(t, npmDir)
	for _, backend := range []string{"embedded", "redis"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			var o devserver.Options
			if backend == "redis" {
				o.Redis = redistest.Start(t)
			}
			srv, err := devserver.Start(o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = srv.Close() })
			w := npmWorld{backend: backend, srv: srv, js: startNPM(t, node, srv)}
			t.Run("default", func(t *testing.T) { w.run(t, "default", upstash.Base64) })
			t.Run("raw", func(t *testing.T) { w.run(t, "raw", upstash.RESP2) })
		})
	}
}

const npmDir = "devserver/interop"

// An npmWorld is one server with a client on either side.
type npmWorld struct {
	backend string
	srv     *devserver.Running
	js      *npmProcess
}

// An npmCase is a value that one side writes and the other reads. Both lists
// may hold steps of both sides; they run in order.
type npmCase struct {
	name        string
	write, read []npmStep
}

// An npmStep does something with one of the clients and says what was wrong with
// the answer, "" if nothing was.
type npmStep func(ctx context.Context, t *testing.T, w npmSides) string

// npmSides are the two clients of a case.
type npmSides struct {
	goClient *upstash.Client
	js       *npmProcess
	jsClient string // "default" or "raw"
	backend  string
}

func (w npmWorld) run(t *testing.T, jsClient string, enc upstash.Encoding) {
	client, err := upstash.New(upstash.Config{URL: w.srv.URL, Token: upstash.Secret(w.srv.Token), Encoding: enc})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	sides := npmSides{client, w.js, jsClient, w.backend}
	prefix := fmt.Sprintf("npm:%d:%s:", os.Getpid(), jsClient) // the Redis may be shared
	t.Cleanup(func() { npmForget(t, client, prefix) })
	for _, direction := range []struct {
		name  string
		cases func(k func(string) string) []npmCase
	}{{"js to go", npmFromJS}, {"go to js", npmToJS}} {
		cases := direction.cases(func(name string) string { return prefix + direction.name + ":" + name })
		for _, c := range cases {
			t.Run(direction.name+"/"+c.name, func(t *testing.T) {
				for i, step := range append(append([]npmStep{}, c.write...), c.read...) {
					if wrong := step(t.Context(), t, sides); wrong != "" {
						t.Fatalf("step %d: %s", i, wrong)
					}
				}
			})
		}
	}
}

// npmForget deletes the keys of a run.
func npmForget(t *testing.T, client *upstash.Client, prefix string) {
	ctx := context.WithoutCancel(t.Context()) // it has ended
	for key, err := range upstash.ScanKeys(ctx, client, upstash.ScanOptions{Match: prefix + "*", Count: 1000}) {
		if err == nil {
			_, err = upstash.Unlink(key).Do(ctx, client)
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}

// typed is a step that runs c and wants exactly this result.
func typed[T any](c upstash.Cmd[T], want T) npmStep {
	return typedIf(c, func(got T) bool { return reflect.DeepEqual(got, want) }, npmShow(want))
}

// typedIf is a step that runs c and asks ok about the result.
func typedIf[T any](c upstash.Cmd[T], ok func(T) bool, want string) npmStep {
	return func(ctx context.Context, _ *testing.T, w npmSides) string {
		got, err := c.Do(ctx, w.goClient)
		if err != nil {
			return c.Name() + ": " + err.Error()
		}
		if !ok(got) {
			return c.Name() + " gives " + npmShow(got) + ", want " + want
		}
		return ""
	}
}

// typedNil is a step that runs c and wants ErrNil.
func typedNil[T any](c upstash.Cmd[T]) npmStep {
	return func(ctx context.Context, _ *testing.T, w npmSides) string {
		if got, err := c.Do(ctx, w.goClient); !errors.Is(err, upstash.ErrNil) {
			return fmt.Sprintf("%s gives %s, %v, want ErrNil", c.Name(), npmShow(got), err)
		}
		return ""
	}
}

// npmShow prints a result with what its pointers point to.
func npmShow(v any) string {
	if b, err := json.Marshal(v); err == nil {
		return string(b)
	}
	return fmt.Sprintf("%+v", v) // infinite scores
}

// A jsCall is a chain of method calls on the JavaScript client.
type jsCall struct {
	chain [][]any
	bytes bool // the result is base64 text; decode it there
}

// js calls one method; arguments are anything that JSON can carry.
func js(method string, args ...any) jsCall {
	return jsCall{chain: [][]any{append([]any{method}, args...)}}
}

// then calls a method on the result.
func (c jsCall) then(method string, args ...any) jsCall {
	c.chain = append(c.chain, append([]any{method}, args...))
	return c
}

// gives is a step that wants this JSON from the call, whichever client makes it.
func (c jsCall) gives(want string) npmStep { return c.givesBoth(want, want) }

// givesBoth wants one answer when the SDK parses values, another when not. The
// order of an object's names is left open, all else is not.
func (c jsCall) givesBoth(parsed, raw string) npmStep {
	return c.compare(parsed, raw, func(v any) any { return v })
}

// unordered is givesBoth for lists whose order means nothing.
func (c jsCall) unordered(parsed, raw string) npmStep {
	return c.compare(parsed, raw, func(v any) any {
		list, ok := v.([]any)
		if !ok {
			return v
		}
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(npmShow(a), npmShow(b)) })
		return list
	})
}

func (c jsCall) compare(parsed, raw string, prepare func(any) any) npmStep {
	return func(_ context.Context, t *testing.T, w npmSides) string {
		want := parsed
		if w.jsClient == "raw" {
			want = raw
		}
		got := w.js.do(t, w.jsClient, c)
		if !reflect.DeepEqual(prepare(npmDecode(t, got)), prepare(npmDecode(t, want))) {
			return fmt.Sprintf("%v answers %s, want %s", c.chain[0][0], got, want)
		}
		return ""
	}
}

// matching wants JSON that matches the expression.
func (c jsCall) matching(expr string) npmStep {
	return func(_ context.Context, t *testing.T, w npmSides) string {
		if got := w.js.do(t, w.jsClient, c); !regexp.MustCompile(expr).MatchString(got) {
			return fmt.Sprintf("%v answers %s, want %s", c.chain[0][0], got, expr)
		}
		return ""
	}
}

// between wants a number in this range, both ends included.
func (c jsCall) between(lo, hi int) npmStep {
	return func(_ context.Context, t *testing.T, w npmSides) string {
		got := w.js.do(t, w.jsClient, c)
		if n, err := strconv.Atoi(got); err != nil || n < lo || n > hi {
			return fmt.Sprintf("%v answers %s, want %d to %d", c.chain[0][0], got, lo, hi)
		}
		return ""
	}
}

// npmDefaultOnly leaves the step out for the client that does not parse: what it
// returns depends on the order in which the server keeps a hash.
func npmDefaultOnly(step npmStep) npmStep {
	return func(ctx context.Context, t *testing.T, w npmSides) string {
		if w.jsClient == "raw" {
			return ""
		}
		return step(ctx, t, w)
	}
}

// npmRealOnly leaves the step out on the embedded Redis, which adds up the counts
// of several HyperLogLogs and takes known elements for new once it has counted.
func npmRealOnly(step npmStep) npmStep {
	return func(ctx context.Context, t *testing.T, w npmSides) string {
		if w.backend == "embedded" {
			return ""
		}
		return step(ctx, t, w)
	}
}

// npmDecode keeps numbers as they are written.
func npmDecode(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// An npmProcess is node running values.mjs.
type npmProcess struct {
	mu  sync.Mutex // guards the pipes: one question at a time
	in  io.Writer
	out *bufio.Reader
}

func startNPM(t *testing.T, node string, srv *devserver.Running) *npmProcess {
	t.Helper()
	cmd := exec.Command(node, "values.mjs")
	cmd.Dir = filepath.FromSlash(npmDir)
	cmd.Env = append(os.Environ(), "DEVSERVER_URL="+srv.URL, "DEVSERVER_TOKEN="+srv.Token)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
			t.Errorf("node: %v\n%s", err, stderr.String())
		}
		stuck.Stop()
	})
	return &npmProcess{in: in, out: bufio.NewReader(out)}
}

// do returns the JSON of what c's last promise resolves to, or {"error": …}.
func (p *npmProcess) do(t *testing.T, client string, c jsCall) string {
	t.Helper()
	line, err := json.Marshal(map[string]any{"client": client, "chain": c.chain, "bytes": c.bytes})
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err = p.in.Write(append(line, '\n')); err != nil {
		t.Fatal("node:", err)
	}
	text, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatal("node:", err)
	}
	var answer struct{ Result json.RawMessage }
	if err = json.Unmarshal(text, &answer); err != nil {
		t.Fatal("node:", err)
	}
	if answer.Result == nil {
		return strings.TrimSpace(string(text))
	}
	return string(answer.Result)
}
