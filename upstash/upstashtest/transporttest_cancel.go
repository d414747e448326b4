package upstashtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// cancelBound is how long a transport may take to return after its ctx has
// ended. On a busy machine one try says little, so the best of cancelTries
// counts; a transport that is slow by itself is slow in all of them. The race
// detector walks through every buffer that a system call has filled or sent.
const (
	cancelBound = 10 * time.Millisecond * raceFactor
	cancelTries = 25
)

func testCtxEnded(t *testing.T, tt *transportTest) {
	cause := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	id := newTransportID()
	var resp upstash.Response
	err := tt.RoundTrip(ctx, tt.request("/count?id="+id, nil), &resp)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, upstash.ErrNotSent) {
		t.Errorf("error %v, want one that is context.Canceled and NotSent", err)
	}
	if n := string(tt.post(t, "/count?id="+id, nil).Body); n != "0" {
		t.Errorf("%s requests arrived", n)
	}
	past, cancel2 := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel2()
	if err = tt.RoundTrip(past, tt.request("/echo", nil), &resp); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
}

// testCancel abandons exchanges in the two states that every transport has
// after the request has left.
func testCancel(t *testing.T, tt *transportTest) {
	for _, path := range []string{"/hang", "/stall"} {
		t.Run(path[1:], func(t *testing.T) {
			best := time.Hour
			for range cancelTries {
				best = min(best, cancelOnce(t, tt, path))
				if best <= cancelBound {
					return
				}
			}
			t.Errorf("returned %v after the cancellation at best, want %v", best, cancelBound)
		})
	}
}

// cancelOnce returns how long RoundTrip ran on after its ctx had ended.
func cancelOnce(t *testing.T, tt *transportTest, path string) time.Duration {
	t.Helper()
	id := newTransportID()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cancelled := make(chan time.Time, 1)
	go func() {
		var r upstash.Response
		_ = tt.RoundTrip(ctx, tt.request("/begun?id="+id, nil), &r)
		cancelled <- time.Now()
		cancel()
	}()
	var resp upstash.Response
	err := tt.RoundTrip(ctx, tt.request(path+"?id="+id, []byte("[]")), &resp)
	took := time.Since(<-cancelled)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if errors.Is(err, upstash.ErrNotSent) {
		t.Fatal("the error says that nothing was sent")
	}
	// The connection must not serve again: the server sees it close.
	if got := tt.post(t, "/gone?id="+id, nil).Body; string(got) != "yes" {
		t.Fatalf("body %q", got)
	}
	if got := tt.post(t, "/echo", []byte("next")).Body; string(got) != "next" {
		t.Fatalf("the next exchange got %q", got)
	}
	return took
}

func testDeadline(t *testing.T, tt *transportTest) {
	for _, path := range []string{"/hang", "/stall"} {
		id := newTransportID()
		req := tt.request(path+"?id="+id, []byte("[]"))
		req.Deadline = time.Now().Add(100 * time.Millisecond)
		var resp upstash.Response
		err := tt.RoundTrip(t.Context(), req, &resp)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v, want context.DeadlineExceeded", path, err)
		}
		if early := time.Until(req.Deadline); early > 0 {
			t.Errorf("%s: returned %v before the deadline", path, early)
		}
		tt.post(t, "/gone?id="+id, nil)
	}
	// The deadline belongs to one request; the next one has none.
	req := tt.request("/echo", []byte("a"))
	req.Deadline = time.Now().Add(time.Minute)
	var resp upstash.Response
	if err := tt.RoundTrip(t.Context(), req, &resp); err != nil {
		t.Error(err)
	}
	tt.post(t, "/echo", nil)
	// One that has passed lets nothing out.
	id := newTransportID()
	req = tt.request("/count?id="+id, nil)
	req.Deadline = time.Unix(1, 0)
	err := tt.RoundTrip(t.Context(), req, &resp)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline in the past: error %v", err)
	}
	if n := string(tt.post(t, "/count?id="+id, nil).Body); n != "0" {
		t.Errorf("deadline in the past: %s requests arrived", n)
	}
}

// bestTransportCancel cancels run's ctx when begun fires, up to cancelTries times, and
// checks how long it ran on.
func bestTransportCancel(t *testing.T, begun <-chan struct{}, run func(ctx context.Context) error) {
	t.Helper()
	best := time.Hour
	for range cancelTries {
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := make(chan time.Time, 1)
		go func() {
			<-begun
			cancelled <- time.Now()
			cancel()
		}()
		err := run(ctx)
		best = min(best, time.Since(<-cancelled))
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v, want context.Canceled", err)
		}
		if best <= cancelBound {
			return
		}
	}
	t.Errorf("returned %v after the cancellation at best, want %v", best, cancelBound)
}
