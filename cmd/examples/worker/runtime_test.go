//go:build !js

package main

import (
	"strconv"
	"testing"
	"time"
)

// probe runs testdata/probe in workerd.
func probe(t *testing.T) *world {
	t.Helper()
	w := &world{out: new(output)}
	w.serve(t, "./testdata/probe", "", nil)
	return w
}

// TestWorkerRuntimeTimers lets an invocation sleep that is woken by a timer which Go
// has set in the events of others, and those end before.
func TestWorkerRuntimeTimers(t *testing.T) {
	w := probe(t)
	w.want(t, 200, "", "/sleep/1", "")
	done := make(chan time.Duration, 1)
	began := time.Now()
	go func() {
		w.want(t, 200, "", "/sleep/1500", "")
		done <- time.Since(began)
	}()
	for i := range 8 {
		w.want(t, 200, "", "/sleep/"+strconv.Itoa(10*i), "")
	}
	if took := <-done; took < 1500*time.Millisecond {
		t.Errorf("slept for %v only", took)
	}
	crowd(50, func(i int) { w.want(t, 200, "", "/sleep/"+strconv.Itoa(17*i%300), "") })
}

// TestWorkerRuntimeLongTimers sleeps for longer than a heartbeat. A timer that is
// forgotten is noticed half a second late; the best of several tries must not be.
func TestWorkerRuntimeLongTimers(t *testing.T) {
	w := probe(t)
	const sleep, late = 1200 * time.Millisecond, 400 * time.Millisecond
	best := time.Hour
	for range 5 {
		began := time.Now()
		w.want(t, 200, "", "/sleep/1200", "")
		if best = min(best, time.Since(began)); best < sleep+late {
			break
		}
	}
	if best < sleep || best >= sleep+late {
		t.Errorf("slept for %v, want %v", best, sleep)
	}
}

// TestWorkerRuntimeWait has invocations that have no I/O of their own and wait for
// what another one does much later. workerd ends those that seem to hang.
func TestWorkerRuntimeWait(t *testing.T) {
	w := probe(t)
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		for w.stats(t).Live < 20 {
			<-time.After(10 * time.Millisecond)
		}
		<-time.After(1500 * time.Millisecond)
		w.want(t, 200, "", "/open/a", "")
	}()
	crowd(20, func(int) { w.want(t, 200, "", "/wait/a", "") })
	<-opened
	if n := w.stats(t).Live; n != 0 {
		t.Errorf("%d invocations are not over", n)
	}
}

// TestWorkerRuntimePanic ends the Go program: who waits is told, and the next
// invocation starts another one.
func TestWorkerRuntimePanic(t *testing.T) {
	w := probe(t)
	if a := w.want(t, 200, "", "/sleep/0", ""); a.body != "1" {
		t.Errorf("body %q, want the first request of a program", a.body)
	}
	if a := w.want(t, 200, "", "/sleep/0", ""); a.body != "2" {
		t.Errorf("body %q: the program was not kept", a.body)
	}
	waits := make(chan struct{})
	go func() {
		defer close(waits)
		w.want(t, 500, "", "/wait/never", "")
	}()
	for w.stats(t).Live < 1 {
		<-time.After(5 * time.Millisecond)
	}
	w.want(t, 500, "", "/panic", "")
	<-waits
	if a := w.want(t, 200, "", "/sleep/20", ""); a.body != "1" {
		t.Errorf("body %q, want the first request of a new program", a.body)
	}
}
