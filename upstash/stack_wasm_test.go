package upstash_test

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// stuck is a Transport that takes requests and answers when it is opened.
type stuck struct {
	arrived sync.WaitGroup
	open    chan struct{}
}

func (s *stuck) RoundTrip(_ context.Context, _ *upstash.Request, resp *upstash.Response) error {
	s.arrived.Done()
	<-s.open
	resp.Status, resp.Body = 200, append(resp.Body, `{"result":"OK"}`...)
	return nil
}

// TestStackGrowsOnce: a goroutine that makes a call gets the stack for it before it
// is in the transport.
func TestStackGrowsOnce(t *testing.T) {
	const callers, want = 200, 8 << 10
	s := &stuck{open: make(chan struct{})}
	c, err := upstash.New(upstash.Config{URL: "http://127.0.0.1:1", Token: "x", Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	s.arrived.Add(callers)
	runtime.GC() // gives back the stacks of goroutines that have ended, most of them
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, inside runtime.MemStats
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), upstash.Ping().Command); err != nil {
				t.Error(err)
			}
		})
	}
	s.arrived.Wait()
	runtime.ReadMemStats(&inside)
	close(s.open)
	wg.Wait()
	if each := (inside.StackInuse - before.StackInuse) / callers; each < want*3/4 || each > want*3/2 {
		t.Errorf("%d bytes of stack for each caller, want about %d", each, want)
	}
}
