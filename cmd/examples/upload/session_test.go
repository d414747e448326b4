//go:build !wasm

package main

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func TestUploadResumedAndCompletedTwice(t *testing.T) {
	client := embedded(t, upstash.Config{})
	s := start(t, client, 50)
	path := s.open(t, "ann", "2")
	key := keys.UploadSession(path[1:])

	s.want(t, "ann", "PUT", path+"/parts/2", "WORLD, cut", 200, `"bytes":10`)
	s.want(t, "ann", "POST", path+"/complete", "", http.StatusConflict, "parts are missing")
	s.want(t, "ann", "GET", path, "", 200, `"missing":[1]`)
	s.want(t, "ann", "PUT", path+"/parts/3", "x", 400, "no part of this number")
	s.want(t, "ann", "PUT", path+"/parts/x", "x", 400, "no part of this number")
	s.upload(t, "ann", path) // part 2 for the second time
	s.want(t, "ann", "GET", path, "", 200, `"missing":[]`)
	ttl, err := upstash.PTTL(key).Do(t.Context(), client)
	if err != nil || ttl <= 14*time.Minute || ttl > keys.TTLUploadSession {
		t.Errorf("the session lives for %v, %v", ttl, err)
	}

	for range 2 {
		if got := s.want(t, "ann", "POST", path+"/complete", "", 200, ""); got != whole {
			t.Errorf("completed: %s", got)
		}
	}
	s.want(t, "ann", "PUT", path+"/parts/1", "late", http.StatusConflict, "done")
	s.want(t, "ann", "DELETE", path, "", http.StatusConflict, "done")
	s.want(t, "ann", "GET", path, "", 200, `"state":"done"`)
	if left, err := s.files.Sessions(); err != nil || len(left) != 0 {
		t.Errorf("parts are left: %v, %v", left, err)
	}
}

// TestCompletedAtOnce: many ask, one joins, all that get an answer get the same.
func TestCompletedAtOnce(t *testing.T) {
	s := start(t, embedded(t, upstash.Config{}), 50)
	path := s.open(t, "ann", "2")
	s.upload(t, "ann", path)
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses := map[int]int{}
	for range 8 {
		wg.Go(func() {
			resp, body := s.curl(t, "ann", "POST", path+"/complete", nil)
			mu.Lock()
			defer mu.Unlock()
			statuses[resp.StatusCode]++
			switch resp.StatusCode {
			case 200:
				if body != whole {
					t.Errorf("completed: %s", body)
				}
			case 409:
				if resp.Header.Get("Retry-After") == "" {
					t.Errorf("no Retry-After: %s", body)
				}
			}
		})
	}
	wg.Wait()
	if statuses[200] == 0 || statuses[200]+statuses[409] != 8 {
		t.Errorf("statuses: %v", statuses)
	}
	s.want(t, "ann", "POST", path+"/complete", "", 200, whole)
}

// TestSomebodyElse: another user's session looks like one that does not exist.
func TestSomebodyElse(t *testing.T) {
	s := start(t, embedded(t, upstash.Config{}), 50)
	path := s.open(t, "ann", "2")
	for _, step := range [][3]string{
		{"GET", "", ""},
		{"PUT", "/parts/1", "x"},
		{"POST", "/complete", ""},
		{"DELETE", "", ""},
	} {
		theirs := s.want(t, "bob", step[0], path+step[1], step[2], 404, "no such upload session")
		none := s.want(t, "bob", step[0], "/NONE"+step[1], step[2], 404, "no such upload session")
		if theirs != none {
			t.Errorf("%v tells %q from %q", step, theirs, none)
		}
	}
	s.want(t, "bob", "GET", "/"+strings.Repeat("x", 40_000), "", 404, "no such upload session")
	s.upload(t, "ann", path)
	// The steps themselves do not rely on the handler's look before.
	if _, err := s.sessions.Seal(t.Context(), "bob", path[1:]); !errors.Is(err, ErrNoSession) {
		t.Errorf("somebody else seals: %v", err)
	}
	if _, err := s.sessions.Seal(t.Context(), "ann", path[1:]); err != nil {
		t.Error(err)
	}
	if _, err := s.sessions.Finish(t.Context(), "bob", path[1:], "{}"); !errors.Is(err, ErrNoSession) {
		t.Errorf("somebody else finishes: %v", err)
	}
	s.want(t, "ann", "POST", path+"/complete", "", 200, whole)
}

// TestExpired: the database forgets a session, and what had come is swept away.
func TestExpired(t *testing.T) {
	client := embedded(t, upstash.Config{})
	s := start(t, client, 50)
	gone, kept := s.open(t, "ann", "2"), s.open(t, "ann", "2")
	s.upload(t, "ann", gone)
	s.upload(t, "ann", kept)
	if _, err := upstash.Del(keys.UploadSession(gone[1:])).Do(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	s.want(t, "ann", "GET", gone, "", 404, "expired")
	s.want(t, "ann", "PUT", gone+"/parts/1", "x", 404, "open a new one")
	s.want(t, "ann", "POST", gone+"/complete", "", 404, "expired")
	if n, err := upstash.Exists(keys.UploadSession(gone[1:]), joinLock.Key(gone[1:])).Do(t.Context(), client); n != 0 || err != nil {
		t.Errorf("a step brought %d keys back, %v", n, err)
	}
	if err := s.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := s.files.Sessions(); err != nil || len(left) != 1 || "/"+left[0] != kept {
		t.Errorf("parts are left of %v, %v", left, err)
	}
	s.want(t, "ann", "POST", kept+"/complete", "", 200, whole)
}

func TestAbandoned(t *testing.T) {
	client := embedded(t, upstash.Config{})
	s := start(t, client, 50)
	path := s.open(t, "ann", "2")
	s.upload(t, "ann", path)
	for range 2 {
		s.want(t, "ann", "DELETE", path, "", http.StatusNoContent, "")
	}
	s.want(t, "ann", "PUT", path+"/parts/1", "late", http.StatusGone, "abandoned")
	s.want(t, "ann", "POST", path+"/complete", "", http.StatusGone, "abandoned")
	ttl, err := upstash.PTTL(keys.UploadSession(path[1:])).Do(t.Context(), client)
	if err != nil || ttl <= 0 || ttl > time.Minute {
		t.Errorf("what is left lives for %v, %v", ttl, err)
	}
	if left, err := s.files.Sessions(); err != nil || len(left) != 0 {
		t.Errorf("parts are left of %v, %v", left, err)
	}
}

// TestCrashedWhileJoining: the session was sealed by a process that died. Whoever
// asks next goes on.
func TestCrashedWhileJoining(t *testing.T) {
	s := start(t, embedded(t, upstash.Config{}), 50)
	path := s.open(t, "ann", "2")
	s.upload(t, "ann", path)
	if _, err := s.sessions.Seal(t.Context(), "ann", path[1:]); err != nil {
		t.Fatal(err)
	}
	s.want(t, "ann", "PUT", path+"/parts/1", "late", http.StatusConflict, "sealed")
	s.want(t, "ann", "POST", path+"/complete", "", 200, whole)
}

// TestHeldByAnother: another process is joining.
func TestHeldByAnother(t *testing.T) {
	s := start(t, embedded(t, upstash.Config{}), 50)
	path := s.open(t, "ann", "2")
	s.upload(t, "ann", path)
	other := start(t, s.sessions.d, 50)
	lease, err := other.locks.TryAcquire(t.Context(), joinLock.Key(path[1:]))
	if err != nil {
		t.Fatal(err)
	}
	s.want(t, "ann", "POST", path+"/complete", "", http.StatusConflict, "being put together")
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.want(t, "ann", "POST", path+"/complete", "", 200, whole)
}

// TestLostReplies loses the first answer of each step: the client repeats it, and
// nobody notices.
func TestLostReplies(t *testing.T) {
	transport, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	faults := upstashtest.NewFaults(transport, upstashtest.FaultOptions{})
	s := start(t, embedded(t, upstash.Config{
		Transport: faults,
		Retry:     upstash.Retry{MinBackoff: time.Millisecond, Budget: -1},
	}), 50)
	path := s.open(t, "ann", "2")
	for _, step := range []func() error{
		func() error {
			return s.sessions.Record(t.Context(), "ann", path[1:], Part{Number: 1, Bytes: 1, SHA256: "x"})
		},
		func() error { return s.sessions.Expect(t.Context(), "ann", path[1:], 2) },
		func() error {
			return s.sessions.Record(t.Context(), "ann", path[1:], Part{Number: 2, Bytes: 1, SHA256: "x"})
		},
		func() error { _, err := s.sessions.Seal(t.Context(), "ann", path[1:]); return err },
		func() error { _, err := s.sessions.Finish(t.Context(), "ann", path[1:], "{}"); return err },
	} {
		faults.Add(upstashtest.ReplyLost())
		if err := step(); err != nil {
			t.Error(err)
		}
	}
	if got, err := s.sessions.Finish(t.Context(), "ann", path[1:], "other"); got != "{}" || err != nil {
		t.Errorf("the result is %q, %v", got, err)
	}
	if lost := faults.Counts(); lost.Lost != 5 {
		t.Errorf("the test has lost nothing: %+v", lost)
	}
}
