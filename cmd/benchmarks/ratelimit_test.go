//go:build unix

package benchmarks_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-redis/redis_rate/v10"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// BenchmarkRateLimit is one decision by GCRA that allows. Ours goes through the
// dev server to the same Redis, so it waits longer, and waiting is not free: what
// a client does after it finds colder caches.
func BenchmarkRateLimit(b *testing.B) {
	const perSecond, burst = 1_000_000, 1_000_000
	addr := startRedis(b)
	client := newClient(b, start(b, "redis://"+addr), upstash.Base64)
	policy := ratelimit.NewPolicy("bench", ratelimit.GCRA(perSecond, time.Second, burst))
	ours, err := ratelimit.New(client, policy, ratelimit.Options{Timeout: -1})
	if err != nil {
		b.Fatal(err)
	}
	theirs := redis_rate.NewLimiter(newGoRedis(b, addr))
	limit := redis_rate.Limit{Rate: perSecond, Period: time.Second, Burst: burst}
	contest(b,
		contestant{"edgeredis", func(ctx context.Context) error {
			d, err := ours.Allow(ctx, "user:1")
			if err == nil && (!d.Allowed || d.Reason != ratelimit.ByServer) {
				err = fmt.Errorf("decision %+v", d)
			}
			return err
		}},
		contestant{"redis_rate", func(ctx context.Context) error {
			r, err := theirs.Allow(ctx, "user:1", limit)
			if err == nil && r.Allowed != 1 {
				err = fmt.Errorf("decision %+v", r)
			}
			return err
		}},
	)
}
