//go:build unix

package benchmarks_test

import (
	"context"
	"testing"
	"time"

	"github.com/bsm/redislock"
	"github.com/go-redsync/redsync/v4"
	redsyncgoredis "github.com/go-redsync/redsync/v4/redis/goredis/v9"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// BenchmarkLock is acquiring a free lock and releasing it. Ours goes through the
// dev server to the same Redis. "fenced" is the default: with a fencing token,
// which the others do not have.
func BenchmarkLock(b *testing.B) {
	addr := startRedis(b)
	client := newClient(b, start(b, "redis://"+addr), upstash.Base64)
	goRedis := newGoRedis(b, addr)
	redsyncs, redislocks := redsync.New(redsyncgoredis.NewPool(goRedis)), redislock.New(goRedis)
	contest(b,
		lockOf(b, "edgeredis", client, lock.Options{NoFence: true}),
		lockOf(b, "edgeredis-fenced", client, lock.Options{}),
		contestant{"redsync", func(ctx context.Context) error {
			m := redsyncs.NewMutex("lock:redsync")
			if err := m.LockContext(ctx); err != nil {
				return err
			}
			_, err := m.UnlockContext(ctx)
			return err
		}},
		contestant{"redislock", func(ctx context.Context) error {
			l, err := redislocks.Obtain(ctx, "lock:redislock", 10*time.Second, nil)
			if err != nil {
				return err
			}
			return l.Release(ctx)
		}},
	)
}

func lockOf(b *testing.B, name string, c *upstash.Client, o lock.Options) contestant {
	b.Helper()
	locker, err := lock.New(c, o)
	if err != nil {
		b.Fatal(err)
	}
	key := "lock:" + name
	return contestant{name, func(ctx context.Context) error {
		lease, err := locker.Acquire(ctx, key)
		if err != nil {
			return err
		}
		return lease.Release(ctx)
	}}
}
