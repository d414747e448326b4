package upstashtest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// fakeTB is a testing.TB that keeps failures instead of failing.
type fakeTB struct {
	testing.TB // of the outer test, for what is not replaced here

	mu       sync.Mutex
	failures []string
	cleanups []func()
}

// runFake runs fn as a test of its own, with its cleanups, and returns what it
// reported.
func runFake(t *testing.T, fn func(tb testing.TB)) *fakeTB {
	t.Helper()
	tb := &fakeTB{TB: t}
	phase := func(fn func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			fn() // may end early by Goexit, like a real test
		}()
		<-done
	}
	phase(func() { fn(tb) })
	for i := len(tb.cleanups) - 1; i >= 0; i-- {
		phase(tb.cleanups[i])
	}
	return tb
}

func (tb *fakeTB) Helper()       {}
func (tb *fakeTB) Skipped() bool { return false }

func (tb *fakeTB) Context() context.Context { return tb.TB.Context() }

func (tb *fakeTB) Cleanup(fn func()) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.cleanups = append(tb.cleanups, fn)
}

func (tb *fakeTB) Error(args ...any) { tb.fail(fmt.Sprint(args...)) }

func (tb *fakeTB) Errorf(format string, args ...any) { tb.fail(fmt.Sprintf(format, args...)) }

func (tb *fakeTB) Fatalf(format string, args ...any) {
	tb.fail(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

func (tb *fakeTB) fail(text string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.failures = append(tb.failures, text)
}

func (tb *fakeTB) Failed() bool {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return len(tb.failures) > 0
}

// wantFailure checks that there is one failure and that it says all of this.
func (tb *fakeTB) wantFailure(t *testing.T, parts ...string) {
	t.Helper()
	if len(tb.failures) != 1 {
		t.Fatalf("failures = %q, want one", tb.failures)
	}
	for _, p := range parts {
		if !strings.Contains(tb.failures[0], p) {
			t.Errorf("the failure does not say %q:\n%s", p, tb.failures[0])
		}
	}
}

func (tb *fakeTB) wantPass(t *testing.T) {
	t.Helper()
	if len(tb.failures) > 0 {
		t.Fatalf("unexpected failures: %q", tb.failures)
	}
}

// folder makes a folder of recordings.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name)+".json")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
