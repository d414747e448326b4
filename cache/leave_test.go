package cache_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

// writesFail is a fault of every write.
func writesFail(k fault) func(cmds [][]string) fault {
	return func(cmds [][]string) fault {
		if n := cmds[0][0]; n == "SET" || n == "MSETEX" || strings.HasPrefix(n, "EVAL") {
			return k
		}
		return fine
	}
}

// TestSpareWithoutLease: a lease that cannot be taken does not take the spare away.
func TestSpareWithoutLease(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]fault{"denied": denied, "noSend": noSend} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				c := mustText(t, f, cache.Options{TTL: time.Second, StaleIfError: time.Hour})
				if err := c.Set(t.Context(), "1", "v"); err != nil {
					t.Fatal(err)
				}
				<-time.After(2 * time.Second)
				f.setFault(writesFail(k))
				l := &constant{err: errors.New("boom")}
				for i := range 3 {
					v, err := c.GetOrLoad(t.Context(), "1", l.load)
					want(t, "call "+string(rune('1'+i)), v, "v", err)
				}
			})
		})
	}
}

// TestManyLeaves: who loads many leaves when its context ends, and the leases are
// given back behind it.
func TestManyLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		var began time.Time
		go func() {
			<-time.After(time.Second)
			f.setFault(func([][]string) fault { return hang })
			began = time.Now()
			cancel()
		}()
		_, err := c.GetOrLoadMany(ctx, []string{"1", "2"}, func(ctx context.Context, ids []string) (map[string]string, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		wantErr(t, "many", err, context.Canceled)
		if took := time.Since(began); took > 0 {
			t.Errorf("returned %v after its context had ended", took)
		}
	})
}

// panicCodec cannot encode.
type panicCodec struct{ cache.Codec[string] }

func (panicCodec) Append([]byte, string) ([]byte, error) { panic("codec") }

// TestCodecPanicLease: the lease is given back when the codec panics.
func TestCodecPanicLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		bad := must(t, f, cache.Codec[string](panicCodec{cache.Text()}), cache.Options{Prefix: "t:", TTL: time.Minute})
		good := mustText(t, f, cache.Options{})
		func() {
			defer func() { _ = recover() }()
			_, _ = bad.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		}()
		<-time.After(2 * time.Second) // ErrorTTL and more
		began := time.Now()
		v, err := good.GetOrLoad(t.Context(), "1", (&constant{value: "v"}).load)
		want(t, "with a good codec", v, "v", err)
		if took := time.Since(began); took > 0 {
			t.Errorf("a codec that panicked blocks the key for %v more", took)
		}
	})
}

func TestPanicDownBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, down := range []bool{false, true} {
			f := newFakeRedis()
			if down {
				f.setFault(func([][]string) fault { return noSend })
			}
			c := mustText(t, f, cache.Options{})
			calls := 0
			for range 3 {
				func() {
					defer func() { _ = recover() }()
					_, _ = c.GetOrLoad(t.Context(), "1", func(contextT) (string, error) { calls++; panic("x") })
				}()
			}
			if calls != 1 {
				t.Errorf("down=%v: %d calls within ErrorTTL", down, calls)
			}
		}
	})
}

// TestLongDurations: sums of what is accepted do not overflow.
func TestLongDurations(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(o *cache.Options){
		"TTL":          func(o *cache.Options) { o.TTL = math.MaxInt64 },
		"Stale":        func(o *cache.Options) { o.Stale = math.MaxInt64 },
		"StaleIfError": func(o *cache.Options) { o.StaleIfError = math.MaxInt64 },
		"NegativeTTL":  func(o *cache.Options) { o.NegativeTTL = math.MaxInt64 },
		"ErrorTTL":     func(o *cache.Options) { o.ErrorTTL = math.MaxInt64 },
		"LoadTimeout":  func(o *cache.Options) { o.LoadTimeout = math.MaxInt64 },
		"Timeout":      func(o *cache.Options) { o.Timeout = math.MaxInt64 },
		"LocalTTL":     func(o *cache.Options) { o.LocalTTL = math.MaxInt64 },
	} {
		o := cache.Options{Prefix: "t:", TTL: time.Minute}
		set(&o)
		_, err := cache.New(newFakeRedis(), cache.Text(), o)
		if !errors.Is(err, cache.ErrBadOption) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
