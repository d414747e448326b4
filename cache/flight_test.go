package cache_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

// TestLeaderLeavesWhileReading: the first caller reads for all; when it leaves
// before the answer, the others are served all the same.
func TestLeaderLeavesWhileReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Trip = 100 * time.Millisecond
		c := mustText(t, f, cache.Options{})
		l := &constant{value: "v"}
		leader, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			began := time.Now()
			_, err := c.GetOrLoad(leader, "1", l.load)
			wantErr(t, "leader", err, context.Canceled)
			if d := time.Since(began); d != 50*time.Millisecond {
				t.Errorf("the leader left after %v", d)
			}
		})
		synctest.Wait()
		for range 3 {
			wg.Go(func() {
				got, err := c.GetOrLoad(t.Context(), "1", l.load)
				want(t, "follower", got, "v", err)
			})
		}
		<-time.After(50 * time.Millisecond)
		cancel()
		wg.Wait()
		if l.n() != 1 {
			t.Errorf("%d loads", l.n())
		}
		if s := c.Stats(); s.Errors != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestLeaderLeavesAlone: nobody is left to serve; the next caller starts anew.
func TestLeaderLeavesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.Trip = 100 * time.Millisecond
		c := mustText(t, f, cache.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		l := &constant{value: "v"}
		_, err := c.GetOrLoad(ctx, "1", l.load)
		wantErr(t, "leader", err, context.DeadlineExceeded)
		got, err := c.GetOrLoad(t.Context(), "1", l.load)
		want(t, "next", got, "v", err)
		if l.n() != 1 {
			t.Errorf("%d loads", l.n())
		}
	})
}

// TestLoaderExits: a loader that ends its goroutine leaves nobody waiting.
func TestLoaderExits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mustText(t, newFakeRedis(), cache.Options{ErrorTTL: -1})
		_, err := c.GetOrLoad(t.Context(), "1", func(context.Context) (string, error) {
			runtime.Goexit()
			return "", nil
		})
		if err == nil {
			t.Error("a loader that did not return has returned a value")
		}
		<-time.After(time.Millisecond)
		got, err := c.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		want(t, "next", got, "v", err)
	})
}

// panicky panics when it decodes.
type panicky struct{ cache.Codec[string] }

func (panicky) Decode([]byte) (string, error) { panic("codec") }

// TestCodecPanics: a panic of the codec reaches its callers and blocks nobody.
func TestCodecPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		f.put("t:1", "v", time.Hour)
		c := must(t, f, cache.Codec[string](panicky{cache.Text()}), cache.Options{Prefix: "t:", TTL: time.Minute})
		for range 2 {
			func() {
				defer func() {
					if p, ok := recover().(*cache.PanicError); !ok || p.Value != "codec" {
						t.Errorf("recovered %v", p)
					}
				}()
				_, _ = c.GetOrLoad(t.Context(), "1", (&constant{}).load)
			}()
		}
	})
}
