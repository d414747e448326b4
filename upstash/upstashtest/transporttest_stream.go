package upstashtest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// testStream checks a transport that is an [upstash.Streamer].
func testStream(t *testing.T, tt *transportTest) {
	if _, ok := tt.Transport.(upstash.Streamer); !ok {
		t.Skip("the transport is no upstash.Streamer")
	}
	t.Run("pieces", func(t *testing.T) { testStreamPieces(t, tt) })
	t.Run("cancel", func(t *testing.T) { testStreamCancel(t, tt) })
	t.Run("close", func(t *testing.T) { testStreamClose(t, tt) })
	t.Run("deadline", func(t *testing.T) {
		req := tt.request("/hang?id="+newTransportID(), []byte("[]"))
		req.Deadline = time.Now().Add(50 * time.Millisecond)
		if _, err := tt.Transport.(upstash.Streamer).Stream(t.Context(), req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want context.DeadlineExceeded", err)
		}
	})
	t.Run("ctx already ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := tt.Transport.(upstash.Streamer).Stream(ctx, tt.request("/echo", nil))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, upstash.ErrNotSent) {
			t.Errorf("error %v, want context.Canceled and NotSent", err)
		}
	})
	t.Run("refusal", func(t *testing.T) {
		s := tt.stream(t.Context(), t, tt.request("/status?code=401", nil))
		body, err := io.ReadAll(s.Body)
		if err != nil || s.Status != 401 || string(body) != `{"error":"status 401"}` {
			t.Errorf("error %v, status %d, body %q", err, s.Status, body)
		}
	})
}

// stream opens a stream, which must succeed, and closes it with t.
func (tt *transportTest) stream(ctx context.Context, t *testing.T, req *upstash.Request) *upstash.Stream {
	t.Helper()
	s, err := tt.Transport.(upstash.Streamer).Stream(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Body.Close() })
	return s
}

// readPiece reads a piece that has arrived, however it was cut.
func readPiece(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("error %v, read %q, want %q", err, got, want)
	}
}

// testStreamPieces reads each piece as it comes, the second after the request's
// deadline, which is for the header only.
func testStreamPieces(t *testing.T, tt *transportTest) {
	id := newTransportID()
	body := []byte("[]")
	req := tt.request("/pieces?id="+id, body)
	req.Deadline = time.Now().Add(200 * time.Millisecond)
	s := tt.stream(t.Context(), t, req)
	clear(body) // it is the caller's again
	if s.Status != 200 || s.ContentType != "text/event-stream" {
		t.Errorf("status %d, content type %q", s.Status, s.ContentType)
	}
	readPiece(t, s.Body, "one")
	<-time.After(time.Until(req.Deadline) + time.Millisecond)
	tt.post(t, "/release?id="+id, nil)
	readPiece(t, s.Body, "two")
	if n, err := s.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("%d bytes and error %v at the end, want io.EOF", n, err)
	}
}

// testStreamCancel ends the ctx of streams that are being read.
func testStreamCancel(t *testing.T, tt *transportTest) {
	best := time.Hour
	for n := 0; n < cancelTries && best > cancelBound; n++ {
		id := newTransportID()
		ctx, cancel := context.WithCancel(t.Context())
		s := tt.stream(ctx, t, tt.request("/pieces?id="+id, nil))
		readPiece(t, s.Body, "one")
		cancelled := make(chan time.Time, 1)
		go func() {
			cancelled <- time.Now()
			cancel()
		}()
		_, err := s.Body.Read(make([]byte, 1))
		best = min(best, time.Since(<-cancelled))
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v, want context.Canceled", err)
		}
	}
	if best > cancelBound {
		t.Errorf("returned %v after the cancellation at best, want %v", best, cancelBound)
	}
}

// testStreamClose closes a stream twice while it is being read; the server sees
// the connection go.
func testStreamClose(t *testing.T, tt *transportTest) {
	id := newTransportID()
	s := tt.stream(t.Context(), t, tt.request("/stall?id="+id, nil))
	readPiece(t, s.Body, string(transportBytes(500)))
	read := make(chan error)
	go func() {
		_, err := s.Body.Read(make([]byte, 1))
		read <- err
	}()
	tt.post(t, "/begun?id="+id, nil)
	if err := s.Body.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; err == nil {
		t.Error("a read after Close succeeded")
	}
	_ = s.Body.Close()
	if got := tt.post(t, "/gone?id="+id, nil).Body; string(got) != "yes" {
		t.Errorf("body %q", got)
	}
}
